"""Keeping the taxes of a payment beside it (A5, c43)."""

from app.accounts import audit
from app.accounts.models import User
from app.advisory.models import Engagement
from app.advisory.models_shares import SharePayout
from app.advisory.models_tax import PaymentTax, TaxKind
from app.advisory.policies_tax import Settled
from app.core.db import db


def keep(
    settled: Settled, *, engagement: Engagement | None = None, payout: SharePayout | None = None, by: User
) -> None:
    """Write down each tax of a payment, with the engagement or the payout it belongs to."""
    for tax in settled.taxes:
        row = PaymentTax(
            engagement_id=engagement.id if engagement else None, payout_id=payout.id if payout else None,
            kind=tax.kind, rate=tax.rate, amount=tax.amount, reference=tax.reference,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        audit.record("advisory.tax_kept", row, by=by)


def word_of(settled: Settled) -> str:
    """What the entry of the fee says of tax: that it is not included, where any is charged on top."""
    return "not_included" if any(tax.kind is TaxKind.VAT and tax.amount for tax in settled.taxes) else ""
