"""Tables of what comes back from people: insights, outcomes, and which brief they received."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, User
from app.core.db import Base, Country, Prose
from app.outreach.models import Touch
from app.people.models import Person
from app.programs.models import Goal, Program
from app.programs.models_initiatives import BriefVersion


class Insight(Base):
    """What a person told us, for a product team to answer by a day; the person hears back (G9)."""

    __tablename__ = "insight"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    #: The contact in which it was said, where it is known.
    touch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"), index=True)
    touch: Mapped[Touch | None] = relationship(foreign_keys=[touch_id])
    heard_on: Mapped[date]
    question: Mapped[Prose] = mapped_column(default="")
    advice: Mapped[Prose]
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department] = relationship()
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])
    reply_due_on: Mapped[date]
    decision: Mapped[Prose] = mapped_column(default="")
    is_adopted: Mapped[bool | None]
    what_changed: Mapped[Prose] = mapped_column(default="")
    answered_on: Mapped[date | None]
    #: The day the person was told and thanked.
    told_on: Mapped[date | None]
    made_at: Mapped[datetime]

    @property
    def state(self) -> str:
        """Where it stands: open, answered, told."""
        return "told" if self.told_on else "answered" if self.answered_on else "open"


class OutcomeKind(enum.StrEnum):
    QUOTE = "quote"
    LEAD = "lead"
    PRODUCT_CHANGE = "product_change"
    MARKET_SIGNAL = "market_signal"


class Outcome(Base):
    """Something that came of a contact, in one country, up to 24 months later (G8)."""

    __tablename__ = "outcome"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    goal: Mapped[Goal | None] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    touch_id: Mapped[int] = mapped_column(sa.ForeignKey("touch.id"), index=True)
    touch: Mapped[Touch] = relationship()
    kind: Mapped[OutcomeKind]
    on: Mapped[date]
    country: Mapped[Country]
    statement: Mapped[Prose]
    url: Mapped[Prose] = mapped_column(default="")
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]


class BriefReceipt(Base):
    """A person received one version of a brief in one contact (G4)."""

    __tablename__ = "brief_receipt"
    __table_args__ = (sa.UniqueConstraint("touch_id", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("brief_version.id"), index=True)
    version: Mapped[BriefVersion] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    touch_id: Mapped[int] = mapped_column(sa.ForeignKey("touch.id"))
    touch: Mapped[Touch] = relationship()
    made_at: Mapped[datetime]
