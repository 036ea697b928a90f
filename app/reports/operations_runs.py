"""Keeping what a report says now, and letting a run go. The trail says that it was done, never the numbers."""

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.lists.models import SavedView
from app.reports import policies_saved, queries_runs
from app.reports.gallery import Asked, Counted, Report
from app.reports.models import ReportRun, ReportRunRow, ReportSchedule
from app.reports.runs import head_of, keep


class Reading(Struct, frozen=True):
    """A report, what was asked of it and what it said; `view` is the saved report it was read from."""

    report: Report
    asked: Asked
    counted: Counted
    view: SavedView | None = None


def keep_run(
    reading: Reading, *, by: User, schedule: ReportSchedule | None = None, month: str | None = None
) -> ReportRun:
    """Keep the figures and lines of a report, of whatever `by` sees in it. RunRefused when too many are kept.

    Of a report with more than `runs.MOST_ROWS` lines the figures. A schedule makes room itself: its oldest run goes.
    """
    report, counted, view = reading.report, reading.counted, reading.view
    n_kept = queries_runs.count_runs(report.key, view.id if view else None, by)
    if schedule is not None and n_kept >= policies_saved.MOST_RUNS:
        n_kept -= _make_room(schedule)
    policies_saved.require_room(n_kept)
    kept, head = keep(counted, queries_runs.print_of), counted.checkpoint
    run = ReportRun(
        report=report.key, view_id=view.id if view else None, schedule_id=schedule.id if schedule else None, month=month,
        args=reading.asked.args, settings=reading.asked.settings, about="" if counted.person_id else counted.about[:320],
        person_id=counted.person_id, made_at=clock.now(), made_by_id=by.id, as_of=counted.as_of,
        asked_as_of=counted.asked_as_of, period=counted.period, content=head_of(kept), n_rows=kept.n_rows,
        checkpoint={"note": head.note, "short": head.short, "size": head.size, "root": head.root},
        methodology={"notes": [[note.title, note.text] for note in counted.methodology]},
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    rows = [
        {"run_id": run.id, "grid": grid.key, "person_id": row.person_id, "key": row.key[:320], "cells": list(row.cells)}
        for grid in kept.grids
        for row in grid.rows
    ]  # fmt: skip
    if rows:
        db.session.execute(sa.insert(ReportRunRow), rows, execution_options={"audited": True})
    audit.record_event("reports.run_kept", kind="report_run", ref=str(run.id), by=by)
    return run


def remove_run(run: ReportRun, *, by: User) -> None:
    """Let a run of one's own go, with all it kept. Raises NotYours."""
    policies_saved.require_own(run.made_by, by, "kept this run")
    remove_runs([run.id], by=by)


def remove_runs(ids: Sequence[int], *, by: User | None) -> None:
    """Let runs go, with all they kept."""
    for model, column in ((ReportRunRow, ReportRunRow.run_id), (ReportRun, ReportRun.id)):
        gone = sa.delete(model).where(column.in_(ids))
        db.session.execute(gone, execution_options={"audited": True, "synchronize_session": "fetch"})
    for id in ids:
        audit.record_event("reports.run_removed", kind="report_run", ref=str(id), by=by)


def _make_room(schedule: ReportSchedule) -> int:
    """The oldest run this schedule made goes; those kept by hand stay."""
    oldest = sa.select(ReportRun.id).where(ReportRun.schedule_id == schedule.id)
    ids = db.session.scalars(oldest.order_by(ReportRun.id).limit(1)).all()
    remove_runs(ids, by=None)
    return len(ids)
