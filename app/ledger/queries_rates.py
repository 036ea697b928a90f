"""The exchange rate that is frozen with an entry: the company's own first, then the ECB's (L2)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.core import fx
from app.core.db import db
from app.core.errors import DomainError
from app.core.models import TreasuryRate
from app.core.money import MAX_MINOR, Money


class RateNeeded(DomainError):
    """There is no rate for a pair and day; the message says what to enter (L2)."""


class FrozenRate(Struct, frozen=True):
    """A rate as it is stored: decimal text, the day it was quoted, and by whom."""

    text: str
    on: date | None
    source: str

    def apply(self, money: Money, currency: str) -> Money:
        """The money in another currency, half a minor unit away from zero."""
        return (
            money
            if money.currency == currency
            else Money(self.convert(money.minor, money.currency, currency), currency)
        )

    def convert(self, minor: int, from_currency: str, to_currency: str) -> int:
        """The same in plain minor units."""
        converted = fx.convert(minor, from_currency, to_currency, Decimal(self.text))
        if abs(converted) > MAX_MINOR:
            raise RateNeeded(_("This amount is too large to be true."), field="amount")
        return converted


SAME = FrozenRate("1", None, "")


def frozen_rate(from_currency: str, to_currency: str, on: date) -> FrozenRate:
    """The rate of a day: a treasury rate of the pair and day goes before the ECB; RateNeeded if there is none."""
    if from_currency == to_currency:
        return SAME
    try:
        rate = fx.RateBook(_manual(from_currency, to_currency, on)).rate(from_currency, to_currency, on)
    except fx.RateMissing as error:
        raise RateNeeded(str(error), field="currency") from None
    return FrozenRate(rate.text, rate.on, rate.source)


def _manual(from_currency: str, to_currency: str, on: date) -> list[fx.ManualRate]:
    wanted = (
        sa.select(TreasuryRate)
        .where(
            TreasuryRate.from_currency == from_currency,
            TreasuryRate.to_currency == to_currency,
            TreasuryRate.valid_from_on <= on,
            TreasuryRate.valid_to_on >= on,
        )
        .order_by(TreasuryRate.valid_from_on.desc(), TreasuryRate.id.desc())
        .limit(1)
    )
    return [
        fx.ManualRate(
            row.from_currency,
            row.to_currency,
            row.valid_from_on,
            row.valid_to_on,
            Decimal(row.rate),
            row.source,
        )
        for row in db.session.scalars(wanted)
    ]


def list_treasury_rates() -> Sequence[TreasuryRate]:
    """All rates the company entered itself, newest first."""
    order = (TreasuryRate.valid_from_on.desc(), TreasuryRate.from_currency, TreasuryRate.id.desc())
    return db.session.scalars(sa.select(TreasuryRate).order_by(*order)).all()
