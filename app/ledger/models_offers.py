"""Table of offers: something of value meant for a person outside their travel, and what became of it (L5, L7)."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.core.money import Money
from app.ledger.models_book import Basis, Category, Form
from app.people.models import Person
from app.programs.models import Program


class OfferState(enum.StrEnum):
    WAITING = "waiting"  # for compliance
    PLANNED = "planned"
    REFUSED = "refused"  # by compliance
    DECLINED = "declined"  # by the person
    WITHDRAWN = "withdrawn"  # by us, before anything was decided or said
    GIVEN = "given"


#: States in which nothing is decided yet.
LIVE_OFFERS = frozenset({OfferState.WAITING, OfferState.PLANNED})


class PlannedOffer(Base):
    """A gift, a ticket, a dinner that is meant for one person; `entry_seq` is the line of the book it became."""

    __tablename__ = "planned_offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"))
    program: Mapped[Program] = relationship()
    category: Mapped[Category]
    form: Mapped[Form]
    basis: Mapped[Basis]
    expected_on: Mapped[date]
    cost: Mapped[Money] = composite(
        mapped_column("cost_minor", sa.BigInteger), mapped_column("cost_currency", sa.String(3))
    )
    provider: Mapped[Line] = mapped_column(default="")
    context: Mapped[Prose] = mapped_column(default="")
    #: Why it is asked for although a limit or a rule stands against it.
    reason: Mapped[Prose] = mapped_column(default="")
    state: Mapped[OfferState] = mapped_column(index=True)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship()
    made_at: Mapped[datetime]
    entry_seq: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.seq"))
