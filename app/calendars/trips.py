"""One trip as a calendar: as a file, and as what a letter about a change puts right; the items of the traveller's feed."""

from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.models import User
from app.calendars import exports, mails, policies, queries_rows
from app.calendars.items import items_of
from app.calendars.policies import Voice
from app.calendars.queries import Calendar
from app.calendars.queries_rows import Selection
from app.core import clock
from app.core.db import db
from app.core.i18n import language_of
from app.core.ics import CalendarItem, Method, Party, Status, Wording, render_request
from app.events.models import Event
from app.executives.models import Meeting
from app.outreach.calendar_parts import CalendarPart
from app.outreach.models import Letter
from app.travel import calendar_files, queries_documents
from app.travel.models import Trip

log = structlog.get_logger()


def trip_file(trip: Trip, by: User | None) -> bytes:
    """What the person's feed holds of this trip and its event, without bookings, rooms and telephones (C1).

    `by` has been let to the trip already; the words are the traveller's.
    """
    event, language = trip.event, language_of(trip.person.languages)
    contents = policies.contents_of_person()
    with force_locale(language):
        name = _("Your journey to %(event)s", event=event.name)
    selection = Selection(
        voice=contents.voice,
        events=Event.id == event.id,
        sessions=queries_documents.of_traveller(trip),
        trips=Trip.id == trip.id,
        meetings=sa.and_(Meeting.event_id == event.id, Meeting.person_id == trip.person_id),
    )
    return exports.render(Calendar(name, event.zone, language, selection)).content


def changed_parts(trip: Trip, letter: Letter, keys: Sequence[str]) -> list[CalendarPart]:
    """What a letter changes in the traveller's calendar: a REQUEST for what moved, a CANCEL for what was called off.

    Each is an object of its own with one UID and one attendee (RFC 5546). What is asked (a meeting) comes before what is
    booked, and news before cancellations: the first part is the one a mail program shows beside the words.
    """
    address = trip.person.email
    with force_locale(letter.language):
        meetings = [
            _of_meeting(int(key.partition(":")[2]), address) for key in keys if key.startswith("meeting:")
        ]
        found = [*meetings, *_of_trip(trip, keys, address)]
    parts = [one for one in found if one is not None]
    return sorted(parts, key=lambda part: part.method is Method.CANCEL)


def _of_meeting(id: int, address: str) -> CalendarPart | None:
    meeting = db.session.get_one(Meeting, id)
    method = Method.CANCEL if meeting.is_cancelled else Method.REQUEST
    content = mails.part_of_meeting(meeting, address, meeting.is_cancelled)
    return CalendarPart(content, method) if content is not None else None


def _of_trip(trip: Trip, keys: Sequence[str], address: str) -> list[CalendarPart]:
    """The parts of a trip that changed, in the order of `keys`; one that no calendar can show is left out."""
    db.session.flush()
    named = {f"{part.__tablename__}:{part.id}": part.uid for part in trip.parts}
    rows = queries_rows.rows_of(queries_rows.read(Selection(Voice.PERSON, trips=Trip.id == trip.id)))
    items = {one.uid: one for one in items_of(rows, Voice.PERSON) if isinstance(one, CalendarItem)}
    writer = trip.event.coordinator
    organizer = Party(writer.email, writer.name, sent_by=str(current_app.config["MAIL_FROM"]))
    parts = []
    for item in (items[named[key]] for key in keys if named.get(key) in items):
        method = Method.CANCEL if item.status is Status.CANCELLED else Method.REQUEST
        try:
            content = render_request(
                item, organizer=organizer, attendee=Party(address, trip.person.name), made_at=clock.now(), method=method,
                wording=Wording(cancelled=_("Cancelled: "), join=_("Join: ")), is_question=False,
            )  # fmt: skip
        except ValueError as reason:
            log.warning("calendar_part_left_out", uid=item.uid, reason=str(reason))
            continue
        parts.append(CalendarPart(content, method))
    return parts


def register() -> None:
    """Let trips carry their calendar along, and letters about them what changed in it."""
    calendar_files.offer(trip_file, changed_parts)
