"""Pages of seats and of the door."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core import clock
from app.events import agenda as grids
from app.events import operations, queries
from app.events.forms import CheckInForm, ReasonForm, SeatForm, SeatsForm
from app.events.models import Event, Invitation
from app.events.views import bp, event_tabs
from app.people import queries as people


@bp.get("/<int:id>/seats")
@requires("events:read")
def seats(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    rows, coming = queries.list_seat_rows(event), queries.list_accepted(event, by)
    seated = {seat.person_id for row in rows for seat in row.seats}
    return render_template(
        "events/seats.html", event=event, tabs=event_tabs(event), rows=rows,
        visible={one.person_id for one in coming}, unseated=[one for one in coming if one.person_id not in seated],
    )  # fmt: skip


@bp.route("/<int:id>/seats/new", methods=["GET", "POST"])
@requires("events:write")
def new_seats(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    form = SeatsForm()
    if form.validate_on_submit():
        with form.attempt():
            made = operations.add_seats(event, form.details(), by=acting_user())
            flash(f"{len(made)} seats set up.", "ok")
            return redirect(url_for("events.seats", id=event.id), 303)
    return render_template("events/new_seats.html", form=form, event=event), form.status


@bp.route("/seats/<int:id>", methods=["GET", "POST"])
@requires("events:write")
def seat(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_seat(id)
    form = SeatForm(data={"person_id": str(found.person_id or "")}).offer(
        queries.list_accepted(found.event, by)
    )
    if form.validate_on_submit():
        with form.attempt():
            person = people.get_person(int(form.person_id.data), by)
            operations.seat_person(found, person, by=by)
            flash(f"{person.name} sits in {found.row}{found.number}.", "ok")
            return redirect(url_for("events.seats", id=found.event_id), 303)
    return render_template("events/seat.html", form=form, seat=found), form.status


@bp.post("/seats/<int:id>/free")
@requires("events:write")
def free_seat(id: int) -> ResponseReturnValue:
    found = operations.free_seat(queries.get_seat(id), by=acting_user())
    flash(f"{found.row}{found.number} is free.", "ok")
    return redirect(url_for("events.seats", id=found.event_id), 303)


@bp.get("/<int:id>/door")
@requires("events:write")
def door(id: int) -> ResponseReturnValue:
    return _door_page(queries.get_event(id, acting_user()), CheckInForm())


@bp.post("/invitations/<int:id>/check-in")
@requires("events:write")
def check_in(id: int) -> ResponseReturnValue:
    by, form = acting_user(), CheckInForm()
    found = queries.get_invitation(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.check_in(found, by=by, early_minutes=form.n_early_minutes.data or 0)
            flash(f"{found.person.name} is here.", "ok")
            return redirect(url_for("events.door", id=found.event_id, q=request.args.get("q") or None), 303)
    return _door_page(found.event, form, at=found)


@bp.route("/invitations/<int:id>/undo-check-in", methods=["GET", "POST"])
@requires("events:write")
def undo_check_in(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    found = queries.get_invitation(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.undo_check_in(found, form.reason.data or "", by=by)
            flash("Taken back, and what it counted with it.", "ok")
            return redirect(url_for("events.door", id=found.event_id), 303)
    return render_template("events/undo_check_in.html", form=form, invitation=found), form.status


def _door_page(event: Event, form: CheckInForm, at: Invitation | None = None) -> ResponseReturnValue:
    """The list at the door; what was typed `at` one of its lines stays there."""
    by = acting_user()
    q = request.args.get("q", "")
    coming = queries.list_accepted(event, by)
    early = grids.minutes_early(queries.list_sessions(event), event.zone, clock.now())
    page = render_template(
        "events/door.html", event=event, tabs=event_tabs(event), form=form, q=q, early=early,
        coming=[one for one in coming if q.casefold() in one.person.name.casefold()], seats=queries.seats_of(event),
        n_here=sum(one.checked_in_at is not None for one in coming), n_coming=len(coming), at=at,
    )  # fmt: skip
    return page, form.status
