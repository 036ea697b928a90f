"""Tables of an event's day: seats, tasks, badges, what phones at the door reported, the respect checklist, promises answered."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.events.models import Event, Invitation
from app.events.models_waves import Comer, Guest
from app.people.models import Person


def _once_for_the_invited(name: str, *columns: str) -> sa.Index:
    """One row for the invited person of an invitation, beside those of guests who came by it."""
    is_own = sa.text("guest_id IS NULL")
    return sa.Index(name, *columns, unique=True, sqlite_where=is_own, postgresql_where=is_own)


class TaskOrigin(enum.StrEnum):
    """What made a task necessary."""

    BY_HAND = "by_hand"
    RESPECT = "respect"  # a miss on the respect checklist (E3)
    PROMISE = "promise"  # somebody said that a promise was not kept (E4)
    MEETING = "meeting"  # promised to the person in a meeting with an executive (X4)
    JOURNEY = "journey"  # a journey changed, and something could not be put right by itself (T6)


class EventTask(Versioned, Base):
    """Something somebody of the house does for an event until a day, often because something went wrong."""

    __tablename__ = "event_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship()
    what: Mapped[Line]
    cause: Mapped[Prose] = mapped_column(default="")
    origin: Mapped[TaskOrigin] = mapped_column(default=TaskOrigin.BY_HAND)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])
    due_on: Mapped[date]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])
    #: How it was done, in words.
    how: Mapped[Prose] = mapped_column(default="")


class Seat(Versioned, Base):
    """A chair in a zone; front seats are access of value, counted and never priced (L4)."""

    __tablename__ = "seat"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "row", "number"),
        sa.UniqueConstraint("event_id", "person_id"),
        sa.UniqueConstraint("guest_id"),
        sa.CheckConstraint("person_id IS NULL OR guest_id IS NULL", name="one_on_a_chair"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    row: Mapped[str] = mapped_column(sa.String(8))
    number: Mapped[int]
    is_front: Mapped[bool] = mapped_column(default=False)
    is_accessible: Mapped[bool] = mapped_column(default=False)
    #: The zone of the room, such as "Front left"; empty where the room has but one.
    room_zone: Mapped[str] = mapped_column(sa.String(80), default="", server_default=sa.text("''"))
    #: For whom nobody else may be put here, and why; empty when it is not held.
    held_for: Mapped[Line] = mapped_column(default="", server_default=sa.text("''"))
    held_reason: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship()
    #: An admitted guest who is no person of ours.
    guest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event_guest.id"))
    guest: Mapped[Guest | None] = relationship()

    @property
    def is_taken(self) -> bool:
        return self.person_id is not None or self.guest_id is not None

    @property
    def who(self) -> str:
        """Who sits there; empty for nobody."""
        return self.person.name if self.person else self.guest.name if self.guest else ""

    @property
    def label(self) -> str:
        """ "A12", as it stands on the chair."""
        return f"{self.row}{self.number}"


class Badge(Versioned, Base):
    """What stands on somebody's badge, and the hash of the code printed on it; a new print makes a new code."""

    __tablename__ = "badge"
    __table_args__ = (
        _once_for_the_invited("uq_badge_invited", "invitation_id"),
        sa.UniqueConstraint("guest_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    invitation: Mapped[Invitation] = relationship()
    #: The guest it is for, who came by this invitation; empty: the invited person.
    guest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event_guest.id"))
    guest: Mapped[Guest | None] = relationship()
    #: Empty: the name as the person writes it on their record.
    name: Mapped[Line] = mapped_column(default="")
    #: A second line, such as the outlet they come for.
    second_line: Mapped[Line] = mapped_column(default="")
    secret_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    printed_at: Mapped[datetime | None]
    printed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    n_prints: Mapped[int] = mapped_column(default=0)

    @property
    def comer(self) -> Comer:
        return self.guest or self.invitation

    @property
    def who(self) -> tuple[int, int | None]:
        return self.invitation_id, self.guest_id


class DoorOutcome(enum.StrEnum):
    COUNTED = "counted"
    REPEATED = "repeated"  # here already; nothing was counted twice
    REFUSED = "refused"  # somebody unknown, of another event, or who does not come


class DoorReport(Base):
    """One check-in as a phone sent it, with the number the phone gave it: sent twice, it counts once (E3)."""

    __tablename__ = "door_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    invitation: Mapped[Invitation | None] = relationship()
    guest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event_guest.id"), index=True)
    guest: Mapped[Guest | None] = relationship()
    #: What the phone's clock showed, and when the server got it.
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship()
    outcome: Mapped[DoorOutcome]
    message: Mapped[Prose] = mapped_column(default="")

    @property
    def comer(self) -> Comer | None:
        return self.guest or self.invitation


class RespectItem(Versioned, Base):
    """One thing each guest of an event can expect; the list is the event's own."""

    __tablename__ = "respect_item"
    __table_args__ = (sa.UniqueConstraint("event_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    position: Mapped[int]
    label: Mapped[Line]
    #: No longer asked; what was ticked stays.
    is_retired: Mapped[bool] = mapped_column(default=False)


class RespectTick(Base):
    """Whether one guest got one of these; a miss says why and has a task."""

    __tablename__ = "respect_tick"
    __table_args__ = (
        _once_for_the_invited("uq_respect_tick_invited", "item_id", "invitation_id"),
        sa.UniqueConstraint("item_id", "guest_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("respect_item.id"))
    item: Mapped[RespectItem] = relationship()
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    invitation: Mapped[Invitation] = relationship()
    #: The guest it is about, who came by this invitation; empty: the invited person.
    guest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event_guest.id"), index=True)
    guest: Mapped[Guest | None] = relationship()
    is_kept: Mapped[bool]
    cause: Mapped[Prose] = mapped_column(default="")
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event_task.id"))
    task: Mapped[EventTask | None] = relationship()

    @property
    def comer(self) -> Comer:
        return self.guest or self.invitation

    @property
    def who(self) -> tuple[int, int | None]:
        return self.invitation_id, self.guest_id


class PromiseAnswer(Base):
    """What somebody says afterwards about one promise of their invitation (E4)."""

    __tablename__ = "promise_answer"
    __table_args__ = (sa.UniqueConstraint("invitation_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"))
    invitation: Mapped[Invitation] = relationship()
    #: The place of the promise in the invitation, from 1, and its words as they were asked about.
    number: Mapped[int]
    promise: Mapped[Prose]
    is_kept: Mapped[bool]
    note: Mapped[Prose] = mapped_column(default="")
    at: Mapped[datetime]
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event_task.id"))
    task: Mapped[EventTask | None] = relationship()
