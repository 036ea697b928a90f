"""The company's own exchange rates, entered with their source (L2)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, fx
from app.core.db import db
from app.core.errors import DomainError
from app.core.models import TreasuryRate
from app.core.money import digits_of
from app.ledger.details import TreasuryRateDetails


class RateRefused(DomainError):
    """A rate that cannot be right."""


def set_treasury_rate(details: TreasuryRateDetails, *, by: User | None) -> TreasuryRate:
    """Put a rate in force for some days; it goes before the ECB for its pair. Entries already posted keep theirs (L2)."""
    _check(details)
    rate = TreasuryRate(
        from_currency=details.from_currency, to_currency=details.to_currency, valid_from_on=details.valid_from_on,
        valid_to_on=details.valid_to_on, rate=f"{details.rate:f}", source=details.source, entered_at=clock.now(),
        entered_by_id=by.id if by else None,
    )  # fmt: skip
    db.session.add(rate)
    audit.record("ledger.treasury_rate_set", rate, by=by)
    return rate


def _check(details: TreasuryRateDetails) -> None:
    if details.from_currency == details.to_currency:
        raise RateRefused(_("Choose two different currencies."), field="to_currency")
    for field in ("from_currency", "to_currency"):
        try:
            digits_of(getattr(details, field))
        except ValueError:
            raise RateRefused(
                _("This is not a currency code. Use three letters, for example GBP."), field=field
            ) from None
    if len(details.source.strip()) < 3:
        raise RateRefused(_("Name the source, so that an auditor can look the rate up."), field="source")
    if details.valid_to_on < details.valid_from_on:
        raise RateRefused(_("A rate cannot end before it begins."), field="valid_to_on")
    try:
        fx.ManualRate(
            details.from_currency,
            details.to_currency,
            details.valid_from_on,
            details.valid_to_on,
            details.rate,
            details.source,
        )
    except ValueError as error:
        raise RateRefused(str(error), field="rate") from None
    if len(f"{details.rate:f}") > 40:
        raise RateRefused(_("A rate has at most 40 characters."), field="rate")
