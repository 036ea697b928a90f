"""Pages of an event's tasks: the list, adding, changing, done and undone."""

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import BaseForm, number_asked
from app.core.i18n import day
from app.events import operations_tasks, queries, queries_tasks
from app.events.forms_day import DoneForm, TaskForm, typed_task
from app.events.models import Event
from app.events.models_day import EventTask
from app.events.queries_coordinators import coordinator_of
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/tasks")
@requires("events:read")
def tasks(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    return render_template(
        "events/tasks.html", event=event, tabs=event_tabs(event), rows=queries_tasks.list_tasks(event, by),
        form=BaseForm(), today=clock.today(event.zone),
    )  # fmt: skip


@bp.route("/<int:id>/tasks/new", methods=["GET", "POST"])
@requires("events:write")
def new_task(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    data = {"owner_id": str(coordinator_of(event).id), "person_id": str(number_asked("person") or ""),
            "due_on": clock.today(event.zone) + timedelta(days=7)}  # fmt: skip
    form = _offered(TaskForm(data=data), event)
    if form.validate_on_submit():
        with form.attempt():
            task = operations_tasks.add_task(event, form.details(), by=by)
            flash(
                _("%(owner)s does it until %(due_on)s.", owner=task.owner.name, due_on=day(task.due_on)), "ok"
            )
            return _to_list(event)
    return render_template("events/new_task.html", form=form, event=event), form.status


@bp.route("/tasks/<int:id>", methods=["GET", "POST"])
@requires("events:write")
def task(id: int) -> ResponseReturnValue:
    """Say it otherwise, or give it to somebody else."""
    found = queries_tasks.get_task(id, acting_user())
    form = _offered(TaskForm(data=typed_task(found)), found.event)
    if form.validate_on_submit():
        with form.attempt():
            operations_tasks.change_task(
                found, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("Saved."), "ok")
            return _to_list(found.event)
    return render_template("events/task.html", form=form, task=found), form.status


@bp.route("/tasks/<int:id>/done", methods=["GET", "POST"])
@requires("events:read", only=_l("whoever does the task, and who may plan events"))
def task_done(id: int) -> ResponseReturnValue:
    """Whoever was asked, or plans the event, says that it is done."""
    found = _own_task(id)
    form = DoneForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_tasks.finish_task(found, form.how.data or "", by=acting_user())
            flash(_("Done."), "ok")
            return _to_list(found.event)
    return render_template("events/task_done.html", form=form, task=found), form.status


@bp.post("/tasks/<int:id>/reopen")
@requires("events:read", only=_l("whoever does the task, and who may plan events"))
def reopen_task(id: int) -> ResponseReturnValue:
    found = _own_task(id)
    operations_tasks.reopen_task(found, by=acting_user())
    flash(_("It waits again."), "ok")
    return _to_list(found.event)


def _own_task(id: int) -> EventTask:
    """The task, for its owner and for those who plan events; NotAllowed for others."""
    return queries_tasks.require_doer(queries_tasks.get_task(id, acting_user()), acting_user())


def _to_list(event: Event) -> ResponseReturnValue:
    return redirect(url_for("events.tasks", id=event.id), 303)


def _offered(form: TaskForm, event: Event) -> TaskForm:
    guests = queries.list_invitations(event, acting_user())
    return form.offer(queries_tasks.list_possible_owners(), guests)
