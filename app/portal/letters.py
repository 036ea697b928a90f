"""The mail that brings a personal link: in the person's language, naming who writes and how to check it (G6)."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.models import User
from app.calendars.policies import language_of
from app.core.i18n import locale_dir, locale_tag
from app.outreach.letters import company, verify_link
from app.people.models import Person
from app.periods.telling import Message, Occasion
from app.portal.models import PersonLink


@dataclass(frozen=True, slots=True)
class LinkMail:
    """The words of one mail."""

    language: str
    subject: str
    text: str
    html: str


def entry_link(secret: str) -> str:
    """The address of a personal link."""
    return f"{current_app.config['BASE_URL']}/p/enter/{secret}"


def link_mail(person: Person, host: User, link: PersonLink, secret: str, *, is_asked_for: bool) -> LinkMail:
    """The mail with a link; `is_asked_for`: the person pressed "send me a new one"."""
    language = language_of(person.languages)
    with force_locale(language):
        words: dict[str, object] = {
            "person": person.name, "owner": _owner(host), "reference": link.reference, "lang": locale_tag(),
            "dir": locale_dir(), "action_url": entry_link(secret), "action_label": _("Open my page"),
            "verify_url": verify_link(link.reference), "is_asked_for": is_asked_for,
            "n_hours": round((link.expires_at - link.made_at).total_seconds() / 3600),
            "n_minutes": round((link.expires_at - link.made_at).total_seconds() / 60),
        }  # fmt: skip
        return LinkMail(
            language=language,
            subject=_("Your own page at %(company)s", company=company()),
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
        }
        return LinkMail(
            language=language,
            subject=subjects[message.occasion],
            text=_rendered("portal/mail_statement.txt", words),
            html=_rendered("portal/mail_statement.html", words),
        )


def _rendered(template: str, words: dict[str, object]) -> str:
    """A mail has no page around it: what pages get on top (the frame, the user) is neither there nor wanted."""
    return current_app.jinja_env.get_template(template).render(words)


def _owner(host: User) -> dict[str, str]:
    return {"name": host.name, "department": host.department.name, "company": company(), "email": host.email}
