"""A page of the table by person: sorted as asked, fifty rows at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.ledger.models import Unit
from app.reports.value import PersonFigure

N_PER_PAGE = 50

_KEYS: dict[str, Callable[[PersonFigure], int | str]] = {
    "name": lambda one: one.name.casefold(),
    "non_cash": lambda one: one.non_cash.minor,
    "cash": lambda one: one.cash.minor,
    "minutes": lambda one: one.units.get(Unit.EXECUTIVE_MINUTE, 0),
}


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Rows of the report in the order asked, and where they stand in the whole."""

    rows: Sequence[PersonFigure]
    total: int
    page: int
    order: str

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def page_of(people: Sequence[PersonFigure], order: str, page: int) -> PeoplePage:
    """One page; `people` come with most value first, an unknown order keeps them so."""
    key = _KEYS.get(order.removeprefix("-"))
    ordered = (
        people
        if key is None or order == "-non_cash"
        else sorted(people, key=key, reverse=order.startswith("-"))
    )
    page = max(1, min(page, -(-len(people) // N_PER_PAGE) or 1))
    start = (page - 1) * N_PER_PAGE
    return PeoplePage(ordered[start : start + N_PER_PAGE], len(people), page, order if key else "-non_cash")
