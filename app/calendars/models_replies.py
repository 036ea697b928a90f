"""Table of the answers that calendar programs sent to invitations of ours, and what became of each."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.events.models import Event, Invitation


class ReplyState(enum.StrEnum):
    RECORDED = "recorded"  # it is the answer now
    STALE = "stale"  # recorded, but it answers an earlier time or place: to be asked again
    OVERTAKEN = "overtaken"  # a later answer was there already
    WAITING = "waiting"  # somebody has to look at it
    SETTLED = "settled"  # somebody has
    DROPPED = "dropped"  # nothing of ours; only that it came is kept


class CalendarReply(Base):
    """One answer out of one message. Addresses and words are kept only while somebody has to decide by them."""

    __tablename__ = "calendar_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbound_id: Mapped[int] = mapped_column(sa.ForeignKey("inbound_message.id"), index=True)
    state: Mapped[ReplyState] = mapped_column(index=True)
    #: Why it is in this state, where that is not plain.
    reason: Mapped[Prose] = mapped_column(default="")
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event | None] = relationship()
    #: Whose answer it is; none while nobody was recognised.
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    invitation: Mapped[Invitation | None] = relationship()
    #: REPLY or COUNTER, and what it says: ACCEPTED, DECLINED, TENTATIVE, DELEGATED.
    method: Mapped[str] = mapped_column(sa.String(10), default="")
    partstat: Mapped[str] = mapped_column(sa.String(20), default="")
    #: The SEQUENCE that was answered.
    sequence: Mapped[int] = mapped_column(default=0)
    #: The address that was invited, as the answer says it, while nobody is recognised by it.
    attendee: Mapped[Line] = mapped_column(default="")
    #: The address it came from, where that is another one.
    sender: Mapped[Line] = mapped_column(default="")
    comment: Mapped[Prose] = mapped_column(default="")
    #: What a COUNTER proposes.
    proposed_starts_at: Mapped[datetime | None]
    proposed_ends_at: Mapped[datetime | None]
    said_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_by: Mapped[User | None] = relationship()
    decided_at: Mapped[datetime | None]
