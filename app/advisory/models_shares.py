"""Tables of affiliate shares: a part of what is sold by a person's link, its statements, its payouts, and tax apart."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Currency, Line, Prose, Versioned
from app.core.money import Money
from app.people.models import Person
from app.programs.models import Program


class ShareState(enum.StrEnum):
    DRAFTED = "drafted"
    APPROVED = "approved"
    RUNNING = "running"  # the contract is recorded
    ENDED = "ended"  # with a reason; after its contract also with a last day


class RateKind(enum.StrEnum):
    """What the commission is counted from."""

    PERCENT = "percent"  # per cent of net sales
    PER_SALE = "per_sale"  # a fixed amount for each sale


class StatementEvery(enum.StrEnum):
    """How long one statement may be at most."""

    MONTH = "month"
    QUARTER = "quarter"


class AffiliateShare(Versioned, Base):
    """One person's share of what is sold by their link or code: the other paid arrangement, always cash, always disclosable.

    There is no column for how many people somebody reaches, and none for anything they write.
    """

    __tablename__ = "affiliate_share"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    state: Mapped[ShareState] = mapped_column(default=ShareState.DRAFTED, index=True)
    covers: Mapped[Line]  # the product or service that is sold
    link: Mapped[Line]  # the link or code sales are counted by
    why: Mapped[Prose]
    rate_kind: Mapped[RateKind]
    #: Per cent of net sales as decimal text ("7.5"); empty where each sale earns a fixed amount.
    percent: Mapped[str] = mapped_column(sa.String(8), default="")
    per_sale_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[Currency]
    every: Mapped[StatementEvery]
    from_on: Mapped[date]
    to_on: Mapped[date | None]  # open ended without
    filed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    filed_by: Mapped[User] = relationship(foreign_keys=[filed_by_id])
    filed_at: Mapped[datetime]
    #: What the gate listed when it was approved: entries, day distances, sum (A4).
    gate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    approving_reason: Mapped[Prose] = mapped_column(default="")
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    approved_at: Mapped[datetime | None]
    second_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    second_by: Mapped[User | None] = relationship(foreign_keys=[second_by_id])
    second_at: Mapped[datetime | None]
    second_reason: Mapped[Prose] = mapped_column(default="")
    contract_reference: Mapped[Line] = mapped_column(default="")
    contract_party: Mapped[Line] = mapped_column(default="")
    contracted_on: Mapped[date | None]
    ended_on: Mapped[date | None]  # the last day, where it was ended before its time
    ended_reason: Mapped[Prose] = mapped_column(default="")
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])
    ended_at: Mapped[datetime | None]
    #: The last day on which its duties to disclose were looked after.
    duties_on: Mapped[date | None]

    @property
    def rate_percent(self) -> Decimal | None:
        return Decimal(self.percent) if self.percent else None

    @property
    def per_sale(self) -> Money | None:
        return None if self.per_sale_minor is None else Money(self.per_sale_minor, self.currency)

    @property
    def last_on(self) -> date | None:
        """The last day on which sales count; None while it is open ended."""
        return self.ended_on or self.to_on

    @property
    def is_contract_late(self) -> bool:
        """Whether the contract was signed after the first day on which sales counted (A5)."""
        return self.contracted_on is not None and self.contracted_on > self.from_on

    def runs_on(self, on: date) -> bool:
        """Whether sales of a day count: under contract, and inside its days."""
        is_inside = self.from_on <= on and (self.last_on is None or on <= self.last_on)
        return self.contracted_on is not None and is_inside


class SharePayout(Base):
    """One transfer for the statements that were due, and the one line of the book it became."""

    __tablename__ = "share_payout"

    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(sa.ForeignKey("affiliate_share.id"), index=True)
    share: Mapped[AffiliateShare] = relationship()
    paid_on: Mapped[date]
    payee: Mapped[Line]
    reference: Mapped[Line]
    #: The commission of its statements, without value-added tax and before any tax is withheld.
    amount: Mapped[Money] = composite(
        mapped_column("amount_minor", sa.BigInteger), mapped_column("amount_currency", sa.String(3))
    )
    entry_seq: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.seq"))
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(lazy="joined")
    made_at: Mapped[datetime]


class ShareStatement(Base):
    """What was sold in some days and what that earns. Never edited: a wrong one is taken back by one with minus amounts."""

    __tablename__ = "share_statement"

    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(sa.ForeignKey("affiliate_share.id"), index=True)
    share: Mapped[AffiliateShare] = relationship()
    from_on: Mapped[date]
    to_on: Mapped[date]
    n_sales: Mapped[int]
    net_sales: Mapped[Money] = composite(
        mapped_column("net_sales_minor", sa.BigInteger), mapped_column("net_sales_currency", sa.String(3))
    )
    commission: Mapped[Money] = composite(
        mapped_column("commission_minor", sa.BigInteger), mapped_column("commission_currency", sa.String(3))
    )
    #: How the commission was found, as shown to the person.
    calculation: Mapped[dict[str, Any]]
    evidence: Mapped[Line]  # where the figures stand: the sales report
    #: The statement this one takes back, and why.
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("share_statement.id"), unique=True)
    reason: Mapped[Prose] = mapped_column(default="")
    payout_id: Mapped[int | None] = mapped_column(sa.ForeignKey("share_payout.id"), index=True)
    payout: Mapped[SharePayout | None] = relationship()
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(lazy="joined")
    made_at: Mapped[datetime]
