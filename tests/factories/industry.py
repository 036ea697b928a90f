"""Other shows, times people are not free, and calendars of others, made by the operations the screens use."""

from datetime import UTC, date, datetime
from typing import Any

from app.accounts.models import User
from app.calendars import operations_industry as operations
from app.calendars import operations_sources as sources
from app.calendars.details_industry import BlockDetails, ShowDetails, SourceDetails
from app.calendars.models_industry import BusyBlock, CalendarSource, OtherShow, SourceKind
from app.calendars.policies_industry import Changes, Draft
from app.core.db import db, transaction
from app.people.models import Person
from tests.factories import events


def show(name: str = "World Forum", *, by: User | None = None, **changes: Any) -> OtherShow:
    """A show of somebody else, 14 and 15 October 2026 in London, for analysts."""
    details = {
        "name": name, "place": "Olympia", "country": "GB", "zone": "Europe/London", "from_on": date(2026, 10, 14),
        "to_on": date(2026, 10, 15), "audiences": ("analyst",),
    } | changes  # fmt: skip
    with transaction():
        return operations.add_show(ShowDetails(**details), by=by or events.ruth())


def block(of: Person, *, by: User | None = None, **changes: Any) -> BusyBlock:
    """On leave in London on 14 October 2026, from 09:00 to 17:00."""
    details = {
        "title": "On leave", "zone": "Europe/London", "starts_at": datetime(2026, 10, 14, 8, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 10, 14, 16, 0, tzinfo=UTC),
    } | changes  # fmt: skip
    with transaction():
        return operations.add_block(db.session.merge(of), BlockDetails(**details), by=by or events.ruth())


def source(person: Person | None = None, *, by: User | None = None, **changes: Any) -> CalendarSource:
    """A calendar of shows, or of a person, that is read from files."""
    kind = SourceKind.BLOCKS if person is not None else SourceKind.SHOWS
    details = {"kind": kind, "name": "Trade body", "zone": "Europe/London"} | changes
    with transaction():
        who = db.session.merge(person) if person is not None else None
        return sources.add_source(SourceDetails(**details), who, by=by or events.ruth())


def read(into: CalendarSource, data: bytes) -> Draft:
    """The dry run of a file."""
    with transaction():
        return sources.read_file(db.session.merge(into), data, by=events.ruth())


def take(into: CalendarSource, data: bytes) -> Changes:
    """Read a file in, and take it over."""
    read(into, data)
    with transaction():
        return sources.apply_draft(db.session.merge(into), by=events.ruth())


def calendar(*items: str) -> bytes:
    """A calendar of these items; each is the lines of a VEVENT between its begin and end."""
    body = "".join(f"BEGIN:VEVENT\r\n{item}\r\nEND:VEVENT\r\n" for item in items)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{body}END:VCALENDAR\r\n".encode()


def item(uid: str, title: str, from_on: str, to_on: str = "", *more: str) -> str:
    """Whole days; `to_on` is the day after the last, as calendars write it."""
    end = (f"DTEND;VALUE=DATE:{to_on}",) if to_on else ()
    return "\r\n".join((f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART;VALUE=DATE:{from_on}", *end, *more))
