"""Asking for time, and deciding: accepting one request declines its rivals, with alternatives (X1)."""

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotAllowed
from app.executives import policies, queries
from app.executives.details import AcceptanceDetails, RequestDetails
from app.executives.models import AccessRequest, Meeting, RequestState, Slot
from app.executives.notifying import tell_asker, tell_assistant, tidy_inbox
from app.executives.operations_slots import lock_executive
from app.people.models import Person

#: So many other windows are named to those who were declined.
N_ALTERNATIVES = 3


def request_access(slot: Slot, person: Person, details: RequestDetails, *, by: User) -> AccessRequest:
    """Ask for a window for a person; any number may ask, and none of them blocks the calendar (X1)."""
    now = clock.now()
    policies.check_requestable(slot, queries.invitation_state(slot.event_id, person.id), person.name, now)
    if queries.live_meeting_of(slot) is not None:
        raise policies.RequestRefused("This window is taken. Choose another one.")
    if queries.open_request(slot, person) is not None:
        raise policies.RequestRefused(f"{person.name} waits for this window already.", field="person_id")
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
    lock_executive(slot.executive)
    _lock_person(request.person_id)
    db.session.refresh(request)
    db.session.refresh(slot)
    policies.check_open(request.state)
    policies.check_requestable(
        slot, queries.invitation_state(slot.event_id, request.person_id), request.person.name, clock.now()
    )
    taken = queries.live_meeting_of(slot)
    if taken is not None:
        raise policies.NobodyTwice(f"{taken.person.name} has this window already. Choose another one.")
    policies.check_free(
        policies.span_of(slot), queries.spans_of_executive(slot.executive_id),
        queries.spans_of_person(request.person_id), slot.executive.n_buffer_minutes,
        (slot.executive.name, request.person.name),
    )  # fmt: skip
    meeting = Meeting(
        slot=slot, executive=slot.executive, person=request.person, event=slot.event, starts_at=slot.starts_at,
        ends_at=slot.ends_at, zone=slot.zone, place=wanted.place or slot.place, terms=wanted.terms,
        made_at=clock.now(),
    )  # fmt: skip
    db.session.add(meeting)
    _decide(request, RequestState.ACCEPTED, "", by)
    audit.record("executives.meeting_agreed", meeting, by=by)
    alternatives = alternatives_to(slot)
    for rival in queries.rivals_of(request):
        _decide(rival, RequestState.DECLINED, f"The window went to somebody else. {alternatives}", by)
    tidy_inbox(slot.executive, by=by)
    return meeting


def decline_request(request: AccessRequest, *, reason: str, by: User | None) -> AccessRequest:
    """Turn a request down with a word why; the one who asked is told, with other windows named."""
    lock_executive(request.slot.executive)
    db.session.refresh(request)
    policies.check_open(request.state)
    policies.check_reason(reason)
    _decide(request, RequestState.DECLINED, f"{reason.rstrip('.')}. {alternatives_to(request.slot)}", by)
    tidy_inbox(request.slot.executive, by=by)
    return request


def withdraw_request(request: AccessRequest, *, by: User) -> AccessRequest:
    """The one who asked does not want it any more."""
    if by.id != request.asked_by_id:
        raise NotAllowed("Only the one who asked withdraws a request; an assistant declines it.")
    lock_executive(request.slot.executive)
    db.session.refresh(request)
    policies.check_open(request.state)
    before = audit.snapshot(request)
    request.state, request.decided_at, request.decided_by_id = RequestState.WITHDRAWN, clock.now(), by.id
    audit.record("executives.request_withdrawn", request, by=by, before=before)
    tidy_inbox(request.slot.executive, by=by)
    return request


def alternatives_to(slot: Slot) -> str:
    """Other windows of the same executive at the same event that are still free, in a sentence."""
    free = queries.free_slots(slot.executive, slot.event, clock.now())
    words = [policies.span_words(policies.span_of(row), row.zone) for row in free if row.id != slot.id]
    if not words:
        return "There is no other free window at this event."
    return f"Still free: {'; '.join(words[:N_ALTERNATIVES])}."


def _decide(request: AccessRequest, state: RequestState, answer: str, by: User | None) -> None:
    before = audit.snapshot(request)
    request.state, request.answer = state, answer
    request.decided_at, request.decided_by_id = clock.now(), by.id if by else None
    audit.record(f"executives.request_{state.value}", request, by=by, before=before)
    tell_asker(request)


def _lock_person(person_id: int) -> None:
    """After the executive, always in this order, so that two decisions never wait for each other."""
    db.session.execute(sa.select(Person.id).where(Person.id == person_id).with_for_update())
