"""The words of what was open to everybody at a large event; its numbers are a line of the chain (c8)."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Line, Prose
from app.ledger.models_book import Entry


class GeneralItem(Base):
    """What was there for all: the entry holds event, day, cost and how many attended, and no person."""

    __tablename__ = "ledger_general"

    entry_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), primary_key=True)
    entry: Mapped[Entry] = relationship(lazy="joined")
    title: Mapped[Line]
    provider: Mapped[Line] = mapped_column(default="")
    external_ref: Mapped[Line] = mapped_column(default="")
    #: Why it comes after its days were closed (L12).
    late_reason: Mapped[Prose] = mapped_column(default="")
