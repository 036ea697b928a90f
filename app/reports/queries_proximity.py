"""Fees soon after value, counted over the entries of the book by the conditions that also open their rows (O4, O6)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from msgspec import Struct

from app.core import clock
from app.core.db import db
from app.core.money import Money, by_currency
from app.ledger.looks import HOUSE, MOST_DAYS, Near, provider_of, twos
from app.ledger.models import ReportLine
from app.ledger.queries import By, Scope, Total, current_checkpoint, totals
from app.programs.models import Program
from app.reports.methodology_proximity import proximity_notes
from app.reports.proximity import USUAL_DAYS, Distance, PairFigure, ProximityReport, Within
from app.reports.queries_value import ERASED, names_of

#: Where the drawing parts the fees by days since the latest value.
_STEPS = (7, 30, 90, 180, MOST_DAYS)


class _Fee(Struct, frozen=True):
    """A fee that came at most a year after value; `person` is below zero for a subject that was erased."""

    person: int
    provider: str
    money: Money
    n_days: int

    @property
    def pair(self) -> tuple[int, str]:
        return self.person, self.provider


def proximity_report(
    program: Program | None, n_days: int, *, is_any: bool = False, as_of: datetime | None = None
) -> ProximityReport:
    """Fees within so many days after value; five queries whatever their number, one more for each 5,000 people."""
    program_id = program.id if program is not None else None
    fees = _fees(program_id, is_any, as_of)
    near = [fee for fee in fees if fee.n_days <= n_days]
    before = totals(
        [By.PERSON, By.SUBJECT, By.PROVIDER],
        Scope(program_id=program_id, near=Near(n_days, is_value=True, is_any=is_any), as_of=as_of),
    )
    n_all = count_fees(program, as_of)
    return ProximityReport(
        program_id=program_id, program=program.name if program is not None else "", n_days=n_days, is_any=is_any,
        as_of=as_of or clock.now(), asked_as_of=as_of, n_all_fees=n_all, chosen=_within(n_days, near),
        compared=[_within(days, fees) for days in sorted({*USUAL_DAYS, n_days})], n_people=len({fee.person for fee in near}),
        pairs=_pairs(near, before), distances=_distances(fees, n_all), n_value=sum(row.n for row in before),
        value=[*by_currency(row.received for row in before).values()],
        methodology=proximity_notes(is_any=is_any, as_of=as_of), checkpoint=current_checkpoint(),
    )  # fmt: skip


def count_fees(program: Program | None, as_of: datetime | None = None) -> int:
    """All fees there are, near value or not."""
    program_id = program.id if program is not None else None
    rows = totals([By.LEG], Scope(program_id=program_id, line=ReportLine.FEES, as_of=as_of))
    return sum(row.n for row in rows)


def _fees(program_id: int | None, is_any: bool, as_of: datetime | None) -> list[_Fee]:
    """Every fee with the days since the latest value before it, up to a year."""
    both = twos(Near(MOST_DAYS, is_any=is_any), as_of, program_id)
    fee, provider = both.fee, provider_of(both.fee)
    columns = (fee.seq, both.person, provider, fee.reporting_minor, fee.reporting_currency, fee.value_on)
    wanted = both.found.with_only_columns(*columns, sa.func.max(both.value.value_on)).group_by(*columns)
    rows: Sequence[Any] = db.session.execute(wanted.order_by(fee.seq)).all()
    return [
        _Fee(person, provider, Money(minor, currency), (paid_on - given_on).days)
        for _seq, person, provider, minor, currency, paid_on, given_on in rows
    ]


def _within(n_days: int, fees: Iterable[_Fee]) -> Within:
    near = [fee for fee in fees if fee.n_days <= n_days]
    amounts = [*by_currency(fee.money for fee in near).values()]
    return Within(n_days, len(near), len({fee.pair for fee in near}), amounts)


def _distances(fees: Sequence[_Fee], n_all: int) -> list[Distance]:
    found, begins = [], 0
    for step in _STEPS:
        n_here = sum(1 for fee in fees if begins <= fee.n_days <= step)
        found.append(Distance(begins, step, n_here))
        begins = step + 1
    return [*found, Distance(begins, None, n_all - len(fees))]


# -- pairs -----------------------------------------------------------------------------------------


def _pairs(near: Sequence[_Fee], before: Sequence[Total]) -> list[PairFigure]:
    """A line for each pair and currency, most fees first, then the soonest."""
    fees, value = _cells(map(_fee_cell, near)), _cells(map(_value_cell, before))
    least: dict[tuple[int, str], int] = {}
    for fee in near:
        least[fee.pair] = min(fee.n_days, least.get(fee.pair, fee.n_days))
    names = names_of({person for person, _provider in least if person > 0})
    found = [
        _pair(key, names.get(key[0], (ERASED, "", ""))[0], fees.get(key, (0, 0)), value.get(key, (0, 0)), least[key[:2]])
        for key in {*fees, *value}
    ]  # fmt: skip
    return sorted(
        found, key=lambda one: (-one.n_fees, one.least_days, one.name, one.provider, one.fees.currency)
    )


_Key = tuple[int, str, str]


def _cells(rows: Iterable[tuple[_Key, int, int]]) -> dict[_Key, tuple[int, int]]:
    """How many and how much, by person, provider and currency."""
    found: dict[_Key, tuple[int, int]] = {}
    for key, n, minor in rows:
        sofar = found.get(key, (0, 0))
        found[key] = sofar[0] + n, sofar[1] + minor
    return found


def _fee_cell(fee: _Fee) -> tuple[_Key, int, int]:
    return (fee.person, fee.provider, fee.money.currency), 1, fee.money.minor


def _value_cell(row: Total) -> tuple[_Key, int, int]:
    person = row["person"] if row["person"] is not None else -row["subject"]
    return (person, row["provider"], row.currency), row.n, row.reporting_minor


def _pair(key: _Key, name: str, fees: tuple[int, int], value: tuple[int, int], least_days: int) -> PairFigure:
    person, provider, currency = key
    is_known = person > 0
    return PairFigure(
        person_id=person if is_known else None, subject_id=None if is_known else -person, name=name, provider=provider,
        provider_name=provider_name(provider), n_fees=fees[0], fees=Money(fees[1], currency), n_value=value[0],
        value=Money(value[1], currency), least_days=least_days,
    )  # fmt: skip


def provider_name(provider: str) -> str:
    """Our own house by its name, others as the books number them."""
    return current_app.config["COMPANY"] if provider == HOUSE else provider
