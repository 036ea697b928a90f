"""The mail that tells a person of their meeting: agreed, moved, with somebody else, or called off; in their language."""

import enum
from collections.abc import Callable

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts.models import User
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import language_of
from app.core.models import OutboxMail
from app.executives.models import Meeting
from app.executives.queries import keeper_of
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach.details import TouchDetails
from app.outreach.letters import company, hours
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.operations_mail import PersonMail, mail_person
from app.outreach.policies import NoMailAddress
from app.people import queries as people


class News(enum.StrEnum):
    AGREED = "agreed"
    MOVED = "moved"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


#: (meeting, address, is called off) -> the calendar part, or None where no calendar can show it.
CalendarMaker = Callable[[Meeting, str, bool], bytes | None]

_makers: dict[str, CalendarMaker] = {}


def tell_calendar_part(maker: CalendarMaker) -> None:
    """Let the room of calendars make the part of these mails; one that registers again is replaced."""
    _makers["meeting"] = maker


def tell_person(meeting: Meeting, news: News, *, by: User | None, instead_of: str = "") -> OutboxMail | None:
    """Write to the person of a meeting, once for each SEQUENCE; None where it cannot be done, which the writer is told.

    News of what they agreed to reaches them through a wish for quiet. `instead_of`: the executive they were to meet.
    """
    db.session.flush()  # SEQUENCE rises when the change is written
    person = meeting.person
    writer = by or keeper_of(meeting.executive) or people.owner_of(person) or meeting.event.coordinator
    language = language_of(person.languages)
    try:
        if not person.email:
            raise NoMailAddress(_("There is no address on record."))
        with force_locale(language), db.session.begin_nested():
            subject = _subject(news, meeting.executive.name)
            contact = TouchDetails(
                person_id=person.id, channel=TouchChannel.MAIL, kind=TouchKind.TRANSACTIONAL, subject=subject,
                summary="News of their meeting with an executive.", user_id=writer.id, source_kind="events",
                source_id=meeting.event_id,
            )  # fmt: skip
            return mail_person(contact, _mail(meeting, news, writer, language, subject, instead_of), by=by)
    except DomainError as refusal:
        notices.notify(
            _l(
                "%(person)s could not be told by mail about the meeting with %(executive)s: %(why)s Tell them yourself.",
                person=person.name, executive=meeting.executive.name, why=refusal.message,
            ),
            user=writer, urgency=Urgency.NOW, source=("people", person.id), by=by,
        )  # fmt: skip
        return None


def title_of(meeting: Meeting) -> str:
    """What the person's letters call a meeting, in the language that is spoken."""
    executive = meeting.executive
    return str(
        _("Meeting with %(name)s", name=", ".join(one for one in (executive.name, executive.title) if one))
    )


def _mail(
    meeting: Meeting, news: News, writer: User, language: str, subject: str, instead_of: str
) -> PersonMail:
    """The words, with the entry for their calendar as it is now."""
    maker, is_off = _makers.get("meeting"), news is News.CANCELLED
    text = current_app.jinja_env.get_template("executives/mail_meeting.txt").render(
        _words(meeting, news, writer, language, instead_of)
    )
    return PersonMail(
        kind="meeting", recipient=meeting.person.email, subject=subject, text=text, language=language,
        dedup_key=f"meeting:{meeting.id}:{meeting.sequence}:{news.value}", sender_name=writer.name, reply_to=writer.email,
        calendar=maker(meeting, meeting.person.email, is_off) if maker is not None else None,
        calendar_method="CANCEL" if is_off else "REQUEST",
    )  # fmt: skip


def _subject(news: News, name: str) -> str:
    subjects = {
        News.AGREED: _("Your meeting with %(name)s", name=name),
        News.MOVED: _("Another time: your meeting with %(name)s", name=name),
        News.REPLACED: _("You meet %(name)s", name=name),
        News.CANCELLED: _("Called off: your meeting with %(name)s", name=name),
    }
    return str(subjects[news])


def _words(meeting: Meeting, news: News, writer: User, language: str, instead_of: str) -> dict[str, object]:
    person, executive = meeting.person, meeting.executive
    home = hours(meeting.starts_at, meeting.ends_at, person.zone, language)
    return {
        "person": person.name, "executive": executive.name, "title": executive.title, "place": meeting.place,
        "event": meeting.event.name, "news": news.value, "instead_of": instead_of, "terms": meeting.terms.value,
        "there": hours(meeting.starts_at, meeting.ends_at, meeting.zone, language),
        "home": home if person.zone != meeting.zone else "",
        "owner": {"name": writer.name, "department": writer.department.name, "company": company(), "email": writer.email},
    }  # fmt: skip
