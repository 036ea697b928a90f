"""Pages of travel: the desk of an event, one trip, the trips of a person."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.core.forms import number_asked
from app.events import queries as events
from app.events.models import Event
from app.ledger.policies_approvals import APPROVER_WORDS
from app.people import queries as people
from app.travel import (
    clearance,
    operations,
    policies,
    policies_costs,
    queries,
    queries_costs,
    queries_desk,
    queries_history,
    queries_trip,
)
from app.travel.forms import ExceptionForm, ReasonForm, TripForm, typed_trip
from app.travel.models import Trip, VisaState
from app.travel.policies_gaps import GAP_WORDS, Gap

bp = Blueprint("travel", __name__, url_prefix="/travel")


@bp.get("/")
@requires("travel:read")
def index() -> ResponseReturnValue:
    """The desk of the event that is asked for, or of the next one."""
    by, now = acting_user(), clock.now()
    choices = queries_desk.list_events(by)
    event = _event_asked(by, choices)
    if event is None:
        return render_template("travel/index.html", desk=None, choices=choices)
    desk = queries_desk.desk(event, by, now, with_amounts=permissions.may(by, "amounts:read"))
    counts = [(gap, GAP_WORDS[gap], desk.count(gap)) for gap in Gap]
    asked = {name: request.args.get(name, "")[:80] for name in ("gap", "visa", "answer", "q")}
    return render_template(
        "travel/index.html", desk=desk, rows=desk.showing(**asked), asked=asked, choices=choices, counts=counts,
        words=GAP_WORDS, visas=list(VisaState), today=clock.today(),
    )  # fmt: skip


def _event_asked(by: User, choices: Sequence[Event]) -> Event | None:
    asked = number_asked("event")
    if asked is not None:
        return events.get_event(asked, by)
    return choices[0] if choices else None


@bp.get("/<int:id>")
@requires("travel:read")
def show(id: int) -> ResponseReturnValue:
    by = acting_user()
    trip = queries.get_trip(id, by)
    may_see_amounts = permissions.may(by, "amounts:read")
    costs = queries_costs.costs_of(trip) if may_see_amounts else None
    return render_template(
        "travel/show.html", trip=trip, steps=queries_trip.steps_of(trip),
        gaps=queries_trip.gaps_of_trip(trip, clock.now()), words=GAP_WORDS,
        costs=costs, nights=queries_costs.nights_of(costs) if costs else {},
        warnings=queries_costs.cap_warnings(trip) if may_see_amounts else [],
        clashes=queries_trip.clashes_of(trip), at_the_time=overview.clashes_of_trip(trip, by),
        wish=queries_trip.wish_verdict(trip), direct=queries_trip.direct_flight(trip), today=clock.today(), now=clock.now(),
        connections=queries_trip.pauses_of(trip), sharers=queries_trip.sharers_by_part(trip),
        traveller=queries.traveller_of(trip.person, trip.event, trip.from_on),
        exceptions=queries_costs.exceptions_of(trip),
        changes=queries_history.list_revisions(trip, with_amounts=may_see_amounts, with_words=permissions.may(by, "notes:read")),
        duration=policies.duration_words,
    )  # fmt: skip


@bp.route("/open/<int:invitation_id>", methods=["GET", "POST"])
@requires("travel:write")
def new(invitation_id: int) -> ResponseReturnValue:
    """Begin to look after somebody who has accepted; before that there is no form (J4.4, T3)."""
    invitation = events.get_invitation(invitation_id, acting_user())
    clearance.require_yes(invitation)
    form = TripForm(data=queries_trip.days_around(invitation.event))
    if form.validate_on_submit():
        with form.attempt():
            trip = operations.open_trip(invitation, form.details(), by=acting_user())
            flash(
                _("The trip of %(person)s is open. Next: how they come and go.", person=trip.person.name),
                "ok",
            )
            return redirect(url_for("travel.show", id=trip.id), 303)
    return render_template("travel/new.html", form=form, invitation=invitation), form.status


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("travel:write")
def edit(id: int) -> ResponseReturnValue:
    trip = queries.get_trip(id, acting_user())
    form = TripForm(data=typed_trip(trip))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_trip(trip, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved."), "ok")
            return redirect(url_for("travel.show", id=trip.id), 303)
    return render_template("travel/edit.html", form=form, trip=trip), form.status


@bp.route("/<int:id>/cancel", methods=["GET", "POST"])
@requires("travel:write")
def cancel(id: int) -> ResponseReturnValue:
    """The person will not come."""
    trip = queries.get_trip(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_trip(trip, form.reason.data, by=acting_user())
            flash(_("The trip is cancelled; everything in it stays on record."), "ok")
            return _back_to(trip)
    n_open = sum(
        1 for part in trip.parts if not part.is_cancelled and part.cost_stage in policies_costs.OPEN_STAGES
    )
    return render_template("travel/cancel.html", form=form, trip=trip, n_open=n_open), form.status


@bp.post("/<int:id>/finish")
@requires("travel:write")
def finish(id: int) -> ResponseReturnValue:
    """Everything is settled."""
    trip = queries.get_trip(id, acting_user())
    operations.finish_trip(trip, by=acting_user())
    flash(_("The trip is done."), "ok")
    return _back_to(trip)


@bp.route("/<int:id>/exception", methods=["GET", "POST"])
@requires("travel:write")
def ask_exception(id: int) -> ResponseReturnValue:
    """Ask whom a rule names to let this trip cross it."""
    trip = queries.get_trip(id, acting_user())
    form = ExceptionForm(data={"rule": request.args.get("rule", "")}).offer(
        queries_costs.rules_to_cross(trip)
    )
    if form.validate_on_submit():
        with form.attempt():
            asked = operations.ask_exception(trip, form.details(trip), by=acting_user())
            who = APPROVER_WORDS[asked.approver]
            flash(
                _("%(who)s has been asked. Until they decide, the rule holds.", who=who[0].upper() + who[1:]),
                "ok",
            )
            return _back_to(trip)
    return render_template("travel/ask_exception.html", form=form, trip=trip), form.status


@bp.get("/people/<int:id>")
@requires("travel:read")
def for_person(id: int) -> ResponseReturnValue:
    """The tab of a person's record: every trip, the latest first."""
    by = acting_user()
    person = people.get_person(id, by)
    return render_template(
        "travel/for_person.html", person=person, rows=queries_trip.list_rows(by, person),
        waiting=queries_trip.list_without_trip(by, person, clock.now()),
    )  # fmt: skip


def _back_to(trip: Trip) -> ResponseReturnValue:
    return redirect(url_for("travel.show", id=trip.id), 303)


from app.travel import (  # noqa: E402, F401 -- they add their pages to `bp`
    merging,
    overview,
    presence,
    queries_layers,
    views_desk,
    views_disruption,
    views_documents,
    views_itineraries,
    views_parts,
    views_rules,
    views_sensitive,
    views_simulator,
)
