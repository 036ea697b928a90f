"""Tables of declared facets (P7): apart from people, voluntary, read only as counts over whole cohorts."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.programs.models import Cohort


class Facet(Base):
    """A question people may answer about themselves or leave, with the purpose they are told."""

    __tablename__ = "facet"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line] = mapped_column(unique=True)
    #: What can be declared, in the words of a count: women, men ...
    choices: Mapped[list[str]]
    purpose: Mapped[Prose]
    n_keep_days: Mapped[int]
    made_at: Mapped[datetime]


class Declaration(Base):
    """What a person said of themselves. Nothing but the counting of whole cohorts reads `choice`."""

    __tablename__ = "declaration"
    __table_args__ = (sa.UniqueConstraint("facet_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    facet_id: Mapped[int] = mapped_column(sa.ForeignKey("facet.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    choice: Mapped[Line]
    #: Where the person said it: "their page, 3 May", "signed form of 3 May".
    statement: Mapped[Line]
    purpose: Mapped[Prose]
    said_on: Mapped[date]
    delete_after_on: Mapped[date] = mapped_column(index=True)


class DeclarationChange(Base):
    """That somebody's answer to a facet came, changed or went; never what it was. Guards counts over time."""

    __tablename__ = "declaration_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    facet_id: Mapped[int] = mapped_column(sa.ForeignKey("facet.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)


class FacetRelease(Base):
    """A count that was let out once: over whom, what was shown. Later counts are weighed against all of them."""

    __tablename__ = "facet_release"

    id: Mapped[int] = mapped_column(primary_key=True)
    facet_id: Mapped[int] = mapped_column(sa.ForeignKey("facet.id"), index=True)
    facet: Mapped[Facet] = relationship(lazy="joined")
    cohort_id: Mapped[int] = mapped_column(sa.ForeignKey("cohort.id"), index=True)
    cohort: Mapped[Cohort] = relationship()
    person_ids: Mapped[list[int]] = mapped_column(sa.JSON())
    #: Pairs of choice and count, in the order shown; everybody else is "all others".
    shown: Mapped[list[tuple[str, int]]] = mapped_column(sa.JSON())
    n_minimum: Mapped[int]
    #: The newest change of a declaration that this count knew of.
    last_change_id: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(lazy="joined")
