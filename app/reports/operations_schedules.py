"""Saved reports that are counted once a month and mailed: setting it up, and what the worker does (through jobs, once each)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit, duties
from app.accounts import queries as accounts
from app.accounts.models import User
from app.core import clock, jobs, waking
from app.core.db import check_version, db, transaction
from app.core.errors import DomainError
from app.core.jobs import JobRun
from app.core.spoken import speaking_to
from app.lists.models import SavedView
from app.notices import operations as notices
from app.notices.models import Urgency
from app.reports import mails, operations_runs, policies_saved, queries_runs, saved
from app.reports.asking import require_asked
from app.reports.details import ScheduleDetails
from app.reports.models import ReportRun, ReportSchedule
from app.reports.operations_runs import Reading
from app.reports.policies_saved import ScheduleRefused

#: The room within the room where a notice leads.
SOURCE = "reports.saved"
_AT_ONCE = 20


def set_schedule(
    view: SavedView, details: ScheduleDetails, *, by: User, seen_version: int | None = None
) -> ReportSchedule:
    """Count a saved report of one's own every month and mail it. Raises NotYours, ScheduleRefused, Conflict."""
    policies_saved.require_own(view.owner, by, "saved this report")
    report = saved.saveable_of(view)
    saved.require_usable(report, saved.settings_of(view), by)
    readers = _users([id for id in details.reader_ids if id != by.id])
    policies_saved.require_readers(readers)
    known = db.session.scalars(
        sa.select(ReportSchedule).where(ReportSchedule.view_id == view.id)
    ).one_or_none()
    schedule = known or ReportSchedule(view_id=view.id, made_at=clock.now(), reader_ids=[])
    before = audit.snapshot(schedule) if known else None
    if known is not None and known.ended_at is None:
        check_version(known, seen_version)
    schedule.day, schedule.hour = details.day, details.hour
    schedule.reader_ids = [user.id for user in readers]
    schedule.is_paused, schedule.ended_at = False, None
    schedule.next_at = policies_saved.next_due(details.day, details.hour, by.zone, clock.now())
    db.session.add(schedule)
    audit.record("reports.schedule_set", schedule, by=by, before=before)
    return schedule


def _users(ids: Sequence[int]) -> list[User]:
    wanted = dict.fromkeys(ids)
    found = db.session.scalars(sa.select(User).where(User.id.in_(wanted)).order_by(User.name, User.id)).all()
    if len(found) < len(wanted):
        raise ScheduleRefused(_("Somebody you chose is not there any more."), field="reader_ids")
    return list(found)


def pause_schedule(schedule: ReportSchedule, *, by: User) -> None:
    """Nothing is sent until it goes on. Raises NotYours."""
    policies_saved.require_own(schedule.view.owner, by, "saved this report")
    _change(schedule, "reports.schedule_paused", by, is_paused=True)


def resume_schedule(schedule: ReportSchedule, *, by: User) -> None:
    """Go on with the next month; what passed meanwhile is not made up for. Raises NotYours."""
    policies_saved.require_own(schedule.view.owner, by, "saved this report")
    due = policies_saved.next_due(schedule.day, schedule.hour, by.zone, clock.now())
    _change(schedule, "reports.schedule_resumed", by, is_paused=False, next_at=due)


def end_schedule(schedule: ReportSchedule, *, by: User) -> None:
    """Give it up; the runs it made stay. Raises NotYours."""
    policies_saved.require_own(schedule.view.owner, by, "saved this report")
    _change(schedule, "reports.schedule_ended", by, ended_at=clock.now())


def _change(schedule: ReportSchedule, action: str, by: User | None, **values: Any) -> None:
    before = audit.snapshot(schedule)
    for name, value in values.items():
        setattr(schedule, name, value)
    audit.record(action, schedule, by=by, before=before)


# -- the worker ------------------------------------------------------------------------------------


def run_due() -> int:
    """Ask for a job for each schedule whose time has come, for all months that passed one; how many. Twice asks once.

    Never call it inside a transaction.
    """
    if not db.session.scalar(sa.select(sa.exists(_due()))):
        return 0
    with transaction():
        wanted = _due().order_by(ReportSchedule.next_at, ReportSchedule.id).limit(_AT_ONCE)
        found = db.session.scalars(wanted.with_for_update(of=ReportSchedule, skip_locked=True)).all()
        for schedule in found:
            _ask(schedule)
    return len(found)


def _due() -> sa.Select[ReportSchedule]:
    return (
        sa.select(ReportSchedule)
        .join(SavedView, SavedView.id == ReportSchedule.view_id)
        .where(
            ReportSchedule.next_at <= clock.now(), ReportSchedule.is_paused.is_(False),
            ReportSchedule.ended_at.is_(None), SavedView.ended_at.is_(None),
        )
    )  # fmt: skip


def _ask(schedule: ReportSchedule) -> None:
    zone, now = schedule.view.owner.zone, clock.now()
    # Whatever was missed while nothing ran is one report: that of the latest time that has come.
    due = policies_saved.last_due(schedule.day, schedule.hour, zone, now)
    month = policies_saved.month_of(due, zone)
    job = jobs.enqueue(JOB, {"schedule_id": schedule.id, "month": month}, by_id=schedule.view.owner_id)
    schedule.next_at = policies_saved.next_due(schedule.day, schedule.hour, zone, now)
    schedule.job_id = job.id


JOB = "report_schedule"


@jobs.job(JOB)
def count_and_mail(run: JobRun, *, schedule_id: int, month: str) -> dict[str, Any]:
    """Count a saved report, keep the run and write the mails: all of it in one transaction, once for each month."""
    schedule = db.session.get_one(ReportSchedule, schedule_id, with_for_update={"of": ReportSchedule})
    known = db.session.scalars(
        sa.select(ReportRun.id).where(ReportRun.schedule_id == schedule_id, ReportRun.month == month)
    ).one_or_none()
    if known is not None or schedule.ended_at is not None or schedule.is_paused:
        return {"run": known}
    with speaking_to(schedule.view.owner.locale):  # what came of it is kept for its owner
        return _count_and_mail(schedule, month)


def _count_and_mail(schedule: ReportSchedule, month: str) -> dict[str, Any]:
    owner = schedule.view.owner
    if not policies_saved.may_read(owner):
        _change(schedule, "reports.schedule_stopped", None, is_paused=True)
        return _note(
            schedule,
            "",
            _(
                "%(owner)s may not read reports any more; nothing was sent and it is paused.",
                owner=owner.name,
            ),
        )
    try:
        made = _keep(schedule, month)
    except DomainError as refusal:
        return _note(schedule, "", refusal.message)
    before = queries_runs.run_before(made)
    told, barred = _readers(schedule)
    for user in told:
        mails.send_run(made, before, user)
    return _note(schedule, f"{made.id}", _said(told, barred), is_fine=not barred)


def _keep(schedule: ReportSchedule, month: str) -> ReportRun:
    """The run of this month, as the owner may read it today."""
    view = schedule.view
    report, settings = saved.saveable_of(view), saved.settings_of(view)
    if trouble := saved.trouble_with(report, settings, view.owner):
        raise ScheduleRefused(trouble)
    with speaking_to("en"):  # as runs are kept
        asked = require_asked(report.spec, settings, view.owner)
        reading = Reading(report.spec, asked, report.spec.count(asked), view)
    return operations_runs.keep_run(reading, by=view.owner, schedule=schedule, month=month)


def _readers(schedule: ReportSchedule) -> tuple[list[User], list[User]]:
    """Who gets the mail today, the owner first; and who was chosen and may not read reports any more."""
    chosen = [accounts.get_user(id) for id in schedule.reader_ids]
    told = [schedule.view.owner, *(user for user in chosen if policies_saved.may_read(user))]
    return told, [user for user in chosen if not policies_saved.may_read(user)]


def _said(told: Sequence[User], barred: Sequence[User]) -> str:
    said = _("Sent to %(told)s.", told=", ".join(user.name for user in told))
    if not barred:
        return str(said)
    names = ", ".join(user.name for user in barred)
    return str(
        _(
            "%(said)s %(names)s may not read reports any more and got nothing; take them off the schedule.",
            said=said,
            names=names,
        )
    )


def _note(schedule: ReportSchedule, run: str, said: str, *, is_fine: bool = False) -> dict[str, Any]:
    """Write down what came of it; the owner hears of what went wrong."""
    _change(
        schedule, "reports.schedule_done", None, last_at=clock.now(), last_said=said, is_last_fine=is_fine
    )
    owner = schedule.view.owner
    if not is_fine and owner.is_active:
        notices.notify(
            f"“{schedule.view.name}”: {said}",
            user=owner,
            urgency=Urgency.SOON,
            source=(SOURCE, schedule.view_id),
        )
    return {"run": run, "said": said}


# -- an owner who leaves -----------------------------------------------------------------------------


def _leave(user: User, by: User | None) -> int:
    """Whoever leaves gets no mail and nothing is counted in their name: their schedules pause."""
    wanted = sa.select(ReportSchedule).join(SavedView, SavedView.id == ReportSchedule.view_id)
    mine = wanted.where(SavedView.owner_id == user.id, ReportSchedule.is_paused.is_(False))
    found = db.session.scalars(
        mine.where(ReportSchedule.ended_at.is_(None)).order_by(ReportSchedule.id)
    ).all()
    for schedule in found:
        _change(schedule, "reports.schedule_paused", by, is_paused=True)
    return len(found)


duties.tell_when_leaving("reports", _leave)
waking.step("report_schedules", run_due)
