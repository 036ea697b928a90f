"""Reading the taxes of a payment."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.advisory.models import Engagement
from app.advisory.models_shares import SharePayout
from app.advisory.models_tax import PaymentTax
from app.advisory.policies_tax import Settled, Tax
from app.core.db import db


def settled_of(engagement: Engagement) -> Settled | None:
    """The payment of an engagement taken apart; None before it is paid."""
    if engagement.paid_fee is None:
        return None
    return Settled(engagement.paid_fee, _taxes(PaymentTax.engagement_id == engagement.id))


def settled_payout(payout: SharePayout) -> Settled:
    """A payout taken apart."""
    return Settled(payout.amount, _taxes(PaymentTax.payout_id == payout.id))


def _taxes(which: sa.ColumnElement[bool]) -> tuple[Tax, ...]:
    rows: Sequence[PaymentTax] = db.session.scalars(
        sa.select(PaymentTax).where(which).order_by(PaymentTax.id)
    ).all()
    return tuple(Tax(row.kind, row.rate, row.amount, row.reference) for row in rows)
