"""Reading an agenda as a whole: sessions, rules, who is on stage, conflicts, what was let out; a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import defer, joinedload, undefer

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.events import conflicts, elsewhere
from app.events.conflicts import Findings, Level, Levels, Rule, Wanted
from app.events.models import Event, Session
from app.events.models_agenda import AgendaPlan, AgendaRelease, Appearance, Schedule, ScheduleItem
from app.people import queries as people
from app.people.models import Person


class Published(Struct, frozen=True):
    """What a published schedule adds to a session."""

    speakers: Sequence[str]
    changed: Mapping[str, Any]
    is_gone: bool


class OnStage(Struct, frozen=True):
    """A person of ours in a session; the name is withheld from those who may not see the person."""

    id: int
    session_id: int
    person_id: int
    person: Person | None

    @property
    def name(self) -> str:
        return self.person.name if self.person else _("Somebody")


class Released(Struct, frozen=True):
    """The version let out last, and how many sessions are different now."""

    release: AgendaRelease
    n_changes: int


class Agenda(Struct, frozen=True):
    """An event's agenda with everything that is known about it."""

    event: Event
    sessions: Sequence[Session]
    plan: AgendaPlan | None
    published: Mapping[int, Published]
    on_stage: Mapping[int, Sequence[OnStage]]
    findings: Findings
    released: Released | None

    @property
    def day_change_hour(self) -> int:
        return (self.plan.day_change_hour or 0) if self.plan else 0


def find_plan(event: Event) -> AgendaPlan | None:
    """The rules chosen for an event's agenda, if any were."""
    return db.session.get(AgendaPlan, event.id)


def levels_of(plan: AgendaPlan | None) -> Levels:
    """The level of every rule; what was not chosen is as usual."""
    if plan is None:
        return Levels()
    return Levels({Rule(rule): Level(level) for rule, level in plan.levels.items()}, plan.n_buffer_minutes)


def get_agenda(event: Event, by: User | None = None) -> Agenda:
    """The whole agenda of an event; seven queries, whatever the sessions."""
    sessions, plan = _sessions(event), find_plan(event)
    published, on_stage = published_of(event), appearances_of(event, by)
    wanted: dict[int, list[Wanted]] = defaultdict(list)
    for id, said in published.items():
        wanted[id] += [Wanted(name.casefold(), name) for name in said.speakers]
    for id, there in on_stage.items():
        wanted[id] += [Wanted(f"#{one.person_id}", one.name) for one in there]
    ids = {one.person_id for there in on_stage.values() for one in there}
    found = conflicts.find(
        (event.starts_at, event.ends_at), sessions, levels_of(plan), wanted, elsewhere.busy_at(event, ids)
    )
    return Agenda(event, sessions, plan, published, on_stage, found, _released(event, sessions))


def _sessions(event: Event) -> Sequence[Session]:
    """The agenda by begin, without the long words that no grid shows."""
    wanted = sa.select(Session).where(Session.event_id == event.id).options(defer(Session.description))
    return db.session.scalars(wanted.order_by(Session.starts_at, Session.place, Session.id)).all()


def published_of(event: Event) -> dict[int, Published]:
    """What published schedules add to the sessions of an event; descriptions stay where they are."""
    speakers = ScheduleItem.published["speakers"]
    wanted = (
        sa.select(ScheduleItem.session_id, speakers, ScheduleItem.changed, ScheduleItem.gone_at)
        .join(Schedule, Schedule.id == ScheduleItem.schedule_id)
        .where(Schedule.event_id == event.id)
        .order_by(ScheduleItem.session_id)
    )
    rows = db.session.execute(wanted)
    return {id: Published(names or [], changed, gone_at is not None) for id, names, changed, gone_at in rows}


def appearances_of(event: Event, by: User | None = None) -> dict[int, list[OnStage]]:
    """Who of our people is on stage where, by session."""
    ids = people.visible_to(by).with_only_columns(Person.id)
    wanted = (
        sa.select(Appearance.id, Appearance.session_id, Appearance.person_id, Person)
        .join(Session, Session.id == Appearance.session_id)
        .outerjoin(Person, sa.and_(Person.id == Appearance.person_id, Person.id.in_(ids)))
        .where(Session.event_id == event.id)
        .order_by(Person.sort_key, Appearance.id)
    )
    found: dict[int, list[OnStage]] = defaultdict(list)
    for id, session_id, person_id, person in db.session.execute(wanted):
        found[session_id].append(OnStage(id, session_id, person_id, person))
    return dict(found)


def get_appearance(id: int, by: User | None = None) -> Appearance:
    """An appearance of a person `by` may see; else NotFound."""
    ids = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Appearance).where(Appearance.id == id, Appearance.person_id.in_(ids))
    found = db.session.scalars(
        wanted.options(
            joinedload(Appearance.person), joinedload(Appearance.session).joinedload(Session.event)
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_("Nobody is on stage there."))
    return found


def latest_release(event: Event) -> AgendaRelease | None:
    """The version of the agenda that was let out last."""
    wanted = sa.select(AgendaRelease).where(AgendaRelease.event_id == event.id)
    newest = wanted.order_by(AgendaRelease.number.desc()).limit(1)
    return db.session.scalars(
        newest.options(undefer(AgendaRelease.content), joinedload(AgendaRelease.by))
    ).first()


def list_releases(event: Event) -> Sequence[AgendaRelease]:
    """Every version that was let out, the latest first."""
    wanted = sa.select(AgendaRelease).where(AgendaRelease.event_id == event.id)
    return db.session.scalars(
        wanted.order_by(AgendaRelease.number.desc()).limit(50).options(joinedload(AgendaRelease.by))
    ).all()


def content_of(sessions: Sequence[Session]) -> dict[str, Any]:
    """What a release keeps of each live session, by its number."""
    return {
        str(one.id): [one.title, one.place, one.starts_at.isoformat(), one.ends_at.isoformat()]
        for one in sessions
        if not one.is_cancelled
    }


def _released(event: Event, sessions: Sequence[Session]) -> Released | None:
    release = latest_release(event)
    if release is None:
        return None
    now, then = content_of(sessions), release.content
    return Released(release, sum(now.get(id) != then.get(id) for id in now.keys() | then.keys()))
