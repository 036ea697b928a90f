"""Tax of a payment: stated apart, exact, never value given to the person (A5, c43)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from app.advisory import policies, policies_tax, queries_tax
from app.advisory.details import TaxDetails
from app.advisory.models import EngagementState
from app.advisory.models_tax import PaymentTax
from app.core.db import db
from app.core.money import Money
from app.ledger import queries as book
from app.ledger.models import Entry
from tests.conftest import fresh
from tests.factories import advisory as make

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
JANUARY = datetime(2027, 1, 14, 17, tzinfo=UTC)
FEE = Money(650_000, "GBP")
VAT = TaxDetails(kind="vat", rate=Decimal(20), reference="INV-7")


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Iterator[None]:
    with at(NOVEMBER):
        yield


@pytest.mark.parametrize(
    ("fee", "kind", "rate", "amount"),
    [
        (650_000, "vat", "20", 130_000),
        (650_000, "vat", "0", 0),
        (333, "vat", "8.875", 30),  # 29.55375
        (250, "vat", "8.2", 21),  # 20.5: half up
        (650_000, "withholding", "10.21", 66_365),
        (650_000, "withholding", "100", 650_000),
    ],
)
def test_a_rate_is_computed_on_the_fee_and_rounded_half_up(
    fee: int, kind: Any, rate: str, amount: int
) -> None:
    tax = TaxDetails(kind=kind, rate=Decimal(rate), reference="INV-7")
    found = policies_tax.settle(Money(fee, "GBP"), [tax])
    assert found.taxes[0].amount == Money(amount, "GBP")
    assert found.transferred == Money(fee + amount if kind == "vat" else fee - amount, "GBP")


@pytest.mark.parametrize(
    ("taxes", "says", "field"),
    [
        ([{"kind": "vat", "rate": Decimal(-20)}], "from 0 to 100 per cent", "vat_rate"),
        ([{"kind": "vat", "rate": Decimal("100.1")}], "from 0 to 100 per cent", "vat_rate"),
        ([{"kind": "vat", "rate": Decimal("8.8755")}], "at most 3 decimals", "vat_rate"),
        ([{"kind": "vat", "rate": Decimal("1e-99999")}], "at most 3 decimals", "vat_rate"),
        ([{"kind": "withholding", "rate": Decimal(101)}], "from 0 to 100 per cent", "withholding_rate"),
        ([{"kind": "vat", "amount": Money(-1, "GBP")}], "A tax is not negative.", "vat_amount"),
        (
            [{"kind": "vat", "amount": Money(100, "EUR")}],
            "The contract is in GBP, so its tax is too.",
            "vat_amount",
        ),
        (
            [{"kind": "vat", "amount": Money(650_001, "GBP")}],
            "value-added tax is more than the fee of 6,500.00 GBP",
            "vat_amount",
        ),
        (
            [{"kind": "withholding", "amount": Money(650_001, "GBP")}],
            "withheld tax is more than the fee",
            "withholding_amount",
        ),
        (
            [{"kind": "vat", "rate": Decimal(20), "amount": Money(130_001, "GBP")}],
            "is 1,300.00 GBP, not 1,300.01 GBP",
            "vat_amount",
        ),
        ([{"kind": "vat"}], "Give the rate or the amount of this tax.", "vat_amount"),
        (
            [{"kind": "vat", "rate": Decimal(20), "reference": ""}],
            "the invoice that charges it",
            "vat_reference",
        ),
        (
            [{"kind": "withholding", "rate": Decimal(5), "reference": " "}],
            "the certificate of what was withheld",
            "withholding_reference",
        ),
        (
            [{"kind": "vat", "rate": Decimal(20)}, {"kind": "vat", "rate": Decimal(5)}],
            "Each kind of tax is stated once.",
            None,
        ),
    ],
)
def test_a_tax_that_cannot_be_is_refused_in_words(
    taxes: list[dict[str, Any]], says: str, field: str | None
) -> None:
    with pytest.raises(policies_tax.TaxRefused, match=says) as refusal:
        policies_tax.settle(FEE, [TaxDetails(**{"reference": "INV-7"} | one) for one in taxes])
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "wrong", [{"kind": "customs", "rate": Decimal(5)}, {"kind": "vat", "rate": Decimal("NaN")}]
)
def test_unknown_kinds_and_no_numbers_are_no_details(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TaxDetails(**wrong)


def test_the_book_holds_the_fee_without_vat_and_before_withholding(at: At) -> None:
    """c43: what was given is the fee of the contract, whatever was added to the transfer or kept back from it."""
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        withheld = TaxDetails(kind="withholding", rate=Decimal(10), reference="W-3")
        paid = make.paid(make.delivered(agreed), taxes=(VAT, withheld))
    entry = db.session.scalars(sa.select(Entry)).one()
    assert (entry.original, (book.sealed_words(entry) or {})["tax"]) == (FEE, "not_included")
    settled = queries_tax.settled_of(fresh(paid))
    assert settled is not None
    assert (settled.fee, [tax.amount.minor for tax in settled.taxes], settled.transferred) == (
        FEE, [130_000, 65_000], Money(715_000, "GBP"),
    )  # fmt: skip


def test_vat_does_not_count_against_the_contract(at: At) -> None:
    """A5: the fee without VAT is compared with the contract; VAT on top is no more than was agreed."""
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        assert make.paid(make.delivered(agreed), taxes=(VAT,)).state is EngagementState.PAID


def test_a_fee_with_vat_inside_is_above_the_contract(at: At) -> None:
    agreed = make.contracted(make.engagement())
    with at(JANUARY), pytest.raises(policies.PaymentRefused, match="Value-added tax stands apart"):
        make.paid(make.delivered(agreed), fee=Money(780_000, "GBP"), taxes=(VAT,))
    assert db.session.scalars(sa.select(PaymentTax)).all() == []


def test_a_payment_without_tax_is_what_it_was(at: At) -> None:
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        paid = make.paid(make.delivered(agreed))
    settled = queries_tax.settled_of(fresh(paid))
    assert settled == policies_tax.Settled(FEE, ())
    assert "tax" not in (book.sealed_words(db.session.scalars(sa.select(Entry)).one()) or {})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"vat_rate": "-5"}, "from 0 to 100 per cent"),
        ({"vat_rate": "NaN"}, "Write a number with digits and a point"),
        ({"vat_rate": "Infinity"}, "Write a number with digits and a point"),
        ({"vat_rate": "twenty"}, "Not a valid decimal value"),
        ({"vat_amount": "-1.00"}, "An amount is not negative."),
        ({"vat_amount": "7,000.00"}, "more than the fee of 6,500.00 GBP"),
        ({"vat_amount": "10.005"}, "GBP has 2 decimal places; this amount has more."),
        ({"vat_rate": "20", "vat_reference": ""}, "the invoice that charges it"),
        (
            {"vat_rate": "20", "withholding_rate": "10", "withholding_reference": ""},
            "the certificate of what was withheld",
        ),
        ({"vat_rate": "", "vat_amount": ""}, "Give the rate or the amount of this tax."),
    ],
)
def test_a_wrong_tax_is_refused_at_its_field(
    signed_in: SignIn, at: At, changes: dict[str, Any], says: str
) -> None:
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        done = make.delivered(agreed)
        signed_in(make.helga()).post(f"/advisory/{done.id}/approve-payment")
        sent = {
            "paid_on": "2027-01-14", "payee": "Moreau Conseil", "reference": "Transfer 9", "vat_reference": "INV-7",
        } | changes  # fmt: skip
        response = signed_in(make.omar()).post(f"/advisory/{done.id}/pay", data=sent)
    page = response.get_data(as_text=True)
    assert (response.status_code, db.session.scalars(sa.select(Entry)).all()) == (422, [])
    assert says in page
    assert "Transfer 9" in page


def test_the_page_takes_the_payment_apart(signed_in: SignIn, at: At) -> None:
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        paid = make.paid(make.delivered(agreed), taxes=(VAT,))
        page = signed_in(make.omar()).get(f"/advisory/{paid.id}").get_data(as_text=True)
    for shown in ("Value-added tax", "20 %, INV-7", "1,300.00", "Transferred", "7,800.00"):
        assert shown in page, shown
