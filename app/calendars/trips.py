"""One trip as a calendar file: the items of the traveller's own feed that belong to one event."""

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.models import User
from app.calendars import exports, policies
from app.calendars.queries import Calendar
from app.calendars.queries_rows import Selection
from app.core.i18n import language_of
from app.events.models import Event
from app.executives.models import Meeting
from app.travel import calendar_files, queries_documents
from app.travel.models import Trip


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


def register() -> None:
    """Let trips carry their calendar along."""
    calendar_files.offer(trip_file)
