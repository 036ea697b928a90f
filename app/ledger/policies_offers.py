"""Decisions about offers: what may be planned this way, when a reason is needed, what may still become of one (L5, L7); pure."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.i18n import words
from app.ledger.details_offers import OfferDetails
from app.ledger.models import Basis, Category, Form
from app.ledger.models_offers import LIVE_OFFERS, OfferState, PlannedOffer

#: What is offered without a room of its own: travel, fees, loans and access are planned where they are booked.
OFFERABLE = (
    Category.GIFT, Category.MEAL, Category.ENTERTAINMENT, Category.EVENT_PASS, Category.DISCOUNT, Category.DONATION_FOR,
    Category.OTHER,
)  # fmt: skip
OFFER_FORMS = (Form.IN_KIND_VENDOR, Form.IN_KIND_OWN)
OFFER_BASES = (Basis.LIST_PRICE, Basis.ACTUAL_COST, Basis.ESTIMATE)


class OfferRefused(DomainError):
    """An offer that cannot be planned, or of which nothing can become any more."""


class ReasonNeeded(DomainError):
    """A limit or a rule stands against an offer, so whoever wants it says why and compliance decides (L7, L8)."""

    def __init__(self, name: str, objections: Sequence[str]) -> None:
        said = " ".join(f"{one.rstrip('.')}." for one in objections)
        super().__init__(
            _(
                "%(name)s: %(said)s Say why it should be offered all the same, and compliance is "
                "asked; or choose something else.",
                name=name,
                said=said,
            ),
            field="reason",
        )


def check_offer(details: OfferDetails, today: date) -> None:
    """An offer is of a kind that is planned here, worth something, and lies ahead."""
    if details.category not in OFFERABLE or details.form not in OFFER_FORMS:
        raise OfferRefused(
            _("Travel, fees, loans and access are planned where they are booked."), field="category"
        )
    if details.money.minor <= 0:
        raise OfferRefused(
            _("Say what it is worth; something without a price is access, and is counted."), field="amount"
        )
    if details.expected_on < today:
        raise OfferRefused(_("This day has passed. Enter what was given instead."), field="expected_on")


def check_live(offer: PlannedOffer) -> None:
    """Nothing more becomes of an offer that was refused, declined, withdrawn or given."""
    if offer.state not in LIVE_OFFERS:
        raise OfferRefused(_("This offer was %(state)s already.", state=words(offer.state).lower()))


def check_giving(offer: PlannedOffer) -> None:
    """What waits for compliance is not given."""
    check_live(offer)
    if offer.state is OfferState.WAITING:
        raise OfferRefused(_("Compliance has not decided about this offer yet."))
