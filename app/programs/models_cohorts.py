"""Tables beside cohorts: how a rule changed over time, and the audience a program wants to reach."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.programs.models import Cohort, Program


class RuleChange(Base):
    """One version of a cohort's rule: what it said, who set it when, and how many came in and went out by it (P5)."""

    __tablename__ = "rule_change"
    __table_args__ = (sa.UniqueConstraint("cohort_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(sa.ForeignKey("cohort.id"), index=True)
    cohort: Mapped[Cohort] = relationship()
    number: Mapped[int]
    rule: Mapped[dict[str, Any]]
    #: The rule in words, as it was read on that day.
    sentence: Mapped[Prose]
    n_came_in: Mapped[int] = mapped_column(default=0)
    n_went_out: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(lazy="joined")


class WishAbout(enum.StrEnum):
    """What a line of the wanted audience counts."""

    MARKET = "market"  # where people live
    AUDIENCE = "audience"  # where those are who follow them
    LANGUAGE = "language"
    ROLE = "role"  # kinds of people
    CHANNEL = "channel"


class AudienceWish(Base):
    """One thing a program wants of the people in its cohorts, with how many; ended, never removed."""

    __tablename__ = "audience_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    about: Mapped[WishAbout]
    #: Codes of places and languages, names of kinds and platforms; any one of them counts.
    values: Mapped[list[str]]
    #: What the line is called where its values do not say it ("video channels").
    label: Mapped[Line] = mapped_column(default="")
    n_wanted: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
