"""Tables of what only those who arrange travel may read: identity papers, and the letters made from them (T4)."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Versioned
from app.core.sealed_columns import SealedBytes, SealedDate, SealedText
from app.people.models import Person
from app.travel.models import Trip


class IdentityPurpose(enum.StrEnum):
    """What identity papers were given for, and nothing else."""

    VISA_LETTER = "visa_letter"
    TICKET = "ticket"
    SITE_ACCESS = "site_access"


class TravelIdentity(Versioned, Base):
    """What a person's papers say: each field sealed, for one purpose, gone after its day. Diet and needs: Hospitality."""

    __tablename__ = "travel_identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    person: Mapped[Person] = relationship()
    name_in_passport: Mapped[str] = mapped_column(SealedText("travel_identity.name_in_passport"), default="")
    passport_number: Mapped[str] = mapped_column(SealedText("travel_identity.passport_number"), default="")
    #: ISO 3166-1 alpha-2.
    issuing_country: Mapped[str] = mapped_column(SealedText("travel_identity.issuing_country"), default="")
    nationality: Mapped[str] = mapped_column(SealedText("travel_identity.nationality"), default="")
    expires_on: Mapped[date | None] = mapped_column(SealedDate("travel_identity.expires_on"))
    born_on: Mapped[date | None] = mapped_column(SealedDate("travel_identity.born_on"))
    address: Mapped[str] = mapped_column(SealedText("travel_identity.address"), default="")
    #: Other numbers of travel: a visa, a known-traveller number.
    other_numbers: Mapped[str] = mapped_column(SealedText("travel_identity.other_numbers"), default="")
    purpose: Mapped[IdentityPurpose]
    #: The last day it is needed; from the next one on nobody sees it, and it is taken out.
    delete_after_on: Mapped[date] = mapped_column(index=True)
    #: Who gave it to us, and how it reached us.
    source: Mapped[Line]
    changed_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(lazy="joined")


class VisaLetter(Base):
    """A letter of invitation as it was issued: never changed, destroyed after its day or when it is withdrawn (T4)."""

    __tablename__ = "visa_letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    trip_id: Mapped[int] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    trip: Mapped[Trip] = relationship()
    addressed_to: Mapped[Line]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    issued_by: Mapped[User | None] = relationship(lazy="joined")
    #: The last day an application was safe, as it stood when the letter was issued.
    last_safe_on: Mapped[date | None]
    delete_after_on: Mapped[date] = mapped_column(index=True)
    #: The PDF; None once it is destroyed.
    content: Mapped[bytes | None] = mapped_column(SealedBytes("visa_letter.content"), deferred=True)
    #: SHA-256 of the PDF.
    sha256: Mapped[str] = mapped_column(sa.String(64))
    #: Whoever holds the letter checks it by this (G6); empty on letters from before it was there.
    reference: Mapped[str | None] = mapped_column(sa.String(14), unique=True)
    #: What the letter said, in a form that says nothing: it tells whether anything has changed since.
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    destroyed_at: Mapped[datetime | None]
    destroyed_why: Mapped[Line] = mapped_column(default="")

    @property
    def withdrawn_on(self) -> date | None:
        """The day it was taken back before its time; None while it stands, and when only its copy here went on its day."""
        gone_on = self.destroyed_at.date() if self.destroyed_at else None
        return gone_on if gone_on is not None and gone_on < self.delete_after_on else None
