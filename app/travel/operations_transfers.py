"""Booking, changing, settling, declining and cancelling a transfer."""

from datetime import date

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import check_version, db
from app.core.money import Money
from app.ledger.operations import Posting
from app.travel import clearance, costing, policies, policies_costs, routing, sharing
from app.travel.details import TransferDetails
from app.travel.models import CostStage, Leg, Transfer, Trip
from app.travel.operations_sharing import pass_on, settle_shared

_COLUMNS = set(TransferDetails.model_fields) - {"cost", "priced_on", "is_estimate"}
#: What a car that is ridden along in takes from the one it rides with.
_OF_THE_CAR = ("origin", "destination", "starts_at", "ends_at", "zone")


def book_transfer(trip: Trip, details: TransferDetails, *, by: User | None) -> Transfer:
    """Add a car, committed or as an estimate; without a cost it is part of another one's bill (T1, T3, L7)."""
    transfer = _add(trip, details)
    if details.cost is not None:
        clearance.clear(trip, details)
    costing.plan(transfer, by=by)
    audit.record("travel.transfer_booked", transfer, by=by)
    return transfer


def edit_transfer(
    transfer: Transfer, details: TransferDetails, *, by: User | None, seen_version: int | None = None
) -> Transfer:
    """Change a transfer; its readers are told of new times and places."""
    check_version(transfer, seen_version)
    trip = transfer.trip
    clearance.require_open(trip)
    costing.reopen_if_taken_back(transfer)
    clearance.require_editable(transfer, details)
    details = _timed(trip, details)
    _check(trip, details, but=transfer)
    before, asked = audit.snapshot(transfer), _question(transfer)
    was = clearance.times_of(transfer)
    _write(transfer, details)
    clearance.note_change(transfer, was)
    if details.cost is not None and _question(transfer) != asked:
        clearance.clear(trip, details)
    if transfer.cost_stage in policies_costs.OPEN_STAGES:
        costing.plan(transfer, by=by)
    audit.record("travel.transfer_edited", transfer, by=by, before=before)
    _take_along(transfer, by=by)
    return transfer


def follow_leg(leg: Leg, *, by: User | None) -> list[Transfer]:
    """Cars whose pick-up hangs on a leg move with it, and take their passengers along; gives those that moved (T6)."""
    moved = []
    for transfer in leg.trip.transfers:
        if transfer.leg_id != leg.id or transfer.offset_minutes is None or not _may_move(transfer):
            continue
        before, was = audit.snapshot(transfer), clearance.times_of(transfer)
        starts_at, zone = routing.pick_up(leg, transfer.offset_minutes)
        transfer.ends_at += starts_at - transfer.starts_at
        transfer.starts_at, transfer.zone = starts_at, zone
        if clearance.times_of(transfer) == was:
            continue
        clearance.note_change(transfer, was)
        if transfer.cost_stage in policies_costs.OPEN_STAGES:
            costing.plan(transfer, by=by)
        audit.record("travel.transfer_moved", transfer, by=by, before=before)
        moved += [transfer, *_take_along(transfer, by=by)]
    return moved


def _take_along(holder: Transfer, *, by: User | None) -> list[Transfer]:
    """Whoever rides along is picked up with the car."""
    moved = []
    for row in sharing.sharers_of(holder):
        before, was = audit.snapshot(row), clearance.times_of(row)
        if not _may_move(row):
            continue
        for name in _OF_THE_CAR:
            setattr(row, name, getattr(holder, name))
        if clearance.times_of(row) != was:
            clearance.note_change(row, was)
            audit.record("travel.transfer_moved", row, by=by, before=before)
            moved.append(row)
    return moved


def _may_move(transfer: Transfer) -> bool:
    return transfer.takes_place and transfer.outcome is None


def settle_transfer(
    transfer: Transfer, *, by: User | None, actual: Money | None = None, driven_on: date | None = None
) -> Posting:
    """The car was driven: what was paid goes into the book on that day, on the line of transfers (T1).

    The bill of a shared car is split over everybody who rode in it (L3); gives the posting of the one who holds it.
    """
    postings = settle_shared(transfer, actual, driven_on, by=by)
    return postings[0]


def decline_transfer(trip: Trip, details: TransferDetails, *, reason: str, by: User | None) -> Transfer:
    """Keep a car that was offered and refused, with received value 0 (L5)."""
    transfer = _add(trip, details)
    costing.decline(transfer, reason, by=by)
    audit.record("travel.transfer_declined", transfer, by=by, reason=reason)
    return transfer


def turn_down_transfer(transfer: Transfer, *, reason: str, by: User | None) -> Transfer:
    """A car that was planned or booked is declined after all (L5)."""
    before = audit.snapshot(transfer)
    costing.decline(transfer, reason, by=by)
    audit.record("travel.transfer_declined", transfer, by=by, before=before, reason=reason)
    pass_on(transfer, by=by)
    return transfer


def cancel_transfer(
    transfer: Transfer, *, reason: str, by: User | None, charged: Money | None = None
) -> Transfer:
    """The car does not come; the row stays, marked as cancelled. What is charged all the same is our own cost."""
    before = audit.snapshot(transfer)
    costing.cancel(transfer, by=by, charged=charged)
    audit.record("travel.transfer_cancelled", transfer, by=by, before=before, reason=reason)
    pass_on(transfer, by=by)
    return transfer


def _add(trip: Trip, details: TransferDetails) -> Transfer:
    clearance.require_open(trip)
    details = _timed(trip, details)
    _check(trip, details, but=None)
    transfer = Transfer(trip=trip)
    _write(transfer, details)
    db.session.add(transfer)
    db.session.flush()
    return transfer


def _timed(trip: Trip, details: TransferDetails) -> TransferDetails:
    """The times of a car that rides along are those of the car; those that hang on a leg follow from it."""
    if details.shares_with_id is not None:
        holder = sharing.holder_of(trip, Transfer, details.shares_with_id, None)
        return details.model_copy(update={name: getattr(holder, name) for name in _OF_THE_CAR})
    if details.offset_minutes is None:
        return details
    if details.leg_id is None:
        raise policies.TimesRefused(_("Say which leg the car meets or leads to."), field="leg_id")
    clearance.own_leg(trip, details.leg_id, "leg_id")
    leg = next(one for one in trip.legs if one.id == details.leg_id)
    starts_at, zone = routing.pick_up(leg, details.offset_minutes)
    under_way = details.ends_at - details.starts_at
    return details.model_copy(update={"starts_at": starts_at, "ends_at": starts_at + under_way, "zone": zone})


def _check(trip: Trip, details: TransferDetails, but: Transfer | None) -> None:
    policies.check_transfer(details, trip.from_on, trip.to_on)
    policies_costs.check_cost(details.cost, is_covered=False)
    if details.leg_id is not None:
        clearance.own_leg(trip, details.leg_id, "leg_id")
    if details.shares_with_id is not None:
        holder = sharing.holder_of(trip, Transfer, details.shares_with_id, but)
        sharing.check_room(holder, holder.seats, but)


def _write(transfer: Transfer, details: TransferDetails) -> None:
    for name in _COLUMNS:
        setattr(transfer, name, getattr(details, name))
    clearance.write_cost(transfer, details)


def _question(transfer: Transfer) -> tuple[object, ...]:
    return transfer.cost, transfer.cost_stage is CostStage.ESTIMATED
