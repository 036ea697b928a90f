"""Table of consents: what a person allowed and took back, per purpose, in which words; a history that is only added to (P4)."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.people.models import Person


class Purpose(enum.StrEnum):
    """What a consent is for. Declared facets have a door of their own, which tells nobody who came through it (P7)."""

    HOSPITALITY = "hospitality"
    PHOTO = "photo"
    NAMING = "naming"
    NEWS = "news"
    PORTAL = "portal"


class ConsentSource(enum.StrEnum):
    """How we know."""

    PORTAL = "portal"
    MAIL = "mail"
    FORM = "form"
    SPOKEN = "spoken"


class Consent(Base):
    """One step: given or withdrawn. The latest of a purpose is what holds."""

    __tablename__ = "consent"
    __table_args__ = (sa.Index("ix_consent_person_purpose", "person_id", "purpose", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    person: Mapped[Person] = relationship()
    purpose: Mapped[Purpose]
    is_given: Mapped[bool]
    said_on: Mapped[date]
    source: Mapped[ConsentSource]
    #: The words the person agreed to, as they stood then, and their version.
    wording: Mapped[Prose] = mapped_column(default="")
    wording_version: Mapped[Line] = mapped_column(default="")
    note: Mapped[Prose] = mapped_column(default="")
    #: Who wrote it down; None when the person did so on their own page.
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
    at: Mapped[datetime]
