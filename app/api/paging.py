"""Lists, the same way everywhere: by the number of the record, from the one after `after` on, at most `limit`."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from app.api.shape import Page, PageQuery, Shape
from app.core import keyset
from app.core.db import db
from app.core.keyset import Order, place_from

Row = TypeVar("Row")
Item = TypeVar("Item", bound=Shape)

#: A place in a list that was read whole: the number of its last row.
_NUMBER: Final = Order((sa.column("id", sa.Integer),))


def by_number(
    page: type[Page[Item]], rows: Sequence[Row], query: PageQuery, shown: Callable[[Row], Item],
    number_of: Callable[[Row], int] = lambda row: row.id,  # type: ignore[attr-defined]
) -> Page[Item]:  # fmt: skip
    """A page of rows that were read anyway; a row that went meanwhile breaks no page."""
    least = place_from(query.after, _NUMBER).values[0] if query.after else -1
    left = sorted((row for row in rows if number_of(row) > least), key=number_of)
    kept = left[: query.limit]
    following = keyset.token_of([number_of(kept[-1])]) if len(left) > len(kept) else ""
    return page(items=[shown(row) for row in kept], next=following)


def from_database(
    page: type[Page[Item]], wanted: sa.Select[Any], number: keyset.Column, query: PageQuery,
    shown_all: Callable[[Sequence[Any]], Sequence[Item]], *, is_descending: bool = True,
) -> Page[Item]:  # fmt: skip
    """A page of what a room may show its reader, cut in the database; `shown_all` makes the items of one page at once."""
    order = Order((number,), is_descending=is_descending)
    place = place_from(query.after, order) if query.after else None
    rows = db.session.scalars(keyset.cut(wanted.order_by(None), order, place, query.limit)).unique().all()
    kept = rows[: query.limit]
    key: str = number.key or "id"
    following = keyset.token_of([getattr(kept[-1], key)]) if len(rows) > len(kept) else ""
    return page(items=list(shown_all(kept)), next=following)
