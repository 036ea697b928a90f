"""Tables of contact: touches, asks, the rule that guards them, letters."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, User
from app.core.db import Base, Line, Prose
from app.people.models import Person


class TouchChannel(enum.StrEnum):
    MAIL = "mail"
    PHONE = "phone"
    MEETING = "meeting"
    DIRECT_MESSAGE = "direct_message"
    LETTER = "letter"
    PORTAL = "portal"


class TouchKind(enum.StrEnum):
    """Transactional kinds are exempt from the contact guard by kind (G3)."""

    UNSOLICITED = "unsolicited"
    INVITATION = "invitation"
    REPLY = "reply"
    TRANSACTIONAL = "transactional"


class Touch(Base):
    """One contact on any channel; an ask is a touch that wants something and stays open until answered."""

    __tablename__ = "touch"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department] = relationship(lazy="joined")
    channel: Mapped[TouchChannel]
    kind: Mapped[TouchKind]
    is_inbound: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(index=True)
    subject: Mapped[Line]
    summary: Mapped[Prose] = mapped_column(default="")
    is_ask: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime | None]
    answer: Mapped[Prose] = mapped_column(default="")
    #: The message this one joined instead of opening a thread of its own (G3).
    joined_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"))
    #: Why the owner of the person released a hard stop.
    release_reason: Mapped[Prose] = mapped_column(default="")
    source_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    source_id: Mapped[int | None]
    made_at: Mapped[datetime]


class ContactRule(Base):
    """How many unsolicited touches in how many days, over all departments; the newest in force counts (G3)."""

    __tablename__ = "contact_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    n_touches: Mapped[int]
    n_days: Mapped[int]
    n_open_asks: Mapped[int] = mapped_column(default=1)
    effective_from_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))


class LetterTemplate(Base):
    """The text of a letter in one language; a new version is a new row. Placeholders are {words} from a fixed list."""

    __tablename__ = "letter_template"
    __table_args__ = (sa.UniqueConstraint("key", "language", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40))
    language: Mapped[str] = mapped_column(sa.String(16))
    number: Mapped[int]
    subject: Mapped[Line]
    body: Mapped[Prose]
    made_at: Mapped[datetime]
