"""Exact money: integer minor units and an ISO 4217 currency."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from flask_babel import gettext as _

from app.core.fx import minor_digits

#: BIGINT with room for sums: no single amount may come near its limit.
MAX_MINOR = 10**15

_PLAIN = re.compile(r"[+-]?\d{1,3}(?:[ ,'\u00a0\u202f]\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?")
_SEPARATORS = str.maketrans("", "", " ,'\u00a0\u202f")


@lru_cache(maxsize=512)
def digits_of(currency: str) -> int:
    """How many minor digits ISO 4217 gives a currency (JPY 0, GBP 2, KWD 3); ValueError if unknown."""
    return minor_digits(currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in the smallest unit of its currency: `Money(510, "GBP")` is five pounds ten."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read "1,234.50" or "1 234.50"; ValueError says what is wrong (never rounds)."""
        cleaned = text.strip()
        if not cleaned or len(cleaned) > 40 or not _PLAIN.fullmatch(cleaned):
            raise ValueError(_("Write the amount with digits and a point, for example 1,234.50."))
        try:
            return cls.of(Decimal(cleaned.translate(_SEPARATORS)), currency)
        except InvalidOperation:
            raise ValueError(_("This amount cannot be read.")) from None

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """Exact major units to money; ValueError if there are more decimals than the currency has."""
        digits = digits_of(currency)
        scaled = amount.scaleb(digits)
        if scaled != scaled.to_integral_value():
            raise ValueError(
                _("%(currency)s has %(n)s decimal places; this amount has more.", currency=currency, n=digits)
            )
        if abs(scaled) > MAX_MINOR:
            raise ValueError(_("This amount is too large to be true."))
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-digits_of(self.currency))

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added without a rate")
        return other


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts that are all in `currency`; zero of it when there are none."""
    return sum(amounts, Money(0, currency))


def by_currency(amounts: Iterable[Money]) -> dict[str, Money]:
    """The sum in each currency, in their order: never added together."""
    found: dict[str, Money] = {}
    for one in amounts:
        found[one.currency] = found.get(one.currency, Money(0, one.currency)) + one
    return {currency: found[currency] for currency in sorted(found)}


def split_evenly(whole: Money, parts: int) -> list[Money]:
    """Divide into parts that sum exactly; odd minor units go to the first parts (L3)."""
    if parts < 1:
        raise ValueError("a cost is shared by at least one")
    each, odd = divmod(whole.minor, parts)
    return [Money(each + (1 if place < odd else 0), whole.currency) for place in range(parts)]
