"""Pages of one meeting: move, cancel, record the minutes given, note that it was missed."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.db import restart_transaction
from app.events import queries_tasks
from app.events.clashes import Clash
from app.events.plans import unseen
from app.events.views import shown_first
from app.executives import fitting, operations, queries, queries_briefing
from app.executives.forms import MinutesForm, MissForm, MoveForm, ReasonForm
from app.executives.forms_access import PromiseForm, ToldForm
from app.executives.models import Meeting
from app.executives.plans import clashes_of_meeting, plan_of_slot
from app.executives.views import bp


@bp.get("/meetings/<int:id>")
@requires("executives:read")
def meeting(id: int) -> ResponseReturnValue:
    found = queries.get_meeting(id, acting_user())
    return render_template(
        "executives/meeting.html", meeting=found, asker=queries.asker_of(found), now=clock.now(),
        question=queries.question_of(found), promises=queries_briefing.open_promises(found.person),
        clashes=clashes_of_meeting(found, acting_user()) if found.starts_at > clock.now() and not found.is_cancelled else [],
    )  # fmt: skip


@bp.route("/meetings/<int:id>/move", methods=["GET", "POST"])
@requires("executives:write")
def move(id: int) -> ResponseReturnValue:
    """To another free window of the same executive."""
    by, met = acting_user(), list[Clash]()
    found = queries.get_meeting(id, by)
    form = MoveForm(data={"version": str(found.version)}).offer(fitting.windows_for(found, clock.now()))
    if form.validate_on_submit():
        with form.attempt():
            slot = queries.get_slot(int(form.slot_id.data), by)
            met = list(unseen(plan_of_slot(slot, found.person_id, found), by))
            operations.move_meeting(found, slot, by=by, seen_version=form.seen_version)
            if not met:
                flash(_("Moved. Calendars show the new time."), "ok")
                return _back_to(found)
            restart_transaction()
    met = [] if form.clash else met
    page = render_template("executives/move.html", form=form, meeting=found, **shown_first(met))
    return page, 422 if met else form.status


@bp.route("/meetings/<int:id>/cancel", methods=["GET", "POST"])
@requires("executives:write")
def cancel(id: int) -> ResponseReturnValue:
    """The window is free again."""
    found = queries.get_meeting(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_meeting(found, reason=form.reason.data, by=acting_user())
            flash(_("Cancelled. The window is free again."), "ok")
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
            flash(_("%(data)s minutes are in the book.", data=form.n_minutes.data), "ok")
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
            flash(_("Noted as missed; no minutes were given."), "ok")
            return _back_to(found)
    return render_template("executives/miss.html", form=form, meeting=found), form.status


@bp.route("/meetings/<int:id>/notes", methods=["GET", "POST"])
@requires("executives:record")
def note(id: int) -> ResponseReturnValue:
    """What we told them, for whoever meets them next."""
    found = queries.get_meeting(id, acting_user())
    form = ToldForm(data={"told": found.told, "version": str(found.version)})
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            operations.note_told(found, form.told.data or "", by=acting_user(), seen_version=seen)
            flash(_("Kept. It stands in the next briefing book."), "ok")
            return _back_to(found)
    return render_template("executives/note.html", form=form, meeting=found), form.status


@bp.route("/meetings/<int:id>/promises/new", methods=["GET", "POST"])
@requires("executives:record")
def promise(id: int) -> ResponseReturnValue:
    """What was promised, who keeps it, and until when."""
    found, by = queries.get_meeting(id, acting_user()), acting_user()
    form = PromiseForm(data={"owner_id": str(by.id)}).offer(queries_tasks.list_possible_owners())
    if form.validate_on_submit():
        with form.attempt():
            task = operations.promise(found, form.details(), by=by)
            flash(_("Noted. It stays on the page of %(name)s until it is kept.", name=task.owner.name), "ok")
            return _back_to(found)
    return render_template("executives/promise.html", form=form, meeting=found), form.status


def _back_to(found: Meeting) -> ResponseReturnValue:
    return redirect(url_for("executives.meeting", id=found.id), 303)
