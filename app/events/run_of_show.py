"""One day of an event as it runs: in each room what is on now, what comes next, and how much follows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from app.core.wall_times import day_in, days_touched
from app.events.models import Event, Session


class Room(Struct, frozen=True):
    """One room on one day."""

    name: str
    now: Sequence[Session]
    next: Session | None
    later: Sequence[Session]
    n_over: int


def rooms_of(sessions: Sequence[Session], on: date, zone: str, now: datetime) -> list[Room]:
    """The rooms used on a day by name, each with its sessions around now; what is called off is left out."""
    live = [one for one in sessions if not one.is_cancelled and _touches(one, on, zone)]
    names = sorted({one.place for one in live}, key=str.casefold)
    return [_room(name, [one for one in live if one.place == name], now) for name in names]


def _touches(session: Session, on: date, zone: str) -> bool:
    first, last = days_touched(session.starts_at, session.ends_at, zone)
    return first <= on <= last


def _room(name: str, sessions: list[Session], now: datetime) -> Room:
    ahead = sorted((one for one in sessions if one.starts_at > now), key=lambda one: (one.starts_at, one.id))
    running = [one for one in sessions if one.starts_at <= now < one.ends_at]
    n_over = sum(1 for one in sessions if one.ends_at <= now)
    return Room(name, running, ahead[0] if ahead else None, ahead[1:], n_over)


def days_of(event: Event) -> list[date]:
    """The days an event touches, on its own clocks; the first hundred of a very long one."""
    first, last = days_touched(event.starts_at, event.ends_at, event.zone)
    n_days = min((last - first).days + 1, 100)
    return [first + timedelta(days=number) for number in range(n_days)]


def day_of(event: Event, asked: str, now: datetime) -> date:
    """The day in the URL if the event has it; else today, else its first day, or its last when it is over."""
    days = days_of(event)
    found = [on for on in days if on.isoformat() == asked]
    today = day_in(now, event.zone)
    if found:
        return found[0]
    if today in days:
        return today
    return days[0] if today < days[0] else days[-1]
