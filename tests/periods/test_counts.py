"""What a period's report counts is what its rows say, counted here in another way: people, pieces, disputes (O6, L12, L13)."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db, transaction
from app.ledger import operations as books
from app.ledger.models import Entry, EntryKind, Subject
from app.people.models import Person
from app.periods import operations, queries
from app.periods.models import Dispute, DisputeState, Period
from app.periods.rows import Sums
from app.programs.models import Program
from app.reports.policies import Days
from app.reports.queries_quarter import quarter_report
from tests.factories import ledger, people, periods

pytestmark = pytest.mark.usefixtures("app")


def given(person: Person, pounds: str = "100", **more: object) -> Entry:
    return ledger.post(periods.stay(person, money=ledger.gbp(pounds), **more)).entry


def merge(gone: Person, kept: Person) -> None:
    with transaction():
        db.session.merge(gone).merged_into_id = kept.id


def report(period: Period) -> Sums:
    return queries.report_of(queries.get_period(period.id), None).sums


def counted(period: Period) -> tuple[int, int, int, int]:
    """People, pieces, declined offers and undecided disputes, row by row from the tables, without a word of ours."""
    rows = db.session.execute(
        sa.select(Entry.seq, Entry.kind, Entry.reverses, Entry.is_declined, Entry.subject_id)
        .where(Entry.value_on.between(period.from_on, period.to_on))
        .order_by(Entry.seq)
    ).all()
    taken_back = {row.reverses for row in rows}
    standing = [row for row in rows if row.kind is not EntryKind.REVERSAL and row.seq not in taken_back]
    given_ = [row for row in standing if not row.is_declined]
    owners = dict(db.session.execute(sa.select(Subject.id, Subject.person_id)).all())
    merged = dict(db.session.execute(sa.select(Person.id, Person.merged_into_id)).all())
    who = {merged.get(owners[row.subject_id]) or owners[row.subject_id] for row in given_}
    last = {
        one.entry_seq: one.state
        for one in db.session.scalars(sa.select(Dispute).order_by(Dispute.id)).unique()
    }
    waiting = {DisputeState.OPEN, DisputeState.UNRESOLVED_AT_CLOSE}
    return (
        len(who),
        len(given_),
        len(standing) - len(given_),
        sum(last.get(row.seq) in waiting for row in standing),
    )


def assert_counted(period: Period, wanted: tuple[int, int, int, int]) -> None:
    found = report(period)
    assert (found.n_people, found.n, found.n_declined, found.n_disputed) == counted(period) == wanted
    program = db.session.scalars(sa.select(Program)).one()
    # The reviewer's paragraph counts the same people by the book's own counting function.
    reviewed = quarter_report(program, Days(period.from_on, period.to_on))
    assert (reviewed.n_people, reviewed.n) == wanted[:2]


def test_people_pieces_and_disputes_are_those_of_the_rows() -> None:
    amal, hana, jack, nils = (people.person(name) for name in ("Amal", "Hana", "Jack", "Nils"))
    lines = [given(amal), given(amal, "200", external_ref="second"), given(hana), given(jack)]
    given(nils, declined=True)
    with transaction():
        books.reverse_entry(db.session.merge(lines[3]), reason="wrong_person", by=None)
    given(jack, "300", value_on=date(2026, 7, 1), external_ref="earlier")
    period = periods.review()
    assert_counted(period, (2, 3, 1, 0))
    first, second = periods.dispute(amal, lines[0]), periods.dispute(hana, lines[2])
    assert_counted(period, (2, 3, 1, 2))
    with clock.fixed_at(periods.IN_REVIEW), transaction():
        operations.withdraw_dispute(db.session.merge(hana), db.session.merge(second))
    assert_counted(period, (2, 3, 1, 1))
    assert first.id != second.id


def test_somebody_whose_records_were_merged_is_one_person() -> None:
    """P3: lines of both records stand, of one person; the review writes to one."""
    amal, double, hana = (people.person(name) for name in ("Amal", "Amal again", "Hana"))
    for one in (amal, double, hana):
        given(one)
    period = periods.review()
    assert_counted(period, (3, 3, 0, 0))
    merge(double, amal)
    assert_counted(period, (2, 3, 0, 0))
