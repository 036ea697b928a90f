"""What was given to a person, line by line, and what they may say about it: this person's lines and nobody else's."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from app.advisory import queries_shares
from app.core import clock
from app.core.db import db
from app.core.keyset import Count, Place
from app.core.money import Money
from app.disclosures.filters import TextWanted, text_wanted
from app.disclosures.queries import ReadyText
from app.ledger import queries as ledger
from app.ledger.models import ACCESS_UNITS, Basis, Category, Entry, EntryDetail, EntryKind, Form, Leg, Unit
from app.ledger.queries import By, Scope
from app.ledger.queries_totals import subject_ids
from app.people.models import Person
from app.periods import queries as periods
from app.periods import queries_disputes
from app.periods.models import WAITING, Dispute, DisputeState, Period, PeriodState

# -- what was given to me ----------------------------------------------------------------------------


class OwnDispute(Struct, frozen=True):
    """What a person said against a line and what they were answered; never who of us answered."""

    id: int
    state: DisputeState
    reason: str
    proposed: Money | None
    due_on: date
    is_late: bool
    answer: str
    opened_on: date
    closed_on: date | None


def _dispute(row: Dispute) -> OwnDispute:
    return OwnDispute(
        row.id, row.state, row.reason, row.proposed, row.due_on, row.is_late, row.answer, row.opened_at.date(),
        row.closed_at.date() if row.closed_at else None,
    )  # fmt: skip


class GivenLine(Struct, frozen=True):
    """One line of the book as the person it is about reads it."""

    seq: int
    on: date
    category: Category
    form: Form | None
    leg: Leg | None
    unit: Unit
    quantity: int
    #: As invoiced, and in the currency of the program at the frozen rate; None where nothing was priced.
    original: Money | None
    reporting: Money | None
    rate: str
    rate_on: date | None
    rate_source: str
    basis: Basis | None
    context: str
    place: str
    is_declined: bool
    #: This line takes an earlier one back, or was taken back by a later one.
    is_correction: bool
    is_taken_back: bool
    #: The latest thing they said against it, and whether they said that it is right.
    dispute: OwnDispute | None
    is_confirmed: bool
    #: A lent thing that is still out: when it is due back.
    due_on: date | None = None

    @property
    def may_speak(self) -> bool:
        """Whether the person may say something about it: what was taken back counts nothing."""
        return not self.is_correction and not self.is_taken_back

    @property
    def is_disputed(self) -> bool:
        """They said that it is wrong, and nobody has answered yet."""
        return self.dispute is not None and self.dispute.state in WAITING

    @property
    def is_access(self) -> bool:
        """Counted in units, never priced (L4)."""
        return self.unit in ACCESS_UNITS

    @property
    def is_converted(self) -> bool:
        """Whether a rate stands between the two amounts."""
        return (
            self.original is not None
            and self.reporting is not None
            and self.original.currency != self.reporting.currency
        )


class Sums(Struct, frozen=True):
    """What the lines add up to; the legs and the units are never added together."""

    non_cash: Sequence[Money]
    cash: Sequence[Money]
    #: Unit and number.
    access: Sequence[tuple[Unit, int]]
    declined: Sequence[Money]


class GivenPage(Struct, frozen=True):
    """One page of lines, the latest first, the count of the whole, and the places where the pages beside it begin."""

    lines: Sequence[GivenLine]
    total: Count
    before: str = ""
    after: str = ""


_LATEST_FIRST = "-on"
#: How the lines are ordered, for places in addresses.
ORDER = ledger.order_named(_LATEST_FIRST)


def list_given(person: Person, place: Place | None = None) -> GivenPage:
    """A page of 50 lines of the book about this person; a fixed number of queries whatever the rows."""
    found = ledger.list_entries(Scope(person_id=person.id), place, _LATEST_FIRST)
    numbers = [entry.seq for entry in found.rows]
    taken_back = set(db.session.scalars(sa.select(Entry.reverses).where(Entry.reverses.in_(numbers))))
    # Kept in a name, so that `sealed_words` finds them in the session and asks nothing more.
    sealed = db.session.scalars(sa.select(EntryDetail).where(EntryDetail.entry_seq.in_(numbers))).all()
    disputes, confirmed = queries_disputes.said_about(numbers)
    due = ledger.due_days(numbers)
    lines = [
        replace(
            _line(
                entry, entry.seq in taken_back, disputes.get(entry.seq), is_confirmed=entry.seq in confirmed
            ),
            due_on=due.get(entry.seq),
        )
        for entry in found.rows
        if entry.category and entry.value_on
    ]
    del sealed
    return GivenPage(lines, found.total, found.before, found.after)


def get_line(person: Person, seq: int) -> GivenLine:
    """One line of this person; NotFound for every other, there or not (c38)."""
    entry = queries_disputes.own_line(person, seq)
    disputes, confirmed = queries_disputes.said_about([seq])
    return _line(
        entry, queries_disputes.is_taken_back(entry), disputes.get(seq), is_confirmed=seq in confirmed
    )


def list_said(person: Person, seq: int) -> list[OwnDispute]:
    """Everything they ever said against a line of theirs, the latest first, with what they were answered."""
    queries_disputes.own_line(person, seq)
    rows = [_dispute(row) for row in queries_disputes.of_line(seq) if queries_disputes.is_theirs(person, row)]
    return sorted(rows, key=lambda row: -row.id)


def list_years(person: Person) -> list[int]:
    """The years in which something stands in their book, the latest first, and this one."""
    first = sa.select(sa.func.min(Entry.value_on)).where(Entry.subject_id.in_(subject_ids(person.id)))
    begins, now = db.session.scalar(first), clock.today(person.zone).year
    return list(range(now, (begins.year if begins else now) - 1, -1))


def review_of(person: Person) -> Period | None:
    """The period whose lines people are asked to look at now, if any holds lines of this person."""
    today = clock.today(person.zone)
    open_now = [
        one for one in periods.list_periods() if one.state is PeriodState.IN_REVIEW and today < one.closes_on
    ]
    for one in open_now:
        if periods.lines_of(one.from_on, one.to_on, subject_ids(person.id)):
            return one
    return None


def _line(entry: Entry, is_taken_back: bool, dispute: Dispute | None, *, is_confirmed: bool) -> GivenLine:
    said = ledger.sealed_words(entry) or {}
    is_priced = entry.basis is not Basis.NOT_VALUED and entry.unit not in ACCESS_UNITS
    assert entry.category is not None  # noqa: S101 -- lines of value have both
    assert entry.value_on is not None  # noqa: S101
    return GivenLine(
        seq=entry.seq, on=entry.value_on, category=entry.category, form=entry.form, leg=entry.leg, unit=entry.unit,
        quantity=entry.quantity, original=entry.original if is_priced else None,
        reporting=entry.reporting if is_priced else None, rate=entry.rate, rate_on=entry.rate_on,
        rate_source=entry.rate_source, basis=entry.basis, context=said.get("context", ""), place=said.get("place", ""),
        is_declined=entry.is_declined, is_correction=entry.kind is EntryKind.REVERSAL, is_taken_back=is_taken_back,
        dispute=_dispute(dispute) if dispute is not None else None, is_confirmed=is_confirmed,
    )  # fmt: skip


def sums_of(person: Person) -> Sums:
    """The person's totals, by the one counting function (O6)."""
    rows = ledger.totals((By.LEG, By.UNIT), Scope(person_id=person.id))
    units: dict[Unit, int] = {}
    legs: dict[tuple[Leg, str], int] = {}
    declined: dict[str, int] = {}
    for row in rows:
        legs[row["leg"], row.currency] = legs.get((row["leg"], row.currency), 0) + row.reporting_minor
        declined[row.currency] = declined.get(row.currency, 0) + row.declined_minor
        if row["unit"] in ACCESS_UNITS and row.quantity:
            units[row["unit"]] = units.get(row["unit"], 0) + row.quantity
    return Sums(
        non_cash=[Money(minor, code) for (leg, code), minor in legs.items() if leg is Leg.NON_CASH],
        cash=[Money(minor, code) for (leg, code), minor in legs.items() if leg is Leg.CASH and minor],
        access=list(units.items()),
        declined=[Money(minor, code) for code, minor in declined.items() if minor],
    )


# -- what to say about it (D3) -----------------------------------------------------------------------


class Saying(Struct, frozen=True):
    """The ready texts for one kind of value."""

    category: Category
    texts: Sequence[ReadyText]


def list_sayings(person: Person, language: str, wanted: TextWanted | None = None) -> list[Saying]:
    """What the person may paste for each kind of value they received, the texts in their language first (D3).

    `wanted` narrows them to a channel, a country or a language of theirs.
    """
    wanted = wanted or text_wanted(person, {})
    rows = ledger.totals((By.CATEGORY,), Scope(person_id=person.id))
    received = dict.fromkeys(row["category"] for row in rows if row.n > 0)
    today = clock.today(person.zone)
    if queries_shares.runs_for(person, today):
        # A share of sales is disclosed from its first day on, before anything is paid.
        received.setdefault(Category.AFFILIATE_COMMISSION)
    found = [Saying(category, _told(wanted, category, today, language)) for category in received]
    return [saying for saying in found if saying.texts]


def _told(wanted: TextWanted, category: Category, today: date, language: str) -> list[ReadyText]:
    """Only where the policy has a sentence for it: a bare label says nothing about what was received."""
    return [one for one in wanted.texts(category.value, today, language) if one.statement]
