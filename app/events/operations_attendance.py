"""Seats and check-in: being there is counted as access in units, never priced (E3, L4)."""

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events import policies, queries
from app.events.details import SeatsDetails
from app.events.models import Event, Invitation, InvitationState, Seat
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
    db.session.flush()
    audit.record("events.seats_added", event, by=by, before=audit.snapshot(event))
    return added


def seat_person(seat: Seat, person: Person, *, by: User) -> Seat:
    """Give a chair to somebody who comes; whoever has one moves. A front seat counts once they are there (L4)."""
    invitation = queries.invitation_of(seat.event, person)
    if invitation is None or invitation.state is not InvitationState.ACCEPTED:
        raise policies.CannotSeat(
            f"{person.name} has not accepted, so there is no seat to give.", field="person_id"
        )
    db.session.execute(sa.select(Event.id).where(Event.id == seat.event_id).with_for_update())
    db.session.refresh(seat, ["person_id"])
    if seat.person_id is not None and seat.person_id != person.id:
        raise policies.CannotSeat("This seat is taken. Free it first, or choose another.")
    before = audit.snapshot(seat)
    previous = queries.seat_of(seat.event, person.id)
    if previous is not None and previous.id != seat.id:
        previous.person_id = None
        db.session.flush()  # one chair each: the database checks row by row
    seat.person_id = person.id
    db.session.flush()
    if invitation.checked_in_at is not None:
        _count_seat(invitation, seat, by)
    audit.record("events.person_seated", seat, by=by, before=before)
    return seat


def free_seat(seat: Seat, *, by: User) -> Seat:
    """Take the chair back; what was counted for somebody who was there stays counted."""
    before = audit.snapshot(seat)
    seat.person_id = None
    audit.record("events.seat_freed", seat, by=by, before=before)
    return seat


def check_in(invitation: Invitation, *, by: User, early_minutes: int = 0) -> Invitation:
    """Note that the person is here, with the minutes they came in early; posts the units of access (E3, L4)."""
    db.session.flush()
    db.session.execute(sa.select(Invitation.id).where(Invitation.id == invitation.id).with_for_update())
    db.session.refresh(invitation, ["state", "checked_in_at"])
    if invitation.state is not InvitationState.ACCEPTED:
        raise policies.CannotCheckIn(
            f"{invitation.person.name} has not accepted ({invitation.state.value}). Record their answer first."
        )
    if invitation.checked_in_at is not None:
        raise policies.CannotCheckIn(
            f"{invitation.person.name} is checked in already; nothing was counted twice."
        )
    if not 0 <= early_minutes <= 600:
        raise policies.CannotCheckIn(
            "Early entry is a number of minutes from 0 to 600.", field="n_early_minutes"
        )
    before = audit.snapshot(invitation)
    invitation.checked_in_at = clock.now()
    invitation.n_early_minutes = early_minutes
    seat = queries.seat_of(invitation.event, invitation.person_id)
    if seat is not None:
        _count_seat(invitation, seat, by)
    if early_minutes:
        _count(
            invitation, Unit.EARLY_MINUTE, early_minutes, Category.EARLY_ACCESS, f"early:{invitation.id}", by
        )
    audit.record("events.checked_in", invitation, by=by, before=before)
    return invitation


def undo_check_in(invitation: Invitation, reason: str, *, by: User) -> Invitation:
    """Take back a check-in that was a mistake; the units it counted are reversed in the book (L1)."""
    if invitation.checked_in_at is None:
        raise policies.CannotCheckIn(f"{invitation.person.name} is not checked in.")
    if not reason.strip():
        raise policies.ReasonNeeded(
            "Say what was wrong; it stays with the entries that are taken back.", field="reason"
        )
    before = audit.snapshot(invitation)
    invitation.checked_in_at = None
    invitation.n_early_minutes = 0
    for entry in _counted(invitation):
        ledger.reverse_entry(entry, reason=reason.strip(), by=by)
    audit.record("events.check_in_undone", invitation, by=by, before=before, reason=reason.strip())
    return invitation


def _count_seat(invitation: Invitation, seat: Seat, by: User) -> None:
    if seat.is_front:
        _count(invitation, Unit.FRONT_SEAT, 1, Category.EVENT_PASS, f"seat:{invitation.id}", by)


def _count(
    invitation: Invitation, unit: Unit, quantity: int, category: Category, part: str, by: User
) -> None:
    """Post units of access on the day of the check-in, as the venue's calendar has it."""
    event = invitation.event
    entry = EntryDetails(
        person_id=invitation.person_id, program_id=event.program_id, event_id=event.id, category=category,
        form=Form.ACCESS, basis=Basis.NOT_VALUED, value_on=clock.today(event.zone), unit=unit, quantity=quantity,
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
