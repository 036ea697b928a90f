"""Opening, changing, finishing and cancelling a trip; asking for an exception in its name."""

from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import day as day_words
from app.core.spoken import speaking_to
from app.core.wall_times import day_in
from app.events.models import Event, Invitation
from app.events.queries_coordinators import hosts_of
from app.ledger import operations as ledger
from app.ledger.details import ExceptionDetails
from app.ledger.models import RuleException
from app.people import queries_consents
from app.people.models_consents import Purpose
from app.travel import clearance, costing, policies, policies_costs, queries
from app.travel.details import TripDetails, VisaDetails
from app.travel.models import Leg, Trip, TripState
from app.travel.operations_sharing import pass_on


def open_trip(invitation: Invitation, details: TripDetails, *, by: User | None) -> Trip:
    """Begin to look after somebody's travel; only once the invitation is accepted, and once per event (T3)."""
    clearance.require_yes(invitation)
    if queries.find_trip(invitation.event_id, invitation.person_id) is not None:
        raise policies.TripRefused(
            _("%(person)s has a trip to this event already. Open that one.", person=invitation.person.name)
        )
    event = invitation.event
    _check_days(event, details)
    if details.wish:
        queries_consents.require_not_withdrawn(invitation.person, Purpose.HOSPITALITY)
    trip = Trip(event=event, person=invitation.person, made_at=clock.now(), **details.model_dump())
    db.session.add(trip)
    db.session.flush()
    _check_official(trip, details)
    audit.record("travel.trip_opened", trip, by=by)
    return trip


def edit_trip(trip: Trip, details: TripDetails, *, by: User | None, seen_version: int | None = None) -> Trip:
    """Change the days or the wish; parts already there must still lie within the days."""
    check_version(trip, seen_version)
    clearance.require_open(trip)
    _check_days(trip.event, details)
    _check_official(trip, details)
    _check_parts(trip, details)
    if details.wish and details.wish != trip.wish:
        queries_consents.require_not_withdrawn(trip.person, Purpose.HOSPITALITY)
    before = audit.snapshot(trip)
    for name, value in details:
        setattr(trip, name, value)
    audit.record("travel.trip_edited", trip, by=by, before=before)
    return trip


def cancel_trip(trip: Trip, reason: str, *, by: User | None) -> Trip:
    """The person will not come: everything not yet in the book is cancelled with it; nothing is deleted."""
    clearance.require_open(trip)
    if len(reason.strip()) < 3:
        raise policies.TripRefused(_("Say why the trip is cancelled."), field="reason")
    before = audit.snapshot(trip)
    for part in trip.parts:
        if not part.is_cancelled and part.cost_stage in policies_costs.OPEN_STAGES:
            part_before = audit.snapshot(part)
            costing.cancel(part, by=by)
            audit.record(
                f"travel.{part.__tablename__}_cancelled", part, by=by, before=part_before, reason=reason
            )
            if not isinstance(part, Leg):
                pass_on(part, by=by)
    trip.state = TripState.CANCELLED
    audit.record("travel.trip_cancelled", trip, by=by, before=before, reason=reason)
    return trip


def finish_trip(trip: Trip, *, by: User | None) -> Trip:
    """Close a trip whose every cost is actual, declined or cancelled."""
    clearance.require_open(trip)
    n_open = sum(
        1 for part in trip.parts if part.cost is not None and part.cost_stage in policies_costs.OPEN_STAGES
    )
    if n_open:
        raise policies.TripRefused(
            ngettext(
                "%(num)s cost is not settled yet. Enter what was really paid, or cancel it.",
                "%(num)s costs are not settled yet. Enter what was really paid, or cancel them.",
                n_open,
            )
        )
    before = audit.snapshot(trip)
    trip.state = TripState.DONE
    audit.record("travel.trip_finished", trip, by=by, before=before)
    return trip


def ask_exception(trip: Trip, details: ExceptionDetails, *, by: User) -> RuleException:
    """Ask whom a rule names to let this trip cross it; whoever hosts the event may not decide (L8)."""
    clearance.require_open(trip)
    hosts = {*details.host_ids, *hosts_of(trip.event)}
    with speaking_to("en"):  # it is kept with the question
        quoted = clearance.quoted(trip, details.rule, details.approver)
    more = {
        "host_ids": tuple(sorted(hosts)),
        "quoted": details.quoted or quoted,
    }
    asked = ledger.ask_exception(details.model_copy(update=more), by=by)
    audit.record("travel.exception_asked", trip, by=by, before=audit.snapshot(trip), reason=details.reason)
    return asked


def _check_days(event: Event, details: TripDetails) -> None:
    policies.check_trip(details, day_in(event.starts_at, event.zone), day_in(event.ends_at, event.zone))


def _check_official(trip: Trip, details: TripDetails) -> None:
    if not trip.person.is_official:
        return
    event = trip.event
    begins, ends = day_in(event.starts_at, event.zone), day_in(event.ends_at, event.zone)
    clearance.require_side_trip_allowed(trip, policies.judge_side_trip(details, begins, ends))


def _check_parts(trip: Trip, details: TripDetails) -> None:
    """No live part may fall out of the trip when its days change."""
    days = [day_in(leg.departs_at, leg.departs_zone) for leg in trip.legs if not leg.is_cancelled]
    days += [day_in(leg.arrives_at, leg.arrives_zone) for leg in trip.legs if not leg.is_cancelled]
    days += [
        day for stay in trip.stays if not stay.is_cancelled for day in (stay.check_in_on, stay.check_out_on)
    ]
    days += [day_in(row.starts_at, row.zone) for row in trip.transfers if not row.is_cancelled]
    if days and details.from_on > min(days):
        raise policies.TimesRefused(
            _("Something is booked for %(days)s already.", days=day_words(min(days))), field="from_on"
        )
    if days and details.to_on < max(days):
        raise policies.TimesRefused(
            _("Something is booked for %(days)s already.", days=day_words(max(days))), field="to_on"
        )


def note_visa(trip: Trip, details: VisaDetails, *, by: User | None, seen_version: int | None = None) -> Trip:
    """How far the visa has got, and how long the consulate takes (T4)."""
    check_version(trip, seen_version)
    clearance.require_open(trip)
    before = audit.snapshot(trip)
    trip.visa_state, trip.visa_lead_days = details.state, details.lead_days
    audit.record("travel.visa_noted", trip, by=by, before=before)
    return trip
