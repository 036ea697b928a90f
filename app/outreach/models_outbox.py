"""Tables of the outbox beside its letters: which are held back and why, and which came back undelivered (G5)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.core.models import OutboxMail
from app.outreach.models import Letter


class LetterHold(Base):
    """A letter that stays behind when its batch is sent, until somebody takes it off hold."""

    __tablename__ = "letter_hold"
    __table_args__ = (
        # One at a time; those that ended are the history.
        sa.Index(
            "uq_letter_hold_current",
            "letter_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id"), index=True)
    letter: Mapped[Letter] = relationship()
    reason: Mapped[Prose]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(foreign_keys=[by_id], lazy="joined")
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class Bounce(Base):
    """What a mail server said about a letter it did not deliver, at once or in a report afterwards (RFC 3464).

    A permanent one stops further letters to the address, until it is lifted or the person has another one.
    """

    __tablename__ = "bounce"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox_mail.id"), index=True)
    mail: Mapped[OutboxMail] = relationship()
    letter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter.id"), index=True)
    letter: Mapped[Letter | None] = relationship()
    #: In lower case.
    address: Mapped[Line] = mapped_column(index=True)
    #: Such as 5.1.1 or 550.
    status: Mapped[str] = mapped_column(sa.String(16))
    reason: Mapped[Prose]
    #: The server has given up; otherwise it still tries.
    is_final: Mapped[bool]
    is_permanent: Mapped[bool]
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
