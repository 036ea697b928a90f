"""The one source of the current instant and date."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("fixed_instant", default=None)


def now() -> datetime:
    """The current instant, in UTC, to the microsecond."""
    return _fixed.get() or datetime.now(UTC)


def today(zone: str = "UTC") -> date:
    """The calendar date in an IANA zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The instant a calendar date begins in an IANA zone, in UTC; where clocks skip midnight, the moment they do."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def end_of(day: date, zone: str) -> datetime:
    """The instant the date after it begins."""
    return start_of(day + timedelta(days=1), zone)


@contextmanager
def fixed_at(instant: datetime) -> Iterator[None]:
    """Let a block live at `instant`: tests freeze time with it, the demo replays a past programme."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
