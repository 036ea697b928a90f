"""Reading kept runs: which somebody sees, their numbers, and whose names those are for whoever reads them (P8)."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.lists import queries as lists
from app.lists.models import SavedView
from app.people import queries as people
from app.people.models import Person
from app.reports.gallery import Ref
from app.reports.models import ReportRun, ReportRunRow, ReportSchedule
from app.reports.runs import Kept, KeptRow, Namer, from_head, refs_in
from app.reports.saved import PREFIX, Saveable, is_known, saveable_of

#: Runs shown on one page.
N_SHOWN = 50
_CHUNK = 5_000


def print_of(text: str) -> str:
    """A print of free words that only this installation can make again: whether they changed, never what they said."""
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, f"report-words:{text}".encode(), hashlib.sha256).hexdigest()[:32]


# -- which -----------------------------------------------------------------------------------------


def _seen_by(by: User) -> sa.Select[ReportRun]:
    """Runs `by` kept, those of saved reports they see, and those of schedules that write to them."""
    views = [view.id for view in lists.list_views_under(PREFIX, by)]
    schedules = db.session.scalars(sa.select(ReportSchedule).where(ReportSchedule.ended_at.is_(None)))
    told = [one.id for one in schedules if by.id in one.reader_ids]
    seen = sa.or_(
        ReportRun.made_by_id == by.id, ReportRun.view_id.in_(views), ReportRun.schedule_id.in_(told)
    )
    return sa.select(ReportRun).where(seen)


def get_run(id: int, by: User) -> ReportRun:
    """A run `by` sees, or NotFound."""
    found = db.session.scalars(_seen_by(by).where(ReportRun.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such run, or it is not shared with you."))
    return found


def list_runs(by: User, report: str, view_id: int | None) -> Sequence[ReportRun]:
    """The runs of a saved report, or those `by` kept of a report without one; the latest first."""
    latest = runs_of(by, report, view_id).order_by(ReportRun.made_at.desc(), ReportRun.id.desc())
    return db.session.scalars(latest.limit(N_SHOWN)).all()


def runs_of(by: User, report: str, view_id: int | None) -> sa.Select[ReportRun]:
    """The same, all of them and in no order."""
    return _seen_by(by).where(*_together(report, view_id, by))


def _together(report: str, view_id: int | None, by: User) -> tuple[sa.ColumnElement[bool], ...]:
    """Runs of a saved report stand together, and those somebody keeps of a report without one."""
    if view_id is None:
        return ReportRun.report == report, ReportRun.view_id.is_(None), ReportRun.made_by_id == by.id
    return ReportRun.report == report, ReportRun.view_id == view_id


def list_comparable(run: ReportRun, by: User) -> Sequence[ReportRun]:
    """The other runs of the same report that `by` sees, the latest first."""
    wanted = _seen_by(by).where(ReportRun.report == run.report, ReportRun.id != run.id)
    return db.session.scalars(
        wanted.order_by(ReportRun.made_at.desc(), ReportRun.id.desc()).limit(N_SHOWN)
    ).all()


def count_runs(report: str, view_id: int | None, by: User) -> int:
    """How many are kept where a further one would stand."""
    wanted = sa.select(sa.func.count(ReportRun.id)).where(*_together(report, view_id, by))
    return db.session.scalar(wanted) or 0


def run_before(run: ReportRun) -> ReportRun | None:
    """The run of the same saved report before this one."""
    wanted = sa.select(ReportRun).where(ReportRun.view_id == run.view_id, ReportRun.id < run.id)
    return db.session.scalars(wanted.order_by(ReportRun.id.desc()).limit(1)).one_or_none()


def schedule_of(view_id: int) -> ReportSchedule | None:
    """The schedule of a saved report; None when it has none, or none any more."""
    wanted = sa.select(ReportSchedule).where(ReportSchedule.view_id == view_id)
    return db.session.scalars(wanted.where(ReportSchedule.ended_at.is_(None))).one_or_none()


def schedules_of(view_ids: Collection[int]) -> dict[int, ReportSchedule]:
    """The same of several, in one query."""
    wanted = sa.select(ReportSchedule).where(
        ReportSchedule.view_id.in_(view_ids), ReportSchedule.ended_at.is_(None)
    )
    return {one.view_id: one for one in db.session.scalars(wanted)}


class SavedRow(Struct, frozen=True):
    """A saved report in a list; `schedule` is its one, if it has any."""

    view: SavedView
    report: Saveable
    schedule: ReportSchedule | None

    @property
    def id(self) -> int:
        return self.view.id

    @property
    def name(self) -> str:
        return self.view.name


def list_saved(by: User) -> list[SavedRow]:
    """The saved reports `by` sees, their own first; those of reports there are no more are left out."""
    views = [view for view in lists.list_views_under(PREFIX, by) if is_known(view)]
    schedules = schedules_of([view.id for view in views])
    return [SavedRow(view, saveable_of(view), schedules.get(view.id)) for view in views]


# -- what ------------------------------------------------------------------------------------------


def kept_of(run: ReportRun) -> Kept:
    """The numbers of a run, its lines in their order; one query."""
    rows: dict[str, list[KeptRow]] = defaultdict(list)
    wanted = sa.select(ReportRunRow).where(ReportRunRow.run_id == run.id).order_by(ReportRunRow.id)
    for row in db.session.scalars(wanted):
        rows[row.grid].append(KeptRow(row.key, row.person_id, row.cells))
    return from_head(run.content, rows)


def namer(by: User, *kept: Kept, more: Collection[int] = ()) -> Namer:
    """Names of everybody some runs name, as `by` may see them now; who is out of their sight has no name."""
    refs = set[Ref]().union(*map(refs_in, kept), {Ref("person", id) for id in more})
    survivors = survivors_of(refs)
    ids = {survivors.get(one.id, one.id) for one in refs if one.kind == "person"}
    seen = people.visible_to(by).with_only_columns(Person.id)
    persons = _names(sa.select(Person.id, Person.name).where(Person.id.in_(seen)), Person.id, ids)
    user_ids = {one.id for one in refs if one.kind == "user"}
    users = _names(sa.select(User.id, User.name), User.id, user_ids)

    def name(ref: Ref) -> str:
        if ref.kind == "user":
            return users.get(ref.id, "")
        return persons.get(survivors.get(ref.id, ref.id)) or str(_("somebody you do not see"))

    return name


def survivors_of(refs: Collection[Ref]) -> dict[int, int]:
    """The record into which each of these people's was merged; those that were not are left out."""
    ids = sorted({one.id for one in refs if one.kind == "person"})
    found: dict[int, int] = {}
    for start in range(0, len(ids), _CHUNK):
        wanted = sa.select(Person.id, Person.merged_into_id).where(
            Person.id.in_(ids[start : start + _CHUNK]), Person.merged_into_id.is_not(None)
        )
        found |= {id: into for id, into in db.session.execute(wanted) if into is not None}
    return found


def _names(wanted: Any, key: Any, ids: set[int]) -> dict[int, str]:
    """Name by number, of those of `ids` that `wanted` finds."""
    ordered, found = sorted(ids), dict[int, str]()
    for start in range(0, len(ordered), _CHUNK):
        rows = db.session.execute(wanted.where(key.in_(ordered[start : start + _CHUNK]))).all()
        found |= {row[0]: row[1] for row in rows}
    return found
