"""The one counting function behind every figure of value (O6), and the narrowing that figures and lists share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from operator import add
from typing import Any, TypeAlias

import sqlalchemy as sa
from msgspec.structs import replace

from app.core.db import db
from app.ledger.looks import VALUE_KINDS as VALUE_KINDS
from app.ledger.looks import Look as Look
from app.ledger.looks import Near as Near
from app.ledger.looks import is_near, looks, provider_of
from app.ledger.looks import is_not_taken_back as is_not_taken_back
from app.ledger.looks import is_standing as is_standing
from app.ledger.models import (
    ALL_DAYS,
    EVERYBODY,
    NON_CASH_FORMS,
    Entry,
    EntryKind,
    Leg,
    Rollup,
    Subject,
    Summary,
)
from app.ledger.scopes import By as By
from app.ledger.scopes import Scope as Scope
from app.ledger.scopes import Total as Total
from app.people.models import Person
from app.programs.models import Program

#: What only the entries tell.
_ENTRIES_ONLY = frozenset({By.PROVIDER, By.MONTH})
#: What only the cells of single subjects tell; all else is read from those of everybody.
_SUBJECTS = frozenset({By.PERSON, By.SUBJECT})
#: What summaries know, as groups and as parts of a scope.
_SUMMED = frozenset({By.PROGRAM, By.PERSON, By.SUBJECT, By.UNIT, By.LEG, By.YEAR, By.MONTH})
_SUMMED_PARTS = frozenset({
    "program_id", "program_ids", "person_id", "person_ids", "subject_id", "is_erased", "unit", "leg", "year", "from_on", "to_on",
})  # fmt: skip
#: What is summed, as the tables kept beside the book name it; in the order of `Total`.
SUMS = ("n_entries", "quantity", "reporting_minor", "declined_minor", "n_declined")
#: Not narrowed at all.
ALL_OF_IT = Scope()
_BY_SUBJECT = frozenset({"person_id", "person_ids", "subject_id", "is_erased"})


def totals(by: Sequence[By | str] = (), scope: Scope = ALL_OF_IT) -> list[Total]:
    """Sums grouped by any of `By`, ordered by them; one row per currency, for amounts never mix currencies.

    Without groups and without entries the list is empty.
    """
    names = [By(name) for name in by]
    keys, currency, sums, found = parts_of(names, scope)
    rows = db.session.execute(
        found.with_only_columns(*keys, currency, *sums).group_by(*keys, currency).order_by(*keys, currency)
    )
    words, converters = [name.value for name in names], _converters(names)
    return [_total(words, converters, tuple(row)) for row in rows]


def parts_of(names: Sequence[By], scope: Scope) -> "_Parts":
    """Keys, currency, sums in the order of `Total` and the rows they are taken over.

    They are read from the smallest of what is kept that knows them, else from the entries.
    """
    days = (scope.from_on, scope.to_on)
    is_by_day = days != (None, None) or By.MONTH in names
    is_summed = _SUMMED.issuperset(names) and _SUMMED_PARTS.issuperset(scope.active())
    if is_summed and (is_by_day or _is_by_subject(names, scope)) and is_in_whole_months(*days):
        return _from_summaries(names, scope)
    if scope.is_read_from_entries or not _ENTRIES_ONLY.isdisjoint(names):
        return _from_entries(names, scope)
    return _from_rollup(names, scope)


def _is_by_subject(names: Sequence[By], scope: Scope) -> bool:
    return not _SUBJECTS.isdisjoint(names) or not _BY_SUBJECT.isdisjoint(scope.active())


def is_in_whole_months(from_on: date | None, to_on: date | None) -> bool:
    """Whether these days begin with a month and end with one, or are open."""
    begins = from_on is None or from_on.day == 1
    return begins and (to_on is None or to_on == date.max or (to_on + timedelta(1)).day == 1)


def groupings(each_by: Sequence[Sequence[By | str]], scope: Scope = ALL_OF_IT) -> list[list[Total]]:
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


def _sums_of(kept: type[Rollup | Summary]) -> list[_Column]:
    return [sa.func.sum(getattr(kept, name)) for name in SUMS]


def _from_rollup(names: Sequence[By], scope: Scope) -> _Parts:
    whose = Rollup.subject_id != EVERYBODY if _is_by_subject(names, scope) else Rollup.subject_id == EVERYBODY
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
    found = found.where(*_conditions(columns, scope))
    return [columns[name] for name in names], Program.currency, _sums_of(Rollup), found


def _from_summaries(names: Sequence[By], scope: Scope) -> _Parts:
    found = sa.select(Summary.id).join(Program, Program.id == Summary.program_id)
    columns: dict[By, _Column] = {
        By.PROGRAM: Summary.program_id, By.SUBJECT: Summary.subject_id, By.UNIT: Summary.unit, By.LEG: Summary.leg,
        By.PERSON: _survivor(),
        By.YEAR: sa.case((Summary.span > _LAST_YEAR, Summary.span // 100), else_=Summary.span), By.MONTH: Summary.span,
    }  # fmt: skip
    if By.PERSON in names:
        found = found.join(Subject, Subject.id == Summary.subject_id)
        found = found.outerjoin(Person, Person.id == Subject.person_id)
    found = found.where(*_conditions(columns, replace(scope, year=None)), _spans(names, scope))
    return [columns[name] for name in names], Program.currency, _sums_of(Summary), found


#: Spans up to here are years, those above are months.
_LAST_YEAR = date.max.year


def _spans(names: Sequence[By], scope: Scope) -> sa.ColumnElement[bool]:
    """The fewest spans that together are the days asked for: all of them, whole years, and months before and after those."""
    days = (scope.from_on, scope.to_on, scope.year)
    if days == (None, None, None) and _ENTRIES_ONLY.isdisjoint(names) and By.YEAR not in names:
        return Summary.span == ALL_DAYS
    begins = max(scope.from_on or date.min, date(scope.year or date.min.year, 1, 1))
    ends = min(scope.to_on or date.max, date(scope.year or date.max.year, 12, 31))
    first, last = month_number(begins), month_number(ends)
    first_year, last_year = begins.year + (begins.month > 1), ends.year - (ends.month < 12)
    if By.MONTH in names or first_year > last_year:
        return Summary.span.between(max(first, _LAST_YEAR + 1), last)
    whole = Summary.span.between(first_year, last_year)
    before = Summary.span.between(max(first, _LAST_YEAR + 1), begins.year * 100 + 12)
    after = Summary.span.between(ends.year * 100 + 1, last)
    return sa.or_(whole, *([before] if begins.month > 1 else []), *([after] if ends.month < 12 else []))


def _from_entries(names: Sequence[By], scope: Scope) -> _Parts:
    found = sa.select(Entry.seq).where(Entry.subject_id.is_not(None))
    columns = _entry_columns() | {
        By.PERSON: _survivor(),
        By.PROVIDER: provider_of(),
        By.MONTH: month_of_entry(),
    }
    if By.PERSON in names:
        found = found.join(Subject, Subject.id == Entry.subject_id)
        found = found.outerjoin(Person, Person.id == Subject.person_id)
    found = found.where(*_conditions(columns, scope), *_entry_conditions(scope))
    return [columns[name] for name in names], Entry.reporting_currency, entry_sums(), found


def _entry_columns() -> dict[By, _Column]:
    """What stands in an entry itself, as it is grouped by and narrowed to."""
    return {
        By.PROGRAM: Entry.program_id, By.EVENT: Entry.event_id, By.SUBJECT: Entry.subject_id, By.YEAR: year_of_entry(),
        By.CATEGORY: Entry.category, By.LINE: Entry.line, By.LEG: Entry.leg, By.UNIT: Entry.unit, By.FORM: Entry.form,
        By.NATIVE_NATURE: Entry.native_nature, By.NATIVE_FORM: Entry.native_form,
    }  # fmt: skip


def year_of_entry() -> _Column:
    """The year of the value date of an entry."""
    return sa.cast(sa.extract("year", Entry.value_on), sa.Integer)


def month_number(day: date) -> int:
    """202607 for a day of July 2026."""
    return day.year * 100 + day.month


def month_of_entry() -> _Column:
    """The same of the value date of an entry: 202607."""
    return sa.cast(sa.extract("year", Entry.value_on) * 100 + sa.extract("month", Entry.value_on), sa.Integer)


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
    if scope.program_ids is not None:
        found.append(columns[By.PROGRAM].in_(scope.program_ids))
    if scope.person_id is not None:
        found.append(columns[By.SUBJECT].in_(subject_ids(scope.person_id)))
    if scope.person_ids is not None:
        found.append(columns[By.SUBJECT].in_(subject_ids(*scope.person_ids)))
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
    return sa.select(Entry).where(*_conditions(_entry_columns(), scope), *_entry_conditions(scope))


def subject_ids(*person_ids: int) -> sa.Select[int]:
    """The subjects of people and of every record merged into theirs."""
    return (
        sa.select(Subject.id)
        .join(Person, Person.id == Subject.person_id)
        .where(sa.or_(Person.id.in_(person_ids), Person.merged_into_id.in_(person_ids)))
    )
