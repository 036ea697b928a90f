"""Money is exact, and a text that is not an amount is never one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import MAX_MINOR, Money, digits_of, split_evenly, total

BAD = [
    "", " ", "abc", "12,34", "1,23,456", "1.234.567", "1,234,56", "12.345", "1e5", "1E5", "0x10", "½", "--5", "+-5", "5-",
    "(5)", "£5", "5 GBP", "5.", ".5", "1_000", "1 00", "NaN", "Infinity", "-", "+", "5,", "9" * 41, "1\n2", "5;DROP",
    "1,234.567",
]  # fmt: skip

GOOD = [
    ("0", 0), ("5", 500), ("5.1", 510), ("5.10", 510), ("1,234.50", 123450), ("1 234.50", 123450), ("1'234.50", 123450),
    ("1\u202f234.50", 123450), ("1\u00a0234.50", 123450), ("-5", -500), ("+5", 500), (" 7.00 ", 700),
    ("12,345,678.90", 1234567890), ("١٢٣.٥", 12350),
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Money.parse(text, "GBP")


@pytest.mark.parametrize(("text", "minor"), GOOD)
def test_amounts_are_read_exactly(text: str, minor: int) -> None:
    assert Money.parse(text, "GBP") == Money(minor, "GBP")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1500", "JPY", 1500), ("1.5", "KWD", 1500), ("1.234", "KWD", 1234), ("5", "KRW", 5)],
)
def test_each_currency_has_its_own_decimals(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency).minor == minor


@pytest.mark.parametrize(("text", "currency"), [("1.5", "JPY"), ("1.2345", "KWD"), ("0.001", "EUR")])
def test_more_decimals_than_the_currency_has_are_never_rounded(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimal places"):
        Money.parse(text, currency)


@pytest.mark.parametrize("currency", ["", "gbp", "GB", "XYZ", "ZZZ", "£", "XAU", "XXX"])
def test_what_is_no_currency_to_pay_in_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        digits_of(currency)


def test_an_amount_that_cannot_be_true_is_refused() -> None:
    assert Money.of(Decimal(MAX_MINOR).scaleb(-2), "GBP").minor == MAX_MINOR
    with pytest.raises(ValueError, match="too large"):
        Money.of(Decimal(MAX_MINOR + 1).scaleb(-2), "GBP")


def test_currencies_are_never_mixed() -> None:
    for act in (
        lambda: Money(1, "GBP") + Money(1, "EUR"),
        lambda: Money(1, "GBP") < Money(1, "EUR"),
        lambda: total([Money(1, "EUR")], "GBP"),
    ):
        with pytest.raises(ValueError, match="without a rate"):
            act()


def test_l3_the_shared_dinner_of_london_splits_to_the_penny() -> None:
    """2,640.00 over 21 heads: 125.72 for the first nine, 125.71 for the others."""
    shares = split_evenly(Money(264_000, "GBP"), 21)
    assert [share.minor for share in shares] == [12_572] * 9 + [12_571] * 12
    assert total(shares, "GBP") == Money(264_000, "GBP")


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.integers(1, 500))
def test_l3_shares_sum_exactly_and_differ_by_one_at_most(minor: int, parts: int) -> None:
    shares = [share.minor for share in split_evenly(Money(minor, "GBP"), parts)]
    assert (sum(shares), len(shares), max(shares) - min(shares) <= 1) == (minor, parts, True)
    assert shares == sorted(shares, reverse=True)


def test_nobody_is_no_party_to_a_shared_cost() -> None:
    with pytest.raises(ValueError, match="at least one"):
        split_evenly(Money(1, "GBP"), 0)


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(["GBP", "JPY", "KWD", "EUR"]))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money).rsplit(" ", 1)[0], currency) == money
