"""What a person was given in some days, as they read it: their lines that stand, with what they said about each (L13, c38)."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.ledger import queries as ledger
from app.ledger.models import ACCESS_UNITS, Entry, EntryDetail
from app.ledger.queries_totals import subject_ids
from app.people.models import Person
from app.periods import queries, queries_disputes
from app.periods.models import Dispute
from app.periods.rows import Line, Sums, standing, sums_of


class StatementLine(Struct, frozen=True):
    """One line that stands, its words opened, what was said about it."""

    line: Line
    place: str
    context: str
    dispute: Dispute | None
    is_confirmed: bool

    @property
    def is_access(self) -> bool:
        """Counted in units, never priced (L4)."""
        return self.line.unit in ACCESS_UNITS

    @property
    def received(self) -> Money:
        return Money(self.line.reporting_minor, self.line.reporting_currency)

    @property
    def original(self) -> Money:
        return Money(self.line.minor, self.line.currency)

    @property
    def state(self) -> str:
        """What the person said about it."""
        if self.dispute is not None and self.dispute.state.value != "withdrawn":
            return self.dispute.state.value
        return "confirmed" if self.is_confirmed else ""


class Statement(Struct, frozen=True):
    """All lines of one person in some days, the earliest first."""

    person: Person
    from_on: date
    to_on: date
    lines: Sequence[StatementLine]
    sums: Sums
    made_at: datetime


def statement_of(person: Person, from_on: date, to_on: date) -> Statement:
    """The statement of a person; a fixed number of queries whatever the lines."""
    lines = queries.lines_of(from_on, to_on, subject_ids(person.id))
    rows = standing(lines, queries.last_seq(), queries.disputes_at(), queries.roots())
    numbers = [row.seq for row in rows.values()]
    disputes, confirmed = queries_disputes.said_about(numbers)
    words = _words(numbers)
    shown = [
        StatementLine(
            row.line, words[row.seq].get("place", ""), words[row.seq].get("context", ""),
            disputes.get(row.seq), row.seq in confirmed,
        )
        for row in sorted(rows.values(), key=lambda one: (one.line.value_on, one.seq))
    ]  # fmt: skip
    return Statement(
        person,
        from_on,
        to_on,
        shown,
        sums_of(rows.values(), dict.fromkeys((row.line.subject_id for row in rows.values()), person.id)),
        clock.now(),
    )


def _words(numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    """The opened words of lines; entries and sealed words are loaded once, and stay named while they are opened."""
    wanted = sa.select(Entry).where(Entry.seq.in_(numbers)).options(joinedload(Entry.subject))
    entries = db.session.scalars(wanted).all()
    sealed = db.session.scalars(sa.select(EntryDetail).where(EntryDetail.entry_seq.in_(numbers))).all()
    found = {entry.seq: ledger.sealed_words(entry) or {} for entry in entries}
    del sealed
    return found
