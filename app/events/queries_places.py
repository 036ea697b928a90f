"""Reading places: how many there are and are taken, the waitlist with its reasons, offers, guests and answers that wait."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import User
from app.accounts.signing_in import SECRET_LENGTH, hash_secret
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.events import policies_waves, queries
from app.events.models import Event, Invitation, InvitationState, InvitationStep
from app.events.models_waves import (
    Guest,
    GuestState,
    PendingAnswer,
    PlaceOffer,
    PlaceOfferState,
    Wave,
)
from app.events.policies_waves import Waiting
from app.people.models import Person

# -- places ----------------------------------------------------------------------------------------


def count_places(event: Event) -> int:
    """THE number of places of an event: its capacity, and what its waves give away beyond it."""
    wanted = sa.select(sa.func.coalesce(sa.func.sum(Wave.n_overbooked), 0)).where(Wave.event_id == event.id)
    return event.capacity + int(db.session.scalar(wanted) or 0)


def count_taken(event: Event, *, without: Invitation | None = None) -> int:
    """Places that are gone: who comes, admitted guests, and those kept for somebody they were offered to."""
    kept = sa.select(sa.func.count(PlaceOffer.id)).join(Invitation, Invitation.id == PlaceOffer.invitation_id)
    kept = kept.where(
        Invitation.event_id == event.id, Invitation.state == InvitationState.WAITING,
        PlaceOffer.state == PlaceOfferState.OPEN, PlaceOffer.expires_at > clock.now(),
    )  # fmt: skip
    if without is not None:
        kept = kept.where(PlaceOffer.invitation_id != without.id)
    return queries.count_accepted(event) + count_guests(event) + (db.session.scalar(kept) or 0)


def count_free(event: Event, *, without: Invitation | None = None) -> int:
    """Places that can be given away now; `without` leaves out the one kept for this person."""
    return count_places(event) - count_taken(event, without=without)


def count_guests(event: Event) -> int:
    """Guests who were admitted."""
    wanted = sa.select(sa.func.count(Guest.id)).join(Invitation, Invitation.id == Guest.invitation_id)
    wanted = wanted.where(Invitation.event_id == event.id, Guest.state == GuestState.ADMITTED)
    return db.session.scalar(wanted) or 0


# -- the waitlist ----------------------------------------------------------------------------------


def list_waiting(event: Event, by: User | None = None) -> list[Waiting]:
    """The waitlist in order, each with why they are or are not the next; a fixed number of queries."""
    waiting = queries.list_waitlist(event, by)
    ids = [one.id for one in waiting]
    offers = latest_offers(ids)
    stepped = sa.select(InvitationStep.invitation_id).where(
        InvitationStep.invitation_id.in_(ids), InvitationStep.state == InvitationState.ACCEPTED
    )
    waves = {one.number: one for one in list_waves(event)}
    return policies_waves.explained(
        waiting, event, offers, frozenset(db.session.scalars(stepped)), waves, n_free=count_free(event),
        n_places=count_places(event), now=clock.now(),
    )  # fmt: skip


def list_waves(event: Event) -> Sequence[Wave]:
    """The waves that are planned, in order."""
    return db.session.scalars(sa.select(Wave).where(Wave.event_id == event.id).order_by(Wave.number)).all()


def wave_of(invitation: Invitation) -> Wave | None:
    """The wave of an invitation, if it was planned."""
    wanted = sa.select(Wave).where(Wave.event_id == invitation.event_id, Wave.number == invitation.wave)
    return db.session.scalars(wanted).one_or_none()


def latest_offers(invitation_ids: Sequence[int]) -> dict[int, PlaceOffer]:
    """The newest offer of each invitation, whatever became of it."""
    wanted = sa.select(PlaceOffer).where(PlaceOffer.invitation_id.in_(invitation_ids)).order_by(PlaceOffer.id)
    return {one.invitation_id: one for one in db.session.scalars(wanted)}


def open_offer_of(invitation: Invitation) -> PlaceOffer | None:
    """The offer somebody can still take."""
    found = latest_offers([invitation.id]).get(invitation.id)
    return found if found is not None and policies_waves.is_open(found, clock.now()) else None


def list_offers(invitation: Invitation) -> Sequence[PlaceOffer]:
    """Every offer made to somebody, the newest first."""
    wanted = sa.select(PlaceOffer).where(PlaceOffer.invitation_id == invitation.id)
    return db.session.scalars(wanted.order_by(PlaceOffer.id.desc())).all()


def find_offer(secret: str) -> PlaceOffer | None:
    """The offer with this link, open or not."""
    if len(secret) != SECRET_LENGTH:
        return None
    wanted = sa.select(PlaceOffer).where(PlaceOffer.secret_hash == hash_secret(secret))
    return db.session.scalars(wanted.options(joinedload(PlaceOffer.invitation))).one_or_none()


def find_linked(secret: str) -> Invitation | None:
    """The invitation whose letter carried this link."""
    if len(secret) != SECRET_LENGTH:
        return None
    wanted = sa.select(Invitation).where(Invitation.link_hash == hash_secret(secret))
    return db.session.scalars(
        wanted.options(joinedload(Invitation.event), joinedload(Invitation.person))
    ).one_or_none()


# -- what waits for the coordinator ----------------------------------------------------------------


def list_guests(event: Event, by: User | None = None, *, state: GuestState | None = None) -> Sequence[Guest]:
    """Guests of an event, those who wait first."""
    seen = queries.invited_people(by).with_only_columns(Invitation.id)
    wanted = sa.select(Guest).join(Invitation, Invitation.id == Guest.invitation_id)
    wanted = wanted.where(Invitation.event_id == event.id, Guest.invitation_id.in_(seen))
    if state is not None:
        wanted = wanted.where(Guest.state == state)
    loaded = (contains_eager(Guest.invitation).joinedload(Invitation.person), joinedload(Guest.decided_by))
    order = (sa.case((Guest.state == GuestState.PENDING, 0), else_=1), Guest.id)
    return db.session.scalars(wanted.order_by(*order).options(*loaded)).all()


def list_pending(event: Event, by: User | None = None) -> Sequence[PendingAnswer]:
    """Answers that wait for the coordinator, the oldest first."""
    seen = queries.invited_people(by).with_only_columns(Invitation.id)
    wanted = sa.select(PendingAnswer).join(Invitation, Invitation.id == PendingAnswer.invitation_id)
    wanted = wanted.where(
        Invitation.event_id == event.id,
        PendingAnswer.is_admitted.is_(None),
        PendingAnswer.invitation_id.in_(seen),
    )
    loaded = contains_eager(PendingAnswer.invitation).joinedload(Invitation.person)
    return db.session.scalars(wanted.order_by(PendingAnswer.id).options(loaded)).all()


def pending_answer_of(invitation: Invitation) -> PendingAnswer | None:
    """The answer of somebody that waits for the coordinator."""
    wanted = sa.select(PendingAnswer).where(
        PendingAnswer.invitation_id == invitation.id, PendingAnswer.is_admitted.is_(None)
    )
    return db.session.scalars(wanted.order_by(PendingAnswer.id.desc()).limit(1)).first()


def pending_ids(invitation_ids: Sequence[int]) -> set[int]:
    """Those of the invitations with an answer that waits for the coordinator."""
    wanted = sa.select(PendingAnswer.invitation_id).where(
        PendingAnswer.invitation_id.in_(invitation_ids), PendingAnswer.is_admitted.is_(None)
    )
    return set(db.session.scalars(wanted))


def guests_of(invitation: Invitation) -> Sequence[Guest]:
    """Guests in the place of, or beside, somebody."""
    wanted = sa.select(Guest).where(Guest.invitation_id == invitation.id)
    return db.session.scalars(wanted.order_by(Guest.id)).all()


def get_guest(id: int, by: User | None) -> Guest:
    """The guest with this id; NotFound when the invitation is not `by`'s to see."""
    found = db.session.get(Guest, id)
    if found is None:
        raise NotFound(_("There is no such guest."))
    queries.get_invitation(found.invitation_id, by)
    return found


def get_pending(id: int, by: User | None) -> PendingAnswer:
    """The waiting answer with this id; NotFound when the invitation is not `by`'s to see."""
    found = db.session.get(PendingAnswer, id)
    if found is None:
        raise NotFound(_("There is no such answer."))
    queries.get_invitation(found.invitation_id, by)
    return found


def representatives_at(person: Person, email: str) -> User | None:
    """The user of an agency that speaks for a person now, by mail address: whoever may answer for them."""
    said = email.strip().lower()
    if not said:
        return None
    for user in db.session.scalars(
        sa.select(User).where(sa.func.lower(User.email) == said, User.is_active).order_by(User.id)
    ):
        if user.organisation_id is not None and queries.is_seen(person, user):
            return user
    return None
