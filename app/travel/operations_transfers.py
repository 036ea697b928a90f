"""Booking, changing, settling, declining and cancelling a transfer."""

from datetime import date

from app.accounts import audit
from app.accounts.models import User
from app.core.db import check_version, db
from app.core.money import Money
from app.ledger.operations import Posting
from app.travel import clearance, costing, policies
from app.travel.details import TransferDetails
from app.travel.models import CostStage, Transfer, Trip

_COLUMNS = set(TransferDetails.model_fields) - {"cost", "priced_on", "is_estimate"}


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
    _check(trip, details)
    before, asked = audit.snapshot(transfer), _question(transfer)
    _write(transfer, details)
    if details.cost is not None and _question(transfer) != asked:
        clearance.clear(trip, details)
    if transfer.cost_stage in policies.OPEN_STAGES:
        costing.plan(transfer, by=by)
    audit.record("travel.transfer_edited", transfer, by=by, before=before)
    return transfer


def settle_transfer(
    transfer: Transfer, *, by: User | None, actual: Money | None = None, driven_on: date | None = None
) -> Posting:
    """The car was driven: what was paid goes into the book on that day, on the line of transfers (T1)."""
    before = audit.snapshot(transfer)
    posting = costing.settle(transfer, actual, driven_on, by=by)
    audit.record("travel.transfer_settled", transfer, by=by, before=before)
    return posting


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
    return transfer


def cancel_transfer(transfer: Transfer, *, reason: str, by: User | None) -> Transfer:
    """The car does not come; the row stays, marked as cancelled."""
    before = audit.snapshot(transfer)
    costing.cancel(transfer, by=by)
    audit.record("travel.transfer_cancelled", transfer, by=by, before=before, reason=reason)
    return transfer


def _add(trip: Trip, details: TransferDetails) -> Transfer:
    clearance.require_open(trip)
    _check(trip, details)
    transfer = Transfer(trip=trip)
    _write(transfer, details)
    db.session.add(transfer)
    db.session.flush()
    return transfer


def _check(trip: Trip, details: TransferDetails) -> None:
    policies.check_transfer(details, trip.from_on, trip.to_on)
    policies.check_cost(details.cost, is_covered=False)
    if details.leg_id is not None:
        clearance.own_leg(trip, details.leg_id, "leg_id")


def _write(transfer: Transfer, details: TransferDetails) -> None:
    for name in _COLUMNS:
        setattr(transfer, name, getattr(details, name))
    clearance.write_cost(transfer, details)


def _question(transfer: Transfer) -> tuple[object, ...]:
    return transfer.cost, transfer.cost_stage is CostStage.ESTIMATED
