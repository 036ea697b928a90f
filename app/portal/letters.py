"""The mail that brings a personal link: in the person's language, naming who writes and how to check it (G6)."""

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.i18n import language_of, locale_dir, locale_tag
from app.events.models_waves import PlaceOffer
from app.outreach.letters import company, days, hour_of, verify_link
from app.people.models import Person
from app.periods.telling import Message, Occasion
from app.portal.models import Holder, PersonLink


class LinkMail(Struct, frozen=True):
    """The words of one mail."""

    language: str
    subject: str
    text: str
    html: str


def entry_link(secret: str) -> str:
    """The address of a personal link."""
    return f"{current_app.config['BASE_URL']}/p/enter/{secret}"


def link_mail(holder: Holder, host: User, link: PersonLink, secret: str, *, is_asked_for: bool) -> LinkMail:
    """The mail with a link, to a person or a representative; `is_asked_for`: they pressed "send me a new one"."""
    is_agent = isinstance(holder, User)
    language = language_of([holder.locale] if isinstance(holder, User) else holder.languages)
    with force_locale(language):
        subject = (
            _("Your page for representatives at %(company)s", company=company())
            if is_agent
            else _("Your own page at %(company)s", company=company())
        )
        words: dict[str, object] = {
            "person": holder.name, "is_agent": is_agent, "subject": subject,
            "owner": _owner(host), "reference": link.reference, "lang": locale_tag(),
            "dir": locale_dir(), "action_url": entry_link(secret), "action_label": _("Open my page"),
            "verify_url": verify_link(link.reference), "is_asked_for": is_asked_for,
            "n_hours": round((link.expires_at - link.made_at).total_seconds() / 3600),
            "n_minutes": round((link.expires_at - link.made_at).total_seconds() / 60),
        }  # fmt: skip
        return LinkMail(
            language=language,
            subject=subject,
            text=_rendered("portal/mail_link.txt", words),
            html=_rendered("portal/mail_link.html", words),
        )


def statement_mail(person: Person, host: User, link: PersonLink, secret: str, message: Message) -> LinkMail:
    """The mail about a person's lines: that they can be reviewed, an answer, or a correction."""
    language = language_of(person.languages)
    with force_locale(language):
        words: dict[str, object] = {
            "person": person.name, "owner": _owner(host), "reference": link.reference, "lang": locale_tag(),
            "dir": locale_dir(), "action_url": entry_link(secret), "action_label": _("Read my lines"),
            "verify_url": verify_link(link.reference), "message": message,
            "n_hours": round((link.expires_at - link.made_at).total_seconds() / 3600),
        }  # fmt: skip
        subjects = {
            Occasion.REVIEW: _("What we wrote down about you, for you to check"),
            Occasion.ANSWERED: _("Our answer about your line"),
            Occasion.CORRECTED: _("A line about you was put right"),
            Occasion.LOAN_DUE: _("What we lent you is due back"),
            Occasion.LOAN_OVERDUE: _("What we lent you was due back"),
        }
        return LinkMail(
            language=language,
            subject=subjects[message.occasion],
            text=_rendered("portal/mail_statement.txt", words),
            html=_rendered("portal/mail_statement.html", words),
        )


def place_link(secret: str) -> str:
    """The address at which a person takes a place that is kept for them, or says no thanks."""
    return f"{current_app.config['BASE_URL']}/p/place/{secret}"


def place_mail(person: Person, host: User, offer: PlaceOffer, secret: str, reference: str) -> LinkMail:
    """The mail that a place is kept, until when, with the link to take it or to say no thanks."""
    language, event = language_of(person.languages), offer.invitation.event
    with force_locale(language):
        until = hour_of(offer.expires_at, person.zone or event.zone, language)
        words: dict[str, object] = {
            "person": person.name, "owner": _owner(host), "reference": reference, "lang": locale_tag(), "dir": locale_dir(),
            "action_url": place_link(secret), "action_label": _("Take it, or no thanks"), "event": event.name,
            "days": days(event.starts_at, event.ends_at, event.zone, language), "place": event.place, "until": until,
            "verify_url": verify_link(reference),
        }  # fmt: skip
        return LinkMail(
            language=language,
            subject=_("A place for you: %(event)s", event=event.name),
            text=_rendered("portal/mail_place.txt", words),
            html=_rendered("portal/mail_place.html", words),
        )


def _rendered(template: str, words: dict[str, object]) -> str:
    """A mail has no page around it: what pages get on top (the frame, the user) is neither there nor wanted."""
    return current_app.jinja_env.get_template(template).render(words)


def _owner(host: User) -> dict[str, str]:
    return {"name": host.name, "department": host.department.name, "company": company(), "email": host.email}
