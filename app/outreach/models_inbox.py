"""Tables of the mailbox that is read: which messages came, what became of them, how much of them others may see."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.outreach.models import Touch


class SharingLevel(enum.StrEnum):
    """How much of a logged message is kept, and so how much other departments see."""

    METADATA = "metadata"  # who, when, how: no subject, no words
    SUBJECT = "subject"
    FULL = "full"


class InboundState(enum.StrEnum):
    LOGGED = "logged"  # it is a contact now, or several
    WAITING = "waiting"  # nobody was recognised; somebody says who it was
    DROPPED = "dropped"
    BOUNCE = "bounce"
    CALENDAR = "calendar"  # the answer of a calendar program to an invitation
    AUTOMATIC = "automatic"  # an out-of-office note and its like


class InboxChoice(Base):
    """How much of their mail a user shares, and which of their logging addresses is the valid one."""

    __tablename__ = "inbox_choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), unique=True)
    level: Mapped[SharingLevel] = mapped_column(default=SharingLevel.SUBJECT)
    #: Part of what the address is computed from: one more, and the old address leads nowhere.
    n_rotations: Mapped[int] = mapped_column(default=0)
    set_at: Mapped[datetime]


class InboundMessage(Base):
    """A message from the mailbox, once for ever by its Message-ID; headers are kept only while somebody has to decide."""

    __tablename__ = "inbound_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[Line] = mapped_column(unique=True)
    state: Mapped[InboundState] = mapped_column(index=True)
    #: Whose logging address it came by; such a message is theirs to see and to decide.
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    #: Written by that user to somebody, not to us by somebody.
    is_outbound: Mapped[bool] = mapped_column(default=False)
    level: Mapped[SharingLevel | None]
    sender: Mapped[Line] = mapped_column(default="")
    recipients: Mapped[list[str]] = mapped_column(default=list)
    subject: Mapped[Line] = mapped_column(default="")
    #: Why nobody was recognised.
    reason: Mapped[Prose] = mapped_column(default="")
    n_attachments: Mapped[int] = mapped_column(default=0)
    n_bytes: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class MessageTouch(Base):
    """A contact a message became, and the ask it answered."""

    __tablename__ = "message_touch"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbound_id: Mapped[int] = mapped_column(sa.ForeignKey("inbound_message.id"), index=True)
    message: Mapped[InboundMessage] = relationship()
    touch_id: Mapped[int] = mapped_column(sa.ForeignKey("touch.id"), unique=True)
    touch: Mapped[Touch] = relationship(foreign_keys=[touch_id])
    answered_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"), index=True)
    answered: Mapped[Touch | None] = relationship(foreign_keys=[answered_id])
