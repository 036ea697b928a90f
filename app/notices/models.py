"""Table of notices."""

import enum
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Prose


class Urgency(enum.StrEnum):
    NOW = "now"
    SOON = "soon"
    INFO = "info"


class Notice(Base):
    """Something a user, or everybody of a role, must know or do; it stays until somebody has dealt with it."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.CheckConstraint("(user_id IS NULL) <> (role IS NULL)", name="to_one"),
        sa.Index("ix_notice_open_role", "role", "done_at"),
        sa.Index("ix_notice_open_user", "user_id", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    role: Mapped[str | None] = mapped_column(sa.String(40))  # a value of accounts.models.Role
    urgency: Mapped[Urgency] = mapped_column(default=Urgency.SOON)
    message: Mapped[Prose]
    #: What it is about: `url_for(f"{source_kind}.show", id=source_id)`.
    source_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    source_id: Mapped[int | None]
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    @property
    def heading(self) -> str:
        """The urgency in words, for a list in groups."""
        return str(
            {Urgency.NOW: _("Cannot wait"), Urgency.SOON: _("Soon"), Urgency.INFO: _("To know")}[self.urgency]
        )
