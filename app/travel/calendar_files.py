"""The calendar file of a trip: a room above, which knows every calendar, makes it; trips carry it along."""

from collections.abc import Callable

from app.accounts.models import User
from app.travel.models import Trip

#: (trip, reader) -> the bytes of a calendar in the traveller's language.
Maker = Callable[[Trip, User | None], bytes]

_makers: list[Maker] = []


def offer(maker: Maker) -> None:
    """Let the room of calendars make the files."""
    _makers[:] = [maker]


def file_of(trip: Trip, by: User | None) -> bytes:
    """The trip as a calendar: the same items, under the same UIDs, as in the traveller's own feed (C1)."""
    return _makers[0](trip, by)
