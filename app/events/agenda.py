"""The month as a grid of days, and how early somebody is, on the clocks of the event's zone."""

from calendar import Calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.core.wall_times import days_touched
from app.events.models import Event, Session


class MonthDay(Struct, frozen=True):
    """One square of a month."""

    on: date
    is_other_month: bool
    events: Sequence[Event]


class Month(Struct, frozen=True):
    """A month of events in weeks that begin on Monday."""

    first: date
    weeks: Sequence[Sequence[MonthDay]]

    @property
    def previous(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date:
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def listed(self) -> list[Event]:
        """Every event of the month once, by begin."""
        seen = {
            event.id: event
            for week in self.weeks
            for day in week
            if not day.is_other_month
            for event in day.events
        }
        return sorted(seen.values(), key=lambda event: (event.starts_at, event.id))


def month(events: Sequence[Event], first: date) -> Month:
    """Events laid out on the days they touch, each on the clocks of its own zone."""
    spans = [(event, *days_touched(event.starts_at, event.ends_at, event.zone)) for event in events]
    weeks = [
        [
            MonthDay(
                on, on.month != first.month, [one for one, begins, ends in spans if begins <= on <= ends]
            )
            for on in week
        ]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    return Month(first, weeks)


def month_asked(text: str, today: date) -> date:
    """The first day of the month in the URL ("2026-10"); this month when it cannot be read."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 -- a month has no zone
    except ValueError:
        return today.replace(day=1)


def minutes_early(sessions: Sequence[Session], zone: str, now: datetime) -> int:
    """How early somebody who comes in now is, against the day's first session; 0 when it has begun or is far off."""
    tz = ZoneInfo(zone)
    on = now.astimezone(tz).date()
    live = (one.starts_at for one in sessions if not one.is_cancelled)
    first = min((at for at in live if at.astimezone(tz).date() == on), default=now)
    ahead = int((first - now).total_seconds() // 60)
    return ahead if 0 < ahead <= 120 else 0
