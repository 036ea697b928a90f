"""Reports that grow with their answer: above a size a worker counts them, and their page reads what it counted.

What was counted is a file like a report on paper: kept for some days, gone at once when anybody's data is erased.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from msgspec import MsgspecError, Struct, json

from app.accounts import audit, permissions
from app.accounts.models import User
from app.core import files, jobs
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.core.models import Job, JobState, StoredFile
from app.reports.queries_papers import UNDER_WAY as UNDER_WAY
from app.reports.queries_papers import file_of

JOB = "reports.count"
#: A page counts so many lines or fees itself.
MOST_AT_ONCE = 2_000
#: So far back the latest counting of the same is looked for.
_N_LOOKED = 20

Args = Mapping[str, str]


class Kind(Struct, frozen=True):
    """A report a worker may count: where it is read, who may, how it is counted, and the shape of its figures."""

    endpoint: str
    permission: str
    count: Callable[[Args, User], Any]
    shape: type[Struct]


class Counting(Struct, frozen=True):
    """Where the counting of a report stands: nobody asked, under way, broken, or its figures."""

    key: str
    args: Args
    job: Job | None
    figures: Any

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and self.job.state in UNDER_WAY

    @property
    def failure(self) -> str:
        """Why it came to nothing, in words; empty unless it did."""
        return self.job.message if self.job is not None and self.job.state is JobState.FAILED else ""


_KINDS: dict[str, Kind] = {}


def register(key: str, kind: Kind) -> None:
    """Let a worker count this report."""
    _KINDS[key] = kind


def kind_of(key: str) -> Kind:
    """The report with this name, or NotFound."""
    found = _KINDS.get(key)
    if found is None:
        raise NotFound(_("There is no such report."))
    return found


def look(key: str, args: Args, by: User) -> Counting:
    """What this user had counted last with the same settings in the same language."""
    wanted = sa.select(Job).filter_by(name=JOB, by_id=by.id).order_by(Job.id.desc()).limit(_N_LOOKED)
    same = _arguments(key, args)
    job = next((one for one in db.session.scalars(wanted) if one.arguments == same), None)
    stored = file_of(job) if job is not None else None
    figures = _figures_in(stored, kind_of(key).shape) if stored is not None else None
    is_told = figures is not None or (job is not None and job.state in {*UNDER_WAY, JobState.FAILED})
    return Counting(key, args, job if is_told else None, figures)


def ask(key: str, args: Args, *, by: User) -> Job:
    """Have a worker count it; whoever asks twice waits for the first."""
    _check(kind_of(key), by)
    known = look(key, args, by)
    if known.job is not None and known.is_under_way:
        return known.job
    audit.record_event(
        "reports.count_asked", kind=f"report_{key}", ref=str(args.get("program", "all")), by=by
    )
    return jobs.enqueue(JOB, _arguments(key, args), by.id)


def get(id: int, by: User) -> Job:
    """One that this user asked for, or NotFound."""
    found = db.session.scalar(sa.select(Job).filter_by(id=id, name=JOB, by_id=by.id))
    if found is None:
        raise NotFound(_("There is no such report, or somebody else asked for it."))
    return found


@jobs.job(JOB, in_chunks=True)
def _count(run: jobs.JobRun, report: str, args: dict[str, str], language: str) -> dict[str, Any]:
    """Count as the one who asked may read now, outside any transaction; keep the figures."""
    kind = kind_of(report)
    with force_locale(language):
        by = db.session.get_one(User, run.by_id)
        _check(kind, by)
        content = json.encode(kind.count(args, by), enc_hook=str)
    with run.chunk():
        run.give_file(files.store(content, f"{report}.txt", run.by_id))
    return {"bytes": len(content)}


def _figures_in(stored: StoredFile, shape: type[Struct]) -> Struct | None:
    """What was counted, or None when a version of the program counted it that told other figures."""
    with files.open_file(stored) as content, suppress(MsgspecError):
        return json.decode(content.read(), type=shape, dec_hook=lambda kind, text: kind(text))
    return None


def _arguments(key: str, args: Args) -> dict[str, Any]:
    return {"report": key, "args": dict(args), "language": str(get_locale())}


def _check(kind: Kind, by: User) -> None:
    if not permissions.may(by, kind.permission):
        raise NotAllowed(_("Your role does not allow this any more."))
