"""The calendar part of letters about events: the item of the feeds, for one reader, to be answered by one press (RFC 6047).

Every letter holds the UID the person's feed holds, so that no calendar ever shows an event twice.
"""

import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from msgspec.structs import replace

from app.calendars import queries_rows
from app.calendars.items import item_of_event, items_of
from app.calendars.policies import Voice
from app.calendars.queries_rows import Selection
from app.core import clock
from app.core.db import db
from app.core.i18n import language_of
from app.core.ics import CalendarItem, Method, Party, Wording, render_request
from app.events import policies
from app.events import queries as events
from app.events.models import Event
from app.events.operations_news import KEY as CANCELLATION
from app.events.operations_news import WITHDRAWAL
from app.executives import mails as meeting_mails
from app.executives.models import Meeting
from app.executives.queries import keeper_of
from app.outreach import calendar_parts
from app.outreach.calendar_parts import CalendarPart
from app.outreach.models import Letter
from app.outreach.queries_changes import ASK_AGAIN, KEY

log = structlog.get_logger()

#: What a letter is to a calendar: an invitation, news of a change or a question asks, a cancellation takes away.
_METHODS = {
    "invitation": Method.REQUEST, KEY: Method.REQUEST, ASK_AGAIN: Method.REQUEST, CANCELLATION: Method.CANCEL,
    WITHDRAWAL: Method.CANCEL,
}  # fmt: skip


def part_of(letter: Letter, address: str) -> CalendarPart | None:
    """The calendar part of a letter to an address, as the event is now; None for other letters.

    A letter that waited until its event was called off carries none. So does one whose event or address no calendar
    can show: the letter itself says everything, and it is not held up by its addition.
    """
    method = _METHODS.get(letter.key)
    event = db.session.get(Event, letter.source_id) if method is not None and letter.source_id else None
    if method is None or event is None or _is_out_of_date(letter, event, method):
        return None
    try:
        with force_locale(language_of([letter.language])):
            content = render_request(
                _item_for(letter, event, method), organizer=organizer_of(letter),
                attendee=Party(address, letter.person.name), made_at=clock.now(), method=method,
                wording=Wording(cancelled=_("Cancelled: "), join=_("Join: ")),
            )  # fmt: skip
    except ValueError as reason:
        log.warning("calendar_part_left_out", letter=letter.id, reason=str(reason))
        return None
    return CalendarPart(content, method)


def _is_out_of_date(letter: Letter, event: Event, method: Method) -> bool:
    """An event that was called off asks nobody, one that takes place is cancelled for nobody but who was uninvited."""
    return letter.key != WITHDRAWAL and event.is_cancelled != (method is Method.CANCEL)


def _item_for(letter: Letter, event: Event, method: Method) -> CalendarItem:
    """The event as one calendar gets it: above a CANCEL it got alone, and for such a CANCEL above what it was asked by."""
    item, invitation = item_of_event(event, Voice.PERSON), events.invitation_told(letter)
    if invitation is None:
        return item
    if letter.key == WITHDRAWAL:
        return replace(item, sequence=policies.sequence_of_cancel(invitation, event))
    return (
        replace(item, sequence=policies.sequence_for(invitation, event)) if method is Method.REQUEST else item
    )


def organizer_of(letter: Letter) -> Party:
    """Whose invitation it is, at the address calendars send answers to: the mailbox that is read, or else the writer's own.

    The mail leaves from our own address, which is therefore named as the one that sends for them.
    """
    sender = str(current_app.config["MAIL_FROM"])
    address = (
        str(current_app.config["INBOX_ADDRESS"]) if current_app.config["INBOX_URL"] else letter.user.email
    )
    return Party(address, letter.user.name, sent_by=sender if sender.lower() != address.lower() else "")


def part_of_meeting(meeting: Meeting, address: str, is_off: bool) -> bytes | None:
    """The calendar part of a mail about a meeting, in the language that is spoken; None where no calendar can show it."""
    rows = queries_rows.read(Selection(Voice.PERSON, meetings=Meeting.id == meeting.id))
    items = [
        one for one in items_of(queries_rows.rows_of(rows), Voice.PERSON) if isinstance(one, CalendarItem)
    ]
    writer = keeper_of(meeting.executive) or meeting.event.coordinator
    try:
        return render_request(
            items[0], organizer=Party(writer.email, writer.name, sent_by=str(current_app.config["MAIL_FROM"])),
            attendee=Party(address, meeting.person.name), made_at=clock.now(),
            method=Method.CANCEL if is_off else Method.REQUEST,
            wording=Wording(cancelled=_("Cancelled: "), join=_("Join: ")),
        )  # fmt: skip
    except (ValueError, IndexError) as reason:
        log.warning("calendar_part_left_out", meeting=meeting.id, reason=str(reason))
        return None


def register() -> None:
    """From now on letters about events carry their event, and mails about meetings their meeting."""
    calendar_parts.tell_calendar_part("events", part_of)
    meeting_mails.tell_calendar_part(part_of_meeting)
