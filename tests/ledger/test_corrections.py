"""Correcting an entry in one step: both stay, each leads to the other, and what hangs on it follows (L1, L2, L11, L12, c9)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.disclosures.queries import obligations_of_entry
from app.ledger import operations, queries
from app.ledger.details import EntryDetails
from app.ledger.forms_corrections import as_typed
from app.ledger.models import (
    Breach,
    Category,
    Entry,
    EntryKind,
    ExceptionState,
    Form,
    LoanState,
    Unit,
)
from app.ledger.policies_corrections import NotCorrectedHere, NothingChanged, ReferenceIsTaken
from app.ledger.policies_locks import DaysAreLocked
from app.notices.models import Notice
from app.people.models import Person
from app.programs.models import Program
from tests.conftest import fresh
from tests.factories import disclosures, ledger, people, programs

SignIn = Callable[..., FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def hotel(**changes: Any) -> EntryDetails:
    frame = db.session.scalars(sa.select(Program)).first() or programs.program()
    amal = db.session.scalars(sa.select(Person).filter_by(name="Amal")).first() or people.person("Amal")
    return ledger.stay(
        amal, frame, unit=Unit.NIGHT, quantity=4, is_by_hand=True, **({"external_ref": "R-1"} | changes)
    )


def correct(seq: int, *, reason: str = "wrong_amount", **changes: Any) -> operations.Posting:
    """What stands, with changes, by Ruth."""
    entry = queries.get_entry(seq)
    details = queries.as_it_stands(entry).model_copy(update=changes)
    with transaction():
        return operations.correct_entry(
            entry, details, reason=reason, by=db.session.merge(ledger.coordinator())
        )


def lock(name: str = "Q4 2026") -> None:
    with transaction():
        operations.close_days(
            name, date(2026, 10, 1), date(2026, 12, 31), "0" * 64, by=db.session.merge(ledger.compliance())
        )


def test_both_stay_and_lead_to_each_other(app: Flask) -> None:
    """L1: one transaction, a reversal and the entry that stands instead; the book verifies."""
    old = ledger.post(hotel()).entry
    new = correct(old.seq, money=ledger.gbp("1980")).entry
    reversal = queries.reversal_of(fresh(old))
    assert reversal is not None
    assert (reversal.seq, reversal.reason, reversal.reporting_minor) == (old.seq + 1, "wrong_amount", -208000)
    assert queries.replacement_of(old) == new
    assert queries.corrected_number(new) == old.seq
    assert (new.reporting_minor, new.quantity, new.unit) == (198000, 4, Unit.NIGHT)
    assert queries.sealed_words(new) == queries.sealed_words(old)
    assert queries.verify().is_ok
    seen = db.session.scalars(sa.select(AuditEvent.reason).filter_by(action="ledger.entry_corrected")).all()
    assert seen == [f"entry {old.seq}"]
    assert [notice.message for notice in db.session.scalars(sa.select(Notice))] == [
        f"Ruth corrected entry {old.seq}; entry {new.seq} stands instead."
    ]


def test_the_rate_stays_frozen_where_the_rate_is_not_wrong(app: Flask) -> None:
    """L2: a treasury rate entered since then changes nothing."""
    old = ledger.post(hotel(money=Money(250000, "USD"))).entry
    ledger.treasury_rates()
    new = correct(old.seq, place="London, United Kingdom", reason="wrong_detail").entry
    assert (new.rate, new.rate_on, new.rate_source) == (old.rate, old.rate_on, old.rate_source)
    moved = correct(new.seq, value_on=date(2026, 10, 15), reason="wrong_date").entry
    assert moved.rate_source.startswith("Treasury desk")


def test_a_reference_stays_the_key_of_what_it_was_given_for(app: Flask) -> None:
    """L11: the old reference sent again adds nothing, the new one neither; another entry's reference is refused."""
    old = ledger.post(hotel()).entry
    same = correct(old.seq, money=ledger.gbp("1980")).entry
    again = ledger.post(hotel())
    assert (again.was_known, again.entry.seq) == (True, old.seq)
    named = correct(same.seq, external_ref="R-2", reason="wrong_detail").entry
    again = ledger.post(hotel(external_ref="R-2"))
    assert (again.was_known, again.entry.seq) == (True, named.seq)
    ledger.post(hotel(external_ref="R-3"))
    with pytest.raises(ReferenceIsTaken) as refused:
        correct(named.seq, external_ref="R-3")
    assert refused.value.field == "external_ref"


def test_it_happens_once_and_only_with_a_change(app: Flask) -> None:
    old = ledger.post(hotel()).entry
    with pytest.raises(NothingChanged):
        correct(old.seq)
    new = correct(old.seq, money=ledger.gbp("1980")).entry
    with pytest.raises(NotCorrectedHere, match="already taken back by entry"):
        correct(old.seq, money=ledger.gbp("1"))
    assert db.session.scalar(sa.select(sa.func.max(Entry.seq))) == new.seq


def test_closed_days_take_it_as_an_adjustment(app: Flask) -> None:
    """L12, c41: refused without a reason and a reference, also where the right day is an open one."""
    old = ledger.post(hotel(external_ref=None)).entry
    lock()
    for changes, field in (
        ({"money": ledger.gbp("1980")}, "late_reason"),
        ({"value_on": date(2026, 9, 16)}, "late_reason"),
        ({"money": ledger.gbp("1980"), "late_reason": "The hotel sent a new bill."}, "external_ref"),
    ):
        with pytest.raises(DaysAreLocked) as refused:
            correct(old.seq, **changes)
        assert refused.value.field == field
    why = "The hotel sent a new bill."
    new = correct(old.seq, money=ledger.gbp("1980"), late_reason=why, external_ref="R-9").entry
    assert (new.kind, new.reason) == (EntryKind.LATE, "late")


def test_files_loans_and_duties_follow(app: Flask) -> None:
    """L6, D1: the proof is kept with both, how the loan ended stays true, duties are void and opened anew."""
    disclosures.version("*", triggers=("product_loan",))
    lent = {
        "category": Category.PRODUCT_LOAN,
        "form": Form.LOAN,
        "due_on": date(2026, 11, 1),
        "grace_days": 5,
    }
    old = ledger.post(ledger.stay(**lent)).entry
    with transaction():
        ruth = db.session.merge(ledger.coordinator())
        operations.add_evidence(queries.get_entry(old.seq), PDF, "slip.pdf", by=ruth)
        operations.return_loan(queries.get_loan(old.seq), on=date(2026, 10, 30), by=ruth)
    new = correct(old.seq, money=ledger.gbp("1980")).entry
    duties = {seq: {duty.state.value for duty in obligations_of_entry(seq)} for seq in (old.seq, new.seq)}
    assert duties == {old.seq: {"void"}, new.seq: {"pending_ack"}}
    loan = queries.get_loan(new.seq)
    assert (loan.state, loan.ended_on, loan.due_on) == (
        LoanState.RETURNED,
        date(2026, 10, 30),
        date(2026, 11, 1),
    )
    assert [row.file.name for row in queries.evidence_of(new) if row.file] == ["slip.pdf"]
    with pytest.raises(NotCorrectedHere, match="came back on 30 Oct 2026"):
        correct(new.seq, value_on=date(2026, 10, 31))
    other = people.person("Kerem")
    moved = correct(new.seq, person_id=other.id, reason="wrong_person")
    assert queries.evidence_of(moved.entry) == []
    assert (
        moved.warnings[-1] == f"The files stay with entry {new.seq}, because they may name the other person."
    )


def test_an_open_breach_is_looked_into_where_the_value_stands(app: Flask) -> None:
    """L7: it follows, stays open, and compliance is told again; nobody else closes it."""
    ledger.cap(soft="1000", hard=None)
    old = ledger.post(hotel()).entry
    new = correct(old.seq, money=ledger.gbp("1980")).entry
    assert [(row.entry_seq, row.closed_at) for row in _breaches()] == [(new.seq, None)]
    told = db.session.scalars(sa.select(Notice.message).where(Notice.done_at.is_(None))).all()
    assert (
        f"Entry {old.seq} passed a limit and was corrected. Look at the breach again, at entry {new.seq}."
        in told
    )


def _breaches() -> list[Breach]:
    return list(db.session.scalars(sa.select(Breach).order_by(Breach.id)))


def test_what_was_approved_is_asked_again(app: Flask) -> None:
    """c9: another amount voids the approval and asks all approvers anew; other words do not."""
    firm = people.organisation("Verity", is_gift_allowed=False)
    person = people.person("Amal")
    people.employment(person, firm)
    approval = ledger.approved(person, "employer_gift")
    gift = {"category": Category.GIFT, "money": ledger.gbp("40"), "value_on": clock.today()}
    old = ledger.post(ledger.stay(person, **gift)).entry
    assert _breaches() == []
    new = correct(old.seq, context="A book.", reason="wrong_detail").entry
    assert fresh(approval).state is ExceptionState.GRANTED
    correct(new.seq, money=ledger.gbp("400"))
    assert fresh(approval).state is ExceptionState.VOID
    again = queries.later_version(fresh(approval))
    assert again is not None
    assert again.state is ExceptionState.ASKED
    assert again.terms[f"ledger:entry:{new.seq}"]["amount"] == "400.00 GBP"
    assert [row.level.value for row in _breaches()] == ["block"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("travel", "comes from a trip"), ("ledger.shared", "a share of a bill"), ("advisory", "under a contract"),
        ("executives", "from a meeting"), ("events", "a check-in at an event"), ("portal", "a record of its own"),
    ],
)  # fmt: skip
def test_what_comes_from_elsewhere_is_put_right_there(app: Flask, source: str, said: str) -> None:
    entry = ledger.post(ledger.stay(source_kind=source, source_part="x", source_id=1)).entry
    assert said in queries.why_not_corrected(entry)
    with pytest.raises(NotCorrectedHere), transaction():
        operations.correct_entry(
            entry, hotel(), reason="wrong_amount", by=db.session.merge(ledger.coordinator())
        )


# -- the pages -----------------------------------------------------------------------------------------


def test_the_form_shows_what_stands_and_a_double_click_corrects_once(signed_in: SignIn) -> None:
    old = ledger.post(hotel()).entry
    client = signed_in(Role.COORDINATOR)
    page = client.get(f"/ledger/{old.seq}/correct").get_data(as_text=True)
    assert 'value="2,080.00"' in page
    assert 'value="Hotel Aurora"' in page
    typed = _typed(old) | {"amount": "1,980.00", "why": "wrong_amount", "form_key": "one-key-for-both-clicks"}
    first = client.post(f"/ledger/{old.seq}/correct", data=typed)
    client.post(f"/ledger/{old.seq}/correct", data=typed)
    assert first.location == f"/ledger/{old.seq + 2}"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 3
    for seq, words in (
        (old.seq, f"Entry {old.seq + 2} stands instead"), (old.seq + 1, f"Entry {old.seq + 2} stands instead"),
        (old.seq + 2, "This entry is a correction"),
    ):  # fmt: skip
        assert words in client.get(f"/ledger/{seq}").get_data(as_text=True)


def test_a_refusal_keeps_everything_and_writes_nothing(signed_in: SignIn) -> None:
    old = ledger.post(hotel()).entry
    client = signed_in(Role.COORDINATOR)
    typed = _typed(old) | {"amount": "12.345", "why": "wrong_amount", "context": "Typed with care"}
    answer = client.post(f"/ledger/{old.seq}/correct", data=typed)
    assert answer.status_code == 422
    assert "Typed with care" in answer.get_data(as_text=True)
    answer = client.post(f"/ledger/{old.seq}/correct", data=_typed(old) | {"why": "other"})
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 1


def test_what_is_put_right_elsewhere_says_so_with_a_link(signed_in: SignIn) -> None:
    bill = ledger.dinner(guests=("Amal", "Kerem"))
    seq = bill.heads[0].entry_seq
    client = signed_in(Role.COORDINATOR)
    for path in (f"/ledger/{seq}", f"/ledger/{seq}/correct"):
        page = client.get(path).get_data(as_text=True)
        assert "This is a share of a bill." in page
        assert f'href="/ledger/shared/{bill.id}"' in page
    assert client.post(f"/ledger/{seq}/correct", data={}).status_code == 422


def test_compliance_creates_no_value_by_correcting(signed_in: SignIn) -> None:
    """R1"""
    old = ledger.post(hotel()).entry
    assert signed_in(Role.COMPLIANCE).get(f"/ledger/{old.seq}/correct").status_code == 403


def _typed(entry: Entry) -> dict[str, str]:
    values = as_typed(queries.as_it_stands(fresh(entry)))
    return {name: str(value) for name, value in values.items() if name not in ("is_by_hand", "declined")}
