"""Tables around invitations: waves, offers of a freed place, guests who are no person of ours, answers that wait."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.events.models import AnswerChannel, Event, Invitation, InvitationState


class Wave(Versioned, Base):
    """Invitations of an event that leave together, answer until one instant and count against their own seats (E1)."""

    __tablename__ = "invitation_wave"
    __table_args__ = (sa.UniqueConstraint("event_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    #: Invitations name their wave by this number.
    number: Mapped[int]
    name: Mapped[Line] = mapped_column(default="")
    send_at: Mapped[datetime | None]
    answer_by_at: Mapped[datetime | None] = mapped_column(index=True)
    n_seats: Mapped[int]
    #: Places given away beyond the seats, because some who say yes do not come.
    n_overbooked: Mapped[int] = mapped_column(default=0)
    #: Whether the worker lets unanswered invitations lapse at the deadline; a person can always do it by a button.
    is_released_by_itself: Mapped[bool] = mapped_column(default=True)
    #: Whether those who wait move on to the next wave, before whoever waits there.
    is_waitlist_carried: Mapped[bool] = mapped_column(default=True)
    #: Seats that came from waves before.
    n_carried: Mapped[int] = mapped_column(default=0)
    released_at: Mapped[datetime | None]
    #: Seats that went on when it was released.
    n_released: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]


class PlaceOfferState(enum.StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    REFUSED = "refused"  # "no thanks"
    EXPIRED = "expired"
    ENDED = "ended"  # by us, or because the question is settled otherwise


class PlaceOffer(Base):
    """A freed place, kept for somebody on the waitlist for some hours (E1)."""

    __tablename__ = "place_offer"
    __table_args__ = (
        # One at a time; those that ended are the history.
        sa.Index(
            "uq_place_offer_open", "invitation_id", unique=True, sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    invitation: Mapped[Invitation] = relationship()
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[PlaceOfferState] = mapped_column(default=PlaceOfferState.OPEN)
    reason: Mapped[Prose] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]


class GuestHow(enum.StrEnum):
    DELEGATE = "delegate"  # the person sends a colleague
    FORWARDED = "forwarded"  # the link came to somebody else


class GuestState(enum.StrEnum):
    PENDING = "pending"
    ADMITTED = "admitted"
    REFUSED = "refused"
    LEFT = "left"


class Guest(Base):
    """Somebody who is no person of ours and would come in the place of, or beside, an invited one.

    The coordinator admits or refuses; an admitted guest takes a place and stands beside the funnel, never in it.
    """

    __tablename__ = "event_guest"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    invitation: Mapped[Invitation] = relationship()
    name: Mapped[Line]
    email: Mapped[Line] = mapped_column(default="")
    how: Mapped[GuestHow]
    state: Mapped[GuestState] = mapped_column(default=GuestState.PENDING)
    words: Mapped[Prose] = mapped_column(default="")
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_by: Mapped[User | None] = relationship()
    reason: Mapped[Prose] = mapped_column(default="")
    badge: Mapped[Line] = mapped_column(default="", server_default=sa.text("''"))
    n_early_minutes: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    checked_in_at: Mapped[datetime | None]

    # What they have in common with an invited person who comes (`models.Invitation`).
    @property
    def called(self) -> str:
        return self.name

    @property
    def is_coming(self) -> bool:
        return self.state is GuestState.ADMITTED

    @property
    def who(self) -> tuple[int, int | None]:
        """The invitation they came by, and themselves."""
        return self.invitation_id, self.id

    @property
    def key(self) -> str:
        """How forms and phones name them."""
        return f"g{self.id}"

    @property
    def at(self) -> dict[str, Any]:
        """Their part of an address."""
        return {"guest_id": self.id}

    @property
    def event(self) -> Event:
        return self.invitation.event

    @property
    def event_id(self) -> int:
        return self.invitation.event_id


#: Somebody who may come through the door: an invited person, or a guest who is no person of ours.
Comer = Invitation | Guest


class PendingWhy(enum.StrEnum):
    LATE = "late"  # after the deadline of the wave
    REUSED_LINK = "reused_link"  # the link had given its answer


class PendingAnswer(Base):
    """An answer that is on record but does not count until the coordinator admits it (E1)."""

    __tablename__ = "pending_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    invitation: Mapped[Invitation] = relationship()
    state: Mapped[InvitationState]
    channel: Mapped[AnswerChannel]
    why: Mapped[PendingWhy]
    reason: Mapped[Prose] = mapped_column(default="")
    answered_by_name: Mapped[Line] = mapped_column(default="")
    made_at: Mapped[datetime]
    is_admitted: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_by: Mapped[User | None] = relationship()
    decision_reason: Mapped[Prose] = mapped_column(default="")
