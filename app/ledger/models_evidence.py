"""Tables beside the book: files that prove an entry, and what became of things that were lent."""

import enum
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Prose
from app.core.models import StoredFile
from app.ledger.models_book import Entry


class EntryFile(Base):
    """A file that proves an entry. It is added beside the entry, never in it: the entry does not change (L1)."""

    __tablename__ = "ledger_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), index=True)
    entry: Mapped[Entry] = relationship()
    #: Empty when the file had to go because it named somebody who was erased (P8); it still counts as seen.
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    file: Mapped[StoredFile | None] = relationship(lazy="joined")
    note: Mapped[Prose] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
    added_at: Mapped[datetime]


class LoanState(enum.StrEnum):
    OUT = "out"
    WRITE_OFF_ASKED = "write_off_asked"
    RETURNED = "returned"
    WRITTEN_OFF = "written_off"
    CONVERTED = "converted"  # it became a gift, at what it was still worth


class Loan(Base):
    """When a lent thing is due back, and how it ended (L6)."""

    __tablename__ = "ledger_loan"

    entry_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), primary_key=True)
    entry: Mapped[Entry] = relationship(foreign_keys=[entry_seq])
    due_on: Mapped[date] = mapped_column(index=True)
    #: Days after the due day before it counts as overdue.
    grace_days: Mapped[int] = mapped_column(default=0)
    state: Mapped[LoanState] = mapped_column(default=LoanState.OUT)
    reason: Mapped[Prose] = mapped_column(default="")
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_id], lazy="joined")
    ended_on: Mapped[date | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id], lazy="joined")
    #: When owner and person were told that the day comes, and that it has passed: once each.
    told_due_at: Mapped[datetime | None]
    told_overdue_at: Mapped[datetime | None]
    #: The gift it was turned into.
    gift_seq: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.seq"))

    @property
    def last_day(self) -> date:
        """The last day on which it is not overdue."""
        return self.due_on + timedelta(days=self.grace_days)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_LOANS


#: Asking for a write-off does not end a loan.
OPEN_LOANS = frozenset({LoanState.OUT, LoanState.WRITE_OFF_ASKED})
