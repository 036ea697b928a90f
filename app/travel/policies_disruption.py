"""Decisions about a changed journey: how late, which connection still holds, from when somebody is there (T6)."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.core.errors import DomainError
from app.core.wall_times import day_in
from app.travel.models import Leg, LegMode, Transfer
from app.travel.policies_gaps import Journey, inbound_of, outbound_of
from app.travel.policies_timings import Timings, least_minutes

#: A flight is never later than this; more is another flight.
MOST_LATE = timedelta(hours=72)
#: Somebody who comes after this hour tells the hotel.
LATE_HOUR = 18
#: Who is not there at this hour is not at dinner.
DINNER_HOUR = 20
#: What somebody may say a change takes, in minutes.
LEAST_CONNECTION, MOST_CONNECTION = 5, 600
#: Two ways with a longer pause between are no connection.
LONGEST_PAUSE = timedelta(hours=20)

_LATER = re.compile(
    r"([+-]?)\s*(?:(\d{1,2})\s*(?:h|:)\s*(\d{1,2})?|(\d{1,4}))\s*(?:m|min|minutes)?", re.IGNORECASE
)


class ChangeRefused(DomainError):
    """A change of a journey that cannot be true, or changes nothing."""


class RippleStale(DomainError):
    """What was confirmed is not what stands now."""

    status = 409


def shift_of(text: str) -> timedelta:
    """ "+6 h", "95", "1:30", "-20 min" as a length; ChangeRefused for anything else, nothing, and days."""
    found = _LATER.fullmatch(text.strip())
    if found is None:
        raise ChangeRefused(
            _("Write how much later, for example +6 h, 1:30 or 95 for minutes."), field="late"
        )
    sign, hours, minutes, alone = found.groups()
    length = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) + timedelta(minutes=int(alone or 0))
    if not length:
        raise ChangeRefused(_("That is no change."), field="late")
    if length > MOST_LATE:
        raise ChangeRefused(_("That is another flight. Cancel this one and add the new one."), field="late")
    return -length if sign == "-" else length


class Way(Struct, frozen=True):
    """A leg that takes place, as times and places."""

    leg_id: int
    departs_at: datetime
    arrives_at: datetime
    mode: LegMode
    origin: str
    destination: str


class Change(Struct, frozen=True):
    """What becomes of one leg: other times, or none because it does not take place."""

    leg_id: int
    departs_at: datetime | None = None
    arrives_at: datetime | None = None

    @property
    def is_cancelled(self) -> bool:
        return self.departs_at is None or self.arrives_at is None


class Broken(Struct, frozen=True):
    """A connection that does not hold: so many minutes between two ways, and how many it needs."""

    first: Way
    second: Way
    minutes: int
    needed: int


class Course(Struct, frozen=True):
    """A journey before and after: the way in and the way home, what is missed, from when and until when somebody is there.

    `ready_at` is None while nobody knows when they arrive, `leaves_at` while nobody knows when they leave.
    """

    before: Sequence[Way]
    after: Sequence[Way]
    broken: Sequence[Broken]
    arrival: Way | None
    arrives: Way | None
    home: Way | None
    goes: Way | None

    @property
    def is_arrival_unknown(self) -> bool:
        return self.arrival is not None and self.arrives is None


def course_of(
    before: Sequence[Way],
    changes: Sequence[Change],
    event_begins: datetime,
    times: Timings,
    connection: int | None,
) -> Course:
    """What changes make of a journey; `connection` replaces the usual minutes between two ways."""
    changed = {one.leg_id: one for one in changes}
    ways = sorted(before, key=lambda way: (way.departs_at, way.leg_id))
    after = [moved for way in ways if (moved := _moved(way, changed.get(way.leg_id))) is not None]
    broken = _broken(ways, after, times, connection)
    missed = {one.second.leg_id for one in broken}
    journey = Journey([(way.departs_at, way.arrives_at, way.leg_id) for way in ways], (), ())
    arrival = _named(ways, inbound_of(journey, event_begins))
    home = _named(ways, outbound_of(journey, _triple(arrival))) if arrival else None
    gone = missed | {one.leg_id for one in changes if one.is_cancelled}
    on_the_way = {way.leg_id for way in ways if arrival and way.departs_at <= arrival.departs_at}
    arrives = None if arrival is None or gone & on_the_way else _by_id(after, arrival.leg_id)
    goes = None if home is None or home.leg_id in gone else _by_id(after, home.leg_id)
    return Course(ways, after, broken, arrival, arrives, home, goes)


def _moved(way: Way, change: Change | None) -> Way | None:
    if change is None:
        return way
    if change.departs_at is None or change.arrives_at is None:
        return None
    return replace(way, departs_at=change.departs_at, arrives_at=change.arrives_at)


def _broken(
    before: Sequence[Way], after: Sequence[Way], times: Timings, connection: int | None
) -> list[Broken]:
    """Connections that held, or were shorter already, and are too short now; the ways keep their order of before."""
    now = {way.leg_id: way for way in after}
    found = []
    for first, second in pairwise(before):
        a, b = now.get(first.leg_id), now.get(second.leg_id)
        pause = second.departs_at - first.arrives_at
        if a is None or b is None or pause > LONGEST_PAUSE:
            continue
        minutes, needed = _minutes(b.departs_at - a.arrives_at), connection or least_minutes(a, b, times)
        if minutes < needed and minutes < _minutes(pause):
            found.append(Broken(a, b, minutes, needed))
    return found


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _triple(way: Way) -> tuple[datetime, datetime, int]:
    return way.departs_at, way.arrives_at, way.leg_id


def _named(ways: Sequence[Way], found: tuple[datetime, datetime, int] | None) -> Way | None:
    return _by_id(ways, found[2]) if found else None


def _by_id(ways: Sequence[Way], leg_id: int) -> Way | None:
    return next((way for way in ways if way.leg_id == leg_id), None)


# -- cars ----------------------------------------------------------------------------------------------


def meets(transfer: Transfer, way: Way) -> bool:
    """Whether a car fetches somebody from a way, rather than bringing them to it."""
    return abs(transfer.starts_at - way.arrives_at) < abs(transfer.ends_at - way.departs_at)


def belongs(transfer: Transfer, way: Way) -> bool:
    """Whether a car is of this way: said so, or in the hours before or after it."""
    if transfer.leg_id is not None:
        return transfer.leg_id == way.leg_id
    is_after = way.arrives_at <= transfer.starts_at <= way.arrives_at + timedelta(hours=6)
    return is_after or way.departs_at - timedelta(hours=8) <= transfer.ends_at <= way.departs_at


# -- nights and evenings -------------------------------------------------------------------------------


def comes_late(arrives_at: datetime, check_in_on: date, zone: str) -> bool:
    """Whether a hotel has to be told to wait."""
    local = arrives_at.astimezone(ZoneInfo(zone))
    return local.date() > check_in_on or (local.date() == check_in_on and local.hour >= LATE_HOUR)


def evenings_between(from_at: datetime, to_at: datetime, zone: str) -> list[date]:
    """The days of an absence at whose dinner somebody is missing."""
    tz = ZoneInfo(zone)
    first, last = day_in(from_at, zone), day_in(to_at, zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        day
        for day in days
        if from_at <= datetime(day.year, day.month, day.day, DINNER_HOUR, tzinfo=tz) < to_at
    ]


def check_change(leg: Leg, change: Change) -> None:
    """A change says something new, ends after it begins, and is of a leg that lies ahead."""
    if change.departs_at is None or change.arrives_at is None:
        return
    if change.arrives_at <= change.departs_at:
        raise ChangeRefused(_("That would arrive before it leaves. Each time is read on the clock of its own place."),
                            field="arrives_at")  # fmt: skip
    if (change.departs_at, change.arrives_at) == (leg.departs_at, leg.arrives_at):
        raise ChangeRefused(_("The leg has these times already; nothing is left to do."), field="late")
