"""Long work: a row says what was asked and how it ended; workers take rows under a lease, each piece once."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from threading import Event, Thread
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from flask_babel import gettext as _
from msgspec import Struct

from app.core import clock, inbox, waking
from app.core.db import after_commit, db, in_transaction, transaction
from app.core.errors import DomainError
from app.core.i18n import marked
from app.core.models import Job, JobState, StoredFile

log = structlog.get_logger()

#: Between two chunks (or for the one transaction of a job on SQLite) a worker may be silent this long.
LEASE = timedelta(minutes=10)
#: Pauses before the second and third attempt of a job that broke; then it has failed.
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=5))
#: How often a worker looks by itself, in case nobody rang.
SWEEP_SECONDS = 10.0
_NOTE_SECONDS = 0.5

Function = TypeVar("Function", bound=Callable[..., dict[str, Any] | None])

_stopping = Event()


class JobCancelled(Exception):
    """Somebody asked this job to end; raised by `JobRun.progress`."""


class LeaseLost(Exception):
    """Another worker has taken this job over; what this one did is not kept."""


class _Interrupted(Exception):
    """The worker is told to stop: the job goes back and is done by the next one."""


class _Kind(Struct, frozen=True):
    function: Callable[..., dict[str, Any] | None]
    is_in_chunks: bool


_kinds: dict[str, _Kind] = {}


def job(name: str, *, in_chunks: bool = False) -> Callable[[Function], Function]:
    """Name the function that does a kind of job: `fn(run, **arguments)`, returning its receipt (a JSON object).

    Plainly it runs in one transaction together with the note that it is done: all of it happens, once, or nothing.
    `in_chunks`: it runs outside any transaction and enters `with run.chunk():` for each piece it writes, each a
    second or so: on SQLite nobody else can write during a chunk. It must be able to go on where it was cut.
    """

    def mark(function: Function) -> Function:
        _kinds[name] = _Kind(function, in_chunks)
        return function

    return mark


def init_app(app: Flask) -> None:
    """Refuse to start with an address of the queue or of the mailbox that nobody can use."""
    waking.check_address(app.config["JOBS_URL"])
    inbox.check_address(app.config["INBOX_URL"])


# -- asking ----------------------------------------------------------------------------------------


def enqueue(name: str, arguments: dict[str, Any], by_id: int | None) -> Job:
    """Ask for a job in the open transaction; a worker is woken after the commit. Arguments are JSON values."""
    if name not in _kinds:
        raise KeyError(f"no job is called {name!r}")
    row = Job(name=name, arguments=arguments, by_id=by_id, made_at=clock.now())
    db.session.add(row)
    db.session.flush()
    after_commit(_wake)
    return row


def cancel(row: Job) -> None:
    """Ask a job to end; one that waits ends at once, one that runs at its next step, one that ended stays as it is."""
    db.session.refresh(row, with_for_update=True)
    if row.state == JobState.WAITING:
        row.state, row.ended_at, row.message = (
            JobState.CANCELLED,
            clock.now(),
            marked("Cancelled before it began."),
        )
    elif row.state == JobState.RUNNING:
        row.is_cancel_asked = True


def reopen(row: Job) -> None:
    """Let an ended job be done again from its first attempt, in the open transaction; one in chunks goes on where it was."""
    row.state, row.n_attempts, row.is_cancel_asked = JobState.WAITING, 0, False
    row.message, row.ended_at, row.leased_until_at = "", None, None
    after_commit(_wake)


def progress_of(row: Job) -> tuple[int, int]:
    """How much is done, of how much; (0, 0) while nothing is known."""
    passing = waking.noted(f"job:{row.id}") if row.state == JobState.RUNNING else None
    return (passing[0], passing[1]) if passing else (row.n_done, row.n_total)


# -- running ---------------------------------------------------------------------------------------


class JobRun:
    """A running job, as its function sees it."""

    def __init__(self, row: Job) -> None:
        self.id = row.id
        self.name = row.name
        self.by_id = row.by_id
        #: 1 for the first try; also the fence against a worker that was taken for dead.
        self.attempt = row.n_attempts
        self.n_done, self.n_total = row.n_done, row.n_total
        self._file_id: int | None = None
        self._noted_at = 0.0

    def progress(self, n_done: int, n_total: int) -> None:
        """Say how far it is; call it as often as you like. Raises JobCancelled when somebody asked for that."""
        self.n_done, self.n_total = n_done, n_total
        if time.monotonic() - self._noted_at < _NOTE_SECONDS:
            return
        self._noted_at = time.monotonic()
        waking.note(f"job:{self.id}", [n_done, n_total])
        if _stopping.is_set():
            raise _Interrupted
        if self.is_cancelled():
            raise JobCancelled

    def is_cancelled(self) -> bool:
        """Whether somebody asked for the end; read past the open transaction."""
        with db.engine.connect() as aside:
            return bool(aside.scalar(sa.select(Job.is_cancel_asked).where(Job.id == self.id)))

    @contextmanager
    def chunk(self) -> Iterator[None]:
        """One piece of a job in chunks, with its progress and a fresh lease; LeaseLost rolls it back."""
        with transaction():
            row = self.own_row()
            yield
            row.n_done, row.n_total, row.leased_until_at = self.n_done, self.n_total, clock.now() + LEASE

    def give_file(self, stored: StoredFile) -> None:
        """The file that came out; the page of the job offers it."""
        self._file_id = stored.id

    def own_row(self) -> Job:
        """The row, kept from other workers until the end of the transaction; LeaseLost if it is theirs."""
        # FOR KEY SHARE: claims step over it (SKIP LOCKED), a request to cancel does not wait for it.
        own = sa.select(Job).where(Job.id == self.id).with_for_update(read=True, key_share=True)
        row = db.session.scalars(own).one()
        if row.state != JobState.RUNNING or row.n_attempts != self.attempt:
            raise LeaseLost(_("job %(id)s, attempt %(attempt)s", id=self.id, attempt=self.attempt))
        return row

    def finish(self, state: JobState, message: str = "", receipt: dict[str, Any] | None = None) -> None:
        """Note the end, in the open transaction."""
        row = self.own_row()
        row.state, row.message, row.receipt = state, message, receipt or {}
        row.n_done, row.n_total, row.file_id = self.n_done, self.n_total, self._file_id
        row.ended_at, row.leased_until_at = clock.now(), None

    def hand_back(self, message: str, pause: timedelta) -> None:
        """Let another worker do it after a pause, in the open transaction."""
        row = self.own_row()
        row.state, row.message, row.leased_until_at = JobState.WAITING, message, clock.now() + pause


def run_due(limit: int = 10) -> int:
    """Do what is due, at most `limit` jobs; returns how many were taken up. Never call it inside a transaction."""
    if in_transaction():
        raise RuntimeError("jobs run outside any transaction")
    n_taken = 0
    while n_taken < limit and not _stopping.is_set() and (claimed := _claim_next()) is not None:
        n_taken += 1
        run, arguments = claimed
        try:
            copy_context().run(_run, run, arguments)  # what a job sets for itself ends with it
        except LeaseLost as lost:
            log.warning("job_lease_lost", job=str(lost))
    return n_taken


_wake = waking.step("jobs", run_due)


def _claim_next() -> tuple[JobRun, dict[str, Any]] | None:
    now = clock.now()
    waiting = (Job.state == JobState.WAITING) & (Job.leased_until_at.is_(None) | (Job.leased_until_at <= now))
    abandoned = (Job.state == JobState.RUNNING) & (Job.leased_until_at < now)
    due = (
        sa.select(Job).where(waiting | abandoned).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
    )
    with transaction():
        row = db.session.scalar(due)
        if row is None:
            return None
        row.state, row.leased_until_at, row.n_attempts = JobState.RUNNING, now + LEASE, row.n_attempts + 1
        return JobRun(row), dict(row.arguments)


def _run(run: JobRun, arguments: dict[str, Any]) -> None:
    """Do one job and note how it ended, whatever happens."""
    is_noted = False
    try:
        if run.attempt > len(BACK_OFF) + 1:
            _note_end(
                run,
                JobState.FAILED,
                marked("The worker stopped each time it did this. Tell whoever runs this machine."),
            )
        else:
            _do(run, arguments)
        is_noted = True
    except JobCancelled:
        _note_end(run, JobState.CANCELLED, marked("Cancelled."))
        is_noted = True
    except _Interrupted:
        with transaction():
            run.hand_back("", timedelta(0))
        is_noted = True
    except DomainError as refusal:
        _note_end(run, JobState.FAILED, refusal.message)
        is_noted = True
    finally:
        waking.forget(f"job:{run.id}")
        if not is_noted:  # a fault of ours or of the machine: the exception goes on to the log
            _note_fault(run)
    log.info("job_ended", job=run.id, name=run.name, attempt=run.attempt)


def _do(run: JobRun, arguments: dict[str, Any]) -> None:
    kind = _kinds.get(run.name)
    if kind is None:
        _note_end(run, JobState.FAILED, f"This version of Rapport has no job called {run.name}.")
    elif kind.is_in_chunks:
        _note_end(run, JobState.DONE, receipt=kind.function(run, **arguments))
    else:
        with transaction():
            run.own_row()
            run.finish(JobState.DONE, receipt=kind.function(run, **arguments))


def _note_end(run: JobRun, state: JobState, message: str = "", receipt: dict[str, Any] | None = None) -> None:
    with transaction():
        run.finish(state, message, receipt)


def _note_fault(run: JobRun) -> None:
    with transaction():
        if run.attempt > len(BACK_OFF):
            run.finish(
                JobState.FAILED,
                marked("Something broke on our side, several times. Tell whoever runs this machine."),
            )
        else:
            run.hand_back(
                marked("Something broke on our side; it will be tried again."), BACK_OFF[run.attempt - 1]
            )


def work_off() -> int:
    """Do everything that is due now, in this thread (tests, the command line); returns how much there was."""
    return sum(waking.do_all(name) for name in sorted(waking.steps()))


# -- the worker ------------------------------------------------------------------------------------


def work_forever(n_threads: int = 2) -> None:
    """What `rapport worker` runs: answers rings, looks by itself as well, ends on SIGTERM and SIGINT after the work at hand."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.remove()  # what was asked before the work is over; its transaction would stay open until the database ends it
    _stopping.clear()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stopping.set())
    sweepers = [Thread(target=_sweep, args=(app, name), name=f"sweep-{name}") for name in waking.steps()]
    for sweeper in sweepers:
        sweeper.start()
    log.info("worker_started", steps=sorted(waking.steps()))
    waking.listen(n_threads, _stopping)
    for sweeper in sweepers:
        sweeper.join()
    log.info("worker_stopped")


def _sweep(app: Flask, name: str) -> None:
    """Do one kind of work every few seconds; a fault is logged and the next round begins as if nothing had been."""

    def once() -> None:
        with app.app_context():
            waking.do_all(name)

    with ThreadPoolExecutor(1, thread_name_prefix=f"sweep-{name}") as pool:
        while not _stopping.is_set():
            fault = pool.submit(once).exception()
            if fault is not None:
                log.error("sweep_failed", step=name, exc_info=fault)
            _stopping.wait(SWEEP_SECONDS)
