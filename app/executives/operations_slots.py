"""Publishing windows, one or several at once, and withdrawing them."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.spoken import speaking_to
from app.events.models import Event
from app.executives import policies, queries, queries_access
from app.executives.details import SlotDetails, SlotSeriesDetails
from app.executives.models import AccessRequest, Executive, RequestState, Slot
from app.executives.models_access import HoldEnd
from app.executives.notifying import tell_asker, tidy_inbox


def publish_slot(executive: Executive, details: SlotDetails, *, by: User | None) -> Slot:
    """Offer a window at an event; windows of one executive do not overlap (X1)."""
    lock_executive(executive)
    return publish_one(executive, details, by)


def publish_slots(executive: Executive, details: SlotSeriesDetails, *, by: User | None) -> list[Slot]:
    """Offer as many windows as fit into a stretch, with a break between; all or none."""
    lock_executive(executive)
    spans = policies.cut(details.starts_at, details.ends_at, details.n_minutes, details.n_break_minutes)
    return [
        publish_one(
            executive,
            SlotDetails(
                event_id=details.event_id, starts_at=span.starts_at, ends_at=span.ends_at, zone=details.zone,
                place=details.place,
            ),
            by,
        )
        for span in spans
    ]  # fmt: skip


def publish_one(executive: Executive, details: SlotDetails, by: User | None) -> Slot:
    """One window, under the lock of its executive; one that was withdrawn comes back."""
    if not executive.is_active:
        raise policies.SlotRefused(
            _("%(executive)s is not active any more, so no time is offered.", executive=executive.name)
        )
    event = db.session.get(Event, details.event_id)
    if event is None or event.is_cancelled:
        raise NotFound(_("There is no such event, or it is cancelled."), field="event_id")
    policies.check_span(details.starts_at, details.ends_at, clock.now())
    span = policies.Span(details.starts_at, details.ends_at)
    spans = [policies.span_of(slot) for slot in queries.list_slots(executive)]
    if (taken := policies.overlapping(span, spans)) is not None:
        raise policies.SlotRefused(
            _(
                "%(executive)s offers a window at that time already: %(taken)s.",
                executive=executive.name,
                taken=policies.span_words(taken, details.zone),
            ),
            field="starts_at",
        )
    slot = queries.slot_at(executive, details.starts_at) or Slot(
        executive=executive
    )  # one withdrawn comes back
    before = audit.snapshot(slot) if slot.id else None
    slot.event, slot.starts_at, slot.ends_at, slot.zone, slot.place, slot.withdrawn_at = (
        event, details.starts_at, details.ends_at, details.zone, details.place, None,
    )  # fmt: skip
    db.session.add(slot)
    audit.record("executives.slot_published", slot, by=by, before=before)
    return slot


def withdraw_slot(slot: Slot, *, reason: str, by: User | None) -> Slot:
    """Take a window back; open requests for it are declined with the reason, an agreed meeting is not."""
    lock_executive(slot.executive)
    policies.check_reason(reason)
    if slot.withdrawn_at is not None:
        raise policies.SlotRefused(_("This window was withdrawn already."))
    meeting = queries.live_meeting_of(slot)
    if meeting is not None:
        raise policies.SlotRefused(
            _("%(person)s has this window. Cancel or move that meeting first.", person=meeting.person.name)
        )
    before = audit.snapshot(slot)
    slot.withdrawn_at = clock.now()
    wanted = (
        sa.select(AccessRequest)
        .where(AccessRequest.slot_id == slot.id, AccessRequest.state.in_(policies.UNDECIDED))
        .order_by(AccessRequest.id)
    )
    for request in db.session.scalars(wanted):
        request_before = audit.snapshot(request)
        with speaking_to(request.asked_by.locale):
            withdrawn = _("The window was withdrawn: %(reason)s", reason=reason)
        request.state, request.answer = RequestState.DECLINED, withdrawn
        request.decided_at, request.decided_by_id = clock.now(), by.id if by else None
        audit.record("executives.request_declined", request, by=by, before=request_before)
        tell_asker(request)
    for hold in queries_access.live_holds_of([slot.id]).get(slot.id, ()):
        hold_before = audit.snapshot(hold)
        hold.ended_at, hold.end = clock.now(), HoldEnd.RELEASED
        audit.record("executives.hold_released", hold, by=by, before=hold_before)
    tidy_inbox(slot.executive, by=by)
    audit.record("executives.slot_withdrawn", slot, by=by, before=before, reason=reason)
    return slot


def lock_executive(executive: Executive) -> None:
    """One decision about an executive's time at a moment: the second waits and then sees what the first did.

    On SQLite the writing transaction already stands alone.
    """
    db.session.execute(sa.select(Executive.id).where(Executive.id == executive.id).with_for_update())
