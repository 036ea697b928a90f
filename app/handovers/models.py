"""Table of hand-overs: from whom, to whom, from when, and what was moved."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Prose


class HandOver(Base):
    """One step in which somebody's people, asks, approvals and the rest went to others (P1); undone, never removed."""

    __tablename__ = "hand_over"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    from_user: Mapped[User] = relationship(foreign_keys=[from_user_id], lazy="joined")
    #: The successor, where no other was named for a person.
    to_user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    to_user: Mapped[User] = relationship(foreign_keys=[to_user_id], lazy="joined")
    from_at: Mapped[datetime]
    from_on: Mapped[date]
    reason: Mapped[Prose] = mapped_column(default="")
    #: The numbers that were restated and then moved: {"people": 38, "asks": 5, ...}.
    moved: Mapped[dict[str, Any]]
    #: Letters in the outbox that were written again in the name of a successor.
    readdressed_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    #: Whether the login was closed in the same step.
    is_login_closed: Mapped[bool] = mapped_column(default=False)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])

    @property
    def is_undone(self) -> bool:
        return self.undone_at is not None
