"""Booking, changing, settling, declining and cancelling a stay."""

from datetime import date

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import check_version, db
from app.core.money import Money
from app.core.spoken import short_day
from app.ledger.operations import Posting
from app.travel import clearance, costing, policies, policies_costs, sharing
from app.travel.details import StayDetails
from app.travel.models import CostStage, Stay, Trip
from app.travel.operations_sharing import pass_on, settle_shared

_COLUMNS = set(StayDetails.model_fields) - {"cost", "priced_on", "is_estimate"}


def book_stay(trip: Trip, details: StayDetails, *, by: User | None) -> Stay:
    """Add nights in a hotel, committed or as an estimate; the price of a night is held against the rule (T2, T3, L7)."""
    stay = _add(trip, details)
    _decide(stay, details, by)
    costing.plan(stay, by=by)
    audit.record("travel.stay_booked", stay, by=by)
    return stay


def edit_stay(stay: Stay, details: StayDetails, *, by: User | None, seen_version: int | None = None) -> Stay:
    """Change a stay; other nights or another price are weighed anew."""
    check_version(stay, seen_version)
    trip = stay.trip
    clearance.require_open(trip)
    costing.reopen_if_taken_back(stay)
    clearance.require_editable(stay, details)
    _check(trip, details, but=stay)
    before, asked = audit.snapshot(stay), _question(stay)
    was = clearance.times_of(stay)
    _write(stay, details)
    clearance.note_change(stay, was)
    if _question(stay) != asked:
        _decide(stay, details, by)
    if stay.cost_stage in policies_costs.OPEN_STAGES:
        costing.plan(stay, by=by)
    audit.record("travel.stay_edited", stay, by=by, before=before)
    return stay


def settle_stay(
    stay: Stay, *, by: User | None, actual: Money | None = None, left_on: date | None = None
) -> Posting:
    """The person has left the hotel: the bill goes into the book with its nights, on the morning of leaving (T1).

    That of a shared room is split over those who slept in it (L3); gives the posting of the one who holds it.
    """
    return settle_shared(stay, actual, left_on, by=by)[0]


def decline_stay(trip: Trip, details: StayDetails, *, reason: str, by: User | None) -> Stay:
    """Keep a hotel that was offered and refused, with received value 0 (L5)."""
    stay = _add(trip, details)
    stay.verdict = f"Declined: {reason}"
    costing.decline(stay, reason, by=by)
    audit.record("travel.stay_declined", stay, by=by, reason=reason)
    return stay


def turn_down_stay(stay: Stay, *, reason: str, by: User | None) -> Stay:
    """A stay that was planned or booked is declined after all (L5)."""
    before = audit.snapshot(stay)
    costing.decline(stay, reason, by=by)
    audit.record("travel.stay_declined", stay, by=by, before=before, reason=reason)
    pass_on(stay, by=by)
    return stay


def cancel_stay(stay: Stay, *, reason: str, by: User | None, charged: Money | None = None) -> Stay:
    """The stay does not take place; it stays on record, marked as cancelled. What is charged all the same is our own cost."""
    before = audit.snapshot(stay)
    costing.cancel(stay, by=by, charged=charged)
    audit.record("travel.stay_cancelled", stay, by=by, before=before, reason=reason)
    pass_on(stay, by=by)
    return stay


def _add(trip: Trip, details: StayDetails) -> Stay:
    clearance.require_open(trip)
    _check(trip, details, but=None)
    stay = Stay(trip=trip)
    _write(stay, details)
    db.session.add(stay)
    db.session.flush()
    return stay


def _check(trip: Trip, details: StayDetails, but: Stay | None) -> None:
    policies.check_stay(details, trip.from_on, trip.to_on)
    policies_costs.check_cost(details.cost, is_covered=False)
    if details.shares_with_id is not None:
        _check_sharing(trip, details, details.shares_with_id, but)
    for other in clearance.live(trip.stays, but):
        if (
            isinstance(other, Stay)
            and details.check_in_on < other.check_out_on
            and other.check_in_on < details.check_out_on
        ):
            raise policies.TimesRefused(
                _(
                    "%(person)s sleeps at %(hotel)s from %(check_in_on)s to %(check_out_on)s. Cancel or "
                    "change that stay first.",
                    person=trip.person.name,
                    hotel=other.hotel,
                    check_in_on=short_day(other.check_in_on),
                    check_out_on=short_day(other.check_out_on),
                ),
                field="check_in_on",
            )


def _check_sharing(trip: Trip, details: StayDetails, holder_id: int, but: Stay | None) -> None:
    """Two share a room only in one hotel and in nights they have in common."""
    holder = sharing.holder_of(trip, Stay, holder_id, but)
    sharing.check_room(holder, 2, but)
    has_common = details.check_in_on < holder.check_out_on and holder.check_in_on < details.check_out_on
    if details.hotel != holder.hotel or not has_common:
        raise policies.TimesRefused(
            _(
                "%(person)s sleeps at %(hotel)s from %(check_in_on)s to %(check_out_on)s: a shared room "
                "needs the same hotel and a night in common.",
                person=holder.trip.person.name,
                hotel=holder.hotel,
                check_in_on=short_day(holder.check_in_on),
                check_out_on=short_day(holder.check_out_on),
            ),
            field="shares_with_id",
        )


def _write(stay: Stay, details: StayDetails) -> None:
    for name in _COLUMNS:
        setattr(stay, name, getattr(details, name))
    clearance.write_cost(stay, details)


def _question(stay: Stay) -> tuple[object, ...]:
    return stay.cost, stay.cost_stage is CostStage.ESTIMATED, stay.n_nights


def _decide(stay: Stay, details: StayDetails, by: User | None) -> None:
    verdict = clearance.verdict_for_stay(stay, details, by=by)
    is_ours = details.cost is not None
    stay.verdict = f"{verdict} {clearance.clear(stay.trip, details)}".strip() if is_ours else verdict
