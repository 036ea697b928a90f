"""The one counting function behind every figure of value (O6), and the narrowing that figures and lists share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from operator import add
from typing import Any, TypeAlias

import sqlalchemy as sa

from app.core.db import db
from app.core.money import Money
from app.ledger.looks import VALUE_KINDS as VALUE_KINDS
from app.ledger.looks import Look as Look
from app.ledger.looks import Near as Near
from app.ledger.looks import is_near, looks, provider_of
from app.ledger.looks import is_not_taken_back as is_not_taken_back
from app.ledger.looks import is_standing as is_standing
from app.ledger.models import (
    EVERYBODY,
    NON_CASH_FORMS,
    Category,
    Entry,
    EntryKind,
    Form,
    Leg,
    ReportLine,
    Rollup,
    Subject,
    Unit,
)
from app.people.models import Person
from app.programs.models import Program


class By(StrEnum):
    """What totals may be grouped by."""

    PROGRAM = "program"
    EVENT = "event"
    SUBJECT = "subject"  # row number in ledger_subject; stays when the person is erased
    PERSON = "person"  # the surviving record after merges; None when erased
    YEAR = "year"
    MONTH = "month"  # its first day; the rollup knows years only
    CATEGORY = "category"
    LINE = "line"
    LEG = "leg"
    UNIT = "unit"
    FORM = "form"
    NATIVE_NATURE = "native_nature"
    NATIVE_FORM = "native_form"
    PROVIDER = "provider"  # who gave it; the rollup does not know


@dataclass(frozen=True, slots=True)
class Scope:
    """What figures and their rows are narrowed to; the same for both, so every number opens its rows.

    `as_of` answers as the book stood at that instant (L14); it and value dates are read from the entries, all else
    from the rollup that is kept with them.
    """

    program_id: int | None = None
    event_id: int | None = None
    person_id: int | None = None
    subject_id: int | None = None
    year: int | None = None
    category: Category | None = None
    line: ReportLine | None = None
    leg: Leg | None = None
    unit: Unit | None = None
    form: Form | None = None
    native_nature: str | None = None
    native_form: str | None = None
    is_declined: bool | None = None
    from_on: date | None = None
    to_on: date | None = None
    as_of: datetime | None = None
    look: Look | None = None
    near: Near | None = None
    provider: str | None = None
    is_erased: bool | None = None

    @property
    def is_read_from_entries(self) -> bool:
        apart = (self.as_of, self.from_on, self.to_on, self.is_declined, self.look, self.near, self.provider)
        return any(value is not None for value in apart)

    def active(self) -> dict[str, Any]:
        """The parts that narrow, by name."""
        pairs = ((part.name, getattr(self, part.name)) for part in fields(self))
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True)
class Total:
    """One figure: its keys, and what stands in the book under them, reversals taken off.

    `n` counts pieces of value received, `n_declined` offers refused; amounts are minor units of `currency`.
    """

    keys: dict[str, Any]
    currency: str
    n: int
    quantity: int
    reporting_minor: int
    declined_minor: int
    n_declined: int

    def __getitem__(self, name: str) -> Any:
        return self.keys[name]

    @property
    def received(self) -> Money:
        return Money(self.reporting_minor, self.currency)

    @property
    def declined(self) -> Money:
        return Money(self.declined_minor, self.currency)


#: What only the entries tell.
_ENTRIES_ONLY = frozenset({By.PROVIDER, By.MONTH})
#: What only the cells of single subjects tell; all else is read from those of everybody.
_SUBJECTS = frozenset({By.PERSON, By.SUBJECT})


def totals(by: Sequence[By | str] = (), scope: Scope = Scope()) -> list[Total]:
    """Sums grouped by any of `By`, ordered by them; one row per currency, for amounts never mix currencies.

    Without groups and without entries the list is empty.
    """
    names = [By(name) for name in by]
    from_entries = scope.is_read_from_entries or not _ENTRIES_ONLY.isdisjoint(names)
    source = _from_entries if from_entries else _from_rollup
    keys, currency, sums, found = source(names, scope)
    rows = db.session.execute(
        found.with_only_columns(*keys, currency, *sums).group_by(*keys, currency).order_by(*keys, currency)
    )
    words, converters = [name.value for name in names], _converters(names)
    return [_total(words, converters, tuple(row)) for row in rows]


def groupings(each_by: Sequence[Sequence[By | str]], scope: Scope = Scope()) -> list[list[Total]]:
    """`totals` under several groupings of one scope, in their order.

    The rollup is small, so each grouping is asked of it; the entries are read once and grouped further from there.
    """
    if not scope.is_read_from_entries:
        return [totals(by, scope) for by in each_by]
    rows = totals(list(dict.fromkeys(name for by in each_by for name in by)), scope)
    return [_regrouped(rows, [By(name).value for name in by]) for by in each_by]


def _regrouped(rows: Iterable[Total], names: Sequence[str]) -> list[Total]:
    """The same figures under some of their keys only, in the order in which these come first."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        key = (tuple(map(row.keys.__getitem__, names)), row.currency)
        more = (row.n, row.quantity, row.reporting_minor, row.declined_minor, row.n_declined)
        sums = found.get(key)
        found[key] = list(more) if sums is None else list(map(add, sums, more))
    return [
        Total(dict(zip(names, keys, strict=True)), currency, *sums)
        for (keys, currency), sums in found.items()
    ]


def _total(
    names: Sequence[str], converters: Sequence[tuple[int, Callable[[Any], Any]]], row: tuple[Any, ...]
) -> Total:
    n_keys = len(names)
    keys = dict(zip(names, row, strict=False))
    for place, convert in converters:
        keys[names[place]] = convert(row[place])
    currency, n, quantity, received, declined, n_declined = row[n_keys:]
    # SUM of PostgreSQL is a Decimal, of nothing it is NULL.
    return Total(
        keys,
        currency,
        int(n or 0),
        int(quantity or 0),
        int(received or 0),
        int(declined or 0),
        int(n_declined or 0),
    )


#: Keys that a database gives in other words than ours: the rollup writes 0 for no program and no event.
_CONVERT: Mapping[By, Callable[[Any], Any]] = {
    By.LEG: lambda value: None if value is None else Leg(value),
    By.PROGRAM: lambda value: value or None,
    By.EVENT: lambda value: value or None,
    By.YEAR: lambda value: None if value is None else int(value),
    By.MONTH: lambda value: None if value is None else date(int(value) // 100, int(value) % 100, 1),
}


def _converters(names: Sequence[By]) -> list[tuple[int, Callable[[Any], Any]]]:
    return [(place, _CONVERT[name]) for place, name in enumerate(names) if name in _CONVERT]


_Column: TypeAlias = sa.SQLColumnExpression[Any]
_Parts: TypeAlias = tuple[list[_Column], _Column, list[_Column], sa.Select[Any]]


def _from_rollup(names: Sequence[By], scope: Scope) -> _Parts:
    apart = (scope.person_id, scope.subject_id, scope.is_erased)
    is_by_subject = not _SUBJECTS.isdisjoint(names) or any(value is not None for value in apart)
    whose = Rollup.subject_id != EVERYBODY if is_by_subject else Rollup.subject_id == EVERYBODY
    found = sa.select(Rollup.id).join(Program, Program.id == Rollup.program_id).where(whose)
    leg = sa.case((Rollup.form.in_(sorted(NON_CASH_FORMS)), Leg.NON_CASH.value), else_=Leg.CASH.value)
    columns: dict[By, _Column] = {
        By.PROGRAM: Rollup.program_id, By.EVENT: Rollup.event_id, By.SUBJECT: Rollup.subject_id, By.YEAR: Rollup.year,
        By.CATEGORY: Rollup.category, By.LINE: Rollup.line, By.LEG: leg, By.UNIT: Rollup.unit, By.FORM: Rollup.form,
        By.NATIVE_NATURE: Rollup.native_nature, By.NATIVE_FORM: Rollup.native_form, By.PERSON: _survivor(),
    }  # fmt: skip
    if By.PERSON in names:
        found = found.join(Subject, Subject.id == Rollup.subject_id)
        found = found.outerjoin(Person, Person.id == Subject.person_id)
    sums: list[_Column] = [
        sa.func.sum(Rollup.n_entries), sa.func.sum(Rollup.quantity), sa.func.sum(Rollup.reporting_minor),
        sa.func.sum(Rollup.declined_minor), sa.func.sum(Rollup.n_declined),
    ]  # fmt: skip
    found = found.where(*_conditions(columns, scope))
    return [columns[name] for name in names], Program.currency, sums, found


def _from_entries(names: Sequence[By], scope: Scope) -> _Parts:
    found = sa.select(Entry.seq).where(Entry.subject_id.is_not(None))
    columns: dict[By, _Column] = {
        By.PROGRAM: Entry.program_id, By.EVENT: Entry.event_id, By.SUBJECT: Entry.subject_id,
        By.YEAR: sa.cast(sa.extract("year", Entry.value_on), sa.Integer), By.CATEGORY: Entry.category, By.LINE: Entry.line,
        By.LEG: Entry.leg, By.UNIT: Entry.unit, By.FORM: Entry.form, By.NATIVE_NATURE: Entry.native_nature,
        By.NATIVE_FORM: Entry.native_form, By.PERSON: _survivor(), By.PROVIDER: provider_of(),
        By.MONTH: sa.cast(sa.extract("year", Entry.value_on) * 100 + sa.extract("month", Entry.value_on), sa.Integer),
    }  # fmt: skip
    if By.PERSON in names:
        found = found.join(Subject, Subject.id == Entry.subject_id)
        found = found.outerjoin(Person, Person.id == Subject.person_id)
    found = found.where(*_conditions(columns, scope), *_entry_conditions(scope))
    return [columns[name] for name in names], Entry.reporting_currency, entry_sums(), found


def entry_sums() -> list[_Column]:
    """n, quantity, received, declined, n_declined over entries: a reversal takes off what it reverses."""
    step = sa.case((Entry.kind == EntryKind.REVERSAL, -1), else_=1)
    return [
        sa.func.sum(sa.case((Entry.is_declined.is_(True), 0), else_=step)),
        sa.func.sum(Entry.quantity),
        sa.func.sum(Entry.reporting_minor),
        sa.func.sum(Entry.declined_minor),
        sa.func.sum(sa.case((Entry.is_declined.is_(True), step), else_=0)),
    ]


def _survivor() -> sa.ColumnElement[int | None]:
    return sa.func.coalesce(Person.merged_into_id, Subject.person_id)


def _conditions(columns: dict[By, _Column], scope: Scope) -> list[sa.ColumnElement[bool]]:
    asked = {
        By.PROGRAM: scope.program_id, By.EVENT: scope.event_id, By.SUBJECT: scope.subject_id, By.YEAR: scope.year,
        By.CATEGORY: scope.category, By.LINE: scope.line, By.LEG: scope.leg, By.UNIT: scope.unit, By.FORM: scope.form,
        By.NATIVE_NATURE: scope.native_nature, By.NATIVE_FORM: scope.native_form,
    }  # fmt: skip
    found = [columns[name] == value for name, value in asked.items() if value is not None]
    if scope.person_id is not None:
        found.append(columns[By.SUBJECT].in_(subject_ids(scope.person_id)))
    if scope.is_erased is not None:
        known = sa.select(Subject.id).where(Subject.person_id.is_not(None))
        found.append(columns[By.SUBJECT].not_in(known) if scope.is_erased else columns[By.SUBJECT].in_(known))
    return found


def _entry_conditions(scope: Scope) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [Entry.kind.in_(VALUE_KINDS)]
    if scope.as_of is not None:
        found.append(Entry.at <= scope.as_of)
    if scope.from_on is not None:
        found.append(Entry.value_on >= scope.from_on)
    if scope.to_on is not None:
        found.append(Entry.value_on <= scope.to_on)
    if scope.is_declined is not None:
        found.append(Entry.is_declined.is_(scope.is_declined))
    if scope.look is not None:
        found += looks(scope.look, scope.as_of)
    if scope.near is not None:
        found.append(is_near(scope.near, scope.as_of, scope.program_id))
    if scope.provider is not None:
        found.append(provider_of() == scope.provider)
    return found


def entries_in(scope: Scope) -> sa.Select[Entry]:
    """The entries behind a figure of this scope, without an order."""
    year = sa.cast(sa.extract("year", Entry.value_on), sa.Integer)
    columns: dict[By, _Column] = {
        By.PROGRAM: Entry.program_id, By.EVENT: Entry.event_id, By.SUBJECT: Entry.subject_id, By.YEAR: year,
        By.CATEGORY: Entry.category, By.LINE: Entry.line, By.LEG: Entry.leg, By.UNIT: Entry.unit, By.FORM: Entry.form,
        By.NATIVE_NATURE: Entry.native_nature, By.NATIVE_FORM: Entry.native_form,
    }  # fmt: skip
    return sa.select(Entry).where(*_conditions(columns, scope), *_entry_conditions(scope))


def subject_ids(person_id: int) -> sa.Select[int]:
    """The subjects of a person and of every record merged into it."""
    return (
        sa.select(Subject.id)
        .join(Person, Person.id == Subject.person_id)
        .where(sa.or_(Person.id == person_id, Person.merged_into_id == person_id))
    )
