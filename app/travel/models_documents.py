"""Tables of documents that left the house: what was sent or handed over, to whom, when, and what each line said (T5)."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line
from app.core.models import OutboxMail
from app.events.models import Event
from app.travel.models import Trip


class DocumentKind(enum.StrEnum):
    """The documents of travel, in the order pages show them."""

    ARRIVALS = "arrivals"
    DEPARTURES = "departures"
    ROOMING = "rooming"
    TRANSFERS = "transfers"
    MEALS = "meals"
    ITINERARY = "itinerary"
    VISA_LETTER = "visa_letter"


class SentHow(enum.StrEnum):
    MAIL = "mail"
    HANDED_OVER = "handed_over"


class TravelDocument(Base):
    """One document that was sent or handed over; never changed afterwards."""

    __tablename__ = "travel_document"
    __table_args__ = (sa.Index("ix_travel_document_event_kind", "event_id", "kind", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    #: The one person it is about, of an itinerary and a letter.
    trip_id: Mapped[int | None] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    trip: Mapped[Trip | None] = relationship()
    #: The part of the event a list is about: a hotel, for rooms. Empty: the whole event.
    about: Mapped[Line] = mapped_column(default="")
    how: Mapped[SentHow]
    format: Mapped[str] = mapped_column(sa.String(8))
    recipient: Mapped[Line]
    address: Mapped[Line] = mapped_column(default="")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
    #: SHA-256 of the file as it left.
    sha256: Mapped[str] = mapped_column(sa.String(64))
    #: Everything it said, keyed so that it says nothing: another one means that something has changed.
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    n_lines: Mapped[int]
    mail_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outbox_mail.id"))
    mail: Mapped[OutboxMail | None] = relationship()


class TravelDocumentLine(Base):
    """One line of a list as it left: what the marks NEW, AMENDED and CANCELLED of the next one are held against."""

    __tablename__ = "travel_document_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("travel_document.id"), index=True)
    trip_id: Mapped[int] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    trip: Mapped[Trip] = relationship()
    #: The mail the list left with, so that the mail of an erased person is found.
    mail_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outbox_mail.id"))
    #: The leg, stay or transfer it is about: unique within its document's kind.
    part_id: Mapped[int]
    #: All the line said, keyed; the name is nowhere else.
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    #: Times and places it said, without a name, to tell what has changed.
    said: Mapped[dict[str, Any]]
