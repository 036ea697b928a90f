"""Reading imports: the list, one with its file, what it changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.files import open_file
from app.core.models import Job, JobState
from app.imports.models import ImportChange, ImportRun
from app.imports.policies import ImportRefused
from app.imports.tables import open_table, refusing

N_PER_PAGE = 50
_SAMPLE_ROWS = 3


class RunPage(Struct, frozen=True):
    """One page of imports and the count of the whole."""

    rows: Sequence[ImportRun]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def list_runs(page: int = 1) -> RunPage:
    """A page of 50 imports, latest first, with who ran them; two queries."""
    total = db.session.scalar(sa.select(sa.func.count()).select_from(ImportRun)) or 0
    page = max(1, min(page, -(-total // N_PER_PAGE) or 1))
    wanted = all_runs().order_by(ImportRun.id.desc())
    return RunPage(
        db.session.scalars(wanted.offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)).all(), total, page
    )


def all_runs() -> sa.Select[ImportRun]:
    """Every import with who ran it, in no order."""
    return sa.select(ImportRun).options(joinedload(ImportRun.by))


def get_run(id: int) -> ImportRun:
    """The import with this id, its file and who ran it loaded; NotFound if there is none."""
    wanted = sa.select(ImportRun).where(ImportRun.id == id)
    found = db.session.scalars(
        wanted.options(joinedload(ImportRun.by), joinedload(ImportRun.file))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such import."))
    return found


def lock_run(run: ImportRun) -> None:
    """Keep others from an import until the end of the transaction, and see its state as it is now."""
    db.session.execute(sa.select(ImportRun.id).where(ImportRun.id == run.id).with_for_update())
    db.session.refresh(run, ["state", "job_id"])


def list_changes(run: ImportRun) -> Sequence[ImportChange]:
    """What an import did to each record, in the order of its lines."""
    return db.session.scalars(
        sa.select(ImportChange).where(ImportChange.run_id == run.id).order_by(ImportChange.id)
    ).all()


def job_of(run: ImportRun) -> Job | None:
    """The job that is reading the file of this import; None when nothing is under way."""
    return db.session.get(Job, run.job_id) if run.job_id is not None else None


def is_under_way(job: Job | None) -> bool:
    """Whether a job is waiting or running."""
    return job is not None and job.state in {JobState.WAITING, JobState.RUNNING}


def sample_of(run: ImportRun) -> list[dict[str, str]]:
    """The first lines of an uploaded file, by column, to recognise the columns by; none when it cannot be read."""
    if run.file is None:
        return []
    rows: list[dict[str, str]] = []
    try:
        with open_file(run.file) as stream, refusing():
            for record in open_table(stream):
                rows.append({name: cell[:80] for name, cell in record.values.items()})
                if len(rows) == _SAMPLE_ROWS:
                    break
    except ImportRefused:
        return rows
    return rows
