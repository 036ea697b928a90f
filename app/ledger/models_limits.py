"""Tables of what limits and shares value: commitments, caps, breaches, exceptions, shared costs."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Currency, Line, Prose, Versioned
from app.core.money import Money
from app.ledger.models_book import Category, Leg
from app.people.models import OrganisationKind, Person
from app.programs.models import Program


class CommitmentStage(enum.StrEnum):
    PLANNED = "planned"
    COMMITTED = "committed"
    SETTLED = "settled"  # became an entry
    RELEASED = "released"  # will not happen
    BORNE = "borne"  # charged, but nobody received it: our own cost


#: How the part of a source begins that is the promise of an invitation: value of the whole, whatever room books it later (E4).
PROMISE = "promise:"


class Commitment(Base):
    """Value that is planned or booked but not yet given; part of the exposure that caps weigh (L7)."""

    __tablename__ = "commitment"
    __table_args__ = (sa.UniqueConstraint("source_kind", "source_part", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(index=True)
    category: Mapped[Category]
    expected_on: Mapped[date]
    stage: Mapped[CommitmentStage]
    reporting: Mapped[Money] = composite(
        mapped_column("reporting_minor", sa.BigInteger), mapped_column("reporting_currency", sa.String(3))
    )
    source_kind: Mapped[str] = mapped_column(sa.String(40))  # the room
    source_part: Mapped[str] = mapped_column(sa.String(40))  # leg, stay, transfer, ...
    source_id: Mapped[int]
    made_at: Mapped[datetime]


class CapWindow(enum.StrEnum):
    CALENDAR_YEAR = "calendar_year"
    ROLLING_DAYS = "rolling_days"


class Cap(Versioned, Base):
    """A limit on what one person may receive, with dates; the one in force on the value date applies (L7, L9)."""

    __tablename__ = "cap"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line]
    leg: Mapped[Leg] = mapped_column(default=Leg.NON_CASH)
    #: Empty means any.
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"))
    category: Mapped[Category | None]
    #: Which people it limits; all that is set must hold on the value date.
    is_for_officials: Mapped[bool] = mapped_column(default=False)
    is_for_employed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: The code of a kind of person, which never changes; empty for any.
    kind_code: Mapped[Line] = mapped_column(default="", server_default=sa.text("''"))
    employer_kind: Mapped[OrganisationKind | None]
    #: The cap whose place it took: a change makes a new dated rule (L9).
    replaces_id: Mapped[int | None]
    window: Mapped[CapWindow] = mapped_column(default=CapWindow.CALENDAR_YEAR)
    n_days: Mapped[int | None]
    currency: Mapped[Currency]
    soft_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    hard_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    effective_from_on: Mapped[date]
    effective_to_on: Mapped[date | None]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]

    @property
    def soft(self) -> Money | None:
        return None if self.soft_minor is None else Money(self.soft_minor, self.currency)

    @property
    def hard(self) -> Money | None:
        return None if self.hard_minor is None else Money(self.hard_minor, self.currency)


class BreachLevel(enum.StrEnum):
    WARN = "warn"
    BLOCK = "block"


class Breach(Base):
    """A recorded fact crossed a cap or a rule; compliance deals with it."""

    __tablename__ = "breach"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    entry_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), index=True)
    cap_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cap.id"))
    level: Mapped[BreachLevel]
    rule: Mapped[Line]
    exposure: Mapped[Money | None] = composite(
        mapped_column("exposure_minor", sa.BigInteger, nullable=True),
        mapped_column("exposure_currency", sa.String(3), nullable=True),
    )
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    outcome: Mapped[Prose] = mapped_column(default="")


class ExceptionState(enum.StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the one who asked, before an answer
    VOID = "void"  # what had been approved was changed; a new request asks again (c9)


class Approver(enum.StrEnum):
    """Who can be named to approve what a rule reserves; nobody else can."""

    COMPLIANCE = "compliance"
    OWNER = "owner"  # whoever owns the relationship with the person
    ADMIN = "admin"


class RuleException(Base):
    """An approval: a reasoned permission, for one person and until a date, of what a rule forbids or reserves (L8, c20)."""

    __tablename__ = "rule_exception"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    rule: Mapped[
        Line
    ]  # the code of the rule: "cap:3", "travel_class", "acknowledgement", "cooling_off", "public_official"
    #: Whom the rule names to decide.
    approver: Mapped[Approver] = mapped_column(
        default=Approver.COMPLIANCE, server_default=Approver.COMPLIANCE
    )
    #: The rule as it read when the question was asked; it stays when the rule changes (L9).
    quoted: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    subject_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    subject_id: Mapped[int | None]
    #: Users who host or gain by it: none of them may decide (L8).
    host_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    reason: Mapped[Prose]
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    asked_at: Mapped[datetime]
    state: Mapped[ExceptionState] = mapped_column(default=ExceptionState.ASKED)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    on_behalf_of: Mapped[User | None] = relationship(foreign_keys=[on_behalf_of_id])
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[Prose] = mapped_column(default="")
    expires_on: Mapped[date]
    #: Whoever approved confirmed in writing that the law of the official's country allows it (c20).
    is_law_confirmed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: What stands on it, by source ("travel:leg:3:7"): amount, day, category, recipient, class. A change voids it (c9).
    #: Never empty in truth: engines compare no default of a document, so it has none and old rows are filled.
    terms: Mapped[dict[str, dict[str, str]]] = mapped_column(sa.JSON, default=dict, nullable=True)
    #: The approval that was void when this one was asked for; the earlier version stays readable (c9).
    earlier_id: Mapped[int | None]


class SharedCost(Base):
    """One bill for several heads, split over those who took part, staff included (L3)."""

    __tablename__ = "shared_cost"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[Line]
    category: Mapped[Category]
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"))
    program: Mapped[Program] = relationship()
    event_id: Mapped[int | None]
    place: Mapped[Line] = mapped_column(default="")
    value_on: Mapped[date]
    cost: Mapped[Money] = composite(
        mapped_column("cost_minor", sa.BigInteger), mapped_column("cost_currency", sa.String(3))
    )
    provider: Mapped[Line] = mapped_column(default="")
    external_ref: Mapped[Line] = mapped_column(default="")  # the receipt
    priced_on: Mapped[date | None]
    made_at: Mapped[datetime]
    heads: Mapped[list["SharedHead"]] = relationship(back_populates="shared_cost", order_by="SharedHead.id")

    def share_of(self, head: "SharedHead") -> Money:
        """What falls on one head; nothing on the absent."""
        return Money(head.share_minor or 0, self.cost.currency)


class SharedHead(Base):
    """One seat at the table: an outside expert, or a host by name."""

    __tablename__ = "shared_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    shared_cost_id: Mapped[int] = mapped_column(sa.ForeignKey("shared_cost.id"), index=True)
    shared_cost: Mapped[SharedCost] = relationship(back_populates="heads")
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship()
    host_name: Mapped[Line] = mapped_column(default="")
    #: Somebody from outside who is no record of ours: a head like a host, on nobody's account.
    is_guest: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    took_part: Mapped[bool] = mapped_column(default=True)
    share_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    entry_seq: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.seq"))
