"""Tax of a payment, stated apart and never value given to the person (A5, c43).

Two taxes touch a fee, and both leave what was given as it is. Value-added tax is added on top: the person hands it on to
their tax office, so the fee that counts is without it. Tax that is withheld is a part of the fee: the house pays it to the
tax office in the person's name, so the fee that counts is the whole of it, though less is transferred. The book therefore
holds the fee of the contract in both cases; what was transferred is fee + value-added tax - tax withheld.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.advisory.details import TaxDetails
from app.advisory.models_tax import TaxKind
from app.core.errors import DomainError
from app.core.money import Money

#: A rate has at most so many decimals (8.875 is a sales tax of New York).
RATE_DECIMALS = 3
#: How a tax is called in a sentence, and the field of the form its parts begin with.
WORDS = {TaxKind.VAT: _l("value-added tax"), TaxKind.WITHHOLDING: _l("withheld tax")}


class TaxRefused(DomainError):
    """A tax that cannot be: negative, above the fee, in another currency, without its paper."""


class Tax(Struct, frozen=True):
    """One tax of a payment as it will be kept: `rate` is decimal text, empty where only the amount was stated."""

    kind: TaxKind
    rate: str
    amount: Money
    reference: str

    @property
    def percent(self) -> Decimal | None:
        return Decimal(self.rate) if self.rate else None


class Settled(Struct, frozen=True):
    """A payment taken apart: what was given, what was added and kept back, what was transferred."""

    fee: Money
    taxes: tuple[Tax, ...]

    @property
    def transferred(self) -> Money:
        """Fee + value-added tax - tax withheld."""
        whole = self.fee
        for tax in self.taxes:
            whole = whole + tax.amount if tax.kind is TaxKind.VAT else whole - tax.amount
        return whole


def settle(fee: Money, taxes: Sequence[TaxDetails]) -> Settled:
    """Check and compute each tax of a fee; TaxRefused at the field of what is wrong."""
    if len({tax.kind for tax in taxes}) != len(taxes):
        raise TaxRefused(_("Each kind of tax is stated once."))
    return Settled(fee, tuple(_tax(fee, tax) for tax in taxes))


def _tax(fee: Money, details: TaxDetails) -> Tax:
    kind = TaxKind(details.kind)
    rate = _rate(kind, details.rate)
    amount = _amount(fee, kind, rate, details.amount)
    if amount and not details.reference.strip():
        paper = (
            _("the invoice that charges it")
            if kind is TaxKind.VAT
            else _("the certificate of what was withheld")
        )
        raise TaxRefused(
            _("Say on which paper this stands: %(paper)s.", paper=paper), field=f"{kind.value}_reference"
        )
    return Tax(kind, "" if rate is None else f"{rate:f}", amount, details.reference.strip())


def _rate(kind: TaxKind, rate: Decimal | None) -> Decimal | None:
    if rate is None:
        return None
    if not rate.is_finite() or not 0 <= rate <= 100 or not has_decimals(rate, RATE_DECIMALS):
        raise TaxRefused(
            _(
                "A rate is a number from 0 to 100 per cent, with at most %(rate_decimals)s decimals.",
                rate_decimals=RATE_DECIMALS,
            ),
            field=f"{kind.value}_rate",
        )
    return plain(rate)


def _amount(fee: Money, kind: TaxKind, rate: Decimal | None, stated: Money | None) -> Money:
    field = f"{kind.value}_amount"
    computed = None if rate is None else percent_of(fee, rate)
    if stated is None:
        if computed is None:
            raise TaxRefused(_("Give the rate or the amount of this tax."), field=field)
        return computed
    if stated.currency != fee.currency:
        raise TaxRefused(
            _("The contract is in %(currency)s, so its tax is too.", currency=fee.currency), field=field
        )
    if stated.minor < 0:
        raise TaxRefused(_("A tax is not negative."), field=field)
    if fee < stated:
        raise TaxRefused(
            _("The %(words)s is more than the fee of %(fee)s.", words=WORDS[kind], fee=fee), field=field
        )
    if computed is not None and computed != stated:
        raise TaxRefused(
            _(
                "%(rate)s %% of %(fee)s is %(computed)s, not %(stated)s. Leave one of the two empty, or "
                "put it right.",
                rate=rate,
                fee=fee,
                computed=computed,
                stated=stated,
            ),
            field=field,
        )
    return stated


def percent_of(whole: Money, percent: Decimal) -> Money:
    """A per cent of an amount, rounded half up to the minor unit."""
    exact = Decimal(whole.minor) * percent / 100
    return Money(int(exact.to_integral_value(ROUND_HALF_UP)), whole.currency)


def plain(number: Decimal) -> Decimal:
    """Without zeros at its end and without an exponent: 20.00 is 20, 1E+1 is 10."""
    return Decimal(f"{number.normalize():f}")


def has_decimals(number: Decimal, most: int) -> bool:
    """Whether a finite number has at most so many decimals."""
    exponent = number.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= most
