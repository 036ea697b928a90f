"""Tables of what stands between a wish and a meeting: breaks, wishes, pairs kept apart, holds, signatures, an event's terms."""

import enum
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.events.models import Event
from app.executives.models import AccessRequest, Executive, Slot
from app.people.models import Person


class AccessTerms(Versioned, Base):
    """What an event asks before somebody meets an executive, and how long a slot is held; one row per event at most."""

    __tablename__ = "access_terms"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), primary_key=True)
    event: Mapped[Event] = relationship()
    needs_nda: Mapped[bool] = mapped_column(default=False)
    needs_embargo: Mapped[bool] = mapped_column(default=False)
    n_hold_hours: Mapped[int] = mapped_column(default=24)


class ProtectedBreak(Base):
    """Wall times of each day that no meeting touches: an executive's, an event's, or an executive's at one event.

    They are read on the clock of the slot. Either column may be empty, not both.
    """

    __tablename__ = "protected_break"
    __table_args__ = (
        sa.CheckConstraint("executive_id IS NOT NULL OR event_id IS NOT NULL", "is_somebodys"),
        sa.CheckConstraint("begins < ends", "ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    executive_id: Mapped[int | None] = mapped_column(sa.ForeignKey("executive.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    begins: Mapped[time]
    ends: Mapped[time]
    label: Mapped[Line] = mapped_column(default="")


class KeptApart(Base):
    """A person who is not to meet an executive (or any, where none is named), and why."""

    __tablename__ = "kept_apart"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    executive_id: Mapped[int | None] = mapped_column(sa.ForeignKey("executive.id"), index=True)
    executive: Mapped[Executive | None] = relationship()
    reason: Mapped[Prose]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship()
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WishSide(enum.StrEnum):
    """Who wishes to meet whom."""

    PERSON = "person"
    EXECUTIVE = "executive"


class MeetingWish(Base):
    """One side would like to meet the other at an event; rank 1 is wished most."""

    __tablename__ = "meeting_wish"
    __table_args__ = (sa.UniqueConstraint("event_id", "person_id", "executive_id", "side"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"), index=True)
    executive: Mapped[Executive] = relationship()
    side: Mapped[WishSide]
    rank: Mapped[int]
    #: Missed only where it cannot be done.
    is_must: Mapped[bool] = mapped_column(default=False)
    #: What for, in words the assistant and the executive read.
    purpose: Mapped[Prose] = mapped_column(default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]

    @property
    def executive_name(self) -> str:
        """Wishes about the same executive stand together."""
        return self.executive.name


class HoldEnd(enum.StrEnum):
    CONFIRMED = "confirmed"  # it became a meeting
    RELEASED = "released"  # somebody let go of it
    EXPIRED = "expired"


class SlotHold(Base):
    """A slot kept for somebody for a while, before it is agreed; it ends by itself (X1)."""

    __tablename__ = "slot_hold"
    __table_args__ = (
        sa.Index(
            "uq_slot_hold_live",
            "slot_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    slot: Mapped[Slot] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    #: The request it answers, where there was one.
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("access_request.id"), index=True)
    request: Mapped[AccessRequest | None] = relationship()
    expires_at: Mapped[datetime] = mapped_column(index=True)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User | None] = relationship()
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end: Mapped[HoldEnd | None]


class UndertakingKind(enum.StrEnum):
    NDA = "nda"
    EMBARGO = "embargo"


class Undertaking(Base):
    """A person has signed to keep something confidential, or back until a day; for one event, or for all where none is named."""

    __tablename__ = "undertaking"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event | None] = relationship()
    kind: Mapped[UndertakingKind]
    signed_on: Mapped[date]
    #: The last day it binds; none: no end was agreed.
    until_on: Mapped[date | None]
    #: Where the paper is: a contract number, a folder.
    reference: Mapped[Line] = mapped_column(default="")
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship()
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
