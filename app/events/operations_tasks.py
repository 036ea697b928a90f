"""Tasks of an event: added by hand or by what went wrong, given to somebody, done, and undone."""

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit, duties
from app.accounts import queries as accounts
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import day, later
from app.events import policies, policies_day
from app.events.details_day import TaskDetails
from app.events.models import Event
from app.events.models_day import EventTask, TaskOrigin
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices
from app.notices import queries as notices_read
from app.people import queries as people


def add_task(
    event: Event, details: TaskDetails, *, by: User | None, origin: TaskOrigin = TaskOrigin.BY_HAND
) -> EventTask:
    """Ask somebody to do something for an event until a day; whoever is asked by somebody else is told."""
    owner = accounts.get_user(details.owner_id)
    policies_day.require_owner(owner)
    policies_day.require_due(details.due_on, clock.today(event.zone))
    if details.person_id is not None:
        people.get_person(details.person_id, by)  # NotFound for somebody they may not see
    task = EventTask(
        event_id=event.id, person_id=details.person_id, what=details.what, cause=details.cause.strip(), origin=origin,
        owner_id=owner.id, due_on=details.due_on, made_by_id=by.id if by else None, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(task)
    db.session.flush()
    _tell(task, event, owner, by)
    audit.record("events.task_added", task, by=by, reason=details.cause.strip())
    return task


def change_task(
    task: EventTask, details: TaskDetails, *, by: User, seen_version: int | None = None
) -> EventTask:
    """Say it otherwise, give it to somebody else, or move its day; a new owner is told."""
    check_version(task, seen_version)
    if task.done_at is not None:
        raise policies_day.CannotDo(_("This is done. Open it again before you change it."))
    owner = accounts.get_user(details.owner_id)
    if owner.id != task.owner_id:
        policies_day.require_owner(owner)
    if details.due_on != task.due_on:
        policies_day.require_due(details.due_on, clock.today(task.event.zone))
    before = audit.snapshot(task)
    was = task.owner_id
    task.what, task.cause, task.due_on = details.what, details.cause.strip(), details.due_on
    task.owner_id, task.person_id = owner.id, details.person_id
    db.session.flush()
    if owner.id != was:
        _tell(task, task.event, owner, by)
    audit.record("events.task_changed", task, by=by, before=before)
    return task


def finish_task(task: EventTask, how: str, *, by: User) -> EventTask:
    """Note that it is done and how; whoever reads it later learns more than a date."""
    if task.done_at is not None:
        raise policies_day.CannotDo(_("This was done already; nothing was done twice."))
    if not how.strip():
        raise policies.ReasonNeeded(_("Say how it was done, in a few words."), field="how")
    before = audit.snapshot(task)
    task.done_at, task.done_by_id, task.how = clock.now(), by.id, how.strip()
    told = notices_read.find_open(
        _words(task), role=None, user=task.owner, source_kind="events", source_id=task.event_id
    )
    if told is not None:
        notices.finish(told, by=by)
    audit.record("events.task_done", task, by=by, before=before)
    return task


def reopen_task(task: EventTask, *, by: User) -> EventTask:
    """It was not done after all: it waits again, and what was said stays in the trail."""
    if task.done_at is None:
        raise policies_day.CannotDo(_("This task is open."))
    before = audit.snapshot(task)
    task.done_at, task.done_by_id, task.how = None, None, ""
    audit.record("events.task_reopened", task, by=by, before=before)
    return task


def hand_back_tasks(user: User, by: User | None) -> int:
    """Somebody leaves: whoever coordinates the event takes their open tasks, and is told; how many those were."""
    wanted = sa.select(EventTask).where(EventTask.owner_id == user.id, EventTask.done_at.is_(None))
    n_moved = 0
    for task in db.session.scalars(wanted.order_by(EventTask.id)).all():
        heir = coordinator_of(task.event)
        if heir.id == user.id:
            continue  # they coordinate it still: the event must be handed over first
        before = audit.snapshot(task)
        task.owner_id = heir.id
        _tell(task, task.event, heir, by)
        audit.record("events.task_handed_back", task, by=by, before=before)
        n_moved += 1
    return n_moved


duties.tell_when_leaving("events", hand_back_tasks)


def _tell(task: EventTask, event: Event, owner: User, by: User | None) -> None:
    if by is None or owner.id != by.id:
        notices.notify(_words(task), user=owner, source=("events", event.id), by=by)


def _words(task: EventTask) -> str:
    return str(
        _l(
            "%(event)s: %(what)s, until %(due_on)s.",
            event=task.event.name,
            what=task.what,
            due_on=later(day, task.due_on),
        )
    )
