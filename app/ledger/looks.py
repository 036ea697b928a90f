"""Conditions on entries beyond what their columns say: which still stand, which look twice, which fees came soon after value."""

from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import GenericFunction

from app.ledger.models import ACCESS_UNITS, Category, Entry, EntryKind, Leg, ReportLine, Subject
from app.people.models import Person
from app.programs.models import Program

#: Kinds of entries that carry value; the others are notes about the book itself.
VALUE_KINDS = (EntryKind.VALUE, EntryKind.DECLINED, EntryKind.REVERSAL, EntryKind.LATE)

_Entry = type[Entry]
_Condition = sa.ColumnElement[bool]


class Look(StrEnum):
    """What somebody should look at once more; nothing of it is dropped from any figure (L11)."""

    DUPLICATES = "duplicates"  # same person, provider, day, amount and category
    ZERO = "zero"  # nothing was paid, and it is neither access nor declined
    REVERSALS = "reversals"  # what took others back


# -- what stands -----------------------------------------------------------------------------------


def is_not_taken_back(of: _Entry = Entry, as_of: datetime | None = None) -> _Condition:
    """Entries that no later one takes back, or none had at an instant, as SQL."""
    later, taken_back = _taken_back()
    return of.seq.not_in(taken_back if as_of is None else taken_back.where(later.at <= as_of))


@cache
def _taken_back() -> tuple[_Entry, sa.Select[int | None]]:
    """The second look at the book and what it says was taken back; building it anew takes longer than asking."""
    later = aliased(Entry)
    return later, sa.select(later.reverses).where(later.reverses.is_not(None))


def is_standing() -> _Condition:
    """Entries of value that nobody took back."""
    return sa.and_(Entry.kind.in_((EntryKind.VALUE, EntryKind.LATE)), is_not_taken_back())


def _stands(of: _Entry, as_of: datetime | None) -> list[_Condition]:
    """What was given or offered and still stood at an instant (L14)."""
    kinds = (EntryKind.VALUE, EntryKind.LATE, EntryKind.DECLINED)
    written = [] if as_of is None else [of.at <= as_of]
    return [of.kind.in_(kinds), is_not_taken_back(of, as_of), *written]


def _is_priced(of: _Entry) -> _Condition:
    return of.unit.not_in(sorted(ACCESS_UNITS))


# -- what to look at once more ---------------------------------------------------------------------


def looks(look: Look, as_of: datetime | None) -> list[_Condition]:
    """The entries somebody should look at once more, as the book stood at an instant."""
    if look is Look.REVERSALS:
        return [Entry.kind == EntryKind.REVERSAL]
    return [_looks_twice(as_of)] if look is Look.DUPLICATES else _is_zero(as_of)


def _looks_twice(as_of: datetime | None) -> _Condition:
    """Lines that share person, provider, day, amount and category.

    The index `ix_ledger_entry_alike` leads to the few that might, without reading any entry; only those are read and
    counted. A missing department is a value here, and so equal to itself.
    """
    known = aliased(Entry)
    same = (known.subject_id, known.value_on, known.minor, known.category, known.provider_ref)
    might = sa.select(*same).group_by(*same).having(sa.func.count() > 1).subquery()
    one = aliased(Entry)
    alike = (
        one.subject_id, one.provider_ref, sa.func.coalesce(one.department_id, 0), one.value_on, one.minor, one.currency,
        one.category, one.kind,
    )  # fmt: skip
    counted = (
        sa.select(one.seq, sa.func.count().over(partition_by=alike).label("n_alike"))
        .select_from(might)
        .join(
            one,
            sa.and_(
                one.subject_id == might.c.subject_id,
                one.value_on == might.c.value_on,
                one.minor == might.c.minor,
                one.category == might.c.category,
                one.provider_ref == might.c.provider_ref,
            ),
        )
        .where(*_stands(one, as_of), _is_priced(one))
        .subquery()
    )
    return Entry.seq.in_(sa.select(counted.c.seq).where(counted.c.n_alike > 1))


def _is_zero(as_of: datetime | None) -> list[_Condition]:
    return [*_stands(Entry, as_of), Entry.minor == 0, _is_priced(Entry), Entry.is_declined.is_(False)]


# -- fees soon after value -------------------------------------------------------------------------

#: What is set against a fee unless everything is: it is worth something to the person apart from the work, which a meal
#: at the table of a meeting and a pass to the hall where it happens are not.
HOSPITALITY = frozenset({
    Category.TRAVEL_AIR, Category.TRAVEL_GROUND, Category.LODGING, Category.ENTERTAINMENT, Category.GIFT,
    Category.PRODUCT_LOAN,
})  # fmt: skip
#: All our own departments and partners give for one house; books kept elsewhere number their payers.
HOUSE = "house"
#: A year: beyond it nothing is near.
MOST_DAYS = 365


class Near(Struct, frozen=True):
    """Fees that came within so many days after in-kind value of the same provider to the same person, or that value (O4).

    In an address it is "fees-90", "value-90", "fees-90-any"; `is_any` sets all non-cash value against the fees.
    """

    n_days: int
    is_value: bool = False
    is_any: bool = False

    @classmethod
    def read(cls, text: str) -> "Near":
        """What an address says; ValueError when it says nothing of the kind."""
        side, days, *rest = text.split("-")
        if side not in {"fees", "value"} or rest not in ([], ["any"]):
            raise ValueError(text)
        if not (days.isascii() and days.isdecimal() and len(days) <= 3 and int(days) <= MOST_DAYS):
            raise ValueError(text)
        return cls(int(days), side == "value", bool(rest))

    def __str__(self) -> str:
        return f"{'value' if self.is_value else 'fees'}-{self.n_days}{'-any' if self.is_any else ''}"


class _Later(GenericFunction[date]):
    """A day so many days later; databases do not agree on how to say so."""

    type = sa.Date()
    inherit_cache = True
    name = "rapport_later"


@compiles(_Later)
def _plus(element: _Later, compiler: Any, **more: Any) -> str:
    day, n_days = element.clauses
    return f"({compiler.process(day, **more)} + {compiler.process(n_days, **more)})"


@compiles(_Later, "sqlite")
def _modified(element: _Later, compiler: Any, **more: Any) -> str:
    day, n_days = element.clauses
    return f"date({compiler.process(day, **more)}, {compiler.process(n_days, **more)} || ' days')"


def provider_of(of: _Entry = Entry) -> sa.ColumnElement[str]:
    """Who gave it: the payer as books kept elsewhere number them, or our own house."""
    books = sa.select(Program.id).where(Program.is_books_only.is_(True))
    return sa.case((of.program_id.in_(books), of.provider_ref), else_=HOUSE)


def _is_fee(of: _Entry, as_of: datetime | None, program_id: int | None) -> list[_Condition]:
    return [of.line == ReportLine.FEES, *_given(of, as_of, program_id)]


def _is_value(of: _Entry, is_any: bool, as_of: datetime | None, program_id: int | None) -> list[_Condition]:
    kinds = of.line != ReportLine.FEES if is_any else of.category.in_(sorted(HOSPITALITY))
    return [kinds, of.leg == Leg.NON_CASH, *_given(of, as_of, program_id)]


def _given(of: _Entry, as_of: datetime | None, program_id: int | None) -> list[_Condition]:
    narrowed = [] if program_id is None else [of.program_id == program_id]
    return [*_stands(of, as_of), of.is_declined.is_(False), *narrowed]


class Twos(Struct, frozen=True):
    """A fee and a piece of value before it, whose they are, and the SELECT over all such twos."""

    fee: _Entry
    value: _Entry
    person: sa.ColumnElement[int]
    found: sa.Select[Any]


def twos(near: Near, as_of: datetime | None, program_id: int | None) -> Twos:
    """Each fee with each piece of value soon before it; records merged into one person count as that person.

    Under a program both are of that program.
    """
    fee, value = aliased(Entry), aliased(Entry)
    paid, given = _who(), _who()
    soon = value.value_on.between(_Later(fee.value_on, sa.literal(-near.n_days)), fee.value_on)
    found = (
        sa.select(fee.seq)
        .select_from(fee)
        .join(paid, paid.c.subject == fee.subject_id)
        .join(given, given.c.person == paid.c.person)
        .join(value, sa.and_(value.subject_id == given.c.subject, soon))
        .where(
            *_is_fee(fee, as_of, program_id),
            *_is_value(value, near.is_any, as_of, program_id),
            provider_of(fee) == provider_of(value),
        )
    )
    return Twos(fee, value, paid.c.person, found)


def _who() -> sa.Subquery:
    """Whose a subject is: the surviving record, or the subject itself once it is erased (as a number below zero)."""
    person = sa.func.coalesce(Person.merged_into_id, Subject.person_id, -Subject.id)
    return (
        sa.select(Subject.id.label("subject"), person.label("person"))
        .outerjoin(Person, Person.id == Subject.person_id)
        # Nothing is there twice: this makes SQLite keep the rows and index them, instead of reading all for each fee.
        .distinct()
        .subquery()
    )


def is_near(near: Near, as_of: datetime | None, program_id: int | None) -> _Condition:
    """The fees, or the value before them."""
    both = twos(near, as_of, program_id)
    side = both.value if near.is_value else both.fee
    return Entry.seq.in_(both.found.with_only_columns(side.seq))
