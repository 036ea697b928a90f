"""Tables beside the agenda: published schedules read in, rules and releases, who is on stage, what closes a parity gap."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned, Zone
from app.events.models import Event, Session
from app.people.models import Person


class Schedule(Base):
    """A published schedule that feeds an event's agenda; one event may have several, told apart by their key."""

    __tablename__ = "schedule"
    __table_args__ = (sa.UniqueConstraint("event_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    key: Mapped[Line]
    title: Mapped[Line]
    #: What the publisher calls the version read in last.
    version_said: Mapped[Line] = mapped_column(default="")
    made_at: Mapped[datetime]
    read_at: Mapped[datetime]


class RunState(enum.StrEnum):
    CHECKED = "checked"  # the dry run is shown; nothing was written to the agenda
    DONE = "done"
    DISCARDED = "discarded"


class ScheduleRun(Base):
    """One file of a published schedule: read once, shown as a dry run, then applied or left."""

    __tablename__ = "schedule_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    schedule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schedule.id"))
    file_name: Mapped[Line]
    file_sha256: Mapped[str] = mapped_column(sa.String(64))
    #: The zone whose clocks times without one were read on.
    zone: Mapped[Zone]
    state: Mapped[RunState] = mapped_column(default=RunState.CHECKED)
    #: What was read, until it is applied or left; see `schedule_reading`.
    content: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON, deferred=True)
    #: What it did, once it is applied: counts and the lines of the receipt.
    outcome: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship()
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ScheduleItem(Base):
    """What a published schedule says of one session, beside what we say: where the two differ, a hand has been there."""

    __tablename__ = "schedule_item"
    __table_args__ = (sa.UniqueConstraint("schedule_id", "key"),)

    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), primary_key=True)
    session: Mapped[Session] = relationship()
    schedule_id: Mapped[int] = mapped_column(sa.ForeignKey("schedule.id"))
    schedule: Mapped[Schedule] = relationship()
    #: The file's guid or id: it matches items, it is never our UID (C1).
    key: Mapped[Line]
    #: The values of the file read in last: title, description, place, starts_at, ends_at (UTC), speakers, is_cancelled.
    published: Mapped[dict[str, Any]]
    #: What the last reading changed here: {"place": ["Hall 1", "Hall 2"]}; empty when it changed nothing.
    changed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    gone_at: Mapped[datetime | None]


class AgendaPlan(Versioned, Base):
    """How an event's agenda is read: when its days begin, and how grave each kind of conflict is."""

    __tablename__ = "agenda_plan"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), primary_key=True)
    #: Sessions before this hour belong to the day before; None until somebody, or a schedule, has said so.
    day_change_hour: Mapped[int | None]
    n_buffer_minutes: Mapped[int] = mapped_column(default=0)
    #: Rule -> level, for the rules whose level was chosen.
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AgendaRelease(Base):
    """A version of the agenda that was let out, as it was."""

    __tablename__ = "agenda_release"
    __table_args__ = (sa.UniqueConstraint("event_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    number: Mapped[int]
    note: Mapped[Prose] = mapped_column(default="")
    n_sessions: Mapped[int]
    #: Conflicts of level "warn" that were seen and let out.
    n_warnings: Mapped[int]
    #: Session number -> its SEQUENCE and title when it was let out.
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON, deferred=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship()
    at: Mapped[datetime]


class Appearance(Base):
    """A person of ours who is on stage in a session."""

    __tablename__ = "appearance"
    __table_args__ = (sa.UniqueConstraint("session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    session: Mapped[Session] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()


class ParityNote(Base):
    """How a session that only analysts get is made good for our people: by another session, or by a reason (E2)."""

    __tablename__ = "parity_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), index=True)
    session: Mapped[Session] = relationship(foreign_keys=[session_id])
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id"))
    closed_by: Mapped[Session | None] = relationship(foreign_keys=[closed_by_id])
    reason: Mapped[Prose] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    at: Mapped[datetime]
    #: Earlier notes stay, as history.
    withdrawn_at: Mapped[datetime | None]
