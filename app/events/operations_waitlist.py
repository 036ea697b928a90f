"""Offers of a freed place: made by hand too, taken, refused by "no thanks", taken back, or at their end (E1)."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, waking
from app.core.db import check_version, db, transaction
from app.core.i18n import marked
from app.events import policies, policies_waves, queries_places
from app.events.details import AnswerDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState
from app.events.models_waves import PlaceOffer, PlaceOfferState, Wave
from app.events.operations_answers import record_answer
from app.events.operations_places import (
    lock_event,
    lock_with_event,
    make_offer,
    offer_free_places,
    require_place,
    require_waiting,
)
from app.events.operations_waves import release_wave

_AT_ONCE = 50


def offer_place(invitation: Invitation, *, by: User, reason: str = "") -> PlaceOffer:
    """Keep a free place for somebody who waits, in or out of turn; out of turn needs a reason."""
    event = lock_with_event(invitation)
    require_waiting(invitation)
    require_place(event)
    is_next = any(one.is_next and one.id == invitation.id for one in queries_places.list_waiting(event))
    if not is_next and not reason.strip():
        raise policies.ReasonNeeded(_("It is not their turn. Say why they are offered it."), field="reason")
    return make_offer(invitation, event, by=by, reason=reason)


def take_offer(offer: PlaceOffer, *, by: User | None) -> Invitation:
    """The person takes the place that is kept for them; pressed twice it is taken once. OfferIsOver."""
    event = lock_with_event(offer.invitation)
    db.session.refresh(offer)
    if offer.state is PlaceOfferState.TAKEN and offer.invitation.state is InvitationState.ACCEPTED:
        return offer.invitation
    _require_open(offer, event)
    details = AnswerDetails(
        state=InvitationState.ACCEPTED, channel=AnswerChannel.PORTAL, reason=marked("Took the place offered.")
    )
    # Recorded like any answer; the deadline of the wave does not stand against a place that is kept.
    taken = record_answer(offer.invitation, details, by=by)
    audit.record("events.place_offer_taken", offer, by=by)
    return taken


def refuse_offer(offer: PlaceOffer, reason: str = "", *, by: User | None) -> Invitation:
    """ "No thanks": the place is free at once and goes to the next; pressed twice it is refused once. OfferIsOver."""
    event = lock_with_event(offer.invitation)
    db.session.refresh(offer)
    if offer.state is PlaceOfferState.REFUSED and offer.invitation.state is InvitationState.DECLINED:
        return offer.invitation
    _require_open(offer, event)
    said = reason.strip() or marked("No thanks to the place offered.")
    details = AnswerDetails(state=InvitationState.DECLINED, channel=AnswerChannel.PORTAL, reason=said)
    refused = record_answer(offer.invitation, details, by=by)
    audit.record("events.place_offer_refused", offer, by=by, reason=reason.strip())
    return refused


def take_back_offer(offer: PlaceOffer, reason: str, *, by: User) -> PlaceOffer:
    """End an offer before its time, with a reason; the person waits on, and the place is free to be offered."""
    event = lock_with_event(offer.invitation)
    db.session.refresh(offer)
    _require_open(offer, event)
    if not reason.strip():
        raise policies.ReasonNeeded(_("Say why the place is not kept any more."), field="reason")
    before = audit.snapshot(offer)
    offer.state, offer.closed_at = PlaceOfferState.ENDED, clock.now()
    offer.reason = f"{offer.reason} {reason.strip()}".strip()
    db.session.flush()
    audit.record("events.place_offer_ended", offer, by=by, before=before, reason=reason.strip())
    return offer


def set_offer_hours(event: Event, n_hours: int, *, by: User, seen_version: int | None = None) -> Event:
    """How long a place is kept for somebody it was offered to; offers that are out keep their end. Raises Overtaken."""
    check_version(event, seen_version)
    before = audit.snapshot(event)
    event.n_offer_hours = n_hours
    audit.record("events.offer_hours_set", event, by=by, before=before)
    return event


def _require_open(offer: PlaceOffer, event: Event) -> None:
    if not policies_waves.is_open(offer, clock.now()) or event.is_cancelled:
        raise policies_waves.OfferIsOver(
            _("This place is not kept any more. Write to us if you would still like to come.")
        )


# -- the worker ------------------------------------------------------------------------------------


def run_due() -> int:
    """End offers whose time is over and offer the places on; release waves at their deadline. Twice does it once."""
    return _end_offers() + _release_waves()


def _end_offers() -> int:
    due = (
        sa.select(Invitation.event_id)
        .join(PlaceOffer, PlaceOffer.invitation_id == Invitation.id)
        .where(PlaceOffer.state == PlaceOfferState.OPEN, PlaceOffer.expires_at <= clock.now())
        .distinct()
        .order_by(Invitation.event_id)
        .limit(_AT_ONCE)
    )
    ids = db.session.scalars(due).all()
    if not ids:
        return 0
    with transaction():
        for id in ids:
            offer_free_places(lock_event(id), by=None)
    return len(ids)


def _release_waves() -> int:
    due = (
        sa.select(Wave.id)
        .join(Event, Event.id == Wave.event_id)
        .where(
            Wave.is_released_by_itself.is_(True), Wave.released_at.is_(None), Wave.answer_by_at <= clock.now(),
            Event.is_cancelled.is_(False),
        )
        .order_by(Wave.answer_by_at, Wave.number)
        .limit(_AT_ONCE)
    )  # fmt: skip
    ids = db.session.scalars(due).all()
    n_done = 0
    for id in ids:
        with transaction():
            wave = db.session.get_one(Wave, id)
            lock_event(wave.event_id)  # the button takes the same lock first
            db.session.refresh(wave)
            is_due = wave.answer_by_at is not None and wave.answer_by_at <= clock.now()
            if wave.released_at is None and wave.is_released_by_itself and is_due:
                release_wave(wave, by=None)
                n_done += 1
    return n_done


waking.step("events", run_due)
