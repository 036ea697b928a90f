"""Rate cards, one version after the other, and the days between hospitality and a fee (A3, A4)."""

from datetime import timedelta

from flask_babel import gettext as _

from app.accounts import audit, operations_choices
from app.accounts.models import User
from app.advisory import policies_rates, queries
from app.advisory.details import RateCardDetails
from app.advisory.models import RateBand, RateCard
from app.core.db import db
from app.core.errors import DomainError
from app.core.versions import check_number


def set_rate_card(details: RateCardDetails, *, by: User, seen_number: int | None = None) -> RateCard:
    """Put a version of a rate card in force; the one before it ends the day before (A3).

    `seen_number` is the version it was written over. Raises Overtaken, CardOverlaps.
    """
    earlier = queries.versions_of(details.name)
    if earlier:
        check_number(earlier[-1], earlier[-1].number, seen_number)
    policies_rates.check_card(details, earlier)
    for card in earlier:
        if card.effective_to_on is None:
            before = audit.snapshot(card)
            card.effective_to_on = details.effective_from_on - timedelta(days=1)
            audit.record("advisory.rate_card_ended", card, by=by, before=before)
    card = RateCard(
        name=details.name, number=len(earlier) + 1, currency=details.currency, effective_from_on=details.effective_from_on,
        effective_to_on=details.effective_to_on,
    )  # fmt: skip
    card.bands = [RateBand(**band.model_dump()) for band in details.bands]
    db.session.add(card)
    audit.record("advisory.rate_card_set", card, by=by)
    return card


def set_cooling_off(n_days: int, *, by: User, seen_version: int | None = None) -> None:
    """Say how many days lie between hospitality and paid service; engagements cleared before keep their gate (A4)."""
    if not 0 <= n_days <= 730:
        raise DomainError(_("Give a number of days from 0 to 730."), field="n_days")
    said = {"n_days": n_days}
    operations_choices.choose(
        queries.COOLING_OFF, said, "advisory.cooling_off_set", by=by, seen_version=seen_version
    )
