"""Answers to invitations: a fact that is never refused; a full event puts a yes on the waitlist (E1)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import later, marked
from app.core.spoken import within
from app.events import policies, policies_waves, queries, queries_places
from app.events.details import AnswerDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState
from app.events.models_waves import Guest, GuestHow, GuestState, PendingAnswer, PendingWhy
from app.events.operations_invitations import note_step
from app.events.operations_news import write_withdrawal
from app.events.operations_places import (
    free_seat_of,
    lock_with_event,
    offer_free_places,
    require_place,
    settle_places,
)
from app.events.policies import INVITED_STATES, SILENT_STATES
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations as outreach
from app.outreach import queries as contacts
from app.people.models import Person

#: What takes or wants a place: after the deadline such an answer waits for the coordinator.
_WANTS_A_PLACE = frozenset(
    {InvitationState.ACCEPTED, InvitationState.WAITING, InvitationState.TENTATIVE, InvitationState.DELEGATED}
)
_HAS_A_PLACE = frozenset({InvitationState.ACCEPTED, InvitationState.WAITING})


def record_answer(invitation: Invitation, details: AnswerDetails, *, by: User | None) -> Invitation:
    """Write down an answer; `by` is None when the person gave it in the portal or by mail.

    A yes to a full event becomes a place on the waitlist: look at `state` afterwards. A yes of their own after the
    deadline of the wave is written down and waits for the coordinator: `queries_places.pending_answer_of`. CannotAnswer
    when nothing was sent. The open ask of the invitation is closed unless they said perhaps; a place given up by a no
    is offered to whoever waits.
    """
    event = lock_with_event(invitation)
    _require_answerable(invitation, event)
    is_late = policies_waves.is_late(queries_places.wave_of(invitation), clock.now())
    # Neither they nor their agency decide what becomes of a late yes; staff do, by writing it down.
    is_theirs = by is None or by.role is Role.PARTNER
    if is_theirs and is_late and details.state in _WANTS_A_PLACE and invitation.state not in _HAS_A_PLACE:
        keep_for_decision(invitation, details, PendingWhy.LATE, by=by)
        return invitation
    before = audit.snapshot(invitation)
    was = invitation.state
    invitation.state = _state_for(invitation, details.state, event)
    invitation.answered_at = clock.now()
    invitation.answer_channel = details.channel
    invitation.answered_by_name = details.answered_by_name
    invitation.answer_reason = details.reason
    invitation.sequence_answered = event.sequence
    if details.channel is AnswerChannel.PORTAL and invitation.opened_at is None:
        invitation.opened_at = clock.now()
    settle_places(invitation, was, event)
    note_step(invitation, by, reason=details.reason, channel=details.channel)
    _settle_guests(invitation, details, by)
    _settle_pending(invitation, by, marked("Another answer was recorded."))
    ask = contacts.open_ask_of(invitation.person, "events", event.id)
    if ask is not None and invitation.state is not InvitationState.TENTATIVE:
        outreach.answer_ask(ask, f"{invitation.state.value}. {details.reason}".strip(), by=by)
    _tell_coordinator(invitation, was, by, event)
    audit.record("events.answer_recorded", invitation, by=by, before=before, reason=details.reason)
    # The place of who sends a colleague waits for the coordinator's word on them.
    gave_back = was is InvitationState.ACCEPTED and invitation.state not in {was, InvitationState.DELEGATED}
    stopped_waiting = was is InvitationState.WAITING and invitation.state is not InvitationState.ACCEPTED
    if gave_back or stopped_waiting:
        offer_free_places(event, by=by)
    return invitation


def note_opened(person: Person, *, by: User | None) -> int:
    """They came in by a link of theirs: what they were sent and had not answered is before them now; how many."""
    unseen = [
        one
        for one in queries.list_invitations_of(person)
        if one.state in SILENT_STATES and one.sent_at is not None and one.opened_at is None
    ]
    for one in unseen:
        before = audit.snapshot(one)
        one.opened_at = clock.now()
        audit.record("events.invitation_opened", one, by=by, before=before)
    return len(unseen)


def keep_for_decision(
    invitation: Invitation, details: AnswerDetails, why: PendingWhy, *, by: User | None
) -> PendingAnswer:
    """Put an answer on record that the coordinator admits or refuses; the same again is the first one."""
    known = queries_places.pending_answer_of(invitation)
    if known is not None and (known.state, known.reason) == (details.state, details.reason):
        return known
    _settle_pending(invitation, by, marked("A later answer stands in its place."))
    pending = PendingAnswer(
        invitation_id=invitation.id, state=details.state, channel=details.channel, why=why, reason=details.reason,
        answered_by_name=details.answered_by_name, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(pending)
    if details.guest is not None:
        add_guest(
            invitation, details.guest.name, details.guest.email, details.guest.words, GuestHow.DELEGATE, by=by
        )
    db.session.flush()
    told = {
        "person": invitation.person.name, "event": invitation.event.name, "state": later(within, details.state),
    }  # fmt: skip
    said = (
        _l("%(person)s answered after the deadline (%(event)s): %(state)s. Admit it or refuse it.", **told)
        if why is PendingWhy.LATE
        else _l(
            "%(person)s answered by a link that had answered already (%(event)s): %(state)s. Admit it or refuse it.",
            **told,
        )
    )
    _leave_to_coordinator(invitation, said, by)
    audit.record("events.answer_kept", pending, by=by)
    return pending


def decide_answer(pending: PendingAnswer, is_admitted: bool, reason: str = "", *, by: User) -> PendingAnswer:
    """Admit an answer that waits, which then counts like any other, or refuse it with a reason."""
    lock_with_event(pending.invitation)
    db.session.refresh(pending, ["is_admitted"])
    if pending.is_admitted is not None:
        raise policies_waves.CannotDecide(_("This was decided already."))
    if not is_admitted and not reason.strip():
        raise policies.ReasonNeeded(_("Say why it does not count; they may ask."), field="reason")
    before = audit.snapshot(pending)
    pending.is_admitted, pending.decided_at = is_admitted, clock.now()
    pending.decided_by_id, pending.decision_reason = by.id, reason.strip()
    audit.record("events.answer_decided", pending, by=by, before=before, reason=reason.strip())
    if is_admitted:
        details = AnswerDetails(
            state=pending.state,
            channel=pending.channel,
            reason=pending.reason,
            answered_by_name=pending.answered_by_name,
        )
        record_answer(pending.invitation, details, by=by)
    return pending


def add_guest(
    invitation: Invitation, name: str, email: str, words: str, how: GuestHow, *, by: User | None
) -> Guest:
    """Note somebody who would come in the place of, or beside, an invited person; the coordinator decides.

    The same name and address again is the first one; nobody becomes a person of ours by it.
    """
    for known in queries_places.guests_of(invitation):
        same = (known.name.casefold(), known.email.casefold()) == (
            name.strip().casefold(),
            email.strip().casefold(),
        )
        if same and known.state in {GuestState.PENDING, GuestState.ADMITTED}:
            return known
    guest = Guest(
        invitation_id=invitation.id, name=name.strip(), email=email.strip(), how=how, words=words.strip(),
        made_at=clock.now(), state=GuestState.PENDING,
    )  # fmt: skip
    db.session.add(guest)
    db.session.flush()
    told = {"guest": guest.name, "event": invitation.event.name, "person": invitation.person.name}
    said = (
        _l("%(guest)s would come to %(event)s, sent by %(person)s. Admit them or refuse.", **told)
        if how is GuestHow.DELEGATE
        else _l(
            "%(guest)s would come to %(event)s, with the letter of %(person)s. Admit them or refuse.", **told
        )
    )
    _leave_to_coordinator(invitation, said, by)
    audit.record("events.guest_noted", guest, by=by)
    return guest


def decide_guest(guest: Guest, is_admitted: bool, reason: str = "", *, by: User) -> Guest:
    """Admit a guest, who then takes a place, or refuse or dismiss them with a reason. NoPlaceLeft, CannotDecide."""
    event = lock_with_event(guest.invitation)
    db.session.refresh(guest, ["state", "checked_in_at"])
    was = guest.state
    if (was, is_admitted) not in {
        (GuestState.PENDING, True),
        (GuestState.PENDING, False),
        (GuestState.ADMITTED, False),
    }:
        raise policies_waves.CannotDecide(_("This was decided already."))
    if is_admitted and event.is_cancelled:
        raise policies.EventIsOver(_("%(event)s is cancelled.", event=event.name))
    if guest.checked_in_at is not None:
        raise policies_waves.CannotDecide(
            _("%(guest)s was there, so they stay among those who came.", guest=guest.name)
        )
    if is_admitted:
        require_place(event)
    elif not reason.strip():
        raise policies.ReasonNeeded(_("Say why they cannot come; they may ask."), field="reason")
    before = audit.snapshot(guest)
    ends = GuestState.LEFT if was is GuestState.ADMITTED else GuestState.REFUSED
    guest.state = GuestState.ADMITTED if is_admitted else ends
    guest.decided_at, guest.decided_by_id, guest.reason = clock.now(), by.id, reason.strip()
    if is_admitted:
        guest.badge = guest.badge or guest.invitation.badge
    else:
        free_seat_of(guest, by=by)
    db.session.flush()
    audit.record("events.guest_decided", guest, by=by, before=before, reason=reason.strip())
    if not is_admitted:
        offer_free_places(event, by=by)
    return guest


def promote(invitation: Invitation, *, by: User, reason: str = "") -> Invitation:
    """Give somebody on the waitlist a place that is free; out of turn needs a reason (E1)."""
    event = lock_with_event(invitation)
    if invitation.state is not InvitationState.WAITING:
        raise policies.NoPlaceLeft(_("%(person)s is not on the waitlist.", person=invitation.person.name))
    require_place(event, without=invitation)
    first = queries.list_waitlist(event)[0]
    has_offer = queries_places.open_offer_of(invitation) is not None
    if first.id != invitation.id and not has_offer and not reason.strip():
        raise policies.NoPlaceLeft(
            _("%(person)s is first on the waitlist. Say why it is not their turn.", person=first.person.name),
            field="reason",
        )
    before = audit.snapshot(invitation)
    invitation.state = InvitationState.ACCEPTED
    settle_places(invitation, InvitationState.WAITING, event)
    note_step(invitation, by, reason=reason)
    audit.record("events.person_promoted", invitation, by=by, before=before, reason=reason.strip())
    return invitation


def move_on_waitlist(
    invitation: Invitation, place: int, reason: str, *, by: User, seen_version: int | None = None
) -> Invitation:
    """Move somebody to another place of the waitlist, counted from 1, with a reason. Raises Overtaken."""
    event = lock_with_event(invitation)
    check_version(invitation, seen_version)
    if invitation.state is not InvitationState.WAITING:
        raise policies.NoPlaceLeft(_("%(person)s is not on the waitlist.", person=invitation.person.name))
    if not reason.strip():
        raise policies.ReasonNeeded(
            _("Say why the order changes; everybody who waits may ask."), field="reason"
        )
    before = audit.snapshot(invitation)
    waiting = {one.id: one for one in queries.list_waitlist(event)}
    for number, id in enumerate(policies.renumbered(list(waiting), invitation.id, place), 1):
        waiting[id].waitlist_place = number
    audit.record("events.waitlist_moved", invitation, by=by, before=before, reason=reason.strip())
    return invitation


def withdraw(invitation: Invitation, reason: str, *, by: User) -> Invitation:
    """Take an invitation back, with a reason; it stays on record, its letter is discarded, its open ask closed.

    Whoever had got the letter is written to, held in the outbox; the letter takes the event out of their calendar (C1).
    """
    event = lock_with_event(invitation)
    if not reason.strip():
        raise policies.ReasonNeeded(
            _("Say why the invitation is withdrawn; it stays with the person."), field="reason"
        )
    if invitation.state is InvitationState.WITHDRAWN:
        raise policies.CannotAnswer(_("This invitation was withdrawn already."))
    if invitation.checked_in_at is not None:
        raise policies.CannotAnswer(
            _("%(person)s was there, so the invitation stays.", person=invitation.person.name)
        )
    before = audit.snapshot(invitation)
    was = invitation.state
    write_withdrawal(invitation, by=by)
    invitation.state = InvitationState.WITHDRAWN
    settle_places(invitation, was, event)
    note_step(invitation, by, reason=reason)
    ask = contacts.open_ask_of(invitation.person, "events", event.id)
    if ask is not None:
        outreach.answer_ask(ask, f"Withdrawn by us: {reason.strip()}", by=by)
    audit.record("events.invitation_withdrawn", invitation, by=by, before=before, reason=reason.strip())
    if was in _HAS_A_PLACE:
        offer_free_places(event, by=by)
    return invitation


def _require_answerable(invitation: Invitation, event: Event) -> None:
    if invitation.state not in INVITED_STATES:
        raise policies.CannotAnswer(
            _("This invitation was not sent, or it was withdrawn, so there is nothing to answer.")
        )
    if event.is_cancelled:
        raise policies.CannotAnswer(_("%(event)s is cancelled.", event=event.name))


def _state_for(invitation: Invitation, wanted: InvitationState, event: Event) -> InvitationState:
    """A yes without a free place waits; who has a place keeps it, and the place kept for somebody is theirs."""
    if wanted is not InvitationState.ACCEPTED or invitation.state is InvitationState.ACCEPTED:
        return wanted
    is_free = queries_places.count_free(event, without=invitation) > 0
    return wanted if is_free else InvitationState.WAITING


def _settle_guests(invitation: Invitation, details: AnswerDetails, by: User | None) -> None:
    """A colleague is noted; who comes after all sends nobody, as long as nobody was admitted."""
    if details.guest is not None:
        add_guest(
            invitation, details.guest.name, details.guest.email, details.guest.words, GuestHow.DELEGATE, by=by
        )
    if details.state is InvitationState.DELEGATED:
        return
    for guest in queries_places.guests_of(invitation):
        if guest.how is GuestHow.DELEGATE and guest.state is GuestState.PENDING:
            before = audit.snapshot(guest)
            guest.state, guest.decided_at = GuestState.LEFT, clock.now()
            guest.reason = marked("The invited person answered otherwise.")
            audit.record("events.guest_decided", guest, by=by, before=before)


def _settle_pending(invitation: Invitation, by: User | None, why: str) -> None:
    """An answer that counts now stands in the place of one that waits."""
    pending = queries_places.pending_answer_of(invitation)
    if pending is not None:
        before = audit.snapshot(pending)
        pending.is_admitted, pending.decided_at = False, clock.now()
        pending.decision_reason = why
        audit.record("events.answer_decided", pending, by=by, before=before)


def _leave_to_coordinator(invitation: Invitation, said: str, by: User | None) -> None:
    about = ("events", invitation.event_id)
    notices.notify(said, user=coordinator_of(invitation.event), urgency=Urgency.SOON, source=about, by=by)


def _tell_coordinator(invitation: Invitation, was: InvitationState, by: User | None, event: Event) -> None:
    """What the person did alone, and what undoes plans, goes to the coordinator."""
    if invitation.state is was:
        return
    gave_up = was is InvitationState.ACCEPTED
    if by is None or (gave_up and by.id != coordinator_of(event).id):
        state = later(within, invitation.state)
        said = _l(
            "%(person)s: %(state)s (%(event)s).", person=invitation.person.name, state=state, event=event.name
        )
        if gave_up:
            said = _l("%(said)s They had accepted before; look at their travel and meetings.", said=said)
        urgency = Urgency.NOW if gave_up else Urgency.INFO
        notices.notify(said, user=coordinator_of(event), urgency=urgency, source=("events", event.id))
