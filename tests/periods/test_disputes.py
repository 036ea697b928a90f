"""What people say about their lines: confirm, dispute, withdraw; what is decided, and who is told (L13, c38, c39)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.money import Money
from app.ledger import operations as books
from app.ledger import queries as ledger_reads
from app.ledger.models import Entry, EntryKind
from app.ledger.queries import Scope
from app.notices.models import Notice
from app.people.models import Person
from app.periods import operations, policies, queries, queries_disputes, telling
from app.periods.details import ChangeDetails, DisputeDetails, LineChange
from app.periods.models import Confirmation, Dispute, DisputeState, PeriodState
from app.periods.telling import Message, Occasion
from tests.factories import ledger, people, periods

At = Callable[[datetime], AbstractContextManager[None]]
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Occasion]]:
    """Who was written to, and why; the mails themselves are looked at in tests/portal."""
    found: list[tuple[str, Occasion]] = []

    def note(person: Person, message: Message, _by: object) -> str:
        found.append((person.name, message.occasion))
        return ""

    monkeypatch.setattr(telling, "_tellers", [note])
    return found


def transfer(person: Person, source_id: int, pounds: str = "140") -> Entry:
    """A car from the airport."""
    details = periods.stay(
        person, money=ledger.gbp(pounds), source_kind="travel", source_part="transfer", source_id=source_id,
        category="travel_ground",
    )  # fmt: skip
    return ledger_reads.get_entry(ledger.post(details).entry.seq)


def shared_car() -> tuple[Person, Entry, Person, Entry]:
    amal, hana = people.person("Amal"), people.person("Hana")
    return amal, transfer(amal, 1), hana, transfer(hana, 2)


def both_seventy(mine: Entry, hers: Entry) -> ChangeDetails:
    seventy = ledger.gbp("70")
    return ChangeDetails(
        answer="You shared the car; both lines say 70.00 now.",
        changes=(
            LineChange(entry_seq=mine.seq, money=seventy),
            LineChange(entry_seq=hers.seq, money=seventy),
        ),
    )


def received(person: Person) -> Money:
    (total,) = ledger_reads.totals((), Scope(person_id=person.id))
    return total.received


# -- opening ------------------------------------------------------------------------------------------------


def test_a_dispute_has_an_owner_a_day_and_stands_in_its_period(told: list[tuple[str, Occasion]]) -> None:
    """c39: whoever looks after the person is told, compliance too; the report marks the line."""
    amal, mine, _, _ = shared_car()
    period = periods.review()
    dispute = periods.dispute(amal, mine)
    assert (dispute.state, dispute.due_on, dispute.listed_on, dispute.is_late, dispute.proposed) == (
        DisputeState.OPEN, periods.IN_REVIEW.date() + timedelta(days=14), date(2026, 10, 16), False, ledger.gbp("70"),
    )  # fmt: skip
    messages = db.session.scalars(sa.select(Notice).where(Notice.source_kind == "periods.disputes")).all()
    assert {
        (one.source_id, f"Amal says that entry {mine.seq} is wrong" in one.message) for one in messages
    } == {(dispute.id, True)}
    assert [one.id for one in queries_disputes.list_disputes(period)] == [dispute.id]
    rows = {row.seq: row.dispute for row in queries.report_of(period, None).rows}
    assert rows[mine.seq] == "open"


@pytest.mark.parametrize(
    ("proposed", "reason", "said"),
    [
        (Money(0, "GBP"), "I shared the car with Hana.", "above zero"),
        (Money(-7000, "GBP"), "I shared the car with Hana.", "above zero"),
        (Money(14000, "GBP"), "I shared the car with Hana.", "the amount that stands there"),
        (Money(7000, "EUR"), "I shared the car with Hana.", "Give the amount in GBP"),
        (Money(7000, "GBP"), "No.", "at least 10 characters"),
        (None, "         ", "at least 10 characters"),
    ],
)
def test_a_dispute_that_says_nothing_is_refused(proposed: Money | None, reason: str, said: str) -> None:
    """Bad input; nothing is written."""
    amal, mine, _, _ = shared_car()
    with pytest.raises(policies.DisputeRefused, match=said), transaction():
        operations.dispute_line(amal, DisputeDetails(entry_seq=mine.seq, reason=reason, proposed=proposed))
    assert db.session.scalars(sa.select(Dispute)).all() == []


def test_lines_of_others_are_not_there(told: list[tuple[str, Occasion]]) -> None:
    """c38: the same answer as for a number nobody has; also for taking back and confirming."""
    amal, mine, hana, hers = shared_car()
    for seq in (hers.seq, 4_711):
        with pytest.raises(NotFound), transaction():
            operations.dispute_line(amal, DisputeDetails(entry_seq=seq, reason="I shared the car with Hana."))
        with pytest.raises(NotFound), transaction():
            operations.confirm_line(amal, seq)
    dispute = periods.dispute(amal, mine)
    with pytest.raises(NotFound), transaction():
        operations.withdraw_dispute(hana, dispute)
    assert dispute.state is DisputeState.OPEN


def test_one_dispute_at_a_time_and_a_new_one_after_an_answer(told: list[tuple[str, Occasion]]) -> None:
    """Facts 1: after "no change" the person may dispute again."""
    amal, mine, _, _ = shared_car()
    dispute = periods.dispute(amal, mine)
    with pytest.raises(policies.DisputeRefused, match="have said already"):
        periods.dispute(amal, mine)
    with pytest.raises(policies.DisputeRefused, match="Take that back first"), transaction():
        operations.confirm_line(amal, mine.seq)
    with transaction():
        operations.keep_line(dispute, answer="The invoice names one guest.", by=periods.relations())
    assert told[-1] == ("Amal", Occasion.ANSWERED)
    assert periods.dispute(amal, mine).id != dispute.id


def test_a_person_confirms_once_and_may_change_their_mind(told: list[tuple[str, Occasion]]) -> None:
    amal, mine, _, _ = shared_car()
    with transaction():
        first = operations.confirm_line(amal, mine.seq)
    with transaction():
        assert operations.confirm_line(amal, mine.seq).id == first.id
    assert len(db.session.scalars(sa.select(Confirmation)).all()) == 1
    dispute = periods.dispute(amal, mine)
    with transaction():
        operations.withdraw_dispute(amal, dispute)
    assert (dispute.state, dispute.closed_by_id) == (DisputeState.WITHDRAWN, None)
    with pytest.raises(policies.DisputeRefused, match="decided already"), transaction():
        operations.withdraw_dispute(amal, dispute)


# -- deciding ---------------------------------------------------------------------------------------------------


def test_resolved_changed_is_a_reversal_and_a_new_line_for_everybody_concerned(
    told: list[tuple[str, Occasion]], at: At
) -> None:
    """c39, J8.4: both 70.00, Hana is told, the old values stay in the book, and the attestations count no longer."""
    amal, mine, hana, hers = shared_car()
    period = periods.review()
    periods.attest(period)
    assert queries.get_period(period.id).state is PeriodState.ATTESTED
    dispute = periods.dispute(amal, mine)
    with at(periods.CLOSING), transaction():
        operations.change_lines(dispute, both_seventy(mine, hers), by=periods.relations())
    assert (received(amal), received(hana)) == (ledger.gbp("70"), ledger.gbp("70"))
    assert told[-2:] == [("Amal", Occasion.ANSWERED), ("Hana", Occasion.CORRECTED)]
    changes = queries_disputes.changes_of(dispute)
    assert [one.old_seq for one in changes] == [mine.seq, hers.seq]
    kinds = [
        ledger_reads.get_entry(seq).kind
        for one in changes
        for seq in (one.old_seq, one.reversal_seq, one.new_seq)
    ]
    assert kinds == [EntryKind.VALUE, EntryKind.REVERSAL, EntryKind.VALUE] * 2
    new = ledger_reads.get_entry(changes[0].new_seq)
    assert (new.source_kind, new.source_part, new.source_id, new.value_on) == (
        "travel",
        "transfer",
        1,
        mine.value_on,
    )
    rows = {row.key: row for row in queries.report_of(period, None).rows}
    assert (rows[mine.seq].seq, rows[mine.seq].dispute) == (new.seq, "resolved_changed")
    with at(periods.CLOSING), pytest.raises(policies.CannotClose, match="they attest again"), transaction():
        operations.lock_period(queries.get_period(period.id), by=ledger.compliance())
    periods.attest(period)
    with at(periods.CLOSING), transaction():
        operations.lock_period(queries.get_period(period.id), by=ledger.compliance())
    assert ledger_reads.verify().is_ok


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("mine", "mine", "every other line once"),
        ("hers", None, "Change the disputed line"),
        ("mine", "gone", "holds no value"),
    ],
)
def test_a_change_begins_with_the_disputed_line_and_takes_each_once(
    told: list[tuple[str, Occasion]], first: str, second: str | None, said: str
) -> None:
    amal, mine, hana, hers = shared_car()
    gone = transfer(hana, 3)
    with transaction():
        books.reverse_entry(ledger_reads.get_entry(gone.seq), reason="not_given", by=ledger.compliance())
    dispute = periods.dispute(amal, mine)
    numbers = {"mine": mine.seq, "hers": hers.seq, "gone": gone.seq}
    changes = tuple(
        LineChange(entry_seq=numbers[name], money=ledger.gbp("70")) for name in (first, second) if name
    )
    before = ledger_reads.head().seq  # type: ignore[union-attr]
    with pytest.raises(policies.DisputeRefused, match=said), transaction():
        operations.change_lines(
            dispute, ChangeDetails(answer="You shared the car.", changes=changes), by=periods.relations()
        )
    assert ledger_reads.head().seq == before  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "money", [Money(0, "GBP"), Money(-1, "GBP"), Money(7000, "USD"), Money(14000, "GBP")]
)
def test_a_change_needs_an_amount_that_can_stand(told: list[tuple[str, Occasion]], money: Money) -> None:
    amal, mine, _, _ = shared_car()
    dispute = periods.dispute(amal, mine)
    details = ChangeDetails(
        answer="You shared the car.", changes=(LineChange(entry_seq=mine.seq, money=money),)
    )
    with pytest.raises(policies.DisputeRefused), transaction():
        operations.change_lines(dispute, details, by=periods.relations())
    assert received(amal) == ledger.gbp("140")


def test_whoever_entered_the_line_does_not_decide_and_it_is_decided_once(
    told: list[tuple[str, Occasion]],
) -> None:
    """R1."""
    amal, mine, _, _ = shared_car()
    dispute = periods.dispute(amal, mine)
    with pytest.raises(policies.DisputeRefused, match="You entered this line yourself"), transaction():
        operations.keep_line(dispute, answer="The invoice names one guest.", by=ledger.coordinator())
    with transaction():
        operations.keep_line(dispute, answer="The invoice names one guest.", by=periods.relations())
    with pytest.raises(policies.DisputeRefused, match="closed: resolved no change"), transaction():
        operations.keep_line(dispute, answer="The invoice names one guest.", by=ledger.compliance())


# -- at and after the close ------------------------------------------------------------------------------------------


def test_what_is_undecided_at_the_close_is_reported_as_disputed(
    told: list[tuple[str, Occasion]], at: At
) -> None:
    """c39: never dropped; a change of the dispute alone makes the line CHANGED in the next report (c41)."""
    amal, mine, _, _ = shared_car()
    period = periods.review()
    dispute = periods.dispute(amal, mine)
    issue = periods.lock(period)
    assert queries_disputes.get_dispute(dispute.id).state is DisputeState.UNRESOLVED_AT_CLOSE
    assert [row.dispute for row in queries.report_of(period, issue).rows] == ["unresolved_at_close", ""]
    assert issue.content_hash == queries.attestations(period)[0].content_hash
    with at(periods.LATER), transaction():
        operations.keep_line(
            queries_disputes.get_dispute(dispute.id),
            answer="The invoice names one guest.",
            by=periods.relations(),
        )
    marks = [(row.mark.value, row.dispute, row.was_disputed) for row in queries.report_of(period, None).rows]
    assert marks == [("changed", "resolved_no_change", "unresolved_at_close"), ("unchanged", "", "")]


def test_a_dispute_after_the_window_is_taken_into_the_open_period(
    told: list[tuple[str, Occasion]], at: At
) -> None:
    """c39, c41: it says so, and what comes of it is an adjustment there."""
    amal, mine, _, _ = shared_car()
    period = periods.lock().period
    following = periods.quarter(date(2027, 1, 1))
    dispute = periods.dispute(amal, mine, at=periods.LATER)
    assert (dispute.is_late, dispute.listed_on) == (True, periods.LATER.date())
    assert queries_disputes.list_disputes(period) == []
    assert [one.id for one in queries_disputes.list_disputes(following)] == [dispute.id]
    details = ChangeDetails(
        answer="You shared the car.", changes=(LineChange(entry_seq=mine.seq, money=ledger.gbp("70")),)
    )
    with at(periods.LATER), transaction():
        operations.change_lines(dispute, details, by=periods.relations())
    (change,) = queries_disputes.changes_of(dispute)
    assert ledger_reads.get_entry(change.new_seq).kind is EntryKind.LATE
    assert [entry.seq for entry in queries.adjustments_in(following)] == [change.reversal_seq, change.new_seq]
    changed = next(row for row in queries.report_of(period, None).rows if row.key == mine.seq)
    assert (changed.mark.value, changed.before, changed.received) == (
        "changed",
        ledger.gbp("140"),
        ledger.gbp("70"),
    )
