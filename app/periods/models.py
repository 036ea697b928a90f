"""Tables of periods: the period, who attested it, what was issued, what people said about their lines."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.accounts.models import Role, User
from app.core.db import Base, Line, Prose
from app.core.money import Money
from app.people.models import Person


class PeriodKind(enum.StrEnum):
    QUARTER = "quarter"
    YEAR = "year"


class PeriodState(enum.StrEnum):
    """Where a period stands (L12); an attestation counts only for the lines it was given for."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    ATTESTED = "attested"
    LOCKED = "locked"
    PUBLISHED = "published"
    REISSUED = "reissued"


class Period(Base):
    """A quarter or a year of value dates."""

    __tablename__ = "period"
    __table_args__ = (
        sa.UniqueConstraint("kind", "from_on", name="uq_period_kind_from_on"),
        sa.CheckConstraint("from_on < to_on AND to_on < closes_on", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PeriodKind]
    name: Mapped[Line] = mapped_column(unique=True)
    from_on: Mapped[date]
    to_on: Mapped[date]
    #: Until the day before, people may review their lines; from this day on it may be locked.
    closes_on: Mapped[date]
    #: As in force when the period was opened (L13).
    n_review_days: Mapped[int]
    state: Mapped[PeriodState] = mapped_column(default=PeriodState.OPEN)
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    review_opened_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]


class Attestation(Base):
    """Somebody says of these lines: timely, accurate, complete. Other lines need new words."""

    __tablename__ = "period_attestation"
    __table_args__ = (
        sa.UniqueConstraint("period_id", "role", "content_hash", name="uq_period_attestation_role"),
        sa.UniqueConstraint("period_id", "user_id", "content_hash", name="uq_period_attestation_user"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(sa.ForeignKey("period.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship(lazy="joined")
    #: The role in which it was said.
    role: Mapped[Role]
    #: Of the lines that were looked at.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]


class Issue(Base):
    """One report of a period as it left the house; its lines are those of the book up to `last_seq`."""

    __tablename__ = "period_issue"
    __table_args__ = (sa.UniqueConstraint("period_id", "number", name="uq_period_issue_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(sa.ForeignKey("period.id"), index=True)
    period: Mapped[Period] = relationship(lazy="joined")
    number: Mapped[int]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    issued_by: Mapped[User | None] = relationship(lazy="joined")
    last_seq: Mapped[int]
    #: Entry number to state of its dispute, as they were then.
    disputes: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    n_lines: Mapped[int]
    #: Why it was issued again; empty for the first.
    reason: Mapped[Prose] = mapped_column(default="")
    #: The note on the method, as the settings were then (c43): {"notes": [[title, text], ...]}.
    methodology: Mapped[dict[str, Any]]
    #: The signed head of the book.
    checkpoint: Mapped[Prose]
    published_at: Mapped[datetime | None]


class DisputeState(enum.StrEnum):
    """What became of a dispute (c39); only the first and the last wait for somebody."""

    OPEN = "open"
    RESOLVED_CHANGED = "resolved_changed"
    RESOLVED_NO_CHANGE = "resolved_no_change"
    WITHDRAWN = "withdrawn"
    UNRESOLVED_AT_CLOSE = "unresolved_at_close"


#: Somebody still has to decide.
WAITING = (DisputeState.OPEN, DisputeState.UNRESOLVED_AT_CLOSE)
#: Somebody decided.
RESOLVED = (DisputeState.RESOLVED_CHANGED, DisputeState.RESOLVED_NO_CHANGE)


class Dispute(Base):
    """A person says that one of their lines is wrong, and what would be right."""

    __tablename__ = "dispute"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    entry_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), index=True)
    #: The person's own words.
    reason: Mapped[Prose]
    proposed: Mapped[Money | None] = composite(
        mapped_column("proposed_minor", sa.BigInteger, nullable=True),
        mapped_column("proposed_currency", sa.String(3), nullable=True),
    )
    state: Mapped[DisputeState] = mapped_column(default=DisputeState.OPEN, index=True)
    #: Who answers for it; compliance as a whole when nobody owns the relationship.
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    due_on: Mapped[date]
    #: The day that decides in which period's list it stands: of the line, or of today once its period is locked.
    listed_on: Mapped[date]
    #: Its period was locked already.
    is_late: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id], lazy="joined")
    answer: Mapped[Prose] = mapped_column(default="")


class DisputeChange(Base):
    """One line that a dispute changed: the old one, what takes it back, and what stands instead."""

    __tablename__ = "dispute_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(sa.ForeignKey("dispute.id"), index=True)
    old_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), unique=True)
    reversal_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"))
    new_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), unique=True)


class Confirmation(Base):
    """A person says that one of their lines is right."""

    __tablename__ = "line_confirmation"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    entry_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), unique=True)
    at: Mapped[datetime]
