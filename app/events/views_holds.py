"""Pages of seats that are held, of what a chair is, and of seats to talk over with those who serve people."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.forms import row_number
from app.events import operations_holds, queries, queries_seats
from app.events.forms_day import HoldForm, SeatKindForm
from app.events.views import bp


@bp.route("/<int:id>/seats/hold", methods=["GET", "POST"])
@requires("events:write")
def hold_seats(id: int) -> ResponseReturnValue:
    """Keep the ticked seats free for somebody."""
    event = queries.get_event(id, acting_user())
    asked = {number for text in request.values.getlist("seat")[:500] if (number := row_number(text))}
    form, seats = HoldForm(), queries_seats.get_seats(event, asked)
    if form.validate_on_submit():
        with form.attempt():
            held = operations_holds.hold_seats(seats, form.details(), by=acting_user())
            flash(_("%(n)s held for %(held_for)s.", n=len(held), held_for=held[0].held_for), "ok")
            return redirect(url_for("events.seats", id=event.id), 303)
    return render_template(
        "events/hold_seats.html", form=form, event=event, seats=queries.list_seats(event), asked=asked
    ), form.status


@bp.post("/seats/<int:id>/release")
@requires("events:write")
def release_seat(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_seat(id)
    queries.get_event(found.event_id, by)
    operations_holds.release_seat(found, by=by)
    flash(_("%(found)s is free for anybody again.", found=found.label), "ok")
    return redirect(url_for("events.seats", id=found.event_id), 303)


@bp.route("/seats/<int:id>/kind", methods=["GET", "POST"])
@requires("events:write")
def describe_seat(id: int) -> ResponseReturnValue:
    """What a chair is: its zone, and whether one can reach it without steps."""
    found = queries.get_seat(id)
    queries.get_event(found.event_id, acting_user())
    known = {"room_zone": found.room_zone, "is_accessible": found.is_accessible}
    form = SeatKindForm(data=known | {"version": str(found.version)})
    if form.validate_on_submit():
        with form.attempt():
            said, seen = (form.room_zone.data or "", form.is_accessible.data), form.seen_version
            operations_holds.describe_seat(found, *said, by=acting_user(), seen_version=seen)
            flash(_("Saved."), "ok")
            return redirect(url_for("events.seats", id=found.event_id), 303)
    return render_template("events/describe_seat.html", form=form, seat=found), form.status


@bp.get("/<int:id>/seats/access")
@requires("people:serve")
def seats_access(id: int) -> ResponseReturnValue:
    """Seats to talk over; every look is written down with the people it was about (R4)."""
    by = acting_user()
    event = queries.get_event(id, by)
    found = queries_seats.list_to_talk_over(event)
    for seat in found:
        if seat.person is not None:
            operations_holds.note_comparing(seat.person, by=by)
    return render_template("events/seats_access.html", event=event, seats=found)
