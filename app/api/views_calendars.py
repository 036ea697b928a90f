"""Calendars as jCal (RFC 7265)."""

from app.accounts.access import acting_user
from app.api.layer import ID, operation
from app.api.shapes_calendar import CalendarShape
from app.calendars import exports as calendar_files
from app.calendars import queries as calendars
from app.calendars.models import FeedKind


@operation("/calendar", permission="calendars:read", out=CalendarShape)
def get_own_calendar() -> CalendarShape:
    """What the owner of the token looks after, as jCal (RFC 7265): the items of the feed of the same name."""
    return _calendar(FeedKind.MY_WORK, None)


@operation(f"/events/{ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_event_calendar(id: int) -> CalendarShape:
    """An event with what its reader may see of it, as jCal."""
    return _calendar(FeedKind.EVENT, id)


@operation(f"/people/{ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_person_calendar(id: int) -> CalendarShape:
    """What a person is part of, as jCal."""
    return _calendar(FeedKind.PERSON, id)


@operation(f"/executives/{ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_executive_calendar(id: int) -> CalendarShape:
    """The meetings of an executive, as jCal."""
    return _calendar(FeedKind.EXECUTIVE, id)


@operation(f"/programs/{ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_program_calendar(id: int) -> CalendarShape:
    """The events of a program with their agendas, as jCal."""
    return _calendar(FeedKind.PROGRAM, id)


def _calendar(kind: FeedKind, id: int | None) -> CalendarShape:
    return CalendarShape(jcal=calendar_files.as_jcal(calendars.calendar_of(kind, id, acting_user())))
