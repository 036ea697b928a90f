"""Pages around published schedules and stages: a file, its dry run, the receipt; whose word counts; who is on stage."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.door import accepts_upload
from app.core.forms import BaseForm
from app.events import operations, queries, queries_agenda, queries_schedule
from app.events.forms_agenda import ScheduleFileForm, StageForm
from app.events.models import InvitationState
from app.events.models_agenda import RunState
from app.events.operations_schedule import comparison_of, outcome_of
from app.events.schedule_reading import MAX_BYTES
from app.events.schedule_words import FOR_PAGES
from app.events.views import bp
from app.people import queries as people

#: Room for the form around the file, so that a file slightly too large is refused in words.
_UPLOAD = MAX_BYTES + 4 * 1024 * 1024


@bp.route("/<int:id>/schedules/new", methods=["GET", "POST"])
@requires("events:write")
@accepts_upload(_UPLOAD)  # type: ignore[untyped-decorator]
def new_schedule(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    form = ScheduleFileForm()
    if form.validate_on_submit():
        with form.attempt():
            file = form.file.data
            run = operations.read_file(event, file.stream, file.filename or "file", by=acting_user())
            return redirect(url_for("events.schedule_run", id=run.id), 303)
    page = render_template(
        "events/new_schedule.html", form=form, event=event, runs=queries_schedule.list_runs(event),
        waiting=queries_schedule.list_waiting(event), schedules=queries_schedule.list_schedules(event),
    )  # fmt: skip
    return page, form.status


@bp.get("/schedules/<int:id>")
@requires("events:write")
def schedule_run(id: int) -> ResponseReturnValue:
    """The dry run while it waits, the receipt afterwards."""
    run = queries_schedule.get_run(id, acting_user())
    if run.state is RunState.DISCARDED:
        return redirect(url_for("events.new_schedule", id=run.event_id), 303)
    is_dry = run.state is RunState.CHECKED
    outcome = outcome_of(*comparison_of(run)) if is_dry else run.outcome or {}
    return render_template(
        "events/schedule_run.html", run=run, event=run.event, outcome=outcome, form=BaseForm(), **FOR_PAGES
    )


@bp.post("/schedules/<int:id>/apply")
@requires("events:write")
def apply_schedule(id: int) -> ResponseReturnValue:
    run = operations.apply_run(queries_schedule.get_run(id, acting_user()), by=acting_user())
    flash(_("The agenda follows %(file_name)s now.", file_name=run.file_name), "ok")
    return redirect(url_for("events.schedule_run", id=run.id), 303)


@bp.post("/schedules/<int:id>/leave")
@requires("events:write")
def leave_schedule(id: int) -> ResponseReturnValue:
    run = queries_schedule.get_run(id, acting_user())
    operations.discard_run(run, by=acting_user())
    flash(_("Left as it was; what was read is forgotten."), "ok")
    return redirect(url_for("events.agenda", id=run.event_id), 303)


@bp.post("/sessions/<int:id>/published/<any(title, time, place, description):unit>")
@requires("events:write")
def take_published(id: int, unit: str) -> ResponseReturnValue:
    session = queries.get_session(id, acting_user())
    operations.take_published(session, unit, by=acting_user())
    flash(_("The session says what is published."), "ok")
    return redirect(url_for("events.session", id=id), 303)


@bp.route("/sessions/<int:id>/stage", methods=["GET", "POST"])
@requires("events:write")
def put_on_stage(id: int) -> ResponseReturnValue:
    by = acting_user()
    session = queries.get_session(id, by)
    invited = [
        one.person for one in queries.list_invitations(session.event, by)
        if one.state not in {InvitationState.DECLINED, InvitationState.WITHDRAWN}
    ]  # fmt: skip
    form = StageForm().offer(invited)
    if form.validate_on_submit():
        with form.attempt():
            person = people.get_person(int(form.person_id.data), by)
            operations.put_on_stage(session, person, by=by)
            flash(
                _("%(person)s is on stage in %(session)s.", person=person.name, session=session.title), "ok"
            )
            return redirect(url_for("events.session", id=id), 303)
    return render_template("events/stage.html", form=form, session=session, invited=invited), form.status


@bp.post("/stage/<int:id>/remove")
@requires("events:write")
def take_off_stage(id: int) -> ResponseReturnValue:
    appearance = queries_agenda.get_appearance(id, acting_user())
    session_id = appearance.session_id
    operations.take_off_stage(appearance, by=acting_user())
    flash(_("Taken off the stage."), "ok")
    return redirect(url_for("events.session", id=session_id), 303)
