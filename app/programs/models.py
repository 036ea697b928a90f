"""Tables of programs, their goals, cohorts and the people enrolled."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Currency, Line, Prose, Versioned
from app.people.models import Person


class Program(Versioned, Base):
    """An always-on frame with no end date; events hang under it."""

    __tablename__ = "program"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line] = mapped_column(unique=True)
    statement: Mapped[Prose] = mapped_column(default="")
    #: The currency its value report is in; fixed once the first entry is posted.
    currency: Mapped[Currency] = mapped_column(default="GBP")
    #: Empty only where the system took over books from elsewhere and nobody has claimed them yet.
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    owner: Mapped[User | None] = relationship()
    n_cadence_days: Mapped[int] = mapped_column(default=30)
    #: Holds books imported from elsewhere; nobody is invited or contacted under it.
    is_books_only: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]

    goals: Mapped[list["Goal"]] = relationship(back_populates="program", order_by="Goal.id")
    cohorts: Mapped[list["Cohort"]] = relationship(back_populates="program", order_by="Cohort.id")


class GoalKind(enum.StrEnum):
    RND_INPUT = "rnd_input"
    REPUTATION = "reputation"
    AWARENESS = "awareness"
    CO_CREATION = "co_creation"
    ADVISORY = "advisory"
    SALES = "sales"


class Goal(Versioned, Base):
    """What a program wants, written before the names (G1)."""

    __tablename__ = "goal"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship(back_populates="goals")
    statement: Mapped[Prose]
    kind: Mapped[GoalKind]
    metric: Mapped[Line]
    baseline: Mapped[Line]
    target: Mapped[Line]
    market: Mapped[Line] = mapped_column(default="")
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    owner: Mapped[User] = relationship()
    review_on: Mapped[date]
    evidence: Mapped[Prose] = mapped_column(default="")
    made_at: Mapped[datetime]


class Cohort(Versioned, Base):
    """A named group of people under a program, by rule and by hand, with a capacity."""

    __tablename__ = "cohort"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship(back_populates="cohorts")
    name: Mapped[Line]
    capacity: Mapped[int]
    #: {"all": [{"field": "home_country", "op": "is_not", "values": ["CN"]}, ...]}
    rule: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime]


class CohortMember(Base):
    """A person shortlisted into a cohort; released, never removed."""

    __tablename__ = "cohort_member"
    __table_args__ = (
        sa.Index(
            "uq_cohort_member_current",
            "cohort_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(sa.ForeignKey("cohort.id"), index=True)
    cohort: Mapped[Cohort] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    goal: Mapped[Goal | None] = relationship()
    #: Filled when the rule says no, or the cohort is full, and somebody adds the person all the same.
    override_reason: Mapped[Prose] = mapped_column(default="")
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    released_at: Mapped[datetime | None]
    release_reason: Mapped[Prose] = mapped_column(default="")


class Stage(enum.StrEnum):
    IDENTIFIED = "identified"
    VETTED = "vetted"
    INVITED = "invited"
    ACTIVE = "active"
    DORMANT = "dormant"
    ALUMNI = "alumni"
    DECLINED = "declined"


class Enrolment(Versioned, Base):
    """A person in a program, at a stage, for a goal."""

    __tablename__ = "enrolment"
    __table_args__ = (sa.UniqueConstraint("program_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"))
    program: Mapped[Program] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    goal: Mapped[Goal] = relationship()
    stage: Mapped[Stage] = mapped_column(default=Stage.IDENTIFIED)
    fit_risk: Mapped[Line]
    fit_rationale: Mapped[Prose]
    admitted_at: Mapped[datetime]
    admitted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))


class StageChange(Base):
    """One dated step of an enrolment."""

    __tablename__ = "stage_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    stage: Mapped[Stage]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reason: Mapped[Prose] = mapped_column(default="")
