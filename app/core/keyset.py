"""Pages of long lists: cut at a row, not at a number of rows, so that the last page costs what the first one costs."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import request
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.core.errors import NotFound

Row = TypeVar("Row")
Column = sa.ColumnElement[Any] | InstrumentedAttribute[Any]

#: Counted exactly up to this; a longer list says "more than".
MOST_COUNTED = 10_000
_LONGEST_TOKEN = 2_000
_LONGEST_TEXT = 400


class BrokenPlace(NotFound):
    """An address that names no place in the list."""

    def __init__(self) -> None:
        super().__init__(_("There is no such place in the list in this order. Begin at its first page."))


class Order(Struct, frozen=True):
    """How a list is ordered: columns that are never empty, all in one direction, the last of them the id."""

    columns: tuple[Column, ...]
    is_descending: bool = False

    def in_words_of_sql(self, *, is_backward: bool = False) -> list[sa.ColumnElement[Any]]:
        """For `order_by`."""
        is_descending = self.is_descending != is_backward
        return [column.desc() if is_descending else column.asc() for column in self.columns]


class Place(Struct, frozen=True):
    """Between two rows: right after the row with these values, or right before it."""

    values: tuple[Any, ...]
    is_before: bool = False


class Count(Struct, frozen=True):
    """How many rows there are, as far as it was worth counting."""

    number: int
    is_exact: bool = True

    def __bool__(self) -> bool:
        return self.number > 0


class Page(Struct, Generic[Row], frozen=True):
    """Some rows of a list and the places before and after them, as they stand in an address; empty where there is none."""

    rows: Sequence[Row]
    before: str = ""
    after: str = ""


def each_value(wanted: sa.Select[Any], column: Column) -> Sequence[Any]:
    """The different values of a column in what a SELECT finds, in their order: one step of its index for each of them."""
    least = wanted.with_only_columns(sa.func.min(column).label("one"))
    found = least.cte(recursive=True)
    after = least.where(column > found.c.one).scalar_subquery()
    found = found.union_all(sa.select(after).where(found.c.one.is_not(None)))
    return db.session.scalars(sa.select(found.c.one).where(found.c.one.is_not(None))).all()


def count_rows(wanted: sa.Select[Any], most: int = MOST_COUNTED) -> Count:
    """Count what a SELECT finds, at a cost that does not grow beyond `most`. An order helps where an index goes with it."""
    cut = wanted.limit(most + 1).subquery()
    n_found = db.session.scalar(sa.select(sa.func.count()).select_from(cut)) or 0
    return Count(min(n_found, most), n_found <= most)


def cut(wanted: sa.Select[Any], order: Order, place: Place | None, size: int) -> sa.Select[Any]:
    """A SELECT narrowed to the page at a place, and one row more; backwards when the page ends at the place."""
    is_backward = place is not None and place.is_before
    if place is not None:
        here, there = sa.tuple_(*order.columns), sa.tuple_(*_bound(order, place))
        wanted = wanted.where(here < there if order.is_descending != is_backward else here > there)
    return wanted.order_by(*order.in_words_of_sql(is_backward=is_backward)).limit(size + 1)


def page_of(
    rows: Sequence[Row], place: Place | None, size: int, values_of: Callable[[Row], Sequence[Any]]
) -> Page[Row]:
    """A page from the rows a `cut` found, in the order of the list."""
    is_backward = place is not None and place.is_before
    has_more, kept = len(rows) > size, list(rows[:size])
    if is_backward:
        kept.reverse()
    has_before = has_more if is_backward else place is not None
    has_after = True if is_backward else has_more
    if not kept:
        return Page([])
    first, last = values_of(kept[0]), values_of(kept[-1])
    return Page(kept, token_of(first) if has_before else "", token_of(last) if has_after else "")


def turn_to(
    place: Place | None, size: int, read: Callable[[Place | None], Sequence[Row]], values_of: Callable[[Row], Sequence[Any]]
) -> Page[Row]:  # fmt: skip
    """The page at a place, of what `read` finds there by a `cut`; one that would be short because the list begins in the
    middle of it is the whole first page instead.
    """
    page = page_of(read(place), place, size, values_of)
    if place is not None and place.is_before and len(page.rows) < size:
        return page_of(read(None), None, size, values_of)
    return page


# -- places in addresses ---------------------------------------------------------------------------


def token_of(values: Sequence[Any]) -> str:
    """Values as one word of an address: JSON in the alphabet of addresses. It hides nothing and proves nothing."""
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def place_from(token: str, order: Order, *, is_before: bool = False) -> Place:
    """The place a word of an address names; BrokenPlace when it fits no row of this list."""
    if len(token) > _LONGEST_TOKEN:
        raise BrokenPlace
    try:
        plain = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise BrokenPlace from None
    if not isinstance(plain, list) or len(plain) != len(order.columns):
        raise BrokenPlace
    return Place(
        tuple(_value(value, column) for value, column in zip(plain, order.columns, strict=True)), is_before
    )


def place_asked(order: Order) -> tuple[Place | None, bool]:
    """The place in this request's address (?after= or ?before=), and whether it was one that cannot be."""
    for name, is_before in (("after", False), ("before", True)):
        if token := request.args.get(name, ""):
            try:
                return place_from(token, order, is_before=is_before), False
            except BrokenPlace:
                return None, True
    return None, False


def _value(value: Any, column: Column) -> Any:
    """A value as the column holds it; anything a row cannot have is refused before a database sees it."""
    kind = column.type
    wanted = (kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind).python_type
    if wanted is int and type(value) is int and -(2 ** _bits(kind)) <= value < 2 ** _bits(kind):
        return value
    if wanted is str and isinstance(value, str) and len(value) <= _LONGEST_TEXT and _is_plain(value):
        return value
    if wanted in {datetime, date} and isinstance(value, str):
        return _day_or_instant(value, wanted)
    raise BrokenPlace


def _bits(kind: sa.types.TypeEngine[Any]) -> int:
    """How wide a column of whole numbers is beside its sign: amounts of money are wider than numbers of rows."""
    plain = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
    return 63 if isinstance(plain, sa.BigInteger) else 31


def _day_or_instant(text: str, wanted: type[date]) -> date:
    try:
        read = wanted.fromisoformat(text)
    except ValueError:
        raise BrokenPlace from None
    if isinstance(read, datetime) and (read.tzinfo is None or not 2 <= read.year <= 9998):
        raise BrokenPlace
    return read


def _is_plain(text: str) -> bool:
    return "\0" not in text and not any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def _bound(order: Order, place: Place) -> list[sa.ColumnElement[Any]]:
    return [
        sa.bindparam(None, value, type_=column.type, unique=True)
        for column, value in zip(order.columns, place.values, strict=True)
    ]
