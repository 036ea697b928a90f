"""Reading the tasks of events: of one event, and what waits for one user."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts import permissions
from app.accounts.models import Role, User
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.events import queries
from app.events.models import Event
from app.events.models_day import EventTask
from app.events.policies_day import TASK_ROLES
from app.people import queries as people
from app.people.models import Person

_WITH_ALL = (
    joinedload(EventTask.event),
    joinedload(EventTask.person),
    joinedload(EventTask.owner),
    joinedload(EventTask.done_by),
)


def _seen(by: User | None) -> sa.Select[EventTask]:
    """Tasks whose person `by` may see; a partner none at all (R3)."""
    if by is not None and by.role in {Role.PARTNER, Role.DOOR}:
        return sa.select(EventTask).where(sa.false())
    whose = sa.func.coalesce(Person.merged_into_id, Person.id)
    visible = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(EventTask).outerjoin(Person, Person.id == EventTask.person_id)
    return wanted.where(sa.or_(EventTask.person_id.is_(None), whose.in_(visible)))


def list_tasks(event: Event, by: User | None = None) -> Sequence[EventTask]:
    """The tasks of an event: open ones by day, then what is done, the latest first; one query."""
    wanted = _seen(by).where(EventTask.event_id == event.id)
    order = (EventTask.done_at.is_not(None), sa.case((EventTask.done_at.is_(None), EventTask.due_on)),
             EventTask.done_at.desc(), EventTask.id)  # fmt: skip
    return db.session.scalars(wanted.order_by(*order).options(*_WITH_ALL)).all()


def list_open_of(user: User, limit: int = 50) -> Sequence[EventTask]:
    """What waits for one user at any event, the nearest day first."""
    wanted = _seen(user).where(EventTask.owner_id == user.id, EventTask.done_at.is_(None))
    ordered = wanted.order_by(EventTask.due_on, EventTask.id).limit(limit)
    return db.session.scalars(ordered.options(*_WITH_ALL)).all()


def count_open(event: Event, by: User | None = None) -> int:
    """How many tasks of an event wait."""
    wanted = _seen(by).where(EventTask.event_id == event.id, EventTask.done_at.is_(None))
    return db.session.scalar(wanted.with_only_columns(sa.func.count(EventTask.id))) or 0


def get_task(id: int, by: User | None = None) -> EventTask:
    """A task of an event `by` may see; else NotFound."""
    found = db.session.scalars(_seen(by).where(EventTask.id == id).options(*_WITH_ALL)).one_or_none()
    if found is None or queries.get_event(found.event_id, by).id != found.event_id:
        raise NotFound(_("There is no such task, or it is not yours to see."))
    return found


def list_possible_owners() -> Sequence[User]:
    """Who may be asked to do something for an event, by name."""
    wanted = sa.select(User).where(User.is_active.is_(True), User.role.in_(sorted(TASK_ROLES)))
    return db.session.scalars(wanted.order_by(User.name, User.id)).all()


def require_doer(task: EventTask, by: User) -> EventTask:
    """The task, if `by` owns it or plans events; NotAllowed for everybody else."""
    if task.owner_id != by.id and not permissions.may(by, "events:write"):
        raise NotAllowed(
            _("%(owner)s does this. Ask them, or whoever plans the event.", owner=task.owner.name)
        )
    return task
