"""Tables of events, sessions and invitations."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.append_only import AppendOnly
from app.core.db import Base, Line, Prose, Versioned, Zone
from app.core.money import Money
from app.core.scheduled import Scheduled
from app.people.models import Person
from app.programs.models import Program


class Event(Scheduled, Versioned, Base):
    """A gathering at a place, in the zone of that place, under a program."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    program: Mapped[Program] = relationship()
    name: Mapped[Line] = mapped_column(unique=True)
    place: Mapped[Line]
    city: Mapped[Line] = mapped_column(default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    zone: Mapped[Zone]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    #: How long a place is kept for somebody on the waitlist it was offered to.
    n_offer_hours: Mapped[int] = mapped_column(default=48, server_default="48")
    #: Street and town of the venue, as a taxi driver reads it.
    address: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    #: The classes of people it is for (`Audience`); empty: nobody has said.
    audiences: Mapped[list[str] | None]
    #: Weeks before the begin by which the first invitation, and the papers for visas, should be out.
    n_lead_weeks: Mapped[int | None]
    n_visa_weeks: Mapped[int | None]
    coordinator_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    coordinator: Mapped[User] = relationship()
    made_at: Mapped[datetime]
    sessions: Mapped[list["Session"]] = relationship(
        back_populates="event", order_by="Session.starts_at, Session.id"
    )


class Audience(enum.StrEnum):
    ALL = "all"
    ANALYST = "analyst"
    EXPERT = "expert"
    PRESS = "press"
    STAFF = "staff"


class RecordTerms(enum.StrEnum):
    ON_RECORD = "on_record"
    OFF_RECORD = "off_record"
    BACKGROUND = "background"


class Session(Scheduled, Versioned, Base):
    """One item of an event's agenda, in the event's zone."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship(back_populates="sessions")
    title: Mapped[Line]
    description: Mapped[Prose] = mapped_column(default="")
    place: Mapped[Line] = mapped_column(default="")  # room
    zone: Mapped[Zone]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    audience: Mapped[Audience] = mapped_column(default=Audience.ALL)
    terms: Mapped[RecordTerms] = mapped_column(default=RecordTerms.ON_RECORD)
    embargo_until_at: Mapped[datetime | None]
    is_nda: Mapped[bool] = mapped_column(default=False)


class InvitationState(enum.StrEnum):
    """invited = accepted + declined + waiting + no answer, always (E1).

    Who sends a colleague has declined; "perhaps" and an invitation that lapsed are no answer: `policies.FUNNEL`.
    """

    DRAFT = "draft"
    INVITED = "invited"  # sent, no answer yet
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WAITING = "waiting"  # on the waitlist
    WITHDRAWN = "withdrawn"  # by us
    TENTATIVE = "tentative"  # perhaps: asked again, holds no place
    DELEGATED = "delegated"  # sends a colleague, who is a guest of their own
    LAPSED = "lapsed"  # no answer by the deadline of its wave


class AnswerChannel(enum.StrEnum):
    PORTAL = "portal"
    MAIL = "mail"
    PHONE = "phone"
    STAFF = "staff"


class Invitation(Versioned, Base):
    """An event offered to one person; bound to that person (E1)."""

    __tablename__ = "invitation"
    __table_args__ = (sa.UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    wave: Mapped[int] = mapped_column(default=1)
    state: Mapped[InvitationState] = mapped_column(default=InvitationState.DRAFT, index=True)
    #: What it promises, in words the person will be asked about afterwards (E4).
    promise: Mapped[Prose] = mapped_column(default="")
    #: What that is worth, as planned; it weighs on the limits until what is booked of it stands in its place (L7).
    promise_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    promise_currency: Mapped[str | None] = mapped_column(sa.String(3))
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    answer_channel: Mapped[AnswerChannel | None]
    #: Who gave the answer: empty for the person, else the agent or colleague by name.
    answered_by_name: Mapped[Line] = mapped_column(default="")
    answer_reason: Mapped[Prose] = mapped_column(default="")
    #: The event's SEQUENCE that was answered; a later one makes the answer stale.
    sequence_answered: Mapped[int | None]
    #: The SEQUENCE of the CANCEL their calendar got when this was withdrawn; whatever asks them anew is higher (C1).
    sequence_withdrawn: Mapped[int | None]
    waitlist_place: Mapped[int | None]
    #: Does not lapse at the deadline of its wave.
    is_held: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: When they were seen to have it before them: they came in by their link, or answered there. Mails are not watched.
    opened_at: Mapped[datetime | None]
    #: Of the link in the letter, which answers once and for this invitation only.
    link_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True, index=True)
    link_used_at: Mapped[datetime | None]
    badge: Mapped[Line] = mapped_column(default="")
    n_early_minutes: Mapped[int] = mapped_column(default=0)
    checked_in_at: Mapped[datetime | None]
    made_at: Mapped[datetime]

    @property
    def worth(self) -> Money | None:
        """What the promise is worth, as planned."""
        if self.promise_minor is None or self.promise_currency is None:
            return None
        return Money(self.promise_minor, self.promise_currency)

    # What somebody who comes has in common with a guest who is no person of ours (`models_waves.Guest`).
    @property
    def called(self) -> str:
        return self.person.name

    @property
    def is_coming(self) -> bool:
        return self.state is InvitationState.ACCEPTED

    @property
    def who(self) -> tuple[int, int | None]:
        """The invitation, and no guest."""
        return self.id, None

    @property
    def key(self) -> str:
        """How forms and phones name them."""
        return str(self.id)

    @property
    def at(self) -> dict[str, Any]:
        """Their part of an address."""
        return {"id": self.id}


class InvitationStep(AppendOnly, Base):
    """The history of an invitation; never rewritten."""

    __tablename__ = "invitation_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    state: Mapped[InvitationState]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    channel: Mapped[AnswerChannel | None]
    reason: Mapped[Prose] = mapped_column(default="")
