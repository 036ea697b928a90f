"""How long a journey takes when it is flown directly: what class rules look at, whatever routing is chosen (T2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from flask_babel import gettext as _
from msgspec import Struct

from app.travel.airports import Airport, find_airport
from app.travel.models import Leg, LegMode

_EARTH_KM = 6371.0
#: A jet's speed over ground from gate to gate, and what taxiing, climb and approach add.
_KM_PER_HOUR, _MINUTES_ON_TOP = 830.0, 40
#: Legs that follow each other within so many hours are one way.
_LONGEST_PAUSE = timedelta(hours=20)


class Direct(Struct, frozen=True):
    """A direct flight: its length, between which airports, and whether staff entered it or it is an estimate."""

    minutes: int
    origin: str = ""
    destination: str = ""
    is_estimate: bool = False

    @property
    def words(self) -> str:
        """ "21 h 10 min SYD to LHR, estimated from the great circle", "6 h 30 min, as entered"."""
        length = _("%(hours)s h %(minutes)s min", hours=self.minutes // 60, minutes=f"{self.minutes % 60:02}")
        if not self.is_estimate:
            return str(_("%(length)s, as entered", length=length))
        return str(
            _(
                "%(length)s %(origin)s to %(destination)s, estimated from the great circle",
                length=length,
                origin=self.origin,
                destination=self.destination,
            )
        )


def with_direct(text: str, direct: Direct) -> str:
    """A verdict with the direct flight it looked at."""
    return str(_("%(text)s Direct flight: %(direct)s.", text=text, direct=direct.words))


def great_circle_km(one: Airport, other: Airport) -> float:
    """The shortest way between two airports over the ground, by the haversine formula."""
    lat, other_lat = radians(one.lat), radians(other.lat)
    chord = (
        sin((other_lat - lat) / 2) ** 2
        + cos(lat) * cos(other_lat) * sin(radians(other.lon - one.lon) / 2) ** 2
    )
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(chord)))


def estimated(origin: str, destination: str) -> Direct | None:
    """A direct flight between two airports, to five minutes; None where one of them is no airport we know."""
    one, other = find_airport(origin), find_airport(destination)
    if one is None or other is None or one.code == other.code:
        return None
    minutes = great_circle_km(one, other) / _KM_PER_HOUR * 60 + _MINUTES_ON_TOP
    return Direct(round(minutes / 5) * 5, one.code, other.code, is_estimate=True)


def direct_of(leg: Leg, legs: Sequence[Leg], entered: int | None) -> Direct | None:
    """The direct routing of the way a flight belongs to; None for trains and cars, and between places without an airport.

    `legs` are the live ones of the trip; `entered` is what staff put down for the whole way, and it counts.
    """
    if leg.mode is not LegMode.AIR:
        return None
    if entered is not None:
        return Direct(entered)
    way = way_of(leg, legs)
    return estimated(way[0].origin, way[-1].destination) or estimated(leg.origin, leg.destination)


def way_of(leg: Leg, legs: Sequence[Leg]) -> list[Leg]:
    """The legs from where the traveller set out to where they stay, `leg` among them.

    Connections follow within 20 hours; a leg back to where the way began opens a new one.
    """
    ordered = sorted([*(one for one in legs if one is not leg), leg], key=lambda one: one.departs_at)
    ways: list[list[Leg]] = []
    for one in ordered:
        last = ways[-1] if ways else None
        if last and one.departs_at - last[-1].arrives_at <= _LONGEST_PAUSE and not _leads_back(last, one):
            last.append(one)
        else:
            ways.append([one])
    return next(way for way in ways if any(one is leg for one in way))


def _leads_back(way: Sequence[Leg], leg: Leg) -> bool:
    """Whether a leg goes to a place the way has passed already: the way home of a day trip."""
    return leg.destination in {one.origin for one in way}


def longest_direct(legs: Sequence[Leg], entered: int | None) -> Direct | None:
    """The longest direct flight among the ways of a trip; None when it has no flight."""
    found = [direct for leg in legs if (direct := direct_of(leg, legs, entered)) is not None]
    if not found and entered is not None:
        return Direct(entered)
    return max(found, key=lambda one: one.minutes, default=None)


def pick_up(leg: Leg, offset_minutes: int) -> tuple[datetime, str]:
    """When and on whose clock a car picks up that hangs on a leg: after it arrives, or before it departs when negative."""
    if offset_minutes < 0:
        return leg.departs_at + timedelta(minutes=offset_minutes), leg.departs_zone
    return leg.arrives_at + timedelta(minutes=offset_minutes), leg.arrives_zone
