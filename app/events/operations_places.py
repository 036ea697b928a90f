"""Keeping places true: one lock per event, the waitlist and chairs after every step, freed places offered in order (E1)."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.accounts.signing_in import hash_secret, new_secret
from app.core import clock
from app.core.db import db
from app.events import policies, policies_waves, queries, queries_places
from app.events.models import Event, Invitation, InvitationState
from app.events.models_day import Seat
from app.events.models_waves import Comer, Guest, PlaceOffer, PlaceOfferState
from app.events.operations_promised import settle_promise
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices
from app.notices.models import Urgency

#: Writes to the person that a place is kept, with the secret of their link; gives why it could not, or an empty text.
Teller = Callable[[PlaceOffer, str, User | None], str]

_tellers: list[Teller] = []


def tell_with(tell: Teller) -> None:
    """Let the room that writes to people at their own door do it."""
    _tellers[:] = [tell]


def lock_event(event_id: int) -> Event:
    """The event, held until the end of the transaction: two answers cannot take the last place."""
    db.session.flush()
    db.session.execute(sa.select(Event.id).where(Event.id == event_id).with_for_update())
    return db.session.get_one(Event, event_id)


def lock_invitation(invitation: Invitation) -> None:
    """Hold an invitation until the end of the transaction: two who note something about one guest wait for each other."""
    db.session.flush()
    db.session.execute(sa.select(Invitation.id).where(Invitation.id == invitation.id).with_for_update())


def lock_comer(comer: Comer) -> None:
    """Hold whoever comes, by the invitation they came by, and read them again."""
    lock_invitation(comer if isinstance(comer, Invitation) else comer.invitation)
    db.session.refresh(comer, ["state", "checked_in_at"])


def lock_with_event(invitation: Invitation) -> Event:
    """The event of an invitation, held, and the invitation as it stands now."""
    event = lock_event(invitation.event_id)
    db.session.refresh(invitation, ["state", "waitlist_place", "link_used_at", "version"])
    return event


def settle_places(invitation: Invitation, was: InvitationState, event: Event) -> None:
    """Keep waitlist, offers, seats and what is planned true to the state."""
    if invitation.state is InvitationState.WAITING and was is not InvitationState.WAITING:
        others = [one.waitlist_place for one in queries.list_waitlist(event) if one.id != invitation.id]
        invitation.waitlist_place = policies.next_place(others)
    elif invitation.state is not InvitationState.WAITING and invitation.waitlist_place is not None:
        invitation.waitlist_place = None
        for number, one in enumerate(queries.list_waitlist(event), 1):
            one.waitlist_place = number
    if invitation.state is not InvitationState.WAITING and was is InvitationState.WAITING:
        _settle_offer(invitation)
    if invitation.state is not InvitationState.ACCEPTED:
        for seat in db.session.scalars(
            sa.select(Seat).where(Seat.event_id == event.id, Seat.person_id == invitation.person_id)
        ):
            seat.person_id = None
    settle_promise(invitation, was, event)


def free_seat_of(guest: Guest, *, by: User) -> None:
    """Nobody waits for a guest who does not come any more."""
    for seat in db.session.scalars(sa.select(Seat).where(Seat.guest_id == guest.id)):
        before = audit.snapshot(seat)
        seat.guest_id = None
        audit.record("events.seat_freed", seat, by=by, before=before)


def _settle_offer(invitation: Invitation) -> None:
    """An offer is answered by whatever ended the waiting."""
    offer = queries_places.latest_offers([invitation.id]).get(invitation.id)
    if offer is None or offer.state is not PlaceOfferState.OPEN:
        return
    ends = {
        InvitationState.ACCEPTED: PlaceOfferState.TAKEN,
        InvitationState.DECLINED: PlaceOfferState.REFUSED,
    }
    offer.state = ends.get(invitation.state, PlaceOfferState.ENDED)
    offer.closed_at = clock.now()
    db.session.flush()


def offer_free_places(event: Event, *, by: User | None) -> int:
    """Offer every place that is free to those whose turn it is, each for some hours; returns how many.

    Called after every step that may free a place, with the event locked; whoever cannot be reached by mail still has
    the place kept, and the coordinator is told to call them.
    """
    expire_offers(event)
    n_made = 0
    while (next_ := _next_of(event)) is not None:
        make_offer(next_, event, by=by)
        n_made += 1
    return n_made


def _next_of(event: Event) -> Invitation | None:
    if event.is_cancelled or clock.now() >= event.ends_at:
        return None
    if not queries.list_waitlist(event) or queries_places.count_free(event) <= 0:
        return None
    return next((one.invitation for one in queries_places.list_waiting(event) if one.is_next), None)


def make_offer(invitation: Invitation, event: Event, *, by: User | None, reason: str = "") -> PlaceOffer:
    """Keep a place for somebody who waits, and tell them; the event is locked and the place is there."""
    now, secret = clock.now(), new_secret()
    offer = PlaceOffer(
        invitation_id=invitation.id, invitation=invitation, secret_hash=hash_secret(secret), reason=reason.strip(),
        by_id=by.id if by else None, made_at=now, expires_at=now + timedelta(hours=event.n_offer_hours),
        state=PlaceOfferState.OPEN,
    )  # fmt: skip
    db.session.add(offer)
    db.session.flush()
    refused = next((tell(offer, secret, by) for tell in _tellers), _l("there are no pages for people"))
    name = invitation.person.name
    said = _l(
        "A place at %(event)s is kept for %(name)s for %(n_offer_hours)s hours.",
        event=event.name,
        name=name,
        n_offer_hours=event.n_offer_hours,
    )
    told = (
        _l("%(said)s They could not be told by mail: %(why)s Call them.", said=said, why=refused)
        if refused
        else _l("%(said)s They have been told by mail.", said=said)
    )
    urgency = Urgency.NOW if refused else Urgency.INFO
    notices.notify(told, user=coordinator_of(event), urgency=urgency, source=("events", event.id), by=by)
    audit.record("events.place_offered", offer, by=by, reason=reason.strip())
    return offer


def expire_offers(event: Event) -> int:
    """Close the offers of an event whose time is over; returns how many. Their people stay on the waitlist."""
    wanted = sa.select(PlaceOffer).join(Invitation, Invitation.id == PlaceOffer.invitation_id)
    wanted = wanted.where(
        Invitation.event_id == event.id,
        PlaceOffer.state == PlaceOfferState.OPEN,
        PlaceOffer.expires_at <= clock.now(),
    )
    due = db.session.scalars(wanted.order_by(PlaceOffer.id)).all()
    for offer in due:
        before = audit.snapshot(offer)
        offer.state, offer.closed_at = PlaceOfferState.EXPIRED, clock.now()
        audit.record("events.place_offer_expired", offer, by=None, before=before)
    db.session.flush()
    return len(due)


def require_place(event: Event, *, without: Invitation | None = None) -> None:
    """Raise NoPlaceLeft unless a place can be given away; an offer to this person themselves does not stand against it."""
    n_places = queries_places.count_places(event)
    n_taken = queries_places.count_taken(event, without=without)
    if n_taken >= n_places:
        raise policies.NoPlaceLeft(
            _(
                "All %(n_places)s places are taken or kept for somebody they were offered to "
                "(%(n_taken)s). Free one, or raise the capacity first.",
                n_places=n_places,
                n_taken=n_taken,
            )
        )


def require_waiting(invitation: Invitation) -> None:
    """Raise CannotOffer unless somebody is on the waitlist and has no offer."""
    if invitation.state is not InvitationState.WAITING:
        raise policies_waves.CannotOffer(
            _("%(person)s is not on the waitlist.", person=invitation.person.name)
        )
    if queries_places.open_offer_of(invitation) is not None:
        raise policies_waves.CannotOffer(
            _("A place is kept for %(person)s already.", person=invitation.person.name)
        )
