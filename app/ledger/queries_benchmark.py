"""Holding a night in a hotel against what a government pays for one in the same place and month (L10, c23)."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.money import Money
from app.ledger import per_diem
from app.ledger.models import Category, Entry, EntryDetail, EntryKind, Subject, Unit
from app.ledger.per_diem import Rate
from app.ledger.queries_entries import sealed_words
from app.ledger.queries_rates import RateNeeded, frozen_rate
from app.ledger.queries_totals import Scope, entries_in, is_not_taken_back

#: Word by word the condition and the order of the index `x_ledger_entry_nights`, which leads to the dearest of a program:
#: a database that finds a parameter instead of the word reads and sorts every stay.
_PRICED_NIGHTS = sa.text(
    "ledger_entry.category = 'lodging' AND ledger_entry.unit = 'night' AND ledger_entry.reporting_minor > 0 "
    "AND ledger_entry.quantity > 0"
)
_EACH: sa.ColumnElement[Any] = sa.literal_column(
    "(ledger_entry.reporting_minor / (ledger_entry.quantity + 0.0))"
)
#: So many stays are held against the table in a report, the dearest first.
N_STAYS = 10


class Night(Struct, frozen=True):
    """A night against its benchmark: what it cost, what the table says in the same currency, and the ratio.

    `paid` and `ratio` are None where the nights were not counted or nobody has a rate.
    """

    rate: Rate
    paid: Money | None = None
    usual: Money | None = None
    ratio: Fraction | None = None

    @property
    def ratio_words(self) -> str:
        """ "1.67", half away from zero; empty without a ratio."""
        if self.ratio is None:
            return ""
        whole, part = divmod(int(self.ratio * 100 + Fraction(1, 2)), 100)
        return f"{whole:,}.{part:02}"


def night_of(city: str, country: str, on: date, paid: Money | None, n_nights: int | None) -> Night | None:
    """What so many nights cost against the benchmark of the place and month; None where no table names the country."""
    rate = per_diem.rate_of(city, country, on)
    if rate is None:
        return None
    if paid is None or paid.minor <= 0 or not n_nights or n_nights < 1:
        return Night(rate)
    each = Money(round(Fraction(paid.minor, n_nights)), paid.currency)
    try:
        usual = frozen_rate("USD", paid.currency, on).apply(rate.per_night, paid.currency)
    except RateNeeded:
        return Night(rate, each)
    return Night(rate, each, usual, Fraction(paid.minor, n_nights * usual.minor) if usual.minor else None)


def benchmark_of(entry: Entry, words: dict[str, str] | None = None) -> Night | None:
    """The benchmark of a lodging entry; None for everything else, for places nobody knows, and after an erasure.

    An amount in dollars is compared as it is; another one in the reporting currency, at the frozen rate of the day.
    """
    if entry.category is not Category.LODGING or entry.value_on is None or entry.quantity < 0:
        return None
    known = sealed_words(entry) if words is None else words
    city, country = per_diem.split_place((known or {}).get("place", ""))
    if not country:
        return None
    paid = entry.original if entry.currency == "USD" else entry.reporting
    nights = entry.quantity if entry.unit is Unit.NIGHT else None
    return night_of(city, country, entry.value_on, paid if entry.reporting_minor else None, nights)


def lodging_against(scope: Scope) -> Sequence[tuple[Entry, Night]]:
    """The dearest stays of a scope that have a ratio, as the book stood at its instant, the highest ratio first."""
    wanted = (
        entries_in(scope)
        .where(
            Entry.kind.in_((EntryKind.VALUE, EntryKind.LATE)),
            is_not_taken_back(as_of=scope.as_of),
            _PRICED_NIGHTS,
        )
        .options(joinedload(Entry.subject).joinedload(Subject.person))
        .order_by(_EACH.desc(), Entry.seq)
        .limit(N_STAYS)
    )
    entries = db.session.scalars(wanted).unique().all()
    # Kept in a name, so that `sealed_words` finds them in the session and asks nothing more.
    sealed = db.session.scalars(
        sa.select(EntryDetail).where(EntryDetail.entry_seq.in_([entry.seq for entry in entries]))
    ).all()
    found = [(entry, night) for entry in entries if (night := benchmark_of(entry)) and night.ratio]
    del sealed
    return sorted(found, key=lambda pair: (-(pair[1].ratio or 0), pair[0].seq))
