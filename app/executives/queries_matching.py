"""Reading matching runs: their history, a plan as a grid, what changed since the run before and against what stands now."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import JobState
from app.events.models import Event
from app.executives.details_matching import MatchingDetails
from app.executives.models import Executive, Meeting, Slot
from app.executives.models_access import MeetingWish
from app.executives.models_matching import MatchingMeeting, MatchingRun, MatchingUnmet
from app.executives.policies import LIVE
from app.executives.queries import visible_executives

_HEADS = (joinedload(MatchingRun.event), joinedload(MatchingRun.by), joinedload(MatchingRun.job))


def get_run(id: int, by: User | None) -> MatchingRun:
    """A run all of whose executives `by` may see, or NotFound."""
    found = db.session.scalars(
        sa.select(MatchingRun).where(MatchingRun.id == id).options(*_HEADS)
    ).one_or_none()
    if found is None or not _seen([found], by):
        raise NotFound(_("There is no such run, or it plans with calendars that are not yours to see."))
    return found


def list_runs(event: Event, by: User | None) -> list[MatchingRun]:
    """The runs of an event that `by` may see, the latest first."""
    wanted = sa.select(MatchingRun).where(MatchingRun.event_id == event.id).order_by(MatchingRun.id.desc())
    return _seen(db.session.scalars(wanted.options(*_HEADS)).all(), by)


def _seen(runs: Sequence[MatchingRun], by: User | None) -> list[MatchingRun]:
    visible = set(db.session.scalars(visible_executives(by).with_only_columns(Executive.id)))
    return [run for run in runs if visible.issuperset(run.executive_ids)]


def last_found(event: Event, by: User | None) -> MatchingRun | None:
    """The latest run of an event that came to a plan."""
    return next((run for run in list_runs(event, by) if run.finished_at is not None), None)


def details_of(run: MatchingRun) -> MatchingDetails:
    """What the run was asked."""
    return MatchingDetails(**run.weights)


def is_under_way(run: MatchingRun) -> bool:
    """Whether its job waits or runs."""
    return run.job is not None and run.job.state in {JobState.WAITING, JobState.RUNNING}


def get_row(id: int, by: User | None) -> MatchingMeeting:
    """A meeting of a plan `by` may see, or NotFound."""
    wanted = (
        sa.select(MatchingMeeting).where(MatchingMeeting.id == id).options(joinedload(MatchingMeeting.run))
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such meeting in a plan, or it is not yours to see."))
    get_run(found.run_id, by)
    return found


def list_rows(run: MatchingRun) -> Sequence[MatchingMeeting]:
    """The meetings of a plan by time, with slot, person, executive and what they became."""
    wanted = (
        sa.select(MatchingMeeting)
        .join(Slot, Slot.id == MatchingMeeting.slot_id)
        .where(MatchingMeeting.run_id == run.id)
        .options(
            joinedload(MatchingMeeting.slot), joinedload(MatchingMeeting.person), joinedload(MatchingMeeting.executive),
            joinedload(MatchingMeeting.meeting),
        )
        .order_by(Slot.starts_at, MatchingMeeting.id)
    )  # fmt: skip
    return db.session.scalars(wanted).all()


def list_unmet(run: MatchingRun) -> Sequence[MatchingUnmet]:
    """The wishes a plan does not meet: must-meets first, then by points."""
    wanted = sa.select(MatchingUnmet).where(MatchingUnmet.run_id == run.id)
    loaded = (joinedload(MatchingUnmet.person), joinedload(MatchingUnmet.executive))
    order = (MatchingUnmet.is_must.desc(), MatchingUnmet.points.desc(), MatchingUnmet.id)
    return db.session.scalars(wanted.options(*loaded).order_by(*order)).all()


def get_unmet(id: int, by: User | None) -> MatchingUnmet:
    """An unmet wish of a run `by` may see, or NotFound."""
    found = db.session.get(MatchingUnmet, id)
    if found is None:
        raise NotFound(_("There is no such wish in a plan, or it is not yours to see."))
    get_run(found.run_id, by)
    return found


def purposes_of(run: MatchingRun) -> dict[tuple[int, int], str]:
    """What the wished meetings are for, by person and executive; the words of the person first."""
    wanted = sa.select(MeetingWish).where(MeetingWish.event_id == run.event_id, MeetingWish.purpose != "")
    rows = db.session.scalars(
        wanted.order_by(MeetingWish.side, MeetingWish.id)
    )  # "executive" before "person"
    return {(row.person_id, row.executive_id): row.purpose for row in rows}


# -- a plan as a grid ----------------------------------------------------------------------------------------


class PlanCell(Struct, frozen=True):
    """A window of an executive in the grid, and the meetings planned in it."""

    slot: Slot
    rows: Sequence[MatchingMeeting]


class PlanRow(Struct, frozen=True):
    """One executive on one day: begin -> window."""

    executive: Executive
    cells: dict[str, PlanCell]

    @property
    def id(self) -> int:
        return self.executive.id


class PlanDay(Struct, frozen=True):
    """Executives down, times across, on the clock of the event."""

    on: date
    times: Sequence[str]
    rows: Sequence[PlanRow]


def days_of(run: MatchingRun, rows: Sequence[MatchingMeeting]) -> list[PlanDay]:
    """The plan laid out day by day; one query."""
    zone = ZoneInfo(run.event.zone)
    planned: dict[int, list[MatchingMeeting]] = {}
    for row in rows:
        planned.setdefault(row.slot_id, []).append(row)
    wanted = sa.select(Slot).where(
        Slot.event_id == run.event_id, Slot.executive_id.in_(run.executive_ids),
        sa.or_(Slot.withdrawn_at.is_(None), Slot.id.in_(planned)),
    )  # fmt: skip
    days: dict[date, dict[Executive, dict[str, PlanCell]]] = {}
    for slot in db.session.scalars(wanted.order_by(Slot.starts_at, Slot.id)):
        wall = slot.starts_at.astimezone(zone)
        cells = days.setdefault(wall.date(), {}).setdefault(slot.executive, {})
        cells[f"{wall:%H:%M}"] = PlanCell(slot, planned.get(slot.id, ()))
    return [
        PlanDay(
            on, sorted({at for cells in by_executive.values() for at in cells}),
            [PlanRow(who, cells) for who, cells in sorted(by_executive.items(), key=lambda item: (item[0].name, item[0].id))],
        )
        for on, by_executive in sorted(days.items())
    ]  # fmt: skip


def planned_minutes(rows: Sequence[MatchingMeeting]) -> dict[int, int]:
    """Minutes the plan would give each person, what is agreed included; X3: shown beside those really given."""
    minutes: dict[int, int] = {}
    for row in rows:
        length = int((row.slot.ends_at - row.slot.starts_at).total_seconds() // 60)
        minutes[row.person_id] = minutes.get(row.person_id, 0) + length
    return minutes


def market_minutes(rows: Sequence[MatchingMeeting]) -> dict[str, int]:
    """The same per home country."""
    minutes: dict[str, int] = {}
    for row in rows:
        length = int((row.slot.ends_at - row.slot.starts_at).total_seconds() // 60)
        country = row.person.home_country or ""
        minutes[country] = minutes.get(country, 0) + length
    return minutes


# -- differences ---------------------------------------------------------------------------------------------


class Change(Struct, frozen=True):
    """How one pair stands differently: when before, when now; None: not at all."""

    person_name: str
    executive_name: str
    before_at: datetime | None
    now_at: datetime | None

    @property
    def kind(self) -> str:
        if self.before_at is None:
            return "new"
        return "gone" if self.now_at is None else "moved"


_Place = tuple[str, str, datetime, int]


def changes_from(run: MatchingRun, rows: Sequence[MatchingMeeting]) -> list[Change]:
    """What is different from the plan of the run it went on from; empty without one. One query."""
    if run.after_id is None:
        return []
    before = db.session.get(MatchingRun, run.after_id)
    return _changes(_placed(list_rows(before)), _placed(rows)) if before is not None else []


def changes_to_make(run: MatchingRun, rows: Sequence[MatchingMeeting]) -> list[Change]:
    """What is different from what is agreed now; one query. Nothing agreed is taken away by a plan."""
    wanted = sa.select(Meeting).where(
        Meeting.event_id == run.event_id, Meeting.executive_id.in_(run.executive_ids), Meeting.state.in_(LIVE)
    )
    now = {
        (row.person_id, row.executive_id): (row.person.name, row.executive.name, row.starts_at, row.slot_id)
        for row in db.session.scalars(wanted.options(joinedload(Meeting.person)))
    }
    return _changes(now, _placed(rows))


def _placed(rows: Sequence[MatchingMeeting]) -> dict[tuple[int, int], _Place]:
    return {
        (row.person_id, row.executive_id): (
            row.person.name,
            row.executive.name,
            row.slot.starts_at,
            row.slot_id,
        )
        for row in rows
    }


def _changes(before: dict[tuple[int, int], _Place], now: dict[tuple[int, int], _Place]) -> list[Change]:
    pairs = [pair for pair in before.keys() | now.keys() if before.get(pair, ())[3:] != now.get(pair, ())[3:]]
    found = []
    for pair in pairs:
        old, new = before.get(pair), now.get(pair)
        name, executive = (new or old or ("", ""))[:2]
        found.append(Change(name, executive, old[2] if old else None, new[2] if new else None))
    return sorted(
        found,
        key=lambda one: (str(one.now_at or one.before_at), one.executive_name, one.person_name),
    )
