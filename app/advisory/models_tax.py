"""Tax of a payment, apart from what is paid for the work: one row per kind."""

import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.advisory.models import Engagement
from app.advisory.models_shares import SharePayout
from app.core.db import Base, Line
from app.core.money import Money


class TaxKind(enum.StrEnum):
    """VAT is transferred on top of the fee; withholding is kept back from it and goes to the tax office."""

    VAT = "vat"
    WITHHOLDING = "withholding"


class PaymentTax(Base):
    """One tax of one payment of an engagement or of an affiliate share; never a part of what the person was given."""

    __tablename__ = "payment_tax"
    __table_args__ = (
        sa.UniqueConstraint("engagement_id", "kind"),
        sa.UniqueConstraint("payout_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    engagement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("engagement.id"), index=True)
    engagement: Mapped[Engagement | None] = relationship()
    payout_id: Mapped[int | None] = mapped_column(sa.ForeignKey("share_payout.id"), index=True)
    payout: Mapped[SharePayout | None] = relationship()
    kind: Mapped[TaxKind]
    #: Per cent as decimal text ("20"); empty where only the amount was stated.
    rate: Mapped[str] = mapped_column(sa.String(8), default="")
    amount: Mapped[Money] = composite(
        mapped_column("minor", sa.BigInteger), mapped_column("currency", sa.String(3))
    )
    reference: Mapped[Line]  # the invoice that charges it, the certificate of what was withheld
