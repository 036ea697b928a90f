"""Tables of executive access: executives, rooms, availability, slots, requests, meetings."""

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
    #: Meetings on one day of the event's clock, and in a row without a pause; none: as many as there are slots.
    n_most_a_day: Mapped[int | None]
    n_most_in_a_row: Mapped[int | None]
    #: Free time this long between two meetings ends a row.
    n_pause_minutes: Mapped[int] = mapped_column(default=30, server_default="30")
    #: Who they are, for those who meet them; what they can be asked about; languages they speak (BCP 47).
    bio: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    topics: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    languages: Mapped[list[str] | None]
    is_active: Mapped[bool] = mapped_column(default=True)


class MeetingRoom(Base):
    """A room at an event for one meeting at a time; sessions whose place has its name take it too."""

    __tablename__ = "meeting_room"
    __table_args__ = (sa.UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    name: Mapped[Line]
    #: Meetings without a pause between them stay in one building; empty where there is but one.
    building: Mapped[Line] = mapped_column(default="")
    #: No longer used for new meetings.
    is_retired: Mapped[bool] = mapped_column(default=False)


class Availability(Versioned, Base):
    """A stretch in which an executive can be met at an event; it is cut into slots (X1)."""

    __tablename__ = "availability"

    id: Mapped[int] = mapped_column(primary_key=True)
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"), index=True)
    executive: Mapped[Executive] = relationship(lazy="joined")
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[Zone]
    #: The room, or in words where they meet ("their office").
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting_room.id"), index=True)
    room: Mapped[MeetingRoom | None] = relationship()
    place: Mapped[Line] = mapped_column(default="")
    n_slot_minutes: Mapped[int]
    n_preparation_minutes: Mapped[int] = mapped_column(default=0)
    n_wrap_up_minutes: Mapped[int] = mapped_column(default=0)
    #: How many people one slot is for.
    capacity: Mapped[int] = mapped_column(default=1)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Slot(Base):
    """A published window in which an executive can be met at an event (X1)."""

    __tablename__ = "slot"
    __table_args__ = (
        sa.Index(
            "uq_slot_offered",
            "executive_id",
            "starts_at",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"), index=True)
    executive: Mapped[Executive] = relationship(lazy="joined")
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[Zone]
    place: Mapped[Line] = mapped_column(default="")
    #: The stretch it was cut from; none for one published by itself.
    availability_id: Mapped[int | None] = mapped_column(sa.ForeignKey("availability.id"), index=True)
    availability: Mapped[Availability | None] = relationship()
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting_room.id"), index=True)
    room: Mapped[MeetingRoom | None] = relationship()
    #: How many people it is for; each has a meeting of their own, on a chair from 1.
    capacity: Mapped[int] = mapped_column(default=1, server_default="1")
    #: The executive is taken this long before and after, too.
    n_preparation_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    n_wrap_up_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    withdrawn_at: Mapped[datetime | None]


class RequestState(enum.StrEnum):
    OPEN = "open"
    WAITING = "waiting"  # somebody else has the slot; next in line if it becomes free
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
    #: Whom they meet is part of what readers must be told.
    moves_with = Scheduled.moves_with | {"executive_id"}
    __table_args__ = (
        # Nobody is double-booked, under concurrent clicks too: one live meeting per chair of a slot. That no executive,
        # person or room is in two meetings that overlap is kept by constraints of migration 0028.
        sa.Index(
            "uq_meeting_live_slot",
            "slot_id",
            "chair",
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
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting_room.id"), index=True)
    room: Mapped[MeetingRoom | None] = relationship()
    chair: Mapped[int] = mapped_column(default=1, server_default="1")
    terms: Mapped[RecordTerms] = mapped_column(default=RecordTerms.ON_RECORD)
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.CONFIRMED)
    n_minutes_given: Mapped[int | None]
    #: What we told them, for whoever meets them next; never a private note, the assistant reads it.
    told: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    entry_seq: Mapped[int | None]
    made_at: Mapped[datetime]
