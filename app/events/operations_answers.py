"""Answers to invitations: a fact that is never refused; a full event puts a yes on the waitlist (E1)."""

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events import policies, queries
from app.events.details import AnswerDetails
from app.events.models import Event, Invitation, InvitationState, Seat
from app.events.operations_invitations import note_step, take_back_letter
from app.events.policies import INVITED_STATES
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations as outreach
from app.outreach import queries as contacts


def record_answer(invitation: Invitation, details: AnswerDetails, *, by: User | None) -> Invitation:
    """Write down an answer; `by` is None when the person gave it in the portal.

    A yes to a full event becomes a place on the waitlist: look at `state` afterwards. CannotAnswer when nothing was
    sent. The open ask of the invitation is closed, a seat given up by a no is free again.
    """
    event = _locked_event(invitation)
    if invitation.state not in INVITED_STATES:
        raise policies.CannotAnswer(
            "This invitation was not sent, or it was withdrawn, so there is nothing to answer."
        )
    if event.is_cancelled:
        raise policies.CannotAnswer(f"{event.name} is cancelled.")
    before = audit.snapshot(invitation)
    was = invitation.state
    invitation.state = _state_for(invitation, details.state, event)
    invitation.answered_at = clock.now()
    invitation.answer_channel = details.channel
    invitation.answered_by_name = details.answered_by_name
    invitation.answer_reason = details.reason
    invitation.sequence_answered = event.sequence
    _settle_places(invitation, was, event)
    note_step(invitation, by, reason=details.reason, channel=details.channel)
    ask = contacts.open_ask_of(invitation.person, "events", event.id)
    if ask is not None:
        outreach.answer_ask(ask, f"{invitation.state.value}. {details.reason}".strip(), by=by)
    _tell_coordinator(invitation, was, by, event)
    audit.record("events.answer_recorded", invitation, by=by, before=before, reason=details.reason)
    return invitation


def promote(invitation: Invitation, *, by: User, reason: str = "") -> Invitation:
    """Give somebody on the waitlist a place that is free; out of turn needs a reason (E1)."""
    event = _locked_event(invitation)
    if invitation.state is not InvitationState.WAITING:
        raise policies.NoPlaceLeft(f"{invitation.person.name} is not on the waitlist.")
    n_taken = queries.count_accepted(event)
    if n_taken >= event.capacity:
        raise policies.NoPlaceLeft(
            f"All {event.capacity} places are taken ({n_taken}). Free one, or raise the capacity first."
        )
    first = queries.list_waitlist(event)[0]
    if first.id != invitation.id and not reason.strip():
        raise policies.NoPlaceLeft(
            f"{first.person.name} is first on the waitlist. Say why it is not their turn.", field="reason"
        )
    before = audit.snapshot(invitation)
    invitation.state = InvitationState.ACCEPTED
    _settle_places(invitation, InvitationState.WAITING, event)
    note_step(invitation, by, reason=reason)
    audit.record("events.person_promoted", invitation, by=by, before=before, reason=reason.strip())
    return invitation


def move_on_waitlist(invitation: Invitation, place: int, reason: str, *, by: User) -> Invitation:
    """Move somebody to another place of the waitlist, counted from 1, with a reason."""
    event = _locked_event(invitation)
    if invitation.state is not InvitationState.WAITING:
        raise policies.NoPlaceLeft(f"{invitation.person.name} is not on the waitlist.")
    if not reason.strip():
        raise policies.ReasonNeeded("Say why the order changes; everybody who waits may ask.", field="reason")
    before = audit.snapshot(invitation)
    waiting = {one.id: one for one in queries.list_waitlist(event)}
    for number, id in enumerate(policies.renumbered(list(waiting), invitation.id, place), 1):
        waiting[id].waitlist_place = number
    audit.record("events.waitlist_moved", invitation, by=by, before=before, reason=reason.strip())
    return invitation


def withdraw(invitation: Invitation, reason: str, *, by: User) -> Invitation:
    """Take an invitation back, with a reason; it stays on record, its letter is discarded, its open ask closed."""
    event = _locked_event(invitation)
    if not reason.strip():
        raise policies.ReasonNeeded(
            "Say why the invitation is withdrawn; it stays with the person.", field="reason"
        )
    if invitation.state is InvitationState.WITHDRAWN:
        raise policies.CannotAnswer("This invitation was withdrawn already.")
    if invitation.checked_in_at is not None:
        raise policies.CannotAnswer(f"{invitation.person.name} was there, so the invitation stays.")
    before = audit.snapshot(invitation)
    was = invitation.state
    take_back_letter(invitation, by)
    invitation.state = InvitationState.WITHDRAWN
    _settle_places(invitation, was, event)
    note_step(invitation, by, reason=reason)
    ask = contacts.open_ask_of(invitation.person, "events", event.id)
    if ask is not None:
        outreach.answer_ask(ask, f"Withdrawn by us: {reason.strip()}", by=by)
    audit.record("events.invitation_withdrawn", invitation, by=by, before=before, reason=reason.strip())
    return invitation


def _locked_event(invitation: Invitation) -> Event:
    """The event, held until the end of the transaction: two answers cannot take the last place."""
    db.session.flush()
    db.session.execute(sa.select(Event.id).where(Event.id == invitation.event_id).with_for_update())
    db.session.refresh(invitation, ["state", "waitlist_place", "version"])
    return invitation.event


def _state_for(invitation: Invitation, wanted: InvitationState, event: Event) -> InvitationState:
    """A yes without a free place waits; who has a place keeps it."""
    if wanted is not InvitationState.ACCEPTED or invitation.state is InvitationState.ACCEPTED:
        return wanted
    return wanted if queries.count_accepted(event) < event.capacity else InvitationState.WAITING


def _settle_places(invitation: Invitation, was: InvitationState, event: Event) -> None:
    """Keep waitlist and seats true to the state."""
    if invitation.state is InvitationState.WAITING and was is not InvitationState.WAITING:
        others = [one.waitlist_place for one in queries.list_waitlist(event) if one.id != invitation.id]
        invitation.waitlist_place = policies.next_place(others)
    elif invitation.state is not InvitationState.WAITING and invitation.waitlist_place is not None:
        invitation.waitlist_place = None
        for number, one in enumerate(queries.list_waitlist(event), 1):
            one.waitlist_place = number
    if invitation.state is not InvitationState.ACCEPTED:
        for seat in db.session.scalars(
            sa.select(Seat).where(Seat.event_id == event.id, Seat.person_id == invitation.person_id)
        ):
            seat.person_id = None


def _tell_coordinator(invitation: Invitation, was: InvitationState, by: User | None, event: Event) -> None:
    """What the person did alone, and what undoes plans, goes to the coordinator."""
    if invitation.state is was:
        return
    gave_up = was is InvitationState.ACCEPTED
    if by is None or (gave_up and by.id != coordinator_of(event).id):
        said = f"{invitation.person.name}: {invitation.state.value} ({event.name})."
        if gave_up:
            said += " They had accepted before; look at their travel and meetings."
        urgency = Urgency.NOW if gave_up else Urgency.INFO
        notices.notify(said, user=coordinator_of(event), urgency=urgency, source=("events", event.id))
