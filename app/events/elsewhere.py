"""Rooms above tell where else people of an agenda have to be; they cannot be imported from here."""

from collections.abc import Callable, Collection, Sequence

from app.events.conflicts import Busy
from app.events.models import Event

Teller = Callable[[Event, Collection[int]], Sequence[Busy]]
_tellers: list[Teller] = []


def hear_from(teller: Teller) -> None:
    """Ask `teller(event, person_ids)` whenever conflicts are looked for; one query each, whatever the people."""
    _tellers.append(teller)


def busy_at(event: Event, person_ids: Collection[int]) -> list[Busy]:
    """Everything these people have to be at during an event, beside its sessions."""
    return [busy for tell in _tellers for busy in tell(event, person_ids)]
