"""Tables of what hangs under a program: initiatives with lent resources, launches, briefs and their versions."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Country, Line, Prose, Versioned
from app.people.models import Person
from app.programs.models import Goal, Program


class Initiative(Versioned, Base):
    """A framework plus lent resources for one market under a program, with a joint piece at its end."""

    __tablename__ = "initiative"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    goal: Mapped[Goal | None] = relationship()
    name: Mapped[Line]
    framework: Mapped[Prose]
    country: Mapped[Country]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])
    starts_on: Mapped[date]
    #: What the experts and we make together; where it can be seen is known once it is out.
    joint_piece: Mapped[Line] = mapped_column(default="")
    joint_url: Mapped[Prose] = mapped_column(default="")
    closed_on: Mapped[date | None]
    closing_words: Mapped[Prose] = mapped_column(default="")
    made_at: Mapped[datetime]


class LentResource(Base):
    """Something of ours that an initiative lends to a person, such as a film crew for a day."""

    __tablename__ = "lent_resource"

    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int] = mapped_column(sa.ForeignKey("initiative.id"), index=True)
    initiative: Mapped[Initiative] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    what: Mapped[Line]
    from_on: Mapped[date]
    until_on: Mapped[date]
    returned_on: Mapped[date | None]
    made_at: Mapped[datetime]


class Launch(Versioned, Base):
    """A day on which something of ours comes out; how early people were involved is counted back from it (G7)."""

    __tablename__ = "launch"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    name: Mapped[Line]
    on: Mapped[date]
    made_at: Mapped[datetime]


class Brief(Base):
    """The approved message of a program on one subject; its words are in its versions (G4)."""

    __tablename__ = "brief"
    __table_args__ = (sa.UniqueConstraint("program_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"))
    program: Mapped[Program] = relationship()
    title: Mapped[Line]
    made_at: Mapped[datetime]
    versions: Mapped[list["BriefVersion"]] = relationship(
        back_populates="brief", order_by="BriefVersion.number.desc()"
    )

    @property
    def current(self) -> "BriefVersion":
        """The newest version; a brief has at least one."""
        return self.versions[0]


class BriefVersion(Base):
    """What the message said from a day on; never changed, a new text is a new version."""

    __tablename__ = "brief_version"
    __table_args__ = (sa.UniqueConstraint("brief_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    brief_id: Mapped[int] = mapped_column(sa.ForeignKey("brief.id"))
    brief: Mapped[Brief] = relationship(back_populates="versions")
    number: Mapped[int]
    message: Mapped[Prose]
    what_changed: Mapped[Line] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship()
