"""Lodging against the government's rate for a night there in that month (L10, c23)."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.money import Money
from app.ledger import queries
from app.ledger.models import Unit
from app.ledger.per_diem import rate_of, split_place
from app.ledger.queries import Scope
from tests.factories import ledger

SignIn = Callable[..., FlaskClient]
APRIL = date(2026, 4, 7)


def night(dollars: str, place: str, on: date = APRIL, nights: int = 1) -> queries.Night | None:
    entry = ledger.post(
        ledger.stay(money=Money.parse(dollars, "USD"), place=place,
                    value_on=on, unit=Unit.NIGHT, quantity=nights, provider="Hotel", department_id=None)
    ).entry  # fmt: skip
    return queries.benchmark_of(entry)


def test_710_dollars_in_london_in_april_2026(app: Flask) -> None:
    """c23: benchmark 424, ratio 1.67."""
    found = night("710", "London, United Kingdom")
    assert found is not None
    assert (found.rate.usd, found.ratio_words, found.rate.is_rest) == (424, "1.67", False)
    assert found.rate.source == "US Department of State, April 2026"


def test_a_place_the_table_does_not_name_takes_the_rest_of_the_country_and_says_so(signed_in: SignIn) -> None:
    """c23"""
    entry = ledger.post(ledger.stay(place="Whitby, GB", unit=Unit.NIGHT, quantity=4, value_on=APRIL)).entry
    found = queries.benchmark_of(entry)
    assert found is not None
    assert (found.rate.usd, found.rate.is_rest) == (252, True)
    page = signed_in(Role.AUDITOR).get(f"/ledger/{entry.seq}").get_data(as_text=True)
    assert "row for the rest of the country, “[Other]”" in page


@pytest.mark.parametrize(
    ("place", "on", "usd"),
    [
        ("London, UK", date(2025, 1, 31), 364), ("London, GB", date(2025, 10, 1), 424), ("London, Canada", APRIL, 201),
        ("london, ontario, Canada", APRIL, 201), ("Edinburgh, GB", date(2026, 8, 31), 621), ("Edinburgh, GB", APRIL, 311),
        ("New York, USA", date(2025, 2, 28), 179), ("New York City, NY, United States", date(2024, 10, 1), 342),
        ("Portland, US", APRIL, 110), ("Nowhere, US", APRIL, 110), ("Jackson, WY, US", date(2026, 6, 1), 420),
        ("Barcelona, Spain", APRIL, 307), ("Shenzhen, China", APRIL, 239),
    ],
)  # fmt: skip
def test_the_table_of_the_month_and_the_season_decide(place: str, on: date, usd: int) -> None:
    """L10"""
    found = rate_of(*split_place(place), on)
    assert found is not None
    assert found.usd == usd


@pytest.mark.parametrize(
    ("place", "on"),
    [("London", APRIL), ("London, Atlantis", APRIL), ("London, GB", date(2024, 12, 31)), ("", APRIL), ("Rome, Europe", APRIL)],
)  # fmt: skip
def test_where_no_table_speaks_nothing_is_said(place: str, on: date) -> None:
    assert rate_of(*split_place(place), on) is None


def test_another_currency_is_compared_at_the_frozen_rate(app: Flask) -> None:
    """L2, L10: 2,080.00 GBP for four nights; a dollar is 0.7480 by the treasury's list."""
    ledger.treasury_rates()
    entry = ledger.post(ledger.stay(unit=Unit.NIGHT, quantity=4)).entry
    found = queries.benchmark_of(entry)
    assert found is not None
    assert (found.paid, found.usual, found.ratio_words) == (ledger.gbp("520"), Money(31715, "GBP"), "1.64")


def test_nights_that_are_not_counted_give_no_ratio_and_no_line_in_the_report(app: Flask) -> None:
    whole = ledger.post(ledger.stay()).entry
    found = queries.benchmark_of(whole)
    assert found is not None
    assert (found.rate.usd, found.ratio_words) == (424, "")
    assert queries.lodging_against(Scope(program_id=whole.program_id)) == []


def test_the_report_lists_the_dearest_stays(signed_in: SignIn) -> None:
    entry = ledger.post(ledger.stay(unit=Unit.NIGHT, quantity=4)).entry
    page = signed_in(Role.AUDITOR).get(f"/reports/value/{entry.program_id}").get_data(as_text=True)
    assert "Lodging against the benchmark" in page
