"""How a table is declared: where the rows of a person are found in it, and what becomes of them when the person is erased (P8).

The declarations themselves are in `places*.py`. A table, or a column of words, without one makes
`tests/privacy/test_registry.py` fail, so that nobody can add a place where a person survives their erasure.
"""

import enum
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

#: Stands where a page needs some words and those there were are erased.
ERASED = "Erased"


class Fate(enum.StrEnum):
    """What becomes of the rows of an erased person."""

    ERASE = "erase"  # the rows go
    CLEAR = "clear"  # the rows stay as numbers and dates; their words go
    KEEP = "keep"  # the rows stay, under the surrogate


class Of(Struct, frozen=True):
    """The row names the person in this column."""

    column: str


class Under(Struct, frozen=True):
    """The row hangs under a row of another table that is the person's."""

    column: str
    table: str


class About(Struct, frozen=True):
    """A pointer without a foreign key: where `kind_column` says `kind`, `column` is the number of the person's row."""

    kind_column: str
    kind: str
    column: str
    table: str = "person"


class ToTheirAddress(Struct, frozen=True):
    """The row is addressed to a mail address that is this person's and nobody else's."""

    column: str


Reach = Of | Under | About | ToTheirAddress


class Now(enum.Enum):
    """Set to the instant of the erasure, where it is empty."""

    IF_EMPTY = "if_empty"


class Place(Struct, frozen=True):
    """The declaration of one table that holds data of people."""

    #: The part of the record it belongs to, as the preview and the export head it.
    part: str
    #: What its rows are, in the plural.
    rows: str
    reach: tuple[Reach, ...]
    fate: Fate
    #: Why the rows stay; told to the person.
    why: str = ""
    #: Columns that are emptied, and with what.
    clears: Mapping[str, Any] = field(default_factory=dict)
    #: Columns of words of ours that stay; wherever they name the person, they say the surrogate instead.
    words: frozenset[str] = frozenset()
    #: Columns that cannot name anybody: codes, places, lists of choices.
    plain: frozenset[str] = frozenset()
    #: Columns that are not in the person's copy (P9): secrets, and what is about somebody else.
    secret: frozenset[str] = frozenset()
    #: Whether it counts one by one in the preview; False for what only follows a row that does.
    is_told: bool = True
    #: Neither the number nor the existence of rows may be told to staff (P7, private notes).
    is_silent: bool = False


class Nobody(Struct, frozen=True):
    """The declaration of a table that holds no person's data; its words are still searched for mentions."""

    why: str
    #: Columns where a mention is not replaced, because they are identities of others or not words at all.
    untouched: frozenset[str] = frozenset()


class Ground(enum.StrEnum):
    """Why something is kept; the words are told to the person."""

    VALUE = "We must be able to show what was given and paid (transparency and tax law): amounts stay, without your name."
    DUTY = "It shows that a duty of disclosure was met; it names nobody any more."
    COUNT = "Only that it happened is kept, so that past counts stay true; the words are gone."
    TRAIL = "The trail of who did what in our house stays whole; the values in it are gone."
    REQUEST = "We must be able to show that this request was answered."
