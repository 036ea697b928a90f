"""Pages of an event's agenda."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core.errors import Conflict
from app.core.forms import wall_time
from app.events import agenda as grids
from app.events import operations, policies, queries
from app.events.forms import ReasonForm, SessionForm, typed_session
from app.events.views import bp, conflict_page, event_tabs


@bp.get("/<int:id>/agenda")
@requires("events:read")
def agenda(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    sessions = queries.list_sessions(event)
    return render_template(
        "events/agenda.html", event=event, tabs=event_tabs(event), days=grids.days(sessions, event.zone),
        overlaps=policies.overlaps(sessions),
    )  # fmt: skip


@bp.route("/<int:id>/sessions/new", methods=["GET", "POST"])
@requires("events:write")
def new_session(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    begins = wall_time(event.starts_at, event.zone)
    form = SessionForm.within(event, starts_at=begins, ends_at=begins)
    if form.validate_on_submit():
        with form.attempt():
            session = operations.add_session(event, form.details(), by=acting_user())
            flash(f"{session.title} is on the agenda.", "ok")
            return redirect(url_for("events.agenda", id=event.id), 303)
    return render_template("events/new_session.html", form=form, event=event), form.status


@bp.route("/sessions/<int:id>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit_session(id: int) -> ResponseReturnValue:
    session = queries.get_session(id, acting_user())
    form = SessionForm.within(session.event, **typed_session(session))
    back = url_for("events.agenda", id=session.event_id)
    try:
        if form.validate_on_submit():
            with form.attempt():
                operations.edit_session(
                    session, form.details(), by=acting_user(), seen_version=form.seen_version
                )
                flash("Saved.", "ok")
                return redirect(back, 303)
    except Conflict:
        return conflict_page(session, typed_session, form, url_for("events.edit_session", id=id), back)
    return render_template("events/edit_session.html", form=form, session=session), form.status


@bp.route("/sessions/<int:id>/cancel", methods=["GET", "POST"])
@requires("events:write")
def cancel_session(id: int) -> ResponseReturnValue:
    session = queries.get_session(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_session(session, form.reason.data or "", by=acting_user())
            flash(f"{session.title} is cancelled; calendars show it so.", "ok")
            return redirect(url_for("events.agenda", id=session.event_id), 303)
    return render_template("events/cancel_session.html", form=form, session=session), form.status
