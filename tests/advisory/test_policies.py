"""The rules of advice as pure functions: what is computed, what is refused, in which words (A3, A4)."""

from datetime import date
from decimal import Decimal

import pytest

from app.advisory.details import EffortDetails
from app.advisory.models import RateBand, RateCard
from app.advisory.policies_gate import (
    Gate,
    GateItem,
    GateMoved,
    InsideCoolingOff,
    check_clearing,
    require_same_gate,
    restore_gate,
)
from app.advisory.policies_rates import calculate, restore_calculation, units_in_words
from app.core.money import Money
from app.ledger.models import Category


def _band(
    maximum_minor: int, *, per: str = "hour", preparation: int = 100, travel: int = 50, currency: str = "GBP"
) -> RateBand:
    card = RateCard(name="Advisers", number=3, currency=currency, effective_from_on=date(2026, 1, 1))
    return RateBand(
        card=card, tier="2", activity=Category.ADVISORY_FEE, per=per, maximum_minor=maximum_minor,
        n_preparation_percent=preparation, n_travel_percent=travel,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("band", "work", "preparation", "travel", "minor"),
    [
        (_band(25_000), "8", "2", "4", 300_000),
        (_band(650_000, per="day"), "1", "0", "0", 650_000),
        (_band(10_001), "0.5", "0", "0", 5_000),  # half a penny is cut off
        (_band(333), "1", "0", "1", 499),
        (_band(25_000, preparation=0, travel=0), "8", "2", "4", 200_000),
        (_band(15_000, currency="JPY"), "2", "0", "1", 37_500),
    ],
)
def test_the_maximum_is_rate_times_time_with_preparation_and_travel(
    band: RateBand, work: str, preparation: str, travel: str, minor: int
) -> None:
    """A3, c33."""
    effort = EffortDetails(work=Decimal(work), preparation=Decimal(preparation), travel=Decimal(travel))
    assert calculate(band, effort).maximum == Money(minor, band.card.currency)


def test_a_calculation_comes_back_as_it_was_stored() -> None:
    found = calculate(_band(10_001), EffortDetails(work=Decimal("1.25"), travel=Decimal("0.10")))
    assert restore_calculation(found.stored()) == found


@pytest.mark.parametrize(
    ("units", "said"), [("1", "1 day"), ("2", "2 days"), ("0.50", "0.5 days"), ("10", "10 days")]
)
def test_units_are_said_in_words(units: str, said: str) -> None:
    assert units_in_words(Decimal(units), "day") == said


def _gate(service_on: date, *ended: date) -> Gate:
    items = tuple(
        GateItem(n, "lodging", on, on, Money(100 * n, "GBP"), "") for n, on in enumerate(ended, start=1)
    )
    return Gate(90, service_on, date(2026, 11, 20), items)


@pytest.mark.parametrize(
    ("service_on", "n_days", "is_inside"),
    [(date(2027, 1, 12), 88, True), (date(2027, 1, 13), 89, True), (date(2027, 1, 14), 90, False)],
)
def test_day_ninety_is_outside_the_cooling_off_time(service_on: date, n_days: int, is_inside: bool) -> None:
    """A4, J10.3."""
    gate = _gate(service_on, date(2026, 10, 12), date(2026, 10, 16))
    assert (gate.n_days, gate.is_inside, gate.earliest_on, gate.totals) == (
        n_days, is_inside, date(2027, 1, 14), (Money(300, "GBP"),),
    )  # fmt: skip


def test_a_gate_without_items_lets_everything_through() -> None:
    gate = _gate(date(2027, 1, 12))
    assert (gate.is_inside, gate.last_on, gate.earliest_on, gate.totals) == (False, None, None, ())


def test_a_gate_comes_back_as_it_was_stored() -> None:
    gate = _gate(date(2027, 1, 12), date(2026, 10, 16))
    assert restore_gate(gate.stored()) == gate
    assert restore_gate({}) is None


def test_sums_of_a_gate_never_mix_currencies() -> None:
    items = (
        GateItem(1, "gift", date(2026, 11, 1), date(2026, 11, 1), Money(500, "EUR"), ""),
        GateItem(2, "meal", date(2026, 11, 1), date(2026, 11, 1), Money(700, "GBP"), ""),
    )
    assert Gate(90, date(2026, 12, 1), date(2026, 11, 20), items).totals == (
        Money(500, "EUR"),
        Money(700, "GBP"),
    )


def test_listed_items_need_a_reason_outside_the_window_too() -> None:
    """c35: what was given is listed, and clearing it needs words."""
    gate = _gate(date(2027, 1, 14), date(2026, 10, 16))
    with pytest.raises(InsideCoolingOff, match="1 item of value is listed here: a compliance reviewer"):
        check_clearing(gate, "", by=None, givers=[], n_least=10)  # type: ignore[arg-type]


def test_new_items_since_the_clearing_are_named() -> None:
    cleared = _gate(date(2027, 1, 14), date(2026, 10, 16))
    now = _gate(date(2027, 1, 14), date(2026, 10, 16), date(2026, 11, 19))
    with pytest.raises(GateMoved, match=r"lodging 2\.00 GBP on 19 Nov 2026"):
        require_same_gate(cleared, now)
    require_same_gate(now, cleared)
