"""Files of an engagement: the signed contract and what was delivered, beside the record and never replaced (A5)."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.advisory.models import Engagement
from app.core.db import Base, Prose
from app.core.models import StoredFile


class FilePart(enum.StrEnum):
    """Which part of an engagement a file belongs to."""

    CONTRACT = "contract"
    DELIVERABLE = "deliverable"


class EngagementFile(Base):
    """One file of a contract or a delivery. A better version is one more row: what was there stays to be seen."""

    __tablename__ = "engagement_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"), index=True)
    engagement: Mapped[Engagement] = relationship()
    part: Mapped[FilePart]
    #: Empty when the file went with the person it named (P8); that it was there, since when and by whom, stays.
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    file: Mapped[StoredFile | None] = relationship(lazy="joined")
    note: Mapped[Prose] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
    added_at: Mapped[datetime]
