"""Tables of the covenant: its texts, of the house or agreed with one person, and who signed which (D4)."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Prose
from app.people.models import Person


class CovenantState(enum.StrEnum):
    PROPOSED = "proposed"  # by the person; the house has not answered
    OFFERED = "offered"  # may be signed
    REFUSED = "refused"  # the house keeps to the text before it


class CovenantText(Base):
    """One text of the covenant: of the house for everybody, or one that a person proposed for themself."""

    __tablename__ = "covenant_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    #: Whom a text is agreed with; none for the text of the house.
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship()
    based_on_id: Mapped[int | None] = mapped_column(sa.ForeignKey("covenant_text.id"))
    language: Mapped[str] = mapped_column(sa.String(16), default="en")
    text: Mapped[Prose]
    state: Mapped[CovenantState]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class Covenant(Base):
    """One text signed by one person and by the house; with both signatures it never changes."""

    __tablename__ = "covenant"
    __table_args__ = (sa.UniqueConstraint("person_id", "text_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    person: Mapped[Person] = relationship()
    text_id: Mapped[int] = mapped_column(sa.ForeignKey("covenant_text.id"), index=True)
    covenant_text: Mapped[CovenantText] = relationship()
    signed_by_person_at: Mapped[datetime]
    signed_by_user_at: Mapped[datetime | None]
    signed_by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    signed_by_user: Mapped[User | None] = relationship()
    #: What the certificate may say: each side lets itself be named, or not.
    is_person_named: Mapped[bool] = mapped_column(default=False)
    is_company_named: Mapped[bool] = mapped_column(default=False)
    #: What a stranger types on the page of verification; there is one when both have signed.
    code: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
