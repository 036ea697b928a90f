"""The calendar of a trip: a room above, which knows every calendar, makes it; trips and their letters carry it along."""

from collections.abc import Callable, Sequence

from app.accounts.models import User
from app.outreach.calendar_parts import CalendarPart
from app.outreach.models import Letter
from app.travel.models import Trip

#: (trip, reader) -> the bytes of a calendar in the traveller's language.
Maker = Callable[[Trip, User | None], bytes]

#: (trip, letter to the traveller, what changed: "leg:3", "meeting:5") -> what it changes in their calendar, one part each.
PartsMaker = Callable[[Trip, Letter, Sequence[str]], Sequence[CalendarPart]]

_makers: list[Maker] = []
_part_makers: list[PartsMaker] = []


def offer(maker: Maker, parts_maker: PartsMaker) -> None:
    """Let the room of calendars make the files, and the parts of letters about changes."""
    _makers[:], _part_makers[:] = [maker], [parts_maker]


def file_of(trip: Trip, by: User | None) -> bytes:
    """The trip as a calendar: the same items, under the same UIDs, as in the traveller's own feed (C1)."""
    return _makers[0](trip, by)


def changed_parts(trip: Trip, letter: Letter, keys: Sequence[str]) -> Sequence[CalendarPart]:
    """What a letter changes in the traveller's calendar: the items of their own feed as they are now, one UID each."""
    return _part_makers[0](trip, letter, keys)
