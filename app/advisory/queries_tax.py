"""Reading the taxes of a payment."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from app.advisory.models import Engagement
from app.advisory.models_shares import SharePayout
from app.advisory.models_tax import PaymentTax
from app.advisory.policies_tax import Settled, Tax
from app.core.db import db


def settled_of(engagement: Engagement) -> Settled | None:
    """The payment of an engagement taken apart; None before it is paid."""
    return settled_of_each([engagement]).get(engagement.id)


def settled_of_each(engagements: Sequence[Engagement]) -> dict[int, Settled]:
    """The same of several, without those that are not paid, in one query."""
    paid = {one.id: one.paid_fee for one in engagements if one.paid_fee is not None}
    taxes = _taxes_by(PaymentTax.engagement_id, list(paid))
    return {id: Settled(fee, tuple(taxes[id])) for id, fee in paid.items()}


def settled_payout(payout: SharePayout) -> Settled:
    """A payout taken apart."""
    return settled_payouts([payout])[payout.id]


def settled_payouts(payouts: Sequence[SharePayout]) -> dict[int, Settled]:
    """Payouts taken apart, in one query."""
    taxes = _taxes_by(PaymentTax.payout_id, [one.id for one in payouts])
    return {one.id: Settled(one.amount, tuple(taxes[one.id])) for one in payouts}


def _taxes_by(column: InstrumentedAttribute[int | None], ids: Sequence[int]) -> dict[int, list[Tax]]:
    found: dict[int, list[Tax]] = {id: [] for id in ids}
    if ids:
        wanted = sa.select(column, PaymentTax).where(column.in_(ids)).order_by(PaymentTax.id)
        for id, row in db.session.execute(wanted):
            if id is not None:
                found[id].append(_tax(row))
    return found


def _tax(row: PaymentTax) -> Tax:
    return Tax(row.kind, row.rate, row.amount, row.reference)
