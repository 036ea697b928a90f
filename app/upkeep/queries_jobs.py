"""Long work as whoever runs the house sees it: what waits, runs, failed, by kind; never what a job was given to work on."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct, field

from app.accounts.models import User
from app.core import jobs, keyset
from app.core.db import db
from app.core.errors import NotFound
from app.core.keyset import Count, Order, Page, Place
from app.core.models import Job, JobState

PAGE_SIZE = 50
#: The newest first.
ORDER = Order((Job.id,), is_descending=True)
#: What somebody may have to do something about.
OPEN = (JobState.WAITING, JobState.RUNNING, JobState.FAILED)


class JobFilter(Struct, frozen=True):
    """What to show; no state means what is not done, an empty name any kind."""

    state: JobState | None = None
    name: str = ""


class JobRow(Struct, frozen=True):
    """A job, how far it is and who asked for it."""

    job: Job
    by_name: str
    n_done: int
    n_total: int

    @property
    def id(self) -> int:
        return self.job.id


class KindRow(Struct):
    """How many jobs of a kind are in each state."""

    name: str
    counts: dict[JobState, int] = field(default_factory=dict)


def list_jobs(wanted: JobFilter, place: Place | None = None) -> Page[JobRow]:
    """A page of jobs, the newest first."""
    rows = _wanted(wanted).add_columns(User.name).outerjoin(User, User.id == Job.by_id)

    def read(at: Place | None) -> Sequence[JobRow]:
        found = db.session.execute(keyset.cut(rows, ORDER, at, PAGE_SIZE)).all()
        return [JobRow(job, name or "", *jobs.progress_of(job)) for job, name in found]

    return keyset.turn_to(place, PAGE_SIZE, read, lambda row: [row.job.id])


def count_jobs(wanted: JobFilter) -> Count:
    """How many jobs a filter leaves, exactly up to 10,000."""
    return keyset.count_rows(_wanted(wanted).with_only_columns(Job.id))


def count_by_kind() -> list[KindRow]:
    """Every kind there ever was a job of, by name; one query."""
    found: dict[str, KindRow] = {}
    rows = sa.select(Job.name, Job.state, sa.func.count()).group_by(Job.name, Job.state).order_by(Job.name)
    for name, state, number in db.session.execute(rows):
        found.setdefault(name, KindRow(name)).counts[state] = number
    return list(found.values())


def get_job(id: int) -> Job:
    """A job, or NotFound."""
    found = db.session.get(Job, id)
    if found is None:
        raise NotFound(_("There is no such job."))
    return found


def _wanted(wanted: JobFilter) -> sa.Select[Job]:
    rows = sa.select(Job)
    rows = rows.where(Job.state == wanted.state) if wanted.state else rows.where(Job.state.in_(OPEN))
    return rows.where(Job.name == wanted.name) if wanted.name else rows
