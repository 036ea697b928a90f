"""Pages of the tables of a report, fifty rows at a time; the table by person is sorted as asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.ledger.models import Unit
from app.reports.value import PersonFigure

N_PER_PAGE = 50

Row = TypeVar("Row")

_KEYS: dict[str, Callable[[PersonFigure], int | str]] = {
    "name": lambda one: one.name.casefold(),
    "non_cash": lambda one: one.non_cash.minor,
    "cash": lambda one: one.cash.minor,
    "minutes": lambda one: one.units.get(Unit.EXECUTIVE_MINUTE, 0),
}


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """Rows of a report, and where they stand in the whole."""

    rows: Sequence[Row]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


@dataclass(frozen=True, slots=True)
class PeoplePage(Slice[PersonFigure]):
    """Rows of the table by person in the order asked."""

    order: str


def sliced(rows: Sequence[Row], page: int) -> Slice[Row]:
    """One page of rows that are in their order; the last one for a number beyond it."""
    page = max(1, min(page, -(-len(rows) // N_PER_PAGE) or 1))
    start = (page - 1) * N_PER_PAGE
    return Slice(rows[start : start + N_PER_PAGE], len(rows), page)


def page_of(people: Sequence[PersonFigure], order: str, page: int) -> PeoplePage:
    """One page; `people` come with most value first, an unknown order keeps them so."""
    key = _KEYS.get(order.removeprefix("-"))
    ordered = (
        people
        if key is None or order == "-non_cash"
        else sorted(people, key=key, reverse=order.startswith("-"))
    )
    found = sliced(ordered, page)
    return PeoplePage(found.rows, found.total, found.page, order if key else "-non_cash")
