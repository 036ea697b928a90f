"""Which lists there are and what they offer: each room registers its list, rooms above add columns, filters and actions.

A column, filter or action that the role may not use is absent everywhere: on the screen, in the address, in saved views,
in exports (R3).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from app.accounts import permissions
from app.accounts.models import User
from app.core.forms import BaseForm
from app.core.keyset import Count

#: Value and words of one choice of a filter.
Choice = tuple[str, str]


class Tag(Struct, frozen=True):
    """A word with a tone, in a cell."""

    key: str
    label: str
    tone: str = "quiet"


class Column(Struct, frozen=True):
    """One column: `values` reads the cells of all rows shown at once, however many they are."""

    key: str
    label: str
    #: by, rows -> cell by id of the row. A cell is text, a number, a date, an instant, or tags.
    values: Callable[[User, Sequence[Any]], Mapping[int, Any]]
    permission: str
    #: text, integer, date, instant or tags.
    kind: str = "text"
    sort: str = ""
    is_narrow: bool = False


class Filter(Struct, frozen=True):
    """One filter of the address."""

    name: str
    label: str
    #: by, value, the whole query -> what it narrows to, as the list understands it; None for a value nobody knows.
    apply: Callable[[User, str, Mapping[str, str]], Any]
    permission: str
    #: What can be chosen; none for a filter that takes a number.
    choices: Callable[[User], Sequence[Choice]] | None = None
    #: Words around a number: "longer than {} days".
    words: str = "{}"
    #: Behind "More filters".
    is_rare: bool = False


class Action(Struct, frozen=True):
    """Something that can be done to many rows by the operations that do it to one, and taken back."""

    key: str
    label: str
    permission: str
    #: by -> the form that asks what exactly.
    form: Callable[[User], BaseForm]
    #: values of the form -> the sentence of the receipt; a rule may refuse them here.
    words: Callable[[User, Mapping[str, Any]], str]
    #: id, values -> what is the case now, as plain JSON, to compare and to come back to.
    state: Callable[[int, Mapping[str, Any]], dict[str, Any]]
    #: id, values, by: do it. A DomainError leaves this row as it is.
    act: Callable[[int, Mapping[str, Any], User], None]
    #: id, values, the state before, by: bring it back.
    restore: Callable[[int, Mapping[str, Any], Mapping[str, Any], User], None]


class Kept(Protocol):
    """Whatever can be kept under a name with what its address asks: a list, a report."""

    @property
    def key(self) -> str: ...

    @property
    def names_kept(self) -> frozenset[str]:
        """The names of the address that are kept."""
        ...

    def columns_for(self, by: User) -> Sequence[Column]:
        """The columns a role may keep."""
        ...


class Listing(Struct):
    """A list and everything it offers."""

    key: str
    label: str
    endpoint: str
    permission: str
    #: The columns somebody sees who has chosen none, by key; those of rooms above are named, not imported.
    default_columns: Sequence[str]
    orders: Sequence[str]
    #: by, query -> how many rows.
    count: Callable[[User, Mapping[str, str]], Count]
    #: by, query, most -> ids in the order of the list.
    ids: Callable[[User, Mapping[str, str], int], Sequence[int]]
    #: by, ids -> names of those rows the user may see.
    names: Callable[[User, Sequence[int]], Mapping[int, str]]
    columns: dict[str, Column] = field(default_factory=dict)
    filters: dict[str, Filter] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)

    @property
    def names_kept(self) -> frozenset[str]:
        """The names of the address that a saved view keeps."""
        return frozenset({"q", "order", *self.filters})

    def columns_for(self, by: User) -> list[Column]:
        """The columns a role may see: the usual ones first."""
        usual = {key: place for place, key in enumerate(self.default_columns)}
        allowed = [one for one in self.columns.values() if permissions.may(by, one.permission)]
        return sorted(allowed, key=lambda one: usual.get(one.key, len(usual)))

    def filters_for(self, by: User) -> list[Filter]:
        """The filters a role may use."""
        return [one for one in self.filters.values() if permissions.may(by, one.permission)]

    def actions_for(self, by: User) -> list[Action]:
        """The actions a role may take."""
        return [one for one in self.actions.values() if permissions.may(by, one.permission)]


_listings: dict[str, Listing] = {}
_waiting: dict[str, list[Column | Filter | Action]] = {}


def register(listing: Listing) -> Listing:
    """Make a list known; what rooms above have to offer comes in whenever they are loaded."""
    _listings[listing.key] = listing
    for one in _waiting.pop(listing.key, []):
        _add(listing, one)
    return listing


def offer(key: str, *offered: Column | Filter | Action) -> None:
    """Add columns, filters or actions to a list of a lower room."""
    for one in offered:
        if key in _listings:
            _add(_listings[key], one)
        else:
            _waiting.setdefault(key, []).append(one)


def find(key: str) -> Listing | None:
    """The list of this key."""
    return _listings.get(key)


def _add(listing: Listing, one: Column | Filter | Action) -> None:
    if isinstance(one, Column):
        listing.columns[one.key] = one
    elif isinstance(one, Filter):
        listing.filters[one.name] = one
    else:
        listing.actions[one.key] = one
