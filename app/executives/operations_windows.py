"""Offering a stretch of time, cut into slots with preparation, wrap-up and a room; taking it back; the rooms themselves."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.events.models import Event
from app.executives import policies, policies_access, queries, queries_access
from app.executives.details import AvailabilityDetails, SlotDetails
from app.executives.models import Availability, Executive, MeetingRoom, Slot
from app.executives.operations_slots import lock_executive, publish_one, withdraw_slot


def offer_stretch(
    executive: Executive, details: AvailabilityDetails, *, by: User | None
) -> tuple[Availability, list[Slot]]:
    """Publish a stretch and the slots it is cut into; slots that would touch a protected break are left out (X1).

    SlotRefused when nothing is left, or a slot overlaps one that is offered; all or none.
    """
    lock_executive(executive)
    event = db.session.get(Event, details.event_id)
    if event is None or event.is_cancelled:
        raise NotFound(_("There is no such event, or it is cancelled."), field="event_id")
    room = queries_access.get_room(details.room_id, event) if details.room_id is not None else None
    spans = policies_access.cut_stretch(
        details.starts_at, details.ends_at, details.n_slot_minutes, details.n_preparation_minutes,
        details.n_wrap_up_minutes,
    )  # fmt: skip
    breaks = queries_access.breaks_of(executive, {event.id})
    kept = [span for span in spans if policies_access.breaks_between(span, breaks, details.zone) is None]
    if not kept:
        raise policies.SlotRefused(
            _("Every slot of this stretch would lie in a protected break."), field="starts_at"
        )
    stretch = Availability(
        executive=executive, event=event, room=room, made_by_id=by.id if by else None, made_at=clock.now(),
        **details.model_dump(exclude={"event_id", "room_id"}),
    )  # fmt: skip
    stretch.place = details.place or (room.name if room else "")
    db.session.add(stretch)
    db.session.flush()
    slots = [_slot_of(stretch, span, by) for span in kept]
    audit.record("executives.availability_offered", stretch, by=by)
    return stretch, slots


def _slot_of(stretch: Availability, span: policies.Span, by: User | None) -> Slot:
    slot = publish_one(
        stretch.executive,
        SlotDetails(
            event_id=stretch.event_id, starts_at=span.starts_at, ends_at=span.ends_at, zone=stretch.zone,
            place=stretch.place,
        ),
        by,
    )  # fmt: skip
    slot.availability, slot.room, slot.capacity = stretch, stretch.room, stretch.capacity
    slot.n_preparation_minutes, slot.n_wrap_up_minutes = (
        stretch.n_preparation_minutes,
        stretch.n_wrap_up_minutes,
    )
    return slot


def withdraw_stretch(stretch: Availability, *, reason: str, by: User | None) -> int:
    """Take back what nobody has taken of a stretch; agreed meetings stay, and are said. Returns how many slots went."""
    lock_executive(stretch.executive)
    policies.check_reason(reason)
    db.session.refresh(stretch)
    if stretch.withdrawn_at is not None:
        raise policies.SlotRefused(_("This stretch was withdrawn already."))
    before = audit.snapshot(stretch)
    stretch.withdrawn_at = clock.now()
    slots = [
        slot
        for slot in queries.list_slots(stretch.executive, event=stretch.event)
        if slot.availability_id == stretch.id
    ]
    taken = queries.live_meetings_of([slot.id for slot in slots])
    free = [slot for slot in slots if slot.id not in taken]
    for slot in free:
        withdraw_slot(slot, reason=reason, by=by)
    audit.record("executives.availability_withdrawn", stretch, by=by, before=before, reason=reason)
    return len(free)


def add_room(event: Event, name: str, building: str, *, by: User | None) -> MeetingRoom:
    """A room of an event in which one meeting takes place at a time; one no longer used comes back by its name."""
    name = " ".join(name.split())
    known = next(
        (
            one
            for one in queries_access.list_rooms(event, is_retired=True)
            if one.name.casefold() == name.casefold()
        ),
        None,
    )
    if known is not None and not known.is_retired:
        raise policies.SlotRefused(_("There is a room of this name at the event already."), field="name")
    room = known or MeetingRoom(event=event, name=name)
    before = audit.snapshot(room) if known is not None else None
    room.building, room.is_retired = building.strip(), False
    db.session.add(room)
    audit.record("executives.room_added", room, by=by, before=before)
    return room


def retire_room(room: MeetingRoom, *, by: User | None) -> None:
    """No new meeting takes place there; agreed ones stay."""
    before = audit.snapshot(room)
    room.is_retired = True
    audit.record("executives.room_retired", room, by=by, before=before)
