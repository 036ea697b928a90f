"""Seats and check-in: being there is counted as access in units, never priced (E3, L4)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events import policies, queries, queries_comers, queries_seats
from app.events.details import SeatsDetails
from app.events.models import Event, Invitation
from app.events.models_day import Seat
from app.events.models_waves import Comer, Guest
from app.events.operations_places import lock_comer, lock_event
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Entry, EntryKind, Form, ReportLine, Unit
from app.ledger.queries_totals import is_not_taken_back
from app.people.models import Person


def add_seats(event: Event, details: SeatsDetails, *, by: User) -> list[Seat]:
    """Set up chairs; rows that are there already get the numbers they lack, and nobody is moved."""
    known = {(seat.row, seat.number): seat for seat in queries.list_seats(event)}
    added = []
    for row in details.rows:
        for number in range(1, details.n_per_row + 1):
            seat = known.get((row, number))
            if seat is None:
                seat = Seat(event_id=event.id, row=row, number=number)
                db.session.add(seat)
                added.append(seat)
            seat.is_front = row in details.front_rows or (seat.is_front and seat not in added)
            seat.is_accessible = f"{row}{number}" in details.accessible or (
                seat.is_accessible and seat not in added
            )
            seat.room_zone = details.room_zone or (seat.room_zone if seat not in added else "")
    db.session.flush()
    audit.record("events.seats_added", event, by=by, before=audit.snapshot(event))
    return added


def seat_person(seat: Seat, person: Person, *, by: User) -> Seat:
    """Give a chair to an invited person who comes."""
    invitation = queries.invitation_of(seat.event, person)
    if invitation is None:
        raise policies.CannotSeat(
            _("%(person)s is not invited, so there is no seat to give.", person=person.name),
            field="comer_key",
        )
    return seat_comer(seat, invitation, by=by)


def seat_comer(seat: Seat, comer: Comer, *, by: User) -> Seat:
    """Give a chair to somebody who comes; whoever has one moves. A person's front seat counts once they are there (L4)."""
    if comer.event_id != seat.event_id or not comer.is_coming:
        raise policies.CannotSeat(
            _(
                "%(called)s %(comer)s, so there is no seat to give.",
                called=comer.called,
                comer=queries_comers.why_not_coming(comer),
            ),
            field="comer_key",
        )
    lock_event(seat.event_id)
    db.session.refresh(seat, ["person_id", "guest_id", "held_for"])
    previous = queries_seats.seat_of(comer)
    if seat.is_taken and (previous is None or previous.id != seat.id):
        raise policies.CannotSeat(_("This seat is taken. Free it first, or choose another."))
    if seat.held_for:
        raise policies.CannotSeat(
            _("This seat is held for %(held_for)s. Release it first.", held_for=seat.held_for)
        )
    before = audit.snapshot(seat)
    if previous is not None and previous.id != seat.id:
        previous.person_id = previous.guest_id = None
        db.session.flush()  # one chair each: the database checks row by row
    if isinstance(comer, Guest):
        seat.guest_id = comer.id
    else:
        seat.person_id = comer.person_id
    db.session.flush()
    if comer.checked_in_at is not None:
        _count_seat(comer, seat, by)
    audit.record("events.person_seated", seat, by=by, before=before)
    return seat


def free_seat(seat: Seat, *, by: User) -> Seat:
    """Take the chair back; what was counted for somebody who was there stays counted."""
    before = audit.snapshot(seat)
    seat.person_id = seat.guest_id = None
    audit.record("events.seat_freed", seat, by=by, before=before)
    return seat


def check_in(comer: Comer, *, by: User, early_minutes: int = 0, at: datetime | None = None) -> Comer:
    """Note that somebody is here, with the minutes they came in early; posts a person's units of access (E3, L4).

    `at` is when they came in, if that was before now: a phone tells later what it saw without a connection. A guest who
    is no person of ours has no account in the book, so nothing is counted there.
    """
    lock_comer(comer)
    if not comer.is_coming:
        raise policies.CannotCheckIn(
            _(
                "%(called)s %(comer)s. Record their answer first.",
                called=comer.called,
                comer=queries_comers.why_not_coming(comer),
            )
        )
    if comer.checked_in_at is not None:
        raise policies.CannotCheckIn(
            _("%(called)s is checked in already; nothing was counted twice.", called=comer.called)
        )
    if not 0 <= early_minutes <= 600:
        raise policies.CannotCheckIn(
            _("Early entry is a number of minutes from 0 to 600."), field="n_early_minutes"
        )
    before = audit.snapshot(comer)
    comer.checked_in_at = at or clock.now()
    comer.n_early_minutes = early_minutes
    seat = queries_seats.seat_of(comer)
    if seat is not None:
        _count_seat(comer, seat, by)
    if early_minutes and isinstance(comer, Invitation):
        _count(comer, Unit.EARLY_MINUTE, early_minutes, Category.EARLY_ACCESS, f"early:{comer.id}", by)
    audit.record("events.checked_in", comer, by=by, before=before)
    return comer


def undo_check_in(comer: Comer, reason: str, *, by: User) -> Comer:
    """Take back a check-in that was a mistake; the units it counted are reversed in the book (L1)."""
    if comer.checked_in_at is None:
        raise policies.CannotCheckIn(_("%(called)s is not checked in.", called=comer.called))
    if not reason.strip():
        raise policies.ReasonNeeded(
            _("Say what was wrong; it stays with the entries that are taken back."), field="reason"
        )
    before = audit.snapshot(comer)
    comer.checked_in_at = None
    comer.n_early_minutes = 0
    for entry in _counted(comer) if isinstance(comer, Invitation) else ():
        ledger.reverse_entry(entry, reason=reason.strip(), by=by)
    audit.record("events.check_in_undone", comer, by=by, before=before, reason=reason.strip())
    return comer


def _count_seat(comer: Comer, seat: Seat, by: User) -> None:
    if seat.is_front and isinstance(comer, Invitation):
        _count(comer, Unit.FRONT_SEAT, 1, Category.EVENT_PASS, f"seat:{comer.id}", by)


def _count(
    invitation: Invitation, unit: Unit, quantity: int, category: Category, part: str, by: User
) -> None:
    """Post units of access on the day of the check-in, as the venue's calendar has it."""
    event = invitation.event
    came_on = (invitation.checked_in_at or clock.now()).astimezone(ZoneInfo(event.zone)).date()
    entry = EntryDetails(
        person_id=invitation.person_id, program_id=event.program_id, event_id=event.id, category=category,
        form=Form.ACCESS, basis=Basis.NOT_VALUED, value_on=came_on, unit=unit, quantity=quantity,
        line=ReportLine.ACCESS, place=event.city or event.place, context=event.name, source_kind="events",
        source_part=part, source_id=event.id,
    )  # fmt: skip
    ledger.post_entry(entry, by=by)


def _counted(invitation: Invitation) -> list[Entry]:
    """The entries this check-in made that still stand."""
    parts = {f"seat:{invitation.id}", f"early:{invitation.id}"}
    wanted = sa.select(Entry).where(
        Entry.source_kind == "events", Entry.source_id == invitation.event_id, Entry.source_part.in_(sorted(parts)),
        Entry.kind == EntryKind.VALUE, is_not_taken_back(),
    )  # fmt: skip
    return list(db.session.scalars(wanted.order_by(Entry.seq)))
