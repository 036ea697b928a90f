"""Tables of executive access: executives, slots, requests, meetings."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned, Zone
from app.core.scheduled import Scheduled
from app.events.models import Event, RecordTerms
from app.people.models import Person


class Executive(Versioned, Base):
    """A leader of the company and the assistant who keeps the calendar."""

    __tablename__ = "executive"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line]
    title: Mapped[Line]
    assistant_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    assistant: Mapped[User | None] = relationship()
    n_buffer_minutes: Mapped[int] = mapped_column(default=10)
    is_active: Mapped[bool] = mapped_column(default=True)


class Slot(Base):
    """A published window in which an executive can be met at an event (X1)."""

    __tablename__ = "slot"
    __table_args__ = (sa.UniqueConstraint("executive_id", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"))
    executive: Mapped[Executive] = relationship(lazy="joined")
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[Zone]
    place: Mapped[Line] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None]


class RequestState(enum.StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class AccessRequest(Base):
    """Somebody asks for a slot for a person; a request never blocks the calendar (X1)."""

    __tablename__ = "access_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    slot: Mapped[Slot] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    question: Mapped[Prose]
    state: Mapped[RequestState] = mapped_column(default=RequestState.OPEN, index=True)
    answer: Mapped[Prose] = mapped_column(default="")
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class MeetingState(enum.StrEnum):
    CONFIRMED = "confirmed"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Meeting(Scheduled, Versioned, Base):
    """A person and an executive at a time; afterwards the minutes really given (X4)."""

    __tablename__ = "meeting"
    __table_args__ = (
        # Nobody is double-booked, under concurrent clicks too: one live meeting per slot.
        sa.Index(
            "uq_meeting_live_slot",
            "slot_id",
            unique=True,
            sqlite_where=sa.text("state IN ('confirmed', 'held')"),
            postgresql_where=sa.text("state IN ('confirmed', 'held')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    slot: Mapped[Slot] = relationship()
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"), index=True)
    executive: Mapped[Executive] = relationship(lazy="joined")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[Zone]
    place: Mapped[Line] = mapped_column(default="")
    terms: Mapped[RecordTerms] = mapped_column(default=RecordTerms.ON_RECORD)
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.CONFIRMED)
    n_minutes_given: Mapped[int | None]
    entry_seq: Mapped[int | None]
    made_at: Mapped[datetime]
