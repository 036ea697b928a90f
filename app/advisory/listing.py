"""Pages of rows about the people somebody may see, the newest first."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from msgspec import Struct

from app.accounts.models import User
from app.core.db import db
from app.people import queries as people
from app.people.models import Person

N_PER_PAGE = 50

Row = TypeVar("Row")


class Page(Struct, Generic[Row], frozen=True):
    """One page of rows and the count of the whole."""

    rows: Sequence[Row]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def seen_by(by: User | None) -> sa.Select[int]:
    """The numbers of the people `by` may see."""
    return people.visible_to(by).with_only_columns(Person.id)


def page_of(found: sa.Select[Any], id: sa.SQLColumnExpression[int], page: int, *loaded: Any) -> Page[Any]:
    """A page of what is found, the highest `id` first, with `loaded`; the last page for a number beyond it."""
    n = db.session.scalar(sa.select(sa.func.count()).select_from(found.with_only_columns(id).subquery())) or 0
    page = max(1, min(page, -(-n // N_PER_PAGE) or 1))
    shown = found.options(*loaded).order_by(id.desc()).offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)
    return Page(db.session.scalars(shown).all(), n, page)
