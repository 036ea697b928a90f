"""What lies in time, layer by layer: each room that knows dates offers one; months, lists of days and clashes read them."""

import enum
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct

from app.accounts.models import User
from app.core.wall_times import DaysTouched


class Layer(enum.StrEnum):
    """The kinds of things that take up time, in the order pages show them."""

    EVENTS = "events"
    SHOWS = "shows"
    MEETINGS = "meetings"
    BLOCKS = "blocks"
    HOLIDAYS = "holidays"
    ARRIVALS = "arrivals"


class Who(Struct, frozen=True):
    """Somebody concerned: a person, or an executive."""

    id: int
    name: str


class Entry(DaysTouched, Struct, frozen=True, kw_only=True):
    """One thing in one layer. `endpoint` with `target_id` is its page, where the reader may open one."""

    layer: Layer
    id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    is_all_day: bool = False
    place: str = ""
    country: str = ""
    audiences: frozenset[str] = frozenset()
    people: tuple[Who, ...] = ()
    executive: Who | None = None
    event_id: int | None = None
    is_cancelled: bool = False
    endpoint: str = ""
    target_id: int | None = None
    #: The zone of the other person, where two are in two zones.
    second_zone: str = ""


class Window(Struct, frozen=True, kw_only=True):
    """What is asked of the layers: a stretch of time, for a reader, about these people and places.

    `person_ids` and `executive_ids` narrow what is about somebody; blocks of people are given for `person_ids` alone.
    """

    from_at: datetime
    to_at: datetime
    by: User | None
    person_ids: frozenset[int] = frozenset()
    executive_ids: frozenset[int] = frozenset()
    countries: frozenset[str] = frozenset()
    event_id: int | None = None
    #: Where whole days without a place are read.
    zone: str = "UTC"


Finder = Callable[[Window], Sequence[Entry]]

_FINDERS: dict[Layer, Finder] = {}


def offer(layer: Layer, finder: Finder) -> None:
    """A room offers what it knows; one query or a few, whatever the rows."""
    _FINDERS[layer] = finder


def list_entries(window: Window, layers: Collection[Layer] = tuple(Layer)) -> list[Entry]:
    """Everything in these layers that touches the window, by begin."""
    asked = [layer for layer in Layer if layer in layers and layer in _FINDERS]
    found = [entry for layer in asked for entry in _FINDERS[layer](window)]
    return sorted(found, key=lambda one: (one.starts_at, one.ends_at, one.layer, one.title, one.id))


def of_event(entries: Sequence[Entry], layer: Layer, event_id: int) -> list[Entry]:
    """What of a layer belongs to one event."""
    return [one for one in entries if one.layer is layer and one.event_id == event_id]
