"""Rates of the ECB, manual rates, and conversion to the cent."""

import json
import os
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import fx
from app.core.fx import EcbRates, ManualRate, Rate, RateBook, RateMissing, convert, ecb_rate, minor_digits

SHARED = Path(os.environ.get("RAPPORT_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
GOLDEN = SHARED / "golden_fx_ecb.json"
LATER_LIST = SHARED / "ecb_eurofxref-hist.zip"

needs_shared_data = pytest.mark.skipif(
    not GOLDEN.exists(), reason=f"{GOLDEN} is missing (set RAPPORT_SHARED_DATA)"
)


def golden_rates() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else []
    return found


@needs_shared_data
def test_golden_file_has_six_cases() -> None:
    assert len(golden_rates()) == 6


@pytest.mark.parametrize("case", golden_rates(), ids=lambda case: f"{case['from']}-{case['to']}")
@pytest.mark.parametrize("book", ["shipped", "given"])
def test_ecb_golden_cases_to_the_cent(case: dict[str, str], book: str) -> None:
    rates = fx.shipped_rates() if book == "shipped" else EcbRates.from_zip(LATER_LIST)
    found = rates.rate(case["from"], case["to"], date.fromisoformat(case["value_date"]))
    minor = int(Decimal(case["amount"]).scaleb(minor_digits(case["from"])))
    expected = int(Decimal(case["expected"]).scaleb(minor_digits(case["to"])))
    assert (found.on, found.source) == (date.fromisoformat(case["rate_date"]), "ECB")
    assert convert(minor, case["from"], case["to"], found.rate) == expected
    assert convert(minor, case["from"], case["to"], Decimal(found.text)) == expected


@pytest.mark.parametrize(
    ("minor", "source", "target", "rate", "expected"),
    [
        (984_000, "AUD", "GBP", "0.5120", 503_808),
        (745_000, "SEK", "GBP", "0.0785", 58_483),  # 584.825 goes up
        (6_420_000, "KRW", "GBP", "0.00054", 346_680),  # won have no cents
        (4_850_000, "TRY", "GBP", "0.0182", 88_270),
        (-745_000, "SEK", "GBP", "0.0785", -58_483),  # a reversal gives back exactly what was booked
        (1_000, "KWD", "JPY", "500.5", 501),
        (0, "USD", "EUR", "0.9", 0),
        (123, "EUR", "EUR", "1", 123),
        (10**15, "USD", "JPY", "1.000000000000000000000000000001", 10**13),
    ],
)
def test_convert_rounds_half_away_from_zero(
    minor: int, source: str, target: str, rate: str, expected: int
) -> None:
    assert convert(minor, source, target, Decimal(rate)) == expected


def test_convert_takes_given_digits() -> None:
    assert convert(150, "AAA", "BBB", Decimal("0.01"), 0, 1) == 15


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_convert_refuses_a_rate_that_is_none(rate: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        convert(1, "USD", "EUR", Decimal(rate))


def test_convert_refuses_another_rate_within_one_currency() -> None:
    with pytest.raises(ValueError, match="within EUR the rate is 1"):
        convert(1, "EUR", "EUR", Decimal("1.1"))


def test_euro_rate_is_the_published_figure() -> None:
    assert ecb_rate("EUR", "USD", date(2024, 12, 24)) == Rate(Decimal("1.0395"), date(2024, 12, 24), "ECB")


def test_same_currency_is_one_on_any_day_even_if_unquoted() -> None:
    assert ecb_rate("AED", "AED", date(1990, 1, 1)) == Rate(Decimal(1), date(1990, 1, 1), "same currency")


@pytest.mark.parametrize(
    ("on", "quoted_on"),
    [
        (date(2026, 3, 6), date(2026, 3, 6)),  # Friday
        (date(2026, 3, 7), date(2026, 3, 6)),  # Saturday
        (date(2026, 3, 8), date(2026, 3, 6)),  # Sunday
        (date(2024, 12, 25), date(2024, 12, 24)),
        (date(2024, 1, 1), date(2023, 12, 29)),
        (date(2024, 4, 1), date(2024, 3, 28)),  # Easter Monday
    ],
)
def test_weekend_and_holiday_take_the_last_earlier_quoted_day(on: date, quoted_on: date) -> None:
    assert ecb_rate("USD", "GBP", on) == ecb_rate("USD", "GBP", quoted_on)
    assert ecb_rate("USD", "GBP", on).on == quoted_on


@pytest.mark.parametrize(
    ("source", "target", "on", "message"),
    [
        (
            "AED", "USD", date(2026, 3, 9),
            "The ECB does not quote AED. Enter a treasury rate from AED to USD for that day, with its source.",
        ),
        (
            "RUB", "USD", date(2026, 3, 9),
            "There is no ECB rate for RUB on 2026-03-09: it was last quoted on 2022-03-01. "
            "Enter a treasury rate from RUB to USD for that day, with its source.",
        ),
        (
            "EUR", "HRK", date(2023, 6, 1),
            "There is no ECB rate for HRK on 2023-06-01: it was last quoted on 2022-12-30. "
            "Enter a treasury rate from EUR to HRK for that day, with its source.",
        ),
        (
            "TRY", "USD", date(2001, 5, 5),
            "The ECB did not quote TRY on 2001-05-05 or before. "
            "Enter a treasury rate from TRY to USD for that day, with its source.",
        ),
    ],
)  # fmt: skip
def test_missing_rate_says_what_when_and_what_to_do(source: str, target: str, on: date, message: str) -> None:
    for _ in range(2):  # the second answer comes from memory
        with pytest.raises(RateMissing) as caught:
            ecb_rate(source, target, on)
        assert str(caught.value) == message


@pytest.mark.parametrize(("code", "last"), [("RUB", date(2022, 3, 1)), ("HRK", date(2022, 12, 30))])
def test_ceased_currency_lives_ten_days_longer(code: str, last: date) -> None:
    assert ecb_rate(code, "EUR", last + timedelta(fx.MAX_DAYS_BACK)).on == last
    with pytest.raises(RateMissing, match=f"last quoted on {last}"):
        ecb_rate(code, "EUR", last + timedelta(fx.MAX_DAYS_BACK + 1))


def test_after_the_end_of_the_list_the_source_says_so_and_then_a_newer_list_is_asked_for() -> None:
    last = fx.shipped_rates().last_on
    assert ecb_rate("USD", "EUR", last + timedelta(1)).source == f"ECB (list ends {last})"
    with pytest.raises(RateMissing, match="Load a newer list of ECB rates, or: enter a treasury rate"):
        ecb_rate("USD", "EUR", last + timedelta(11))


def test_a_day_that_quotes_only_one_of_two_is_passed_over() -> None:
    rates = EcbRates("Date,AAA,BBB,\n2020-01-02,2,N/A,\n2020-01-01,4,8,\n")
    assert rates.rate("AAA", "BBB", date(2020, 1, 3)) == Rate(
        Decimal(2), date(2020, 1, 1), "ECB (list ends 2020-01-02)"
    )
    never = EcbRates("Date,AAA,BBB,\n2020-01-02,2,N/A,\n2020-01-01,N/A,8,\n")
    with pytest.raises(RateMissing, match="on no common day"):
        never.rate("AAA", "BBB", date(2020, 1, 3))


@pytest.mark.parametrize("text", ["\n", "Date,USD,\n"])
def test_an_empty_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the ECB's list"):
        EcbRates(text)


def test_list_names_its_currencies_and_first_day() -> None:
    rates = fx.shipped_rates()
    assert {"EUR", "USD", "HRK", "RUB"} <= rates.currencies
    assert rates.first_on == date(1999, 1, 4)


MARCH = ManualRate(
    "AED", "USD", date(2026, 3, 1), date(2026, 3, 31), Decimal("0.2723"), "Treasury desk 2026-03"
)
MID_MARCH = ManualRate(
    "AED", "USD", date(2026, 3, 10), date(2026, 3, 20), Decimal("0.2722"), "Treasury desk, revised"
)
OPEN_END = ManualRate("GBP", "USD", date(2026, 3, 5), None, Decimal("1.30"), "Group treasury")


def test_manual_rate_wins_for_its_pair_and_period_only() -> None:
    book = RateBook([MARCH, MID_MARCH, OPEN_END])
    assert book.rate("AED", "USD", date(2026, 3, 1)) == Rate(
        Decimal("0.2723"), date(2026, 3, 1), "Treasury desk 2026-03"
    )
    assert book.rate("AED", "USD", date(2026, 3, 10)).rate == Decimal("0.2722")  # began last
    assert book.rate("AED", "USD", date(2026, 3, 20)).rate == Decimal("0.2722")
    assert book.rate("AED", "USD", date(2026, 3, 31)).rate == Decimal("0.2723")
    assert book.rate("GBP", "USD", date(2026, 3, 9)).source == "Group treasury"
    assert book.rate("GBP", "USD", date(2026, 3, 4)).source == "ECB"
    assert book.rate("USD", "GBP", date(2026, 3, 9)).source == "ECB"  # its own direction only
    for on in (date(2026, 2, 28), date(2026, 4, 1)):
        with pytest.raises(RateMissing, match="does not quote AED"):
            book.rate("AED", "USD", on)


def test_rate_book_takes_another_list() -> None:
    book = RateBook(ecb=EcbRates("Date,USD,\n2030-01-01,2,\n"))
    assert book.rate("USD", "EUR", date(2030, 1, 1)) == Rate(Decimal("0.5"), date(2030, 1, 1), "ECB")


@pytest.mark.parametrize(
    ("rate", "until", "message"),
    [
        (Decimal(0), None, "above zero"),
        (Decimal("NaN"), None, "above zero"),
        (Decimal("1." + "1" * 30), None, "at most 30 digits"),
        (Decimal(1), date(2025, 1, 1), "end before it begins"),
    ],
)
def test_manual_rate_refuses_nonsense(rate: Decimal, until: date | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ManualRate("AED", "USD", date(2026, 1, 1), until, rate, "x")


@pytest.mark.parametrize(
    ("code", "digits"), [("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("HRK", 2), ("BGN", 2), ("CLF", 4)]
)
def test_minor_digits(code: str, digits: int) -> None:
    assert minor_digits(code) == digits


@pytest.mark.parametrize("code", ["ABC", "usd", "", "XAU", "XXX"])
def test_minor_digits_of_no_currency(code: str) -> None:
    with pytest.raises(ValueError, match=r"not a currency|no minor unit"):
        minor_digits(code)


CODES = st.sampled_from(["USD", "GBP", "JPY", "CHF", "HUF", "IDR", "ISK", "KRW", "SEK", "TRL", "MTL", "EUR"])
DAYS = st.dates(date(1999, 1, 4), date(2004, 12, 31))


@settings(max_examples=300, deadline=None)
@given(CODES, CODES, DAYS, st.integers(-(10**12), 10**12))
def test_stored_rate_gives_what_the_unrounded_fraction_gives(
    source: str, target: str, on: date, minor: int
) -> None:
    try:
        found, per_source, per_target = (
            ecb_rate(source, target, on), ecb_rate("EUR", source, on), ecb_rate("EUR", target, on)
        )  # fmt: skip
    except RateMissing:
        return
    exact = Fraction(per_target.rate) / Fraction(per_source.rate) if source != target else Fraction(1)
    exact *= Fraction(minor) * Fraction(10) ** (minor_digits(target) - minor_digits(source))
    half_up = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    assert len(found.text) <= 40
    assert convert(minor, source, target, Decimal(found.text)) == half_up


@settings(deadline=None)
@given(st.integers(-(10**6), 10**6))
def test_ties_survive_the_rounding_of_the_rate(k: int) -> None:
    """1/12 = 0.08333... has no finite decimal: rounded down, it would turn each exact half into less than a half."""
    rates = EcbRates("Date,AAA,BBB,\n2020-01-01,12,1,\n")
    minor = 6 * (2 * k + 1)
    rate = Decimal(rates.rate("AAA", "BBB", date(2020, 1, 1)).text)
    exact = Fraction(minor, 12)
    assert exact.denominator == 2
    half_up = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    assert convert(minor, "AAA", "BBB", rate, 2, 2) == half_up
