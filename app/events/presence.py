"""When people are really at an event, as far as their travel says: told by a room above, which cannot be imported from here."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct

from app.events.models import Event


class Presence(Struct, frozen=True):
    """From when to when somebody who travels can be met; what is not booked yet is not known."""

    person_id: int
    lands_at: datetime | None = None
    #: The longest flight on the way there, in minutes.
    n_flight_minutes: int = 0
    leaves_at: datetime | None = None


Teller = Callable[[Event, Collection[int]], Sequence[Presence]]
_tellers: list[Teller] = []


def hear_from(teller: Teller) -> None:
    """Ask `teller(event, person_ids)` when somebody plans with people's time; a constant number of queries."""
    if teller not in _tellers:
        _tellers.append(teller)


def presence_at(event: Event, person_ids: Collection[int]) -> dict[int, Presence]:
    """What is known of each of these people's travel to an event."""
    return {one.person_id: one for tell in _tellers for one in tell(event, person_ids)}
