"""The agenda laid out: days that may run past midnight, rooms side by side, times on the clocks of the event's zone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.events.models import Session

#: So many rooms stand side by side; more are turned over like pages.
MOST_ROOMS = 6
#: With more begins than this in one day, lines are whole hours and each session names its own minutes.
MOST_SLOTS = 24


class Slot(Struct, frozen=True):
    """One line of a day's grid: what begins at a time, by room."""

    id: str
    name: str
    starts_at: datetime
    sessions: dict[str, Sequence[Session]]


class Day(Struct, frozen=True):
    """One day of an agenda: its rooms, those shown side by side now, and its lines."""

    on: date
    all_rooms: Sequence[str]
    rooms: Sequence[str]
    slots: Sequence[Slot]
    sessions: Sequence[Session]

    @property
    def is_grid(self) -> bool:
        return len(self.rooms) > 1


def day_of(session: Session, zone: ZoneInfo, change_hour: int) -> date:
    """The day of the schedule a session belongs to: before the hour at which days change, the day before."""
    wall = session.starts_at.astimezone(zone).replace(tzinfo=None)
    return (wall - timedelta(hours=change_hour)).date()


def by_day(sessions: Sequence[Session], zone: str, change_hour: int = 0) -> dict[date, list[Session]]:
    """The sessions of each day in the order of time; the days in order."""
    tz = ZoneInfo(zone)
    ordered = sorted(sessions, key=lambda one: (one.starts_at, one.place.casefold(), one.id))
    return {on: list(group) for on, group in groupby(ordered, key=lambda one: day_of(one, tz, change_hour))}


def days(
    sessions: Sequence[Session],
    zone: str,
    change_hour: int = 0,
    rooms_page: int = 1,
    *,
    as_list: bool = False,
) -> list[Day]:
    """An agenda by day, each day with a page of the rooms it uses."""
    found = by_day(sessions, zone, change_hour)
    return [laid_out(on, today, zone, rooms_page, as_list=as_list) for on, today in found.items()]


def laid_out(on: date, today: list[Session], zone: str, rooms_page: int = 1, *, as_list: bool = False) -> Day:
    """One day as a grid, or as a list."""
    tz = ZoneInfo(zone)
    all_rooms = sorted({one.place for one in today}, key=lambda room: (not room, room.casefold()))
    if as_list:
        return Day(on, all_rooms, [], [], today)
    last = -(-len(all_rooms) // MOST_ROOMS)
    first = (min(max(rooms_page, 1), last) - 1) * MOST_ROOMS
    rooms = all_rooms[first : first + MOST_ROOMS]
    shown = [one for one in today if one.place in rooms] if len(rooms) < len(all_rooms) else today
    is_hourly = len({one.starts_at for one in shown}) > MOST_SLOTS

    def begin(one: Session) -> datetime:
        wall = one.starts_at.astimezone(tz)
        return wall.replace(minute=0, second=0, microsecond=0) if is_hourly else wall

    slots = [_slot(at, list(same)) for at, same in groupby(shown, key=begin)]
    return Day(on, all_rooms, rooms, slots, today if len(rooms) == 1 else shown)


def _slot(at: datetime, sessions: list[Session]) -> Slot:
    by_room: dict[str, list[Session]] = {}
    for one in sessions:
        by_room.setdefault(one.place, []).append(one)
    return Slot(f"{at:%H:%M}", f"{at:%H:%M}", at, dict(by_room))


def span(session: Session, zone: str) -> str:
    """From when to when on the clocks of a zone: "09:30–09:55"."""
    tz = ZoneInfo(zone)
    return f"{session.starts_at.astimezone(tz):%H:%M}–{session.ends_at.astimezone(tz):%H:%M}"
