"""Tables of rhythm: how often to be in touch, what is planned, what a user wants to be reminded of, and when not."""

import enum
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, User
from app.core.db import Base, Line, Prose, Versioned
from app.outreach.models import TouchChannel, TouchKind
from app.people.models import Person
from app.programs.models import Stage


class CadenceRule(Base):
    """Days between touches for a tier or a stage of a program; the program's own number holds for the rest (G2)."""

    __tablename__ = "cadence_rule"
    __table_args__ = (sa.UniqueConstraint("program_id", "tier", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"))
    #: One of the two: a tier by name, or a stage; the other is empty.
    tier: Mapped[Line] = mapped_column(default="")
    stage: Mapped[str] = mapped_column(sa.String(40), default="")  # a value of programs.models.Stage
    n_days: Mapped[int]
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    set_at: Mapped[datetime]

    @property
    def name(self) -> str:
        return self.tier or Stage(self.stage).value


class PersonCadence(Versioned, Base):
    """The tier of a person in a program, and the number of days agreed with this person alone."""

    __tablename__ = "person_cadence"
    __table_args__ = (sa.UniqueConstraint("program_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    tier: Mapped[Line] = mapped_column(default="")
    n_days: Mapped[int | None]
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    set_at: Mapped[datetime]


class PlanState(enum.StrEnum):
    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class PlannedTouch(Base):
    """A contact somebody means to make on a day; the guard weighs it when it is planned and again when it is made."""

    __tablename__ = "planned_touch"
    __table_args__ = (sa.Index("ix_planned_touch_state_planned_on", "state", "planned_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department] = relationship(lazy="joined")
    channel: Mapped[TouchChannel]
    kind: Mapped[TouchKind]
    subject: Mapped[Line]
    summary: Mapped[Prose] = mapped_column(default="")
    is_ask: Mapped[bool] = mapped_column(default=False)
    planned_on: Mapped[date]
    #: What the guard said on the day it was planned: "free", "soft" or "hard", and in words.
    level: Mapped[str] = mapped_column(sa.String(8))
    reason: Mapped[Prose] = mapped_column(default="")
    state: Mapped[PlanState] = mapped_column(default=PlanState.PLANNED)
    touch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[Prose] = mapped_column(default="")

    @property
    def at(self) -> datetime:
        """Noon of its day where the person is: a plan has no hour."""
        return datetime.combine(self.planned_on, time(12), ZoneInfo(self.person.zone))


class Snooze(Base):
    """A user does not want to be reminded of a person before a day."""

    __tablename__ = "snooze"
    __table_args__ = (sa.UniqueConstraint("user_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    until_on: Mapped[date]
    set_at: Mapped[datetime]


class ReminderChoice(Base):
    """The reasons a user has switched off for the list of next best touches."""

    __tablename__ = "reminder_choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), unique=True)
    #: Values of `policies_rhythm.Reason`.
    reasons_off: Mapped[list[str]] = mapped_column(default=list)
    set_at: Mapped[datetime]
