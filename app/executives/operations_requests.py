"""Asking for time, and deciding: accepting one request declines its rivals, with alternatives (X1)."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotAllowed
from app.core.spoken import speaking_to
from app.executives import fitting, mails, policies, queries, queries_access
from app.executives.details import AcceptanceDetails, RequestDetails
from app.executives.models import AccessRequest, Meeting, MeetingRoom, RequestState, Slot
from app.executives.models_access import HoldEnd
from app.executives.notifying import tell_asker, tell_assistant, tidy_inbox
from app.executives.operations_holds import end_due, end_hold, keep_for, lock_slot
from app.executives.operations_slots import lock_executive
from app.people.models import Person

#: So many other windows are named to those who were declined.
N_ALTERNATIVES = 3


def request_access(slot: Slot, person: Person, details: RequestDetails, *, by: User) -> AccessRequest:
    """Ask for a window for a person; any number may ask, and none of them blocks the calendar (X1)."""
    now = clock.now()
    policies.check_requestable(slot, queries.invitation_state(slot.event_id, person.id), person.name, now)
    if len(queries.live_meetings_of([slot.id]).get(slot.id, ())) >= slot.capacity:
        raise policies.RequestRefused(_("This window is taken. Choose another one."))
    if queries.open_request(slot, person) is not None:
        raise policies.RequestRefused(
            _("%(person)s waits for this window already.", person=person.name), field="person_id"
        )
    request = AccessRequest(slot=slot, person=person, asked_by=by, question=details.question, asked_at=now)
    db.session.add(request)
    audit.record("executives.access_requested", request, by=by)
    tell_assistant(request)
    return request


def accept_request(
    request: AccessRequest, details: AcceptanceDetails | None = None, *, by: User | None
) -> Meeting:
    """Agree to a request: a meeting is made, its rivals are declined with alternatives named (X1).

    NobodyTwice when the executive (with buffers) or the person is elsewhere. Whoever decides second waits for the
    first and then finds the request decided or the window taken; one live meeting per window is also an index.
    """
    slot, wanted = request.slot, details or AcceptanceDetails()
    lock_slot(slot)
    lock_room(slot)
    lock_person(request.person_id)
    db.session.refresh(request)
    policies.check_open(request.state)
    end_due(slot)
    policies.check_requestable(
        slot, queries.invitation_state(slot.event_id, request.person_id), request.person.name, clock.now()
    )
    fitting.require_fit(slot, request.person)
    fitting.require_may_meet(slot, request.person)
    meeting = Meeting(
        slot=slot, executive=slot.executive, person=request.person, event=slot.event, starts_at=slot.starts_at,
        ends_at=slot.ends_at, zone=slot.zone, place=wanted.place or slot.place, terms=wanted.terms,
        room_id=slot.room_id if wanted.place in ("", slot.place) else None, chair=fitting.free_chair(slot), made_at=clock.now(),
    )  # fmt: skip
    db.session.add(meeting)
    _decide(request, RequestState.ACCEPTED, "", by)
    audit.record("executives.meeting_agreed", meeting, by=by)
    for hold in queries_access.live_holds_of([slot.id]).get(slot.id, ()):
        if hold.person_id == request.person_id:
            end_hold(hold, HoldEnd.CONFIRMED, by)
    db.session.flush()
    if meeting.chair >= slot.capacity:
        _answer_rivals(request, wanted.keep_waiting_id, by)
    tidy_inbox(slot.executive, by=by)
    if wanted.is_written_to:
        mails.tell_person(meeting, mails.News.AGREED, by=by)
    return meeting


def _answer_rivals(request: AccessRequest, keep_waiting_id: int | None, by: User | None) -> None:
    """The slot is full: its rivals are declined with alternatives, but one who may be kept waiting (X1)."""
    rivals = queries.rivals_of(request)
    if keep_waiting_id is not None and keep_waiting_id not in {rival.id for rival in rivals}:
        raise policies.RequestRefused(
            _("That request does not wait for this window any more. Look again who does."),
            field="keep_waiting_id",
        )
    for rival in rivals:
        with speaking_to(rival.asked_by.locale):
            alternatives = alternatives_to(request.slot)
            kept = _(
                "Kept waiting: the window comes to you if it becomes free. %(others)s", others=alternatives
            )
            gone = _("The window went to somebody else. %(others)s", others=alternatives)
        if rival.id == keep_waiting_id:
            _decide(rival, RequestState.WAITING, kept, by)
        else:
            _decide(rival, RequestState.DECLINED, gone, by)


def call_next(slot: Slot, *, by: User | None) -> None:
    """A slot is free again: it is held for the one who was kept waiting, who is told; under the lock."""
    waiting = queries.waiting_for(slot)
    if waiting is not None and slot.withdrawn_at is None and slot.starts_at > clock.now():
        keep_for(waiting, by)


def decline_request(request: AccessRequest, *, reason: str, by: User | None) -> AccessRequest:
    """Turn a request down with a word why; the one who asked is told, with other windows named."""
    lock_executive(request.slot.executive)
    db.session.refresh(request)
    policies.check_open(request.state)
    policies.check_reason(reason)
    with speaking_to(request.asked_by.locale):
        alternatives = alternatives_to(request.slot)
    _decide(request, RequestState.DECLINED, f"{reason.rstrip('.')}. {alternatives}", by)
    _let_go(request, by)
    tidy_inbox(request.slot.executive, by=by)
    return request


def withdraw_request(request: AccessRequest, *, by: User) -> AccessRequest:
    """The one who asked does not want it any more."""
    if by.id != request.asked_by_id:
        raise NotAllowed(_("Only the one who asked withdraws a request; an assistant declines it."))
    lock_executive(request.slot.executive)
    db.session.refresh(request)
    policies.check_open(request.state)
    before = audit.snapshot(request)
    request.state, request.decided_at, request.decided_by_id = RequestState.WITHDRAWN, clock.now(), by.id
    audit.record("executives.request_withdrawn", request, by=by, before=before)
    _let_go(request, by)
    tidy_inbox(request.slot.executive, by=by)
    return request


def _let_go(request: AccessRequest, by: User | None) -> None:
    """A slot held for a request that is over is free again; whoever waits is told."""
    for hold in queries_access.live_holds_of([request.slot_id]).get(request.slot_id, ()):
        if hold.request_id == request.id:
            end_hold(hold, HoldEnd.RELEASED, by)


def alternatives_to(slot: Slot) -> str:
    """Other windows of the same executive at the same event that are still free, in a sentence."""
    slots = queries.list_slots(slot.executive, event=slot.event)
    free = fitting.fitting_slots(slot.executive, slots, clock.now())
    words = [policies.span_words(policies.span_of(row), row.zone) for row in free if row.id != slot.id]
    if not words:
        return str(_("There is no other free window at this event."))
    return str(_("Still free: %(words)s.", words="; ".join(words[:N_ALTERNATIVES])))


def _decide(request: AccessRequest, state: RequestState, answer: str, by: User | None) -> None:
    before = audit.snapshot(request)
    request.state, request.answer = state, answer
    request.decided_at, request.decided_by_id = clock.now(), by.id if by else None
    audit.record(f"executives.request_{state.value}", request, by=by, before=before)
    tell_asker(request)


def lock_room(slot: Slot) -> None:
    """After the executive and before the person, always in this order, so that two decisions never wait for each other."""
    if slot.room_id is not None:
        db.session.execute(sa.select(MeetingRoom.id).where(MeetingRoom.id == slot.room_id).with_for_update())


def lock_person(person_id: int) -> None:
    """The last of the three."""
    db.session.execute(sa.select(Person.id).where(Person.id == person_id).with_for_update())
