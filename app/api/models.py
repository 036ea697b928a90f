"""Table of what was asked for under a key of the one who asks, so that asking twice acts once."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed_columns import SealedText


class ApiAnswer(Base):
    """A request that carried an Idempotency-Key: under way while `status` is empty, then what it was answered.

    The answer stands sealed, for it may hold what anybody's record says; the row goes after a day.
    """

    __tablename__ = "api_answer"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    key: Mapped[str] = mapped_column(sa.String(255))
    #: What was asked: method, address, type and body.
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    #: Drawn anew by whoever takes it up: a slow one whose place was taken cannot settle it.
    fence: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[int | None]
    body: Mapped[str] = mapped_column(SealedText("api_answer.body"), default="")
    media_type: Mapped[str] = mapped_column(sa.String(80), default="")
    location: Mapped[str] = mapped_column(sa.String(2000), default="")
    etag: Mapped[str] = mapped_column(sa.String(80), default="")
    made_at: Mapped[datetime] = mapped_column(index=True)
