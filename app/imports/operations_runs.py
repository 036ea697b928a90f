"""An import on the screen: upload, choose columns, dry run, run; large files are read by a worker."""

from collections.abc import Mapping
from typing import IO

from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, files, jobs
from app.core.db import db
from app.core.errors import DomainError
from app.core.jobs import JobRun
from app.imports import columns as column_names
from app.imports import queries
from app.imports.models import ImportKind, ImportRun, ImportState
from app.imports.operations_people import PeopleOutcome, import_people
from app.imports.operations_value import Progress, ValueOutcome, import_value
from app.imports.policies import ImportRefused, NotChecked
from app.imports.tables import open_table

#: What may be uploaded, in bytes.
MAX_BYTES = 20 * 1024 * 1024
#: Files up to this size are read while the reader waits; a worker reads the others.
_AT_ONCE = {"application/gzip": 64 * 1024}
_AT_ONCE_PLAIN = 256 * 1024
_TABLES = frozenset(
    {
        "text/csv",
        "text/plain",
        "application/gzip",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)


def upload(
    stream: IO[bytes], name: str, *, kind: ImportKind, profile: str = "", program_name: str = "", by: User
) -> ImportRun:
    """Keep a file and, unless it is large, do its dry run at once; ImportRefused or a refusal of the file's kind."""
    stored = files.store(stream, name, by.id, most=MAX_BYTES, field="file")
    if stored.media_type not in _TABLES:
        raise files.FileKindRefused(
            _("Give a table: CSV (plain or gzip) or an Excel workbook (.xlsx)."), field="file"
        )
    run = ImportRun(
        kind=kind, profile=profile if kind is ImportKind.VALUE else "", program_name=program_name, file_name=stored.name,
        file_sha256=stored.sha256, file_id=stored.id, file=stored, state=ImportState.WAITING, by_id=by.id, at=clock.now(),
    )  # fmt: skip
    if kind is ImportKind.PEOPLE:
        with files.open_file(stored) as content:
            headers = open_table(content).columns
        run.columns = column_names.remembered(headers) or column_names.guess(headers)
    db.session.add(run)
    audit.record("imports.file_uploaded", run, by=by)
    if not column_names.problems(run.columns) if kind is ImportKind.PEOPLE else True:
        check(run, by=by)
    return run


def choose_columns(run: ImportRun, columns: Mapping[str, str], *, by: User) -> None:
    """Say which column is what, and do the dry run again; ImportRefused when the choice cannot be used."""
    _require_open(run)
    said = column_names.problems(columns)
    if said:
        raise ImportRefused(said, field=None)
    before = audit.snapshot(run)
    run.columns = dict(columns)
    column_names.remember(columns)
    audit.record("imports.columns_chosen", run, by=by, before=before)
    check(run, by=by)


def check(run: ImportRun, *, by: User) -> None:
    """Do the dry run, now or by a worker; afterwards the run says what would happen."""
    _require_open(run)
    before = audit.snapshot(run)
    if is_large(run):
        run.job_id = jobs.enqueue("imports.check", {"run_id": run.id}, by.id).id
    else:
        note_check(run, _read(run, is_dry=True, by=by, progress=None))
    audit.record("imports.file_checked", run, by=by, before=before)


def carry_out(run: ImportRun, *, by: User) -> None:
    """Run what the dry run has shown, now or by a worker; NotChecked before it."""
    queries.lock_run(run)
    _require_open(run)
    if run.state is not ImportState.CHECKED:
        raise NotChecked(_("The dry run has not been through yet. Look at what it says first."))
    if is_large(run):
        run.job_id = jobs.enqueue("imports.run", {"run_id": run.id}, by.id).id
        audit.record("imports.run_asked", run, by=by)
    else:
        _read(run, is_dry=False, by=by, progress=None)


def is_large(run: ImportRun) -> bool:
    """Whether reading the file takes longer than somebody should wait in front of a page."""
    if run.file is None:
        return False
    return run.file.n_bytes > _AT_ONCE.get(run.file.media_type, _AT_ONCE_PLAIN)


def note_check(run: ImportRun, outcome: PeopleOutcome | ValueOutcome) -> None:
    """Keep what the dry run said."""
    run.state, run.faults, run.n_faults = ImportState.CHECKED, [], 0
    run.n_created, run.n_skipped = outcome.n_created, outcome.n_skipped
    if isinstance(outcome, PeopleOutcome):
        run.n_updated, run.lines, run.messages = outcome.n_updated, outcome.lines, list(outcome.messages)
    else:
        run.messages = [outcome.summary, *outcome.messages]


def _require_open(run: ImportRun) -> None:
    if run.state not in {ImportState.WAITING, ImportState.CHECKED}:
        raise NotChecked(_("This import is through already. Its receipt says what it did."))
    if queries.is_under_way(queries.job_of(run)):
        raise NotChecked(_("This file is being read at the moment. Wait until that is through."))


def _read(
    run: ImportRun, *, is_dry: bool, by: User | None, progress: Progress | None
) -> PeopleOutcome | ValueOutcome:
    if run.file is None:
        raise NotChecked(_("The file of this import was not kept. Upload it again."))
    with files.open_file(run.file) as stream:
        if run.kind is ImportKind.PEOPLE:
            return import_people(
                stream, run.file_name, is_dry=is_dry, by=by, columns=run.columns, progress=progress,
                run=None if is_dry else run,
            )  # fmt: skip
        return import_value(
            stream, run.file_name, run.profile, run.program_name, is_dry=is_dry, by=by, progress=progress,
            run=None if is_dry else run,
        )  # fmt: skip


# -- what a worker does ----------------------------------------------------------------------------------


@jobs.job("imports.check")
def check_large(job: JobRun, run_id: int) -> dict[str, str]:
    """The dry run of a large file; faults are kept with the run."""
    run = queries.get_run(run_id)
    by = db.session.get(User, job.by_id) if job.by_id else None
    try:
        with force_locale(by.locale if by else "en"):
            note_check(run, _read(run, is_dry=True, by=by, progress=job.progress))
    except DomainError as error:
        run.state = ImportState.WAITING
        run.faults = list(error.faults) if isinstance(error, ImportRefused) else [error.message]
        run.n_faults = error.n_faults if isinstance(error, ImportRefused) else 1
    return {"state": run.state.value}


@jobs.job("imports.run")
def run_large(job: JobRun, run_id: int) -> dict[str, int]:
    """The run itself; all of it is kept, or nothing."""
    run = queries.get_run(run_id)
    by = db.session.get(User, job.by_id) if job.by_id else None
    with force_locale(by.locale if by else "en"):
        _read(run, is_dry=False, by=by, progress=job.progress)
    return {"created": run.n_created, "updated": run.n_updated, "skipped": run.n_skipped}
