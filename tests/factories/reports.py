"""Saved reports, schedules and kept runs, made by the operations the screens use."""

from app.accounts.models import User
from app.core import jobs
from app.core.db import db, transaction
from app.core.models import Job
from app.lists import operations as lists
from app.lists.details import ViewDetails
from app.lists.models import SavedView, Share
from app.reports import operations_runs, operations_schedules, saved
from app.reports.asking import require_asked
from app.reports.counting import ask as ask_count
from app.reports.details import ScheduleDetails
from app.reports.gallery_all import get_report
from app.reports.models import ReportRun, ReportSchedule
from app.reports.operations_papers import JOB
from app.reports.operations_runs import Reading

#: What is asked when a test asks for nothing.
USUAL = {"exceptions": {"days": "last-month"}}


def saved_report(
    by: User, report: str = "exceptions", name: str = "Mine", share: Share = Share.PRIVATE, **settings: str
) -> SavedView:
    """Settings of a report under a name."""
    found = saved.find_saveable(report)
    details = ViewDetails(name=name, share=share, query=settings or USUAL.get(report, {}))
    with transaction():
        return lists.save_view(found, details, by=db.session.merge(by))


def run(by: User, report: str = "exceptions", view: SavedView | None = None, **asked: str) -> ReportRun:
    """What a report says now, kept."""
    spec = get_report(report)
    with transaction():
        who = db.session.merge(by)
        found = require_asked(spec, asked, who)
        reading = Reading(spec, found, spec.count(found), db.session.merge(view) if view else None)
        return operations_runs.keep_run(reading, by=who)


def schedule(view: SavedView, *readers: User, day: int = 1, hour: int = 7) -> ReportSchedule:
    """A saved report that is mailed every month."""
    details = ScheduleDetails(day=day, hour=hour, reader_ids=tuple(one.id for one in readers))
    with transaction():
        kept = db.session.merge(view)
        return operations_schedules.set_schedule(kept, details, by=kept.owner)


def paper(by: User, **args: str) -> Job:
    """A quarter that somebody wants on paper with all its people; it waits for a worker."""
    with transaction():
        return jobs.enqueue(JOB, {"report": "quarter", "args": args, "language": "en"}, by.id)


def counting(by: User, **args: str) -> Job:
    """Fees soon after value that somebody wants counted; it waits for a worker."""
    with transaction():
        return ask_count("proximity", args, by=by)
