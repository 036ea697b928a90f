"""Bookings that were read and looked over become parts of a trip, through the operations the forms use."""

from collections.abc import Sequence

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.core.errors import DomainError
from app.travel import clearance, operations_legs, operations_stays, operations_transfers
from app.travel.details import LegDetails, StayDetails, TransferDetails
from app.travel.models import Trip
from app.travel.policies_itineraries import OfSomebodyElse, Standing, Whose, match
from app.travel.queries import Part
from app.travel.reservations import Booking

Details = LegDetails | StayDetails | TransferDetails


class Wanted(Struct, frozen=True):
    """A booking that is to become a part of the trip, with what was added to it: class, price, where it stands."""

    booking: Booking
    details: Details


def take_bookings(trip: Trip, wanted: Sequence[Wanted], *, by: User, reason: str = "") -> list[Part]:
    """Attach bookings to a trip, all or none: each is weighed against rules, caps and times as if it were typed (T1, T2, T3).

    OfSomebodyElse for a booking that names another traveller while no `reason` says why it is taken; one the trip knows
    already is refused, so that nothing is attached twice.
    """
    clearance.require_open(trip)
    names = names_of(trip)
    before = audit.snapshot(trip)
    parts = []
    for one in wanted:
        found = match(one.booking, trip, names)
        if found.whose is Whose.ANOTHER and len(reason.strip()) < 3:
            raise OfSomebodyElse(
                _(
                    "%(booking)s is booked for %(traveller)s, and this is the trip of %(person)s. Say why it "
                    "is taken all the same, or leave it out.",
                    booking=one.booking.title,
                    traveller=one.booking.traveller,
                    person=trip.person.name,
                ),
                field="reason",
            )
        if found.standing is not Standing.NEW:
            raise DomainError(
                _(
                    "%(booking)s is on the trip already, or was called off. Leave it out.",
                    booking=one.booking.title,
                )
            )
        parts.append(_attach(trip, one.details, by))
        db.session.flush()
        db.session.refresh(trip, ["legs", "stays", "transfers"])
    said = ", ".join(one.booking.title for one in wanted)
    audit.record(
        "travel.bookings_taken", trip, by=by, before=before, reason=f"{reason.strip()} {said}".strip()
    )
    return parts


def _attach(trip: Trip, details: Details, by: User) -> Part:
    if isinstance(details, LegDetails):
        return operations_legs.book_leg(trip, details, by=by)
    if isinstance(details, StayDetails):
        return operations_stays.book_stay(trip, details, by=by)
    return operations_transfers.book_transfer(trip, details, by=by)


def try_bookings(trip: Trip, bookings: Sequence[Booking], *, by: User) -> list[str]:
    """Why each booking would be refused, empty where it would not: attached for a moment without its price, then undone.

    Nothing is kept; the trail of the attempt goes with it.
    """
    said = []
    moment = db.session.begin_nested()
    try:
        for booking in bookings:
            # The price and its class are decided on the page that follows.
            details = booking.part.model_copy(update={"cost": None, "priced_on": None})
            try:
                with db.session.begin_nested():
                    _attach(trip, details, by)
                    audit.record("travel.booking_tried", trip, by=by)
                said.append("")
            except DomainError as refused:
                said.append(refused.message)
            db.session.refresh(trip, ["legs", "stays", "transfers"])
    finally:
        moment.rollback()
        db.session.expire_all()
    return said


def names_of(trip: Trip) -> list[str]:
    """The names a booking of this trip's person may carry."""
    return [trip.person.name, trip.person.sort_name]
