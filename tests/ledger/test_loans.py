"""Lent things: due days and grace, the ways a loan ends, who decides (L6, c14)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core.db import transaction
from app.core.money import Money
from app.ledger import operations, policies, policies_evidence, queries
from app.ledger.models import Basis, Category, Form, Loan, LoanState
from tests.factories import ledger, people, programs

SignIn = Callable[..., FlaskClient]
DUE = date(2026, 11, 1)


def lend(by: User | None = None, **changes: Any) -> int:
    details = ledger.stay(
        people.person("Amal"), programs.program(), category=Category.PRODUCT_LOAN, form=Form.LOAN,
        basis=Basis.RENTAL_EQUIVALENT, value_on=date(2026, 10, 1), money=ledger.gbp("120"), place="",
    )  # fmt: skip
    return ledger.post(details.model_copy(update={"due_on": DUE, "grace_days": 7} | changes), by=by).entry.seq


def loan_of(seq: int) -> Loan:
    return queries.get_loan(seq)


@pytest.mark.parametrize(
    ("today", "n_late"), [(DUE, 0), (DUE + timedelta(days=7), 0), (DUE + timedelta(days=8), 1)]
)
def test_it_is_overdue_after_its_day_and_its_grace(app: Flask, today: date, n_late: int) -> None:
    """c14, L6."""
    seq = lend()
    assert [loan.entry_seq for loan in queries.loans_overdue(today)] == [seq][:n_late]
    assert queries.loans_overdue(today, queries.Scope(to_on=date(2026, 9, 30))) == []


@pytest.mark.parametrize(
    ("due_on", "said"), [(None, "the day it is due back"), (date(2026, 9, 30), "not before it is lent")]
)
def test_a_loan_without_a_day_is_refused(app: Flask, due_on: date | None, said: str) -> None:
    """c14."""
    with pytest.raises(policies.EntryIncomplete, match=said):
        lend(due_on=due_on)


def test_a_loan_taken_back_is_no_loan(app: Flask) -> None:
    seq = lend()
    with transaction():
        operations.reverse_entry(queries.get_entry(seq), reason="entered_twice", by=ledger.compliance())
    assert list(queries.list_loans()) == []
    assert queries.loans_overdue(date(2027, 1, 1)) == []


def test_it_comes_back(app: Flask, at: Callable) -> None:
    seq, by = lend(), ledger.coordinator()
    with at(datetime(2026, 11, 20, tzinfo=UTC)):
        for wrong, said in (
            (date(2026, 11, 21), "still to come"),
            (date(2026, 9, 30), "before the day it was lent"),
        ):
            with pytest.raises(policies_evidence.LoanRefused, match=said), transaction():
                operations.return_loan(loan_of(seq), on=wrong, by=by)
        with transaction():
            operations.return_loan(loan_of(seq), on=date(2026, 11, 19), by=by)
        assert (loan_of(seq).state, loan_of(seq).ended_on) == (LoanState.RETURNED, date(2026, 11, 19))
        assert queries.loans_overdue(date(2027, 1, 1)) == []
        with pytest.raises(policies_evidence.LoanRefused, match="ended already"), transaction():
            operations.return_loan(loan_of(seq), on=date(2026, 11, 19), by=by)


def test_a_write_off_needs_somebody_else(app: Flask) -> None:
    """L6, R1: asking leaves it overdue; neither who lent nor who asked decides."""
    helga = ledger.compliance()
    seq = lend()
    with pytest.raises(policies_evidence.LoanRefused, match="10 characters"), transaction():
        operations.ask_write_off(loan_of(seq), reason="lost", by=helga)
    with pytest.raises(policies_evidence.LoanRefused, match="Nobody has asked"), transaction():
        operations.decide_write_off(loan_of(seq), is_granted=True, by=helga)
    asker = ledger.coordinator()
    with transaction():
        operations.ask_write_off(loan_of(seq), reason="Lost in a taxi in Oslo", by=asker)
    assert [loan.entry_seq for loan in queries.loans_overdue(date(2027, 1, 1))] == [seq]
    with pytest.raises(policies_evidence.LoanRefused, match="somebody else"), transaction():
        operations.decide_write_off(loan_of(seq), is_granted=True, by=loan_of(seq).asked_by)
    with transaction():
        operations.decide_write_off(loan_of(seq), is_granted=False, by=helga)
    assert loan_of(seq).state is LoanState.OUT
    with transaction():
        operations.ask_write_off(loan_of(seq), reason="Lost in a taxi in Oslo", by=asker)
        operations.decide_write_off(loan_of(seq), is_granted=True, by=helga)
    assert loan_of(seq).state is LoanState.WRITTEN_OFF
    assert queries.loans_overdue(date(2027, 1, 1)) == []


def test_it_becomes_a_gift_at_what_it_is_still_worth(app: Flask) -> None:
    """L6, c14: two rows, each naming the other; the loan stays as it was."""
    seq = lend()
    with pytest.raises(policies_evidence.LoanRefused, match="still worth"), transaction():
        operations.convert_loan(loan_of(seq), residual=Money(0, "GBP"), by=ledger.coordinator())
    with transaction():
        gift = operations.convert_loan(loan_of(seq), residual=ledger.gbp("80"), by=ledger.coordinator()).entry
    loan, entry = loan_of(seq), queries.get_entry(seq)
    assert (loan.state, loan.gift_seq) == (LoanState.CONVERTED, gift.seq)
    assert (gift.category, gift.source_id, gift.reporting) == (Category.GIFT, seq, ledger.gbp("80"))
    assert entry.reporting == ledger.gbp("120")
    assert queries.reversal_of(entry) is None


def test_pages_show_the_loan_and_keep_what_was_typed(signed_in: SignIn) -> None:
    seq, ruth = lend(), signed_in(Role.COORDINATOR)
    assert "Due back" in ruth.get(f"/ledger/{seq}").text
    assert f"/ledger/{seq}" in ruth.get("/ledger/loans").text
    assert ruth.get(f"/ledger/{seq}/write-off/decide").status_code == 403
    refused = ruth.post(f"/ledger/{seq}/write-off", data={"reason": "gone"})
    assert refused.status_code == 422
    assert "gone" in refused.text
    answer = ruth.post(f"/ledger/{seq}/keep", data={"amount": "80.00", "currency": "GBP"})
    assert answer.status_code == 303
    gift = answer.headers["Location"]
    assert f"/ledger/{seq}" in ruth.get(gift).text
    assert gift in ruth.get(f"/ledger/{seq}").text
    assert ruth.get("/ledger/99999/keep").status_code == 404
