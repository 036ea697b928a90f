"""Pages of the tables of a report, fifty rows at a time; the table by person is sorted as asked."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from app.ledger.models import Unit
from app.reports.value import People, PersonFigure, Rank

N_PER_PAGE = 50

Row = TypeVar("Row")

#: Orders that hang on the figures themselves, and those that ranks tell.
_KEYS: dict[str, Callable[[PersonFigure], int | str]] = {
    "name": lambda one: one.name.casefold(),
    "minutes": lambda one: one.units.get(Unit.EXECUTIVE_MINUTE, 0),
}
_RANKED: dict[str, Callable[[Rank], int]] = {
    "non_cash": lambda one: one.non_cash,
    "cash": lambda one: one.cash,
}


class Slice(Struct, Generic[Row], frozen=True):
    """Rows of a report, and where they stand in the whole."""

    rows: Sequence[Row]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


class PeoplePage(Slice[PersonFigure], frozen=True):
    """Rows of the table by person in the order asked."""

    order: str


def sliced(rows: Sequence[Row], page: int) -> Slice[Row]:
    """One page of rows that are in their order; the last one for a number beyond it."""
    page = max(1, min(page, -(-len(rows) // N_PER_PAGE) or 1))
    start = (page - 1) * N_PER_PAGE
    return Slice(rows[start : start + N_PER_PAGE], len(rows), page)


def page_of(people: People, order: str, page: int) -> PeoplePage:
    """One page; `people` come with most value first, an unknown order keeps them so."""
    name, is_descending = order.removeprefix("-"), order.startswith("-")
    if name in _KEYS:
        rows: Slice[Any] = sliced(sorted(people, key=_KEYS[name], reverse=is_descending), page)
        return PeoplePage(rows.rows, rows.total, rows.page, order)
    ranks = people.ranks
    if name in _RANKED and order != "-non_cash":
        ranks = sorted(ranks, key=_RANKED[name], reverse=is_descending)
    found = sliced(ranks, page)
    shown = people.figures(found.rows)
    return PeoplePage(shown, found.total, found.page, order if name in _RANKED else "-non_cash")
