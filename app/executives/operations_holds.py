"""Holding a slot for a while, letting go of it, and holds that end by themselves: whoever waits is told (X1)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, waking
from app.core.db import db, transaction
from app.executives import fitting, policies, policies_access, queries, queries_access
from app.executives.models import AccessRequest, RequestState, Slot
from app.executives.models_access import HoldEnd, SlotHold
from app.executives.notifying import tell_of_hold
from app.executives.operations_slots import lock_executive

#: So many holds are looked at in one round of the worker.
_AT_ONCE = 50


def hold_slot(request: AccessRequest, *, by: User | None) -> SlotHold:
    """Keep the slot for the person of a request, for the hours the event says; rivals are not declined (X1).

    NobodyTwice when it is taken, held for somebody else, or the person is elsewhere.
    """
    slot = request.slot
    lock_slot(slot)
    db.session.refresh(request)
    if request.state not in (RequestState.OPEN, RequestState.WAITING):
        policies.check_open(request.state)
    end_due(slot)
    if any(
        one.person_id == request.person_id for one in queries_access.live_holds_of([slot.id]).get(slot.id, ())
    ):
        raise policies_access.HoldRefused(
            _("This window is held for %(person)s already.", person=request.person.name)
        )
    now = clock.now()
    policies.check_requestable(
        slot, queries.invitation_state(slot.event_id, request.person_id), request.person.name, now
    )
    fitting.require_fit(slot, request.person)
    return keep_for(request, by)


def keep_for(request: AccessRequest, by: User | None) -> SlotHold:
    """Write the hold down, and tell who waits; the caller holds the lock and knows that it fits."""
    slot, now = request.slot, clock.now()
    n_hours = queries_access.terms_of(slot.event).n_hold_hours
    hold = SlotHold(
        slot=slot, person=request.person, request=request, made_by_id=by.id if by else None, made_at=now,
        expires_at=policies_access.hold_until(now, n_hours, slot.starts_at),
    )  # fmt: skip
    before = audit.snapshot(request)
    request.state = RequestState.OPEN
    db.session.add(hold)
    db.session.flush()
    audit.record("executives.slot_held", hold, by=by)
    audit.record("executives.request_held", request, by=by, before=before)
    tell_of_hold(hold, "held")
    return hold


def release_hold(hold: SlotHold, *, by: User | None) -> None:
    """Let go of a slot before its time; whoever waits is told."""
    lock_slot(hold.slot)
    db.session.refresh(hold)
    if hold.ended_at is not None:
        raise policies_access.HoldRefused(
            _("This hold has ended already: %(end)s. Reload the page.", end=hold.end)
        )
    end_hold(hold, HoldEnd.RELEASED, by)


def end_hold(hold: SlotHold, end: HoldEnd, by: User | None) -> None:
    """Note how a hold ended; unless it became a meeting, all who wait for the slot hear that it is free."""
    before = audit.snapshot(hold)
    hold.ended_at, hold.end = clock.now(), end
    audit.record(f"executives.hold_{end.value}", hold, by=by, before=before)
    if end is not HoldEnd.CONFIRMED:
        tell_of_hold(hold, end.value)


def end_due(slot: Slot) -> int:
    """Note the holds of a slot whose time is over, so that nothing is refused for their sake; under the lock."""
    now = clock.now()
    due = [one for one in queries_access.live_holds_of([slot.id]).get(slot.id, ()) if one.expires_at <= now]
    for one in due:
        end_hold(one, HoldEnd.EXPIRED, None)
    db.session.flush()
    return len(due)


def run_due() -> int:
    """End the holds whose time is over, one transaction each; returns how many. Never call it inside a transaction."""
    n_done = 0
    for id in queries_access.due_holds(clock.now(), _AT_ONCE):
        with transaction():
            hold = db.session.get_one(SlotHold, id)
            lock_slot(hold.slot)
            db.session.refresh(hold)
            if hold.ended_at is None and hold.expires_at <= clock.now():
                end_hold(hold, HoldEnd.EXPIRED, None)
                n_done += 1
    return n_done


def lock_slot(slot: Slot) -> None:
    """The executive's time, and what is known of the slot, as they are now."""
    lock_executive(slot.executive)
    db.session.refresh(slot)


waking.step("executives", run_due)
