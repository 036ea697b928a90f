"""Tables of what is kept beside a person's record: files, and what those who serve need to know."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.core.models import StoredFile
from app.core.sealed_columns import SealedText
from app.people.models import Person


class FileCategory(enum.StrEnum):
    """What a file is to us. Nothing a person is going to publish is among them, and no other word is."""

    AGREEMENT = "agreement"
    CONSENT = "consent"
    BIOGRAPHY = "biography"
    PORTRAIT = "portrait"
    CORRESPONDENCE = "correspondence"
    OTHER = "other"


class FileAudience(enum.StrEnum):
    EVERYBODY = "everybody"  # everybody who sees the person
    HOLDERS = "holders"  # the owner and the deputy of the moment


class PersonFile(Versioned, Base):
    """A file kept with a person; taking it away marks it and lets nobody open it."""

    __tablename__ = "person_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    #: Empty when the file had to go because it named somebody who was erased (P8); such a row is nowhere shown.
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    file: Mapped[StoredFile] = relationship(lazy="joined")
    category: Mapped[FileCategory]
    audience: Mapped[FileAudience] = mapped_column(default=FileAudience.EVERYBODY)
    note: Mapped[Prose] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(foreign_keys=[by_id], lazy="joined")
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    removed_by: Mapped[User | None] = relationship(foreign_keys=[removed_by_id], lazy="joined")
    remove_reason: Mapped[Prose] = mapped_column(default="")


class Hospitality(Versioned, Base):
    """What those who serve a person need to know: consented, read by them only (R4), gone after its day."""

    __tablename__ = "hospitality"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    person: Mapped[Person] = relationship()
    diet: Mapped[str] = mapped_column(SealedText("hospitality.diet"), default="")
    access_needs: Mapped[str] = mapped_column(SealedText("hospitality.access_needs"), default="")
    quiet_days: Mapped[str] = mapped_column(SealedText("hospitality.quiet_days"), default="")
    consented_on: Mapped[date]
    #: Who gave the consent, and how it reached us.
    consent_source: Mapped[Line]
    #: From this day on nobody sees it, and it is taken out of the database.
    purge_on: Mapped[date] = mapped_column(index=True)
    changed_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
