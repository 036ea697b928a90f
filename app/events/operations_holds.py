"""Holding seats for somebody, releasing them, and whether a seat suits what a guest told those who serve them (E3, R4)."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import check_version, db
from app.events import policies, queries_seats
from app.events.details_day import HoldDetails
from app.events.models_day import Seat
from app.events.operations_places import lock_event
from app.people import operations_hospitality
from app.people.models import Person


def hold_seats(seats: Sequence[Seat], details: HoldDetails, *, by: User) -> Sequence[Seat]:
    """Keep seats free for somebody, with a reason; a seat somebody has cannot be held."""
    if not seats:
        raise policies.CannotSeat(_("Tick the seats first."))
    lock_event(seats[0].event_id)
    for seat in seats:
        db.session.refresh(seat, ["person_id", "guest_id", "held_for"])
        if seat.event_id != seats[0].event_id:
            raise policies.CannotSeat(_("These are seats of two events. Hold them one event at a time."))
        if seat.is_taken:
            raise policies.CannotSeat(
                _("%(seat)s is taken. Free it first, or leave it out.", seat=seat.label)
            )
        if seat.held_for and seat.held_for != details.held_for:
            raise policies.CannotSeat(
                _(
                    "%(seat)s is held for %(held_for)s already. Release it first.",
                    seat=seat.label,
                    held_for=seat.held_for,
                )
            )
    for seat in seats:
        before = audit.snapshot(seat)
        seat.held_for, seat.held_reason = details.held_for, details.reason.strip()
        audit.record("events.seat_held", seat, by=by, before=before, reason=details.reason.strip())
    return seats


def release_seat(seat: Seat, *, by: User) -> Seat:
    """Anybody may sit here again; a second time changes nothing."""
    if not seat.held_for:
        return seat
    before = audit.snapshot(seat)
    seat.held_for, seat.held_reason = "", ""
    audit.record("events.seat_released", seat, by=by, before=before)
    return seat


def describe_seat(
    seat: Seat, room_zone: str, is_accessible: bool, *, by: User, seen_version: int | None = None
) -> Seat:
    """Say in which zone of the room a chair stands, and whether one can reach it without steps. Raises Overtaken."""
    check_version(seat, seen_version)
    before = audit.snapshot(seat)
    seat.room_zone, seat.is_accessible = " ".join(room_zone.split())[:80], is_accessible
    audit.record("events.seat_described", seat, by=by, before=before)
    return seat


def suits(seat: Seat, person: Person, *, by: User) -> bool:
    """Whether a seat goes with what the person needs, without saying what that is; that it was compared is written down.

    Someone who may not read what a guest needs learns only that this seat should be talked over (R4).
    """
    needy = queries_seats.with_access_needs([person.id])
    if person.id in needy:
        audit.record_event("people.hospitality_compared", kind="person", ref=str(person.id), by=by)
    return seat.is_accessible or person.id not in needy


def note_comparing(person: Person, *, by: User) -> None:
    """Write that somebody compared what a guest needs with their seat (R4), beside the reading itself."""
    operations_hospitality.note_reading(person, by=by)
