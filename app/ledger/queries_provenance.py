"""How amounts came to be: which kinds of entries, currencies, rates and bases stand behind a figure (O6, c43)."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import db
from app.ledger.models import Basis, Entry, EntryKind, Provenance
from app.ledger.queries_totals import (
    VALUE_KINDS,
    Scope,
    entries_in,
    is_in_whole_months,
    month_number,
    month_of_entry,
)


class Origin(Struct, frozen=True):
    """So many entries of one kind, currency, rate source and basis; the days of their rates; the last of them.

    `month` is that of their value dates, 202607, where they are counted by month, else 0.
    """

    month: int
    kind: EntryKind
    currency: str
    rate_source: str
    basis: Basis | None
    n: int
    first_rate_on: date | None
    last_rate_on: date | None
    last_seq: int


#: Parts of a scope that are answered from what is kept.
_KEPT = frozenset({"program_id", "from_on", "to_on"})
_KEYS = ("kind", "currency", "rate_source", "basis")


def origins_of(scope: Scope) -> list[Origin]:
    """The origins behind a scope: of a program in whole months they are kept beside the book, else its entries are read."""
    is_kept = scope.program_id is not None and _KEPT.issuperset(scope.active())
    if not is_kept or not is_in_whole_months(scope.from_on, scope.to_on):
        return list_origins(entries_in(scope))
    keys = [Provenance.month, *(getattr(Provenance, name) for name in _KEYS)]
    wanted = sa.select(
        *keys,
        Provenance.n_entries.label("n"),
        Provenance.first_rate_on,
        Provenance.last_rate_on,
        Provenance.last_seq,
    ).where(Provenance.program_id == scope.program_id)
    if scope.from_on is not None:
        wanted = wanted.where(Provenance.month >= month_number(scope.from_on))
    if scope.to_on is not None:
        wanted = wanted.where(Provenance.month <= month_number(scope.to_on))
    return [Origin(**row) for row in db.session.execute(wanted.order_by(*keys)).mappings()]


def is_provenance_true() -> bool:
    """Whether what is kept says of every program what its entries say; two queries."""
    place = sa.func.coalesce(Entry.program_id, 0)
    keys = [place, month_of_entry(), *(getattr(Entry, name) for name in _KEYS)]
    from_entries = sa.select(*keys, *_counts()).where(Entry.kind.in_(VALUE_KINDS)).group_by(*keys)
    kept = sa.select(
        Provenance.program_id, Provenance.month, *(getattr(Provenance, name) for name in _KEYS), Provenance.n_entries,
        Provenance.first_rate_on, Provenance.last_rate_on, Provenance.last_seq,
    )  # fmt: skip
    return set(map(tuple, db.session.execute(kept))) == set(map(tuple, db.session.execute(from_entries)))


def _counts() -> list[sa.SQLColumnExpression[Any]]:
    """How many, the first and the last day of their rates, the last of them."""
    return [
        sa.func.count().label("n"), sa.func.min(Entry.rate_on).label("first_rate_on"),
        sa.func.max(Entry.rate_on).label("last_rate_on"), sa.func.max(Entry.seq).label("last_seq"),
    ]  # fmt: skip


def list_origins(entries: sa.Select[Entry], *, by_month: bool = False) -> list[Origin]:
    """The origins of these entries, counted now."""
    month = month_of_entry() if by_month else sa.literal(0)
    keys = [getattr(Entry, name) for name in _KEYS]
    groups = [month, *keys] if by_month else keys
    wanted = entries.with_only_columns(month.label("month"), *keys, *_counts())
    rows = db.session.execute(wanted.group_by(*groups).order_by(*groups)).mappings()
    return [Origin(**row) for row in rows]
