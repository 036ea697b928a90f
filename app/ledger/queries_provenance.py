"""How amounts came to be: which kinds of entries, currencies, rates and bases stand behind a figure (O6, c43)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.ledger.models import Basis, Entry, EntryKind, Provenance
from app.ledger.queries_totals import VALUE_KINDS, Scope, entries_in


@dataclass(frozen=True, slots=True)
class Origin:
    """So many entries of one kind, currency, rate source and basis; the days of their rates; the last of them."""

    kind: EntryKind
    currency: str
    rate_source: str
    basis: Basis | None
    n: int
    first_rate_on: date | None
    last_rate_on: date | None
    last_seq: int


_KEYS = ("kind", "currency", "rate_source", "basis")


def origins_of(scope: Scope) -> list[Origin]:
    """The origins behind a scope; those of a whole program are kept beside the book, others are read from its entries."""
    if set(scope.active()) != {"program_id"}:
        return list_origins(entries_in(scope))
    keys = [getattr(Provenance, name) for name in _KEYS]
    wanted = sa.select(
        *keys,
        Provenance.n_entries.label("n"),
        Provenance.first_rate_on,
        Provenance.last_rate_on,
        Provenance.last_seq,
    ).where(Provenance.program_id == scope.program_id)
    return [Origin(**row) for row in db.session.execute(wanted.order_by(*keys)).mappings()]


def is_provenance_true() -> bool:
    """Whether what is kept says of every program what its entries say; two queries."""
    place = sa.func.coalesce(Entry.program_id, 0)
    keys = [place, *(getattr(Entry, name) for name in _KEYS)]
    from_entries = sa.select(*keys, *_counts()).where(Entry.kind.in_(VALUE_KINDS)).group_by(*keys)
    kept = sa.select(
        Provenance.program_id, *(getattr(Provenance, name) for name in _KEYS), Provenance.n_entries,
        Provenance.first_rate_on, Provenance.last_rate_on, Provenance.last_seq,
    )  # fmt: skip
    return set(map(tuple, db.session.execute(kept))) == set(map(tuple, db.session.execute(from_entries)))


def _counts() -> list[sa.SQLColumnExpression[Any]]:
    """How many, the first and the last day of their rates, the last of them."""
    return [
        sa.func.count().label("n"), sa.func.min(Entry.rate_on).label("first_rate_on"),
        sa.func.max(Entry.rate_on).label("last_rate_on"), sa.func.max(Entry.seq).label("last_seq"),
    ]  # fmt: skip


def list_origins(entries: sa.Select[Entry]) -> list[Origin]:
    """The origins of these entries, counted now."""
    keys = [getattr(Entry, name) for name in _KEYS]
    wanted = entries.with_only_columns(*keys, *_counts())
    rows = db.session.execute(wanted.group_by(*keys).order_by(*keys)).mappings()
    return [Origin(**row) for row in rows]
