"""Lists of entries, page by page: cut at an entry, so that the last page of a long book costs what its first one costs."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.core import keyset
from app.core.db import db
from app.core.keyset import Count, Order, Page, Place
from app.ledger.models import Entry
from app.ledger.queries_entries import LOADED
from app.ledger.queries_totals import Scope, entries_in

N_PER_PAGE = 50
LATEST_FIRST = "-seq"

_COLUMNS: dict[str, tuple[keyset.Column, ...]] = {
    "seq": (Entry.seq,),
    "on": (Entry.value_on, Entry.seq),
    "value": (Entry.reporting_minor, Entry.seq),
}
#: How a list can be ordered, backwards with a minus sign; the number of the entry keeps those apart that are alike.
ORDERS: dict[str, Order] = {
    **{name: Order(columns) for name, columns in _COLUMNS.items()},
    **{f"-{name}": Order(columns, is_descending=True) for name, columns in _COLUMNS.items()},
}


class EntryPage(Struct, frozen=True):
    """One page of entries, the count of the whole, and the places where the pages beside it begin."""

    rows: Sequence[Entry]
    total: Count
    before: str = ""
    after: str = ""


def order_named(name: str) -> Order:
    """The order with this name; latest first for every other word."""
    return ORDERS.get(name, ORDERS[LATEST_FIRST])


def list_entries(
    scope: Scope, place: Place | None = None, order: str = LATEST_FIRST, size: int = 0
) -> EntryPage:
    """A page of 50 or of `size` of the entries behind a figure, and their number; two queries, one more where a list begins."""
    page = read_entries(scope, place, order, size)
    total = keyset.count_rows(entries_in(scope).with_only_columns(Entry.seq))
    return EntryPage(page.rows, total, page.before, page.after)


def read_entries(
    scope: Scope, place: Place | None = None, order: str = LATEST_FIRST, size: int = 0
) -> Page[Entry]:
    """The same page uncounted, for whoever reads on and on."""
    ordering, n = order_named(order), size or N_PER_PAGE
    return keyset.turn_to(
        place, n, lambda at: _rows(scope, ordering, at, n), lambda entry: _values(entry, ordering)
    )


def _rows(scope: Scope, order: Order, place: Place | None, size: int) -> Sequence[Entry]:
    """The numbers of the page come first, so that no bodies are carried through the sorting of the rows beside it."""
    numbers = keyset.cut(entries_in(scope).with_only_columns(Entry.seq), order, place, size).subquery()
    is_backward = place is not None and place.is_before
    wanted = sa.select(Entry).join(numbers, numbers.c.seq == Entry.seq).options(*LOADED)
    return db.session.scalars(wanted.order_by(*order.in_words_of_sql(is_backward=is_backward))).all()


def _values(entry: Entry, order: Order) -> list[Any]:
    """Where an entry stands in an order."""
    columns: dict[keyset.Column, Any] = {
        Entry.seq: entry.seq, Entry.value_on: entry.value_on, Entry.reporting_minor: entry.reporting_minor,
    }  # fmt: skip
    return [columns[column] for column in order.columns]
