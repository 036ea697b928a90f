"""Pieces of value as they were given, one by one: for lines of days, where sums would hide the order."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from app.core.db import db
from app.core.money import Money
from app.ledger.models import Category, Entry, EntryKind, Leg, Unit
from app.ledger.queries_totals import Scope, entries_in, is_not_taken_back


class Given(Struct, frozen=True):
    """One piece that was received and not taken back, or not by the instant of the scope.

    `money` is in the program's currency, zero for access.
    """

    seq: int
    value_on: date
    category: Category
    leg: Leg
    unit: Unit
    money: Money


def given_in(scope: Scope) -> Sequence[Given]:
    """The pieces of a scope by their day; one query."""
    wanted = entries_in(scope).where(
        Entry.kind != EntryKind.REVERSAL, is_not_taken_back(as_of=scope.as_of), Entry.value_on.is_not(None)
    )
    rows = db.session.scalars(wanted.order_by(Entry.value_on, Entry.seq))
    return [
        Given(one.seq, one.value_on, one.category, one.leg, one.unit, one.reporting)
        for one in rows
        if one.value_on is not None and one.category is not None and one.leg is not None
    ]
