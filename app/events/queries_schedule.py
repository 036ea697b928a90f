"""Reading published schedules: their runs, the sessions they feed, what the file says beside what we say."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import contains_eager, joinedload, undefer

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.events import queries
from app.events.models import Event, Session
from app.events.models_agenda import RunState, Schedule, ScheduleItem, ScheduleRun


def get_run(id: int, by: User | None = None) -> ScheduleRun:
    """A file that was read for an event `by` may see; else NotFound."""
    wanted = sa.select(ScheduleRun).where(ScheduleRun.id == id)
    found = db.session.scalars(
        wanted.options(undefer(ScheduleRun.content), joinedload(ScheduleRun.by))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such file."))
    queries.get_event(found.event_id, by)
    return found


def list_runs(event: Event) -> Sequence[ScheduleRun]:
    """The files that were applied to an event's agenda, the latest first."""
    wanted = sa.select(ScheduleRun).where(
        ScheduleRun.event_id == event.id, ScheduleRun.state == RunState.DONE
    )
    return db.session.scalars(
        wanted.order_by(ScheduleRun.done_at.desc(), ScheduleRun.id.desc())
        .limit(50)
        .options(joinedload(ScheduleRun.by))
    ).all()


def list_waiting(event: Event) -> Sequence[ScheduleRun]:
    """Dry runs that were neither applied nor left."""
    wanted = sa.select(ScheduleRun).where(
        ScheduleRun.event_id == event.id, ScheduleRun.state == RunState.CHECKED
    )
    return db.session.scalars(wanted.order_by(ScheduleRun.id)).all()


def find_schedule(event: Event, key: str) -> Schedule | None:
    """The schedule of this key that feeds an event."""
    wanted = sa.select(Schedule).where(Schedule.event_id == event.id, Schedule.key == key)
    return db.session.scalars(wanted).one_or_none()


def list_schedules(event: Event) -> Sequence[Schedule]:
    """What feeds an event's agenda."""
    return db.session.scalars(
        sa.select(Schedule).where(Schedule.event_id == event.id).order_by(Schedule.title, Schedule.id)
    ).all()


def list_items(schedule: Schedule) -> Sequence[ScheduleItem]:
    """Everything a schedule feeds or fed, with its sessions; one query."""
    wanted = (
        sa.select(ScheduleItem)
        .join(ScheduleItem.session)
        .where(ScheduleItem.schedule_id == schedule.id)
        .order_by(Session.starts_at, Session.id)
    )
    return db.session.scalars(wanted.options(contains_eager(ScheduleItem.session))).all()


def find_item(session: Session) -> ScheduleItem | None:
    """What the file says of a session; None for a session of ours alone."""
    wanted = sa.select(ScheduleItem).where(ScheduleItem.session_id == session.id)
    return db.session.scalars(
        wanted.options(joinedload(ScheduleItem.schedule), joinedload(ScheduleItem.session))
    ).one_or_none()


def items_of(event: Event) -> dict[int, ScheduleItem]:
    """What files say of the sessions of an event, by session; one query."""
    wanted = sa.select(ScheduleItem).join(ScheduleItem.schedule).where(Schedule.event_id == event.id)
    return {item.session_id: item for item in db.session.scalars(wanted.order_by(ScheduleItem.session_id))}
