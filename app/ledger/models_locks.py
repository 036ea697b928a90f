"""Days that are closed: what is given on them and entered later is an adjustment (L12, c41)."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Line


class LockedDays(Base):
    """A closed run of days. Entries of these days up to `last_seq` were reported; later ones are adjustments."""

    __tablename__ = "ledger_lock"
    __table_args__ = (sa.CheckConstraint("from_on <= to_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The period, as sentences name it: "Q4 2026".
    name: Mapped[Line] = mapped_column(unique=True)
    from_on: Mapped[date]
    to_on: Mapped[date]
    #: The last entry of the book when the days were closed.
    last_seq: Mapped[int]
    locked_at: Mapped[datetime]
