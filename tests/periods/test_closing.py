"""Closing a period: what is in the way, two attestations, the lock, adjustments, the report issued again (L12, c40, c41)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as books
from app.ledger import queries as ledger_reads
from app.ledger.details import BookRow, ExceptionDetails
from app.ledger.models import Basis, Category, Entry, EntryKind, Form
from app.ledger.policies_locks import DaysAreLocked
from app.periods import blockers, operations, policies, queries
from app.periods.models import Period, PeriodKind, PeriodState
from app.periods.rows import Mark
from tests.factories import accounts, ledger, people, periods, programs

At = Callable[[datetime], AbstractContextManager[None]]
pytestmark = pytest.mark.usefixtures("app")


def marks_of(period: Period, number: int) -> list[tuple[int, str]]:
    report = queries.report_of(period, queries.get_issue(period, number))
    return [(row.seq, row.mark.value) for row in report.rows]


# -- days -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "from_on", "closes_on", "said"),
    [
        (PeriodKind.QUARTER, date(2026, 10, 2), None, "begins on the first of a month"),
        (PeriodKind.QUARTER, date(2026, 10, 1), None, "lie in Q4 2026 already"),
        (PeriodKind.QUARTER, date(2026, 11, 1), None, "lie in Q4 2026 already"),
        (PeriodKind.QUARTER, date(2027, 4, 1), None, "would leave days without a period"),
        (PeriodKind.QUARTER, date(2026, 4, 1), None, "would leave days without a period"),
        (PeriodKind.YEAR, date(2026, 11, 1), None, "lie across Q4 2026"),
        (PeriodKind.QUARTER, date(2027, 1, 1), date(2027, 3, 31), "can close after its last day"),
        (PeriodKind.QUARTER, date(2027, 1, 1), date(2029, 1, 1), "within a year"),
        (PeriodKind.YEAR, date(2100, 6, 1), None, "between 1990 and 2100"),
    ],
)
def test_days_that_are_no_period_are_refused(
    kind: PeriodKind, from_on: date, closes_on: date | None, said: str
) -> None:
    """Bad input: gaps, overlaps, a year across a quarter."""
    periods.quarter()
    with pytest.raises(policies.PeriodRefused, match=said):
        periods.quarter(from_on, kind, closes_on=closes_on)
    assert len(queries.list_periods()) == 1


def test_a_quarter_across_the_end_of_a_year_is_refused() -> None:
    periods.quarter(date(2026, 1, 1), PeriodKind.YEAR)
    with pytest.raises(policies.PeriodRefused, match="lie across 2026"):
        periods.quarter(date(2026, 11, 1))
    assert periods.quarter(date(2026, 10, 1)).name == "Q4 2026"


def test_a_review_opens_forty_five_days_before_the_close(at: At) -> None:
    """L13: not a day earlier, and once."""
    period = periods.quarter()
    assert (period.closes_on, policies.review_from(period)) == (date(2027, 2, 14), date(2026, 12, 31))
    with (
        at(datetime(2026, 12, 30, 12, tzinfo=clock.now().tzinfo)),
        pytest.raises(policies.NotYet, match="opens on 31 Dec 2026"),
        transaction(),
    ):
        operations.open_review(period, by=ledger.compliance())
    with at(datetime(2026, 12, 31, 1, tzinfo=clock.now().tzinfo)), transaction():
        assert operations.open_due_reviews(by=None) == 1
    with at(periods.IN_REVIEW), transaction():
        assert operations.open_due_reviews(by=None) == 0
    with at(periods.IN_REVIEW), pytest.raises(policies.NotYet, match="in review already"), transaction():
        operations.open_review(queries.get_period(period.id), by=ledger.compliance())


# -- what is in the way ------------------------------------------------------------------------------------


def test_estimates_and_open_exceptions_are_in_the_way_and_named(at: At) -> None:
    """c40: refused with a list that leads to each thing; nothing is written."""
    person = people.person("Amal")
    estimate = ledger.post(periods.stay(person, basis=Basis.ESTIMATE)).entry
    with at(datetime(2026, 11, 1, tzinfo=clock.now().tzinfo)), transaction():
        asked = books.ask_exception(
            ExceptionDetails(
                person_id=person.id, rule="travel_class", reason="A long flight.", expires_on=date(2027, 6, 1)
            ),
            by=ledger.coordinator(),
        )
    period = periods.review()
    left = {check.key: check.found for check in blockers.left_over(period.from_on, period.to_on)}
    assert list(left) == ["estimates", "exceptions"]
    assert [(one.endpoint, one.arguments) for one in left["estimates"]] == [
        ("ledger.show", {"id": estimate.seq})
    ]
    assert [(one.endpoint, one.arguments) for one in left["exceptions"]] == [
        ("ledger.exceptions.show", {"id": asked.id})
    ]
    with pytest.raises(
        policies.CannotClose, match=r"estimates to replace \(1\); exceptions nobody has decided \(1\)"
    ):
        periods.attest(period)
    assert queries.attestations(period) == []


@pytest.fixture
def overdue() -> Iterator[list[blockers.Blocker]]:
    """A kind of thing a later room brings."""
    found: list[blockers.Blocker] = []
    blockers.register("cameras", "Cameras out", lambda _from_on, _to_on: found)
    yield found
    blockers.unregister("cameras")


def test_a_room_can_add_its_own_to_the_list(overdue: list[blockers.Blocker]) -> None:
    """c40: overdue loans and missing receipts join the list from the rooms that know them."""
    ledger.post(periods.stay())
    period = periods.review()
    overdue.append(blockers.Blocker("Camera, due on 1 Dec 2026", "ledger.show", {"id": 1}))
    with pytest.raises(policies.CannotClose, match=r"cameras out \(1\)"):
        periods.attest(period)
    overdue.clear()
    assert periods.lock(period).n_lines == 1


# -- attestations ---------------------------------------------------------------------------------------------


def test_two_people_of_two_roles_attest_and_neither_twice(at: At) -> None:
    """L12: the same person, and another of the same role, are refused."""
    period = periods.review()
    helga, sam = ledger.compliance(), accounts.user(role=Role.COMPLIANCE, name="Sam")
    periods.attest(period, helga)
    with pytest.raises(policies.AttestationRefused, match="You have attested"):
        periods.attest(period, helga)
    with pytest.raises(policies.AttestationRefused, match="Helga has attested these lines as compliance"):
        periods.attest(period, sam)
    with pytest.raises(policies.AttestationRefused, match="Relations, coordinators and compliance"):
        periods.attest(period, accounts.user(role=Role.AUDITOR, name="Iris"))
    assert queries.get_period(period.id).state is PeriodState.IN_REVIEW
    periods.attest(period, periods.relations())
    assert queries.get_period(period.id).state is PeriodState.ATTESTED
    with pytest.raises(policies.AttestationRefused, match="that is enough"):
        periods.attest(period, ledger.coordinator())


def test_nobody_attests_before_the_days_are_over_or_people_were_asked(at: At) -> None:
    period = periods.quarter()
    with pytest.raises(policies.NotYet, match="Open the review"):
        periods.attest(period)
    with at(datetime(2026, 12, 31, 9, tzinfo=clock.now().tzinfo)), transaction():
        operations.open_review(period, by=None)
    with pytest.raises(policies.NotYet, match="ends on 31 Dec 2026"):
        periods.attest(period, at=datetime(2026, 12, 31, 10, tzinfo=clock.now().tzinfo))


def test_a_line_after_the_attestation_needs_a_new_one(at: At) -> None:
    """c39: what was attested is not what would be locked."""
    ledger.post(periods.stay())
    period = periods.review()
    periods.attest(period)
    ledger.post(periods.stay(external_ref="R-2"))
    with at(periods.CLOSING), pytest.raises(policies.CannotClose, match="they attest again"), transaction():
        operations.lock_period(queries.get_period(period.id), by=ledger.compliance())
    assert periods.lock(period).n_lines == 2


# -- the lock ---------------------------------------------------------------------------------------------------


def test_lock_issues_a_report_with_a_hash_that_the_book_proves_again(at: At) -> None:
    """c40, L14: the hash is in the chain, and the lines of the report can be made again from the book."""
    ledger.post(periods.stay())
    issue = periods.lock()
    assert (issue.number, issue.n_lines, issue.last_seq, len(issue.content_hash)) == (1, 1, 1, 64)
    closing = ledger_reads.get_entry(2)
    assert (closing.kind, closing.reason, closing.rule) == (
        EntryKind.PERIOD_CLOSE,
        issue.content_hash,
        "Q4 2026",
    )
    with at(periods.LATER):
        ledger.post(periods.stay(external_ref="R-9", late_reason="The invoice came in March."))
    report = queries.report_of(issue.period, queries.get_issue(issue.period, 1))
    assert (report.content_hash, report.is_true, len(report.rows)) == (issue.content_hash, True, 1)
    assert ledger_reads.verify().is_ok


def test_lock_waits_for_the_end_of_the_review_and_for_earlier_periods(at: At) -> None:
    third = periods.review(periods.quarter(date(2026, 7, 1)))
    fourth = periods.review(periods.quarter())
    early = periods.CLOSING - timedelta(days=1)
    periods.attest(fourth, at=early)
    with at(early), pytest.raises(policies.NotYet, match="can be locked from 14 Feb 2027 on"), transaction():
        operations.lock_period(queries.get_period(fourth.id), by=ledger.compliance())
    with at(periods.CLOSING), pytest.raises(policies.NotYet, match="Lock Q3 2026 first"), transaction():
        operations.lock_period(queries.get_period(fourth.id), by=ledger.compliance())
    periods.lock(third)
    with at(periods.CLOSING), transaction():
        operations.lock_period(queries.get_period(fourth.id), by=ledger.compliance())
    with at(periods.CLOSING), pytest.raises(policies.NotYet, match="locked already"), transaction():
        operations.lock_period(queries.get_period(fourth.id), by=ledger.compliance())


# -- after the lock -----------------------------------------------------------------------------------------------


def test_an_entry_typed_into_locked_days_is_refused_without_reason_and_reference(at: At) -> None:
    """c41: a sentence that says what to do; nothing is written."""
    periods.lock()
    n = ledger_reads.head().seq  # type: ignore[union-attr]
    with (
        at(periods.LATER),
        pytest.raises(DaysAreLocked, match="16 Oct 2026 lies in Q4 2026, which is locked") as refused,
    ):
        ledger.post(periods.stay())
    assert refused.value.field == "late_reason"
    with at(periods.LATER), pytest.raises(DaysAreLocked, match="needs a reference") as refused:
        ledger.post(periods.stay(late_reason="The invoice came in March."))
    assert refused.value.field == "external_ref"
    assert ledger_reads.head().seq == n  # type: ignore[union-attr]
    with at(periods.LATER):
        posting = ledger.post(periods.stay(late_reason="The invoice came in March.", external_ref="R-9"))
    entry = ledger_reads.get_entry(posting.entry.seq)
    assert (entry.kind, entry.reason, entry.value_on) == (EntryKind.LATE, "late", date(2026, 10, 16))
    assert (ledger_reads.sealed_words(entry) or {})["adjusts"] == "Q4 2026: The invoice came in March."
    assert posting.warnings[-1].startswith("Q4 2026 is locked, so this is recorded as an adjustment")


def test_a_fact_of_another_room_becomes_an_adjustment_by_itself(at: At) -> None:
    """c41, L7: recording is never refused; its record is the reference."""
    periods.lock()
    with at(periods.LATER):
        posting = ledger.post(periods.stay(source_kind="travel", source_part="stay", source_id=7))
    assert (posting.entry.kind, "adjustment in the open period" in posting.warnings[0]) == (
        EntryKind.LATE,
        True,
    )


def test_imported_rows_of_locked_days_are_adjustments(at: At) -> None:
    """c41: the door of the import obeys too, and the chain holds."""
    periods.lock()
    person, program = people.person("Amal"), programs.program()

    def row(on: date, ref: str) -> BookRow:
        return BookRow(person.id, Category.MEAL, Form.IN_KIND_VENDOR, on, 1_000, "GBP", ref)

    with at(periods.LATER), transaction():
        books.post_many(
            program, [row(date(2026, 11, 1), "A"), row(date(2027, 2, 1), "B")], by=ledger.coordinator()
        )
    found = db.session.scalars(sa.select(Entry).where(Entry.value_on.is_not(None)).order_by(Entry.seq)).all()
    assert [(entry.kind, entry.reason) for entry in found] == [
        (EntryKind.LATE, "late"),
        (EntryKind.VALUE, ""),
    ]
    assert ledger_reads.verify().is_ok


def test_a_line_of_locked_days_is_taken_back_by_an_adjustment(at: At) -> None:
    """c41: the report that was issued stays as it was; the lines as they stand show it removed."""
    entry = ledger.post(periods.stay()).entry
    issue = periods.lock()
    with at(periods.LATER), transaction():
        books.reverse_entry(ledger_reads.get_entry(entry.seq), reason="not_given", by=ledger.compliance())
    assert marks_of(issue.period, 1) == [(entry.seq, "new")]
    (row,) = queries.report_of(issue.period, None).rows
    assert (row.seq, row.mark) == (entry.seq, Mark.REMOVED)


# -- issued again ----------------------------------------------------------------------------------------------------


def test_a_report_is_issued_again_with_its_marks(at: At) -> None:
    """c41: ADDED, CHANGED (a dispute alone, too), UNCHANGED, REMOVED; the adjustments stand in the open period."""
    amal, hana = people.person("Amal"), people.person("Hana")
    kept = ledger.post(periods.stay(amal, external_ref="R-1")).entry
    gone = ledger.post(periods.stay(hana, external_ref="R-2")).entry
    disputed = ledger.post(periods.stay(hana, external_ref="R-3", money=ledger.gbp("140"))).entry
    corrected = ledger.post(periods.stay(amal, source_kind="travel", source_part="stay", source_id=7)).entry
    issue = periods.lock()
    period = issue.period
    following = periods.quarter(date(2027, 1, 1))
    with at(periods.LATER):
        late = ledger.post(
            periods.stay(amal, external_ref="R-9", late_reason="The invoice came in March.")
        ).entry
        with transaction():
            books.reverse_entry(ledger_reads.get_entry(gone.seq), reason="not_given", by=ledger.compliance())
            books.reverse_entry(
                ledger_reads.get_entry(corrected.seq), reason="wrong_amount", by=ledger.compliance()
            )
        again = ledger.post(
            periods.stay(
                amal, source_kind="travel", source_part="stay", source_id=7, money=ledger.gbp("1900")
            )
        ).entry
    periods.dispute(hana, ledger_reads.get_entry(disputed.seq), at=periods.LATER)
    with (
        at(periods.LATER),
        pytest.raises(policies.CannotClose, match="Two people of two roles"),
        transaction(),
    ):
        operations.reissue(period, reason="Three corrections.", by=ledger.compliance())
    periods.attest(period, at=periods.LATER)
    with at(periods.LATER), transaction():
        second = operations.reissue(
            queries.get_period(period.id), reason="Three corrections.", by=ledger.compliance()
        )
    assert (second.number, second.reason, queries.get_period(period.id).state) == (
        2, "Three corrections.", PeriodState.REISSUED,
    )  # fmt: skip
    assert marks_of(period, 2) == [
        (kept.seq, "unchanged"), (disputed.seq, "changed"), (again.seq, "changed"), (late.seq, "added"), (gone.seq, "removed"),
    ]  # fmt: skip
    changed = queries.report_of(period, second).rows[2]
    assert (changed.before, changed.received) == (Money(208_000, "GBP"), Money(190_000, "GBP"))
    assert marks_of(period, 1) == [(one.seq, "new") for one in (kept, gone, disputed, corrected)]
    assert late.seq in [entry.seq for entry in queries.adjustments_in(following)]
    with at(periods.LATER), pytest.raises(policies.IssueRefused, match="Nothing has changed"), transaction():
        operations.reissue(queries.get_period(period.id), reason="Once more, please.", by=ledger.compliance())


def test_a_year_holds_the_adjustments_of_its_locked_quarters(at: At) -> None:
    """L12: late for the quarter, in time for the year; the year waits for its quarters."""
    periods.quarter(date(2026, 1, 1), PeriodKind.YEAR)
    quarter = periods.review(periods.quarter())
    year = next(one for one in queries.list_periods() if one.kind is PeriodKind.YEAR)
    with at(periods.IN_REVIEW), transaction():
        operations.open_review(year, by=None)
    periods.attest(year)
    with at(periods.CLOSING), pytest.raises(policies.NotYet, match="Lock Q4 2026 first"), transaction():
        operations.lock_period(queries.get_period(year.id), by=ledger.compliance())
    periods.lock(quarter)
    with at(periods.CLOSING):
        late = ledger.post(periods.stay(external_ref="R-9", late_reason="The invoice came late.")).entry
    issue = periods.lock(queries.get_period(year.id))
    assert [row.seq for row in queries.report_of(year, issue).rows] == [late.seq]


# -- as of, and the method ---------------------------------------------------------------------------------------


def test_the_lines_of_a_past_instant_are_the_same_whatever_came_later(at: At) -> None:
    """L14: also the disputes as they stood then."""
    amal = people.person("Amal")
    with at(datetime(2026, 10, 20, tzinfo=clock.now().tzinfo)):
        entry = ledger.post(periods.stay(amal)).entry
    period = periods.review()
    dispute = periods.dispute(amal, ledger_reads.get_entry(entry.seq))
    moment = periods.IN_REVIEW + timedelta(hours=1)
    then = queries.report_of(period, None, as_of=moment)
    with at(periods.CLOSING), transaction():
        operations.keep_line(dispute, answer="The invoice names one guest.", by=periods.relations())
        books.reverse_entry(ledger_reads.get_entry(entry.seq), reason="not_given", by=ledger.compliance())
    again = queries.report_of(period, None, as_of=moment)
    assert (again.content_hash, [row.dispute for row in again.rows]) == (then.content_hash, ["open"])
    assert queries.report_of(period, None).rows == []


def test_the_method_is_written_from_the_settings_in_force_and_stored(at: At) -> None:
    """c43: recognition date, tax, source of rates, no-shows, order of valuation, retention."""
    ledger.treasury_rates()
    ledger.post(
        periods.stay(category=Category.TRAVEL_AIR, money=Money(1520000, "AED"), priced_on=date(2026, 9, 20))
    )
    issue = periods.lock()
    notes = dict(issue.methodology["notes"])
    assert list(notes)[:6] == [
        "Recognition date", "Late and corrected lines", "Tax", "Exchange rates", "Shared costs and no-shows", "Valuation order",
    ]  # fmt: skip
    assert "Treasury desk, September list (AED)" in notes["Exchange rates"]
    assert "list price (1)" in notes["Valuation order"]
    assert "45 days" in notes["Review"]
    assert "years" in notes["Retention"] or "days" in notes["Retention"]


def test_every_step_leaves_a_line_in_the_trail() -> None:
    """R4."""
    periods.lock()
    actions = set(db.session.scalars(sa.select(AuditEvent.action)))
    assert {
        "periods.opened", "periods.review_opened", "periods.attested", "periods.locked", "ledger.days_closed", "periods.issued",
    } <= actions  # fmt: skip
