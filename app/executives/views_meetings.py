"""Pages of one meeting: move, cancel, record the minutes given, note that it was missed."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core import clock
from app.executives import operations, queries
from app.executives.forms import MinutesForm, MissForm, MoveForm, ReasonForm
from app.executives.models import Meeting
from app.executives.views import bp


@bp.get("/meetings/<int:id>")
@requires("executives:read")
def meeting(id: int) -> ResponseReturnValue:
    found = queries.get_meeting(id, acting_user())
    return render_template(
        "executives/meeting.html", meeting=found, asker=queries.asker_of(found), now=clock.now(),
        question=queries.question_of(found),
    )  # fmt: skip


@bp.route("/meetings/<int:id>/move", methods=["GET", "POST"])
@requires("executives:write")
def move(id: int) -> ResponseReturnValue:
    """To another free window of the same executive."""
    found = queries.get_meeting(id, acting_user())
    form = MoveForm(data={"version": str(found.version)}).offer(queries.free_for(found, clock.now()))
    if form.validate_on_submit():
        with form.attempt():
            slot = queries.get_slot(int(form.slot_id.data), acting_user())
            operations.move_meeting(found, slot, by=acting_user(), seen_version=form.seen_version)
            flash("Moved. Calendars show the new time.", "ok")
            return _back_to(found)
    return render_template("executives/move.html", form=form, meeting=found), form.status


@bp.route("/meetings/<int:id>/cancel", methods=["GET", "POST"])
@requires("executives:write")
def cancel(id: int) -> ResponseReturnValue:
    """The window is free again."""
    found = queries.get_meeting(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_meeting(found, reason=form.reason.data, by=acting_user())
            flash("Cancelled. The window is free again.", "ok")
            return _back_to(found)
    return render_template("executives/cancel.html", form=form, meeting=found), form.status


@bp.route("/meetings/<int:id>/hold", methods=["GET", "POST"])
@requires("executives:record")
def hold(id: int) -> ResponseReturnValue:
    """The minutes really given, counted and never priced."""
    found = queries.get_meeting(id, acting_user())
    form = MinutesForm(data={"n_minutes": int((found.ends_at - found.starts_at).total_seconds()) // 60})
    if form.validate_on_submit():
        with form.attempt():
            operations.hold_meeting(found, n_minutes=form.n_minutes.data, by=acting_user())
            flash(f"{form.n_minutes.data} minutes are in the book.", "ok")
            return _back_to(found)
    return render_template("executives/hold.html", form=form, meeting=found), form.status


@bp.route("/meetings/<int:id>/miss", methods=["GET", "POST"])
@requires("executives:record")
def miss(id: int) -> ResponseReturnValue:
    """Somebody did not come."""
    found = queries.get_meeting(id, acting_user())
    form = MissForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.miss_meeting(found, reason=form.reason.data or "", by=acting_user())
            flash("Noted as missed; no minutes were given.", "ok")
            return _back_to(found)
    return render_template("executives/miss.html", form=form, meeting=found), form.status


def _back_to(found: Meeting) -> ResponseReturnValue:
    return redirect(url_for("executives.meeting", id=found.id), 303)
