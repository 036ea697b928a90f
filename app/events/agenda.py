"""The agenda and the month as grids: days, rooms and times on the clocks of the event's zone."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.events.models import Event, Session

#: More rooms than this are read as a list, not as a grid.
MOST_ROOMS = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """One line of a day's grid: what begins at a time, by room."""

    id: str
    name: str
    starts_at: datetime
    sessions: dict[str, Sequence[Session]]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an agenda; `is_grid` when its rooms fit side by side."""

    on: date
    rooms: Sequence[str]
    slots: Sequence[Slot]
    sessions: Sequence[Session]

    @property
    def is_grid(self) -> bool:
        return 1 < len(self.rooms) <= MOST_ROOMS


def days(sessions: Sequence[Session], zone: str) -> list[Day]:
    """An agenda by day, in the order of time; each day with the rooms it uses."""
    tz = ZoneInfo(zone)
    ordered = sorted(sessions, key=lambda one: (one.starts_at, one.place.casefold(), one.id))
    found = []
    for on, group in groupby(ordered, key=lambda one: one.starts_at.astimezone(tz).date()):
        today = list(group)
        rooms = sorted({one.place for one in today}, key=str.casefold)
        slots = [_slot(at, list(same), tz) for at, same in groupby(today, key=lambda one: one.starts_at)]
        found.append(Day(on, rooms, slots, today))
    return found


def _slot(at: datetime, sessions: list[Session], tz: ZoneInfo) -> Slot:
    by_room: dict[str, list[Session]] = {}
    for one in sessions:
        by_room.setdefault(one.place, []).append(one)
    clock = at.astimezone(tz).strftime("%H:%M")
    return Slot(clock, clock, at, dict(by_room))


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One square of a month."""

    on: date
    is_other_month: bool
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Month:
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
    spans = [(event, *_days_of(event)) for event in events]
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


def _days_of(event: Event) -> tuple[date, date]:
    tz = ZoneInfo(event.zone)
    # An event that ends at midnight does not touch the day that begins then.
    last = event.ends_at - timedelta(microseconds=1)
    return event.starts_at.astimezone(tz).date(), last.astimezone(tz).date()


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
