"""How long things take between legs and duties: minimum connections, the buffer before a first duty, the usual pick-up."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from msgspec import Struct
from pydantic import Field

from app.core.checked import Checked
from app.travel.airports import find_airport
from app.travel.models import Leg, LegMode
from app.travel.policies import minutes_between

if TYPE_CHECKING:
    from app.travel.policies_disruption import Way

Minutes = Annotated[int, Field(ge=0, le=1440)]


class Timings(Checked):
    """Minutes, as the house sets them; the defaults are those of a large airport."""

    #: Between two flights within one country, and where one of them crosses a border.
    domestic: Minutes = 60
    international: Minutes = 90
    #: Between two airports of a city, or from a train to a flight.
    change: Minutes = 120
    #: Between arriving and the first duty.
    buffer: Minutes = 180
    #: From landing to the car, and from the car to departure.
    pick_up: Minutes = 60
    drop_off: Minutes = 240

    @property
    def arrival_buffer(self) -> timedelta:
        return timedelta(minutes=self.buffer)


class Connection(Struct, frozen=True):
    """A change from one leg to the next: how long there is, and how long it takes at least."""

    first: Leg
    second: Leg
    minutes: int
    least: int

    @property
    def is_tight(self) -> bool:
        return self.minutes < self.least


def connections_of(legs: Sequence[Leg], timings: Timings) -> list[Connection]:
    """The changes between live legs that follow each other within 12 hours, in order."""
    ordered = sorted((leg for leg in legs if leg.takes_place), key=lambda leg: leg.departs_at)
    found = []
    for first, second in pairwise(ordered):
        minutes = minutes_between(first.arrives_at, second.departs_at)
        if minutes <= 12 * 60:
            found.append(Connection(first, second, minutes, least_minutes(first, second, timings)))
    return found


def least_minutes(first: "Leg | Way", second: "Leg | Way", timings: Timings) -> int:
    """What a change takes at least; the longest of what applies."""
    if first.mode is not second.mode or first.destination != second.origin:
        return timings.change
    if first.mode is not LegMode.AIR:
        return timings.domestic
    countries = {_country(place) for place in (first.origin, first.destination, second.destination)}
    return timings.domestic if len(countries) == 1 else timings.international


def _country(place: str) -> str:
    airport = find_airport(place)
    return airport.country if airport else place
