"""Booking, changing, settling, declining and cancelling a leg."""

from datetime import date

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import check_version, db
from app.core.money import Money
from app.ledger.operations import Posting
from app.travel import clearance, costing, policies, policies_costs
from app.travel.details import LegDetails
from app.travel.models import CostStage, Leg, Trip
from app.travel.operations_transfers import follow_leg

_COLUMNS = set(LegDetails.model_fields) - {"cost", "priced_on", "is_estimate"}


def book_leg(trip: Trip, details: LegDetails, *, by: User | None) -> Leg:
    """Add a leg, committed or as an estimate: the rule is quoted, the caps are weighed (T1, T2, T3, L7).

    OutsideRule, TooEarly, TimesRefused, ledger.HeadroomRefused, ledger.RateNeeded say why not.
    """
    leg = _add(trip, details)
    _decide(leg, details, by)
    costing.plan(leg, by=by)
    audit.record("travel.leg_booked", leg, by=by)
    return leg


def edit_leg(leg: Leg, details: LegDetails, *, by: User | None, seen_version: int | None = None) -> Leg:
    """Change a leg; its readers are told of new times and places, a new cost is weighed anew (T1)."""
    check_version(leg, seen_version)
    trip = leg.trip
    clearance.require_open(trip)
    costing.reopen_if_taken_back(leg)
    clearance.require_editable(leg, details)
    _check(trip, details, but=leg)
    before, asked = audit.snapshot(leg), _question(leg)
    was = clearance.times_of(leg)
    _write(leg, details)
    clearance.note_change(leg, was)
    if _question(leg) != asked:
        _decide(leg, details, by)
    if leg.cost_stage in policies_costs.OPEN_STAGES:
        costing.plan(leg, by=by)
    audit.record("travel.leg_edited", leg, by=by, before=before)
    follow_leg(leg, by=by)
    return leg


def settle_leg(
    leg: Leg, *, by: User | None, actual: Money | None = None, flown_on: date | None = None
) -> Posting:
    """The leg was flown: what was really paid goes into the book on the day it was flown (T1, L2)."""
    before = audit.snapshot(leg)
    posting = costing.settle(leg, actual, flown_on, by=by)
    audit.record("travel.leg_settled", leg, by=by, before=before)
    return posting


def decline_leg(trip: Trip, details: LegDetails, *, reason: str, by: User | None) -> Leg:
    """Keep a leg that was offered and refused by the person or the employer, with received value 0 (L5)."""
    leg = _add(trip, details)
    leg.verdict = f"Declined: {reason}"
    costing.decline(leg, reason, by=by)
    audit.record("travel.leg_declined", leg, by=by, reason=reason)
    return leg


def turn_down_leg(leg: Leg, *, reason: str, by: User | None) -> Leg:
    """A leg that was planned or booked is declined after all; the offer stays, with received value 0 (L5)."""
    before = audit.snapshot(leg)
    costing.decline(leg, reason, by=by)
    audit.record("travel.leg_declined", leg, by=by, before=before, reason=reason)
    return leg


def cancel_leg(leg: Leg, *, reason: str, by: User | None, charged: Money | None = None) -> Leg:
    """The leg does not take place; it stays, marked as cancelled. What is charged all the same is our own cost."""
    before = audit.snapshot(leg)
    costing.cancel(leg, by=by, charged=charged)
    audit.record("travel.leg_cancelled", leg, by=by, before=before, reason=reason)
    return leg


def _add(trip: Trip, details: LegDetails) -> Leg:
    clearance.require_open(trip)
    _check(trip, details, but=None)
    leg = Leg(trip=trip)
    _write(leg, details)
    db.session.add(leg)
    db.session.flush()
    return leg


def _check(trip: Trip, details: LegDetails, but: Leg | None) -> None:
    policies.check_leg(details, trip.from_on, trip.to_on)
    policies_costs.check_cost(details.cost, details.fare_leg_id is not None)
    if details.fare_leg_id is not None:
        clearance.own_leg(trip, details.fare_leg_id, "fare_leg_id")
        if but is not None and details.fare_leg_id == but.id:
            raise policies_costs.CostRefused(
                _("A leg cannot be covered by its own fare."), field="fare_leg_id"
            )
    for other in clearance.live(trip.legs, but):
        if (
            isinstance(other, Leg)
            and details.departs_at < other.arrives_at
            and other.departs_at < details.arrives_at
        ):
            raise policies.TimesRefused(
                _(
                    "At that time %(person)s travels from %(origin)s to %(destination)s. Cancel or change "
                    "that leg first.",
                    person=trip.person.name,
                    origin=other.origin,
                    destination=other.destination,
                ),
                field="departs_at",
            )


def _write(leg: Leg, details: LegDetails) -> None:
    for name in _COLUMNS:
        setattr(leg, name, getattr(details, name))
    clearance.write_cost(leg, details)


def _question(leg: Leg) -> tuple[object, ...]:
    """What the rules were asked about: a new time alone is not a new question (an airline may move a flight)."""
    return leg.cost, leg.cost_stage is CostStage.ESTIMATED, leg.travel_class, leg.mode, leg.fare_leg_id


def _decide(leg: Leg, details: LegDetails, by: User | None) -> None:
    """Quote the rule that allows it (T2); committing what we pay needs invitation and policy accepted (T3)."""
    verdict = clearance.verdict_for_leg(leg, details, by=by)
    is_ours = details.cost is not None or details.fare_leg_id is not None
    leg.verdict = f"{verdict} {clearance.clear(leg.trip, details)}".strip() if is_ours else verdict
