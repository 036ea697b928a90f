"""Tables of advisory work: needs, rate cards, engagements, alternatives, advice."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Country, Currency, Line, Minor, Prose, Versioned
from app.core.money import Money
from app.ledger.models import Category
from app.people.models import Person
from app.programs.models import Goal, Program


class NeedState(enum.StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    CLOSED = "closed"


class Need(Versioned, Base):
    """Why advice is wanted, written before anybody is named (A1)."""

    __tablename__ = "need"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"))
    goal: Mapped[Goal | None] = relationship()
    title: Mapped[Line]
    question: Mapped[Prose]
    deliverable: Mapped[Prose]
    decision: Mapped[Prose]  # the decision it serves, and by when
    why_outside: Mapped[Prose]
    criteria: Mapped[Prose]
    #: How many people are needed; no more may be proposed at a time.
    n_people: Mapped[int] = mapped_column(default=1)
    #: Knowledge flows from the expert to the company; a briefing the other way is never paid.
    is_from_expert_to_company: Mapped[bool]
    state: Mapped[NeedState] = mapped_column(default=NeedState.DRAFT)
    filed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    filed_by: Mapped[User] = relationship(foreign_keys=[filed_by_id])
    filed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    approved_at: Mapped[datetime | None]
    closed_reason: Mapped[Prose] = mapped_column(default="")


class RateCard(Base):
    """What advice may cost, by tier of expertise, country and activity; a change is a new version (A3)."""

    __tablename__ = "rate_card"
    __table_args__ = (sa.UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line]
    number: Mapped[int]
    currency: Mapped[Currency]
    effective_from_on: Mapped[date]
    effective_to_on: Mapped[date | None]
    bands: Mapped[list["RateBand"]] = relationship(back_populates="card", order_by="RateBand.id")


class RateBand(Base):
    """The maximum per hour or per day for one tier and activity."""

    __tablename__ = "rate_band"

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(sa.ForeignKey("rate_card.id"), index=True)
    card: Mapped[RateCard] = relationship(back_populates="bands")
    tier: Mapped[str] = mapped_column(sa.String(8))
    country: Mapped[Country | None]  # empty: any
    activity: Mapped[Category]
    per: Mapped[str] = mapped_column(sa.String(8))  # "hour" or "day"
    maximum_minor: Mapped[Minor]
    #: Preparation and travel time, as per cent of the rate.
    n_preparation_percent: Mapped[int] = mapped_column(default=100)
    n_travel_percent: Mapped[int] = mapped_column(default=50)

    @property
    def rate(self) -> Money:
        return Money(self.maximum_minor, self.card.currency)


class EngagementState(enum.StrEnum):
    PROPOSED = "proposed"
    CLEARED = "cleared"
    CONTRACTED = "contracted"
    IN_DELIVERY = "in_delivery"
    DELIVERED = "delivered"
    PAYABLE = "payable"
    PAID = "paid"
    CLOSED = "closed"
    DECLINED = "declined"
    TERMINATED = "terminated"


class Engagement(Versioned, Base):
    """One person's paid work for one need, step by step (A5)."""

    __tablename__ = "engagement"

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    need: Mapped[Need] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    state: Mapped[EngagementState] = mapped_column(default=EngagementState.PROPOSED)
    category: Mapped[Category] = mapped_column(default=Category.WORKSHOP_FEE)
    why_this_person: Mapped[Prose]
    alternatives: Mapped[list["Alternative"]] = relationship(
        back_populates="engagement", order_by="Alternative.id"
    )
    band_id: Mapped[int] = mapped_column(sa.ForeignKey("rate_band.id"))
    band: Mapped[RateBand] = relationship()
    fee: Mapped[Money] = composite(
        mapped_column("fee_minor", sa.BigInteger), mapped_column("fee_currency", sa.String(3))
    )
    #: The stored calculation of the allowed maximum, as shown to the person.
    calculation: Mapped[dict[str, Any]]
    service_on: Mapped[date]
    #: What the gate listed when it was cleared: entries, day distances, sum.
    gate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    clearing_reason: Mapped[Prose] = mapped_column(default="")
    cleared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    cleared_by: Mapped[User | None] = relationship(foreign_keys=[cleared_by_id])
    cleared_at: Mapped[datetime | None]
    #: A second approver, where somebody who decides here also hosted or chose the person (A4).
    second_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    second_by: Mapped[User | None] = relationship(foreign_keys=[second_by_id])
    second_at: Mapped[datetime | None]
    second_reason: Mapped[Prose] = mapped_column(default="")
    contract_reference: Mapped[Line] = mapped_column(default="")
    contract_party: Mapped[Line] = mapped_column(default="")
    contracted_on: Mapped[date | None]
    #: What the contract allows in expenses on receipts, in the currency of the fee; apart from the fee.
    expenses_limit_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    delivered_on: Mapped[date | None]
    #: Hours or days really worked, as the band counts them: decimal as text.
    delivered_units: Mapped[str] = mapped_column(sa.String(12), default="")
    delivery_evidence: Mapped[Prose] = mapped_column(default="")
    payable_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    payable_by: Mapped[User | None] = relationship(foreign_keys=[payable_by_id])
    payable_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    payment_reference: Mapped[Line] = mapped_column(default="")
    #: The fee that was paid: without value-added tax, before any tax was withheld (`models_tax.PaymentTax`).
    paid_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    paid_currency: Mapped[Currency] = mapped_column(default="", server_default=sa.text("''"))
    #: The two ledger entries the payment became, on the cash leg.
    entry_seq: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.seq"))
    expenses_entry_seq: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.seq"))
    ended_reason: Mapped[Prose] = mapped_column(default="")  # why it was declined or ended early
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    proposed_at: Mapped[datetime]

    @property
    def expenses_limit(self) -> Money | None:
        return (
            None if self.expenses_limit_minor is None else Money(self.expenses_limit_minor, self.fee.currency)
        )

    @property
    def paid_fee(self) -> Money | None:
        return None if self.paid_minor is None else Money(self.paid_minor, self.paid_currency)

    @property
    def is_contract_late(self) -> bool:
        """Whether the contract was signed after the service (A5)."""
        served_on = self.delivered_on or self.service_on
        return self.contracted_on is not None and self.contracted_on > served_on


class Alternative(Base):
    """Somebody else who was considered for the same need, inside the program or not (A2)."""

    __tablename__ = "alternative"

    id: Mapped[int] = mapped_column(primary_key=True)
    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"), index=True)
    engagement: Mapped[Engagement] = relationship(back_populates="alternatives")
    #: Empty for somebody who is not in Rapport.
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship()
    name: Mapped[Line]
    evidence: Mapped[Prose] = mapped_column(default="")
    why_not: Mapped[Prose]


class Advice(Versioned, Base):
    """One recommendation that was given, and what became of it (G9)."""

    __tablename__ = "advice"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"), index=True)
    engagement: Mapped[Engagement] = relationship()
    question: Mapped[Prose]
    advice: Mapped[Prose]
    decision: Mapped[Prose] = mapped_column(default="")
    is_adopted: Mapped[bool | None]
    told_on: Mapped[date | None]
    made_at: Mapped[datetime]
