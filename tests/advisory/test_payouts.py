"""Statements, corrections and payouts of affiliate shares: exact sums, refusals in words, one entry of the cash leg (A3, A5, L1)."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.advisory import (
    operations_payouts,
    policies,
    policies_shares,
    policies_tax,
    queries_gate,
    queries_shares,
    queries_tax,
)
from app.advisory.details import TaxDetails
from app.advisory.details_shares import PayoutDetails
from app.advisory.models_shares import AffiliateShare, RateKind, SharePayout
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.money import Money
from app.ledger import operations as ledger
from app.ledger import queries as book
from app.ledger.details import CapDetails
from app.ledger.models import Breach, Category, Entry, Form, Leg
from app.ledger.queries import By, Scope, totals
from tests.conftest import fresh
from tests.factories import advisory, people
from tests.factories import shares as make

At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 10, 9, tzinfo=UTC)
JANUARY_2027 = {"from_on": date(2027, 1, 1), "to_on": date(2027, 1, 31), "evidence": "Shop report 2027-01"}


@pytest.fixture(autouse=True)
def share(app: Flask, at: At) -> Any:
    """A share that runs since 1 December 2026; it is 10 February 2027."""
    with at(NOVEMBER):
        found = make.running()
    with at(FEBRUARY):
        yield found


# -- what a statement earns --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "net", "commission", "sentence"),
    [
        ("7.5", 124_000, 9_300, "7.5 % of 1,240.00 GBP = 93.00 GBP"),
        ("7.5", 124_167, 9_313, "7.5 % of 1,241.67 GBP = 93.13 GBP (93.12525, rounded half up)"),
        ("7.5", 124_166, 9_312, "7.5 % of 1,241.66 GBP = 93.12 GBP (93.1245, rounded half up)"),
        ("12.5", 4, 1, "12.5 % of 0.04 GBP = 0.01 GBP (0.005, rounded half up)"),
        ("100", 124_167, 124_167, "100 % of 1,241.67 GBP = 1,241.67 GBP"),
        ("0.01", 0, 0, "0.01 % of 0.00 GBP = 0.00 GBP"),
    ],
)
def test_a_commission_is_exact_and_rounded_half_up_once(
    percent: str, net: int, commission: int, sentence: str
) -> None:
    """A3: the calculation says where it was rounded."""
    of = AffiliateShare(percent=percent, currency="GBP", rate_kind=RateKind.PERCENT)
    found = policies_shares.earned(of, 3, Money(net, "GBP"))
    assert (found.commission, found.sentence) == (Money(commission, "GBP"), sentence)
    assert policies_shares.restore_earned(found.stored()) == found


def test_a_fixed_amount_for_each_sale_is_exact(at: At) -> None:
    with at(NOVEMBER):
        share = make.running(
            make.approved(
                make.drafted(
                    people.person("Sara"), link="LUMEN-SARA", per_sale=Money(1_250, "JPY"), currency="JPY"
                )
            )
        )
    one = make.statement(share, n_sales=31, net_sales=Money(155_000, "JPY"))
    assert one.commission == Money(38_750, "JPY")
    assert policies_shares.restore_earned(one.calculation).sentence == "31 sales × 1,250 JPY = 38,750 JPY"


def test_a_statement_keeps_its_calculation_and_who_made_it(share: AffiliateShare) -> None:
    one = make.statement(share)
    assert (one.commission, one.by.name, one.made_at) == (Money(9_313, "GBP"), "Omar Benhallam", FEBRUARY)
    assert one.calculation == {
        "rate_kind": "percent", "rate": "7.5", "n_sales": 31, "net_sales_minor": 124_167, "currency": "GBP",
        "exact": "9312.525", "rounding": "half up", "commission_minor": 9_313,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says", "field"),
    [
        (
            {"from_on": date(2026, 11, 30)},
            "runs from 1 Dec 2026 on, without an end; these days lie outside",
            "from_on",
        ),
        ({"to_on": date(2026, 11, 30)}, "The last day lies before the first.", "to_on"),
        ({"from_on": date(2027, 2, 1), "to_on": date(2027, 2, 10)}, "not over yet", "to_on"),
        ({"to_on": date(2027, 1, 1)}, "one calendar month at most", "to_on"),
        ({"net_sales": Money(-1, "GBP")}, "Net sales are not negative.", "net_sales"),
        ({"net_sales": Money(100, "EUR")}, "The share is in GBP, so its statements are too.", "net_sales"),
        ({"n_sales": 0}, "no sale it could come from", "n_sales"),
    ],
)
def test_a_statement_that_cannot_be_is_refused_in_words(
    share: AffiliateShare, changes: dict[str, Any], says: str, field: str
) -> None:
    with pytest.raises(DomainError, match=says) as refusal:
        make.statement(share, **changes)
    assert (refusal.value.field, queries_shares.statements_of(share)) == (field, [])


@pytest.mark.parametrize("n_sales", [-1, 10_000_001])
def test_sales_are_counted_within_bounds(share: AffiliateShare, n_sales: int) -> None:
    with pytest.raises(ValueError, match="n_sales"):
        make.statement(share, n_sales=n_sales)


@pytest.mark.parametrize(("first", "last"), [(1, 31), (31, 31), (10, 20)])
def test_no_day_is_counted_twice(share: AffiliateShare, first: int, last: int) -> None:
    make.statement(share)
    with pytest.raises(
        policies_shares.DaysRefused, match="statement of 1 Dec 2026 to 31 Dec 2026 covers some of these days"
    ):
        make.statement(share, from_on=date(2026, 12, first), to_on=date(2026, 12, last))


def test_a_quarter_may_be_counted_at_once_where_it_was_agreed(at: At) -> None:
    with at(NOVEMBER):
        share = make.running(make.approved(make.drafted(people.person("Sara"), link="S", every="quarter")))
    with at(datetime(2027, 4, 2, 9, tzinfo=UTC)):
        with pytest.raises(policies_shares.DaysRefused, match="one calendar quarter at most"):
            make.statement(share, to_on=date(2027, 1, 1))
        assert make.statement(share, from_on=date(2027, 1, 1), to_on=date(2027, 3, 31)).id
        assert policies_shares.next_days(share, []) == (date(2026, 12, 1), date(2026, 12, 31))


def test_the_next_days_are_offered(share: AffiliateShare) -> None:
    assert policies_shares.next_days(share, queries_shares.statements_of(share)) == (
        date(2026, 12, 1),
        date(2026, 12, 31),
    )
    make.statement(share)
    assert policies_shares.next_days(share, queries_shares.statements_of(share)) == (
        date(2027, 1, 1),
        date(2027, 1, 31),
    )


# -- corrections (L1) --------------------------------------------------------------------------------


def test_a_wrong_statement_is_taken_back_and_made_anew(share: AffiliateShare) -> None:
    """L1: nothing is edited, both lines stay, and the sum is that of the right one."""
    wrong = make.statement(share)
    minus = make.reversed_(wrong)
    right = make.statement(share, n_sales=29, net_sales=Money(120_000, "GBP"))
    assert (minus.n_sales, minus.net_sales, minus.commission, minus.reverses_id) == (
        -31, Money(-124_167, "GBP"), Money(-9_313, "GBP"), wrong.id,
    )  # fmt: skip
    assert queries_shares.due_of(share) == right.commission == Money(9_000, "GBP")
    with pytest.raises(policies_shares.StatementRefused, match="taken back already"):
        make.reversed_(fresh(wrong))
    with pytest.raises(policies_shares.StatementRefused, match="takes another one back, and stands"):
        make.reversed_(minus)
    with pytest.raises(policies.ReasonNeeded, match="at least 10 characters"):
        make.reversed_(right, reason="oops")


def test_what_was_paid_too_much_is_taken_off_the_next_payout(share: AffiliateShare) -> None:
    december = make.statement(share)
    make.payout(share, december)
    make.reversed_(fresh(december))
    assert queries_shares.due_of(share) == Money(-9_313, "GBP")
    with pytest.raises(
        policies_shares.NothingDue, match=r"paid too much, 93\.13 GBP, is taken off the next payout"
    ):
        make.payout(share)
    again = make.statement(share, n_sales=29, net_sales=Money(120_000, "GBP"))
    with pytest.raises(policies_shares.NothingDue):
        make.payout(share, again)
    january = make.statement(share, net_sales=Money(100_000, "GBP"), **JANUARY_2027)
    paid = make.payout(share, again, january)
    assert (paid.amount, queries_shares.due_of(share)) == (
        Money(9_000 + 7_500 - 9_313, "GBP"),
        Money(0, "GBP"),
    )
    assert len(queries_shares.statements_in(paid)) == 3


def test_a_correction_is_never_left_for_later(share: AffiliateShare) -> None:
    """Whoever chooses a statement that was taken back gets its correction along."""
    december = make.statement(share)
    make.reversed_(december)
    january = make.statement(share, net_sales=Money(100_000, "GBP"), **JANUARY_2027)
    assert make.payout(share, january).amount == Money(7_500, "GBP")
    assert queries_shares.unpaid_of(share) == []


# -- payouts (A5) ------------------------------------------------------------------------------------


def test_a_payout_is_one_entry_of_the_cash_leg_linked_both_ways(share: AffiliateShare) -> None:
    """A5: several statements, one transfer, one line; always cash."""
    statements = [make.statement(share), make.statement(share, **JANUARY_2027)]
    paid = make.payout(share, *statements)
    entry = db.session.scalars(sa.select(Entry)).one()
    assert (entry.category, entry.leg, entry.form, entry.reporting, entry.value_on) == (
        Category.AFFILIATE_COMMISSION, Leg.CASH, Form.CASH_EQUIVALENT, Money(18_626, "GBP"), date(2027, 2, 10),
    )  # fmt: skip
    assert (entry.source_kind, entry.source_id, paid.entry_seq) == ("advisory.payout", paid.id, entry.seq)
    words = book.sealed_words(entry) or {}
    assert words["context"] == (
        "Handbook of private networks: 7.5 % of net sales, 2026-12-01 to 2027-01-31; contract LN-S-1, paid to Moreau Conseil"
    )
    assert {one.payout_id for one in queries_shares.statements_of(share)} == {paid.id}


@pytest.mark.parametrize(
    ("changes", "says", "field"),
    [
        (
            {"payee": "Somebody else"},
            "The contract is with Moreau Conseil, and only the party of the contract is paid.",
            "payee",
        ),
        ({"paid_on": date(2027, 2, 11)}, "still to come", "paid_on"),
        ({"statement_ids": (77,)}, "paid already, or is not of this share", "statement_ids"),
        ({"by": "omar"}, "You wrote down one of these statements, so somebody else has to pay it.", None),
    ],
)
def test_a_payout_that_breaks_a_rule_is_refused_in_words(
    share: AffiliateShare, changes: dict[str, Any], says: str, field: str | None
) -> None:
    one = make.statement(share)
    more = {key: advisory.omar() if value == "omar" else value for key, value in changes.items()}
    with pytest.raises(DomainError, match=says) as refusal:
        make.payout(share, one, **more)
    assert (refusal.value.field, db.session.scalars(sa.select(SharePayout)).all()) == (field, [])
    assert db.session.scalars(sa.select(Entry)).all() == []


def test_nothing_is_paid_where_nothing_is_due(share: AffiliateShare) -> None:
    with pytest.raises(policies_shares.NothingDue, match="Nothing is due"):
        make.payout(share)
    nil = make.statement(share, n_sales=0, net_sales=Money(0, "GBP"))
    with pytest.raises(policies_shares.NothingDue, match="Nothing is due"):
        make.payout(share, nil)


def test_nothing_is_paid_twice(share: AffiliateShare) -> None:
    one = make.statement(share)
    make.payout(share, one)
    with pytest.raises(policies_shares.NothingDue, match="paid already"):
        make.payout(share, one)
    assert len(db.session.scalars(sa.select(Entry)).all()) == 1


def test_two_who_pay_at_the_same_moment_pay_once(app: Flask, share: AffiliateShare) -> None:
    """A5: two connections press at once; one transfers, the other is refused."""
    one, share_id = make.statement(share), share.id
    payers = (advisory.vera().id, advisory.sam().id)
    ready, said = threading.Barrier(2, timeout=20), []

    def pay(user_id: int) -> None:
        with app.app_context(), clock.fixed_at(FEBRUARY):
            details = PayoutDetails(
                paid_on=FEBRUARY.date(),
                payee="Moreau Conseil",
                reference="T 1",
                statement_ids=(statement_id,),
            )
            try:
                ready.wait()
                with transaction():
                    by = db.session.get_one(type(payer), user_id)
                    operations_payouts.pay_share(db.session.get_one(AffiliateShare, share_id), details, by=by)
                said.append("paid")
            except policies_shares.NothingDue as refusal:
                said.append(refusal.message)

    statement_id, payer = one.id, advisory.vera()
    db.session.remove()
    threads = [threading.Thread(target=pay, args=(id,)) for id in payers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["One of these statements is paid already, or is not of this share.", "paid"]
    assert (
        len(db.session.scalars(sa.select(Entry)).all())
        == len(db.session.scalars(sa.select(SharePayout)).all())
        == 1
    )


def test_a_late_contract_opens_a_breach_when_it_is_paid(at: At) -> None:
    """A5: contract before service, else a breach."""
    with at(NOVEMBER):
        share = make.approved(make.drafted(people.person("Sara"), link="LUMEN-SARA"))
    with at(datetime(2026, 12, 5, 9, tzinfo=UTC)):
        make.running(share)
    make.payout(share, make.statement(share))
    assert db.session.scalars(sa.select(Breach)).one().rule == "The contract is signed before the service"


def test_a_cap_on_cash_is_weighed_and_never_stops_the_fact(share: AffiliateShare) -> None:
    """L7: what is owed is paid; compliance gets the breach."""
    with transaction():
        cap = CapDetails(
            name="Commission a year", leg=Leg.CASH, category=Category.AFFILIATE_COMMISSION, hard_minor=5_000, currency="GBP",
            effective_from_on=date(2026, 1, 1),
        )  # fmt: skip
        ledger.set_cap(cap, by=advisory.helga())
    make.payout(share, make.statement(share))
    assert db.session.scalars(sa.select(Breach)).one().entry_seq == 1


# -- tax (c43) -----------------------------------------------------------------------------------------


def test_tax_of_a_payout_stands_apart(share: AffiliateShare) -> None:
    """The commission is the value; VAT is added to the transfer, withholding taken off it."""
    taxes = (
        TaxDetails(kind="vat", rate=Decimal(20), reference="INV-7"),
        TaxDetails(kind="withholding", amount=Money(1_397, "GBP"), reference="W-3"),
    )
    paid = make.payout(share, make.statement(share), taxes=taxes)
    settled = queries_tax.settled_payout(paid)
    assert [(tax.kind.value, tax.rate, tax.amount.minor, tax.reference) for tax in settled.taxes] == [
        ("vat", "20", 1_863, "INV-7"), ("withholding", "", 1_397, "W-3"),
    ]  # fmt: skip
    assert (settled.fee, settled.transferred) == (Money(9_313, "GBP"), Money(9_313 + 1_863 - 1_397, "GBP"))
    entry = db.session.scalars(sa.select(Entry)).one()
    assert entry.reporting == Money(9_313, "GBP")
    assert (book.sealed_words(entry) or {})["tax"] == "not_included"


def test_tax_above_the_commission_is_refused(share: AffiliateShare) -> None:
    one = make.statement(share)
    with pytest.raises(policies_tax.TaxRefused, match=r"more than the fee of 93\.13 GBP"):
        make.payout(
            share, one, taxes=(TaxDetails(kind="vat", amount=Money(9_314, "GBP"), reference="INV-7"),)
        )
    assert (queries_shares.payouts_of(share), fresh(one).payout_id) == ([], None)


# -- where it counts ---------------------------------------------------------------------------------


def test_a_commission_counts_as_cash_and_never_as_a_gift(share: AffiliateShare) -> None:
    """Always the cash leg: the gate before a fee lists non-cash items only, and the sums keep the legs apart."""
    ines, program = share.person, share.program
    advisory.hospitality(ines, program, on=date(2027, 2, 1))
    make.payout(share, make.statement(share))
    rows = totals((By.LEG,), Scope(person_id=ines.id))
    assert {row["leg"]: row.reporting_minor for row in rows} == {Leg.NON_CASH: 208_000, Leg.CASH: 9_313}
    gate = queries_gate.gate_before(fresh(share).person, date(2027, 3, 1))
    assert [item.category for item in gate.items] == ["lodging"]


def test_statements_are_read_in_a_fixed_number_of_queries(
    share: AffiliateShare, count_queries: Callable[[], int]
) -> None:
    make.statement(share)
    found = queries_shares.get_share(share.id, None)
    count_queries()
    queries_shares.statements_of(found)
    first = count_queries()
    make.statement(share, **JANUARY_2027)
    found = queries_shares.get_share(share.id, None)
    count_queries()
    assert len(queries_shares.statements_of(found)) == 2
    assert count_queries() == first
