"""Long work: done once, all of it or nothing, whatever happens to the worker."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock, files, jobs, waking
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.jobs import JobCancelled, JobRun
from app.core.models import FormSubmission, Job, JobState
from tests.conftest import fresh

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

Work = Callable[..., dict[str, object] | None]


@pytest.fixture
def kind() -> Iterator[Callable[..., None]]:
    """`kind(function)` makes it the job "test"."""

    def name(function: Work, *, in_chunks: bool = False) -> None:
        jobs.job("test", in_chunks=in_chunks)(function)

    yield name
    jobs._kinds.pop("test", None)


def ask(**arguments: object) -> Job:
    with transaction():
        return jobs.enqueue("test", arguments, by_id=None)


def write(mark: str) -> None:
    """A trace in the database, such as a job leaves."""
    db.session.add(FormSubmission(key=mark, path="/", made_at=clock.now()))
    db.session.flush()


def traces() -> list[str]:
    return list(db.session.scalars(sa.select(FormSubmission.key).order_by(FormSubmission.key)))


# -- how it ends -----------------------------------------------------------------------------------


def test_a_job_is_done_once_and_gives_a_receipt(app: Flask, kind: Callable[..., None]) -> None:
    def work(run: JobRun, *, names: list[str]) -> dict[str, object]:
        for place, name in enumerate(names, 1):
            write(name)
            run.progress(place, len(names))
        run.give_file(files.store(b"line,reason\n14,no contact\n", "refused.csv", None))
        return {"created": len(names)}

    kind(work)
    with clock.fixed_at(NOW):
        row = ask(names=["Amal", "Kerem"])
        assert (jobs.run_due(), jobs.run_due()) == (1, 0)
    done = fresh(row)
    assert (done.state, done.receipt, done.n_done, done.n_total) == (JobState.DONE, {"created": 2}, 2, 2)
    assert (done.n_attempts, done.ended_at, done.leased_until_at) == (1, NOW, None)
    assert done.file_id is not None
    assert traces() == ["Amal", "Kerem"]
    assert jobs.progress_of(done) == (2, 2)


def test_a_job_of_a_refused_transaction_never_was(app: Flask, kind: Callable[..., None]) -> None:
    kind(lambda run: write("x"))
    with transaction() as current:
        jobs.enqueue("test", {}, by_id=None)
        current.undo()
    assert jobs.work_off() == 0


def test_an_unknown_job_cannot_be_asked_for(app: Flask) -> None:
    with pytest.raises(KeyError), transaction():
        jobs.enqueue("paint the house", {}, by_id=None)


def test_a_job_of_another_version_fails_in_words(app: Flask, kind: Callable[..., None]) -> None:
    kind(lambda run: None)
    row = ask()
    jobs._kinds.pop("test")
    jobs.work_off()
    assert (fresh(row).state, row.message) == (
        JobState.FAILED,
        "This version of Rapport has no job called test.",
    )


def test_a_rule_that_says_no_fails_the_job_and_leaves_nothing(app: Flask, kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        write("half")
        raise DomainError("Line 14 has no contact route.")

    kind(work)
    row = ask()
    assert jobs.work_off() == 1
    assert (fresh(row).state, row.message, traces()) == (JobState.FAILED, "Line 14 has no contact route.", [])
    assert jobs.work_off() == 0


def test_a_fault_is_tried_again_and_then_given_up(app: Flask, kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        write("half")
        raise ZeroDivisionError

    kind(work)
    with clock.fixed_at(NOW):
        row = ask()
    now = NOW
    for pause in (*jobs.BACK_OFF, timedelta(0)):
        with clock.fixed_at(now), pytest.raises(ZeroDivisionError):
            jobs.work_off()
        with clock.fixed_at(now):
            assert jobs.work_off() == 0
        now += pause
    assert (fresh(row).state, row.n_attempts, traces()) == (JobState.FAILED, 3, [])
    assert "several times" in row.message


def test_a_job_that_kills_its_worker_each_time_is_given_up(app: Flask, kind: Callable[..., None]) -> None:
    kind(lambda run: write("x"))
    with clock.fixed_at(NOW):
        row = ask()
    now = NOW
    for _ in range(3):
        with clock.fixed_at(now):
            assert jobs._claim_next() is not None  # and the worker dies here
        now += jobs.LEASE + timedelta(seconds=1)
    with clock.fixed_at(now):
        assert jobs.work_off() == 1
    assert (fresh(row).state, traces()) == (JobState.FAILED, [])


# -- who does it -----------------------------------------------------------------------------------


def test_a_worker_that_was_taken_for_dead_keeps_nothing(app: Flask, kind: Callable[..., None]) -> None:
    """Fencing: its whole transaction is rolled back, the other worker's stands."""
    kind(lambda run: write(f"attempt {run.attempt}"))
    with clock.fixed_at(NOW):
        row = ask()
        slow = jobs._claim_next()
    assert slow is not None
    with clock.fixed_at(NOW + jobs.LEASE + timedelta(seconds=1)):
        assert jobs.work_off() == 1
        with pytest.raises(jobs.LeaseLost):
            jobs._run(*slow)
    assert (fresh(row).state, traces()) == (JobState.DONE, ["attempt 2"])


def test_a_lease_that_runs_keeps_others_away(app: Flask, kind: Callable[..., None]) -> None:
    kind(lambda run: None)
    with clock.fixed_at(NOW):
        ask()
        assert jobs._claim_next() is not None
        assert jobs._claim_next() is None


def test_two_workers_at_once_do_each_job_once(app: Flask, kind: Callable[..., None]) -> None:
    kind(lambda run, *, mark: write(mark))
    for number in range(20):
        ask(mark=f"{number:02}")
    done: list[int] = []

    def work() -> None:
        with app.app_context():
            done.append(jobs.run_due(limit=100))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done) == 20
    assert traces() == [f"{number:02}" for number in range(20)]
    assert set(db.session.scalars(sa.select(Job.n_attempts))) == {1}


def test_running_jobs_inside_a_transaction_is_a_bug(app: Flask) -> None:
    with pytest.raises(RuntimeError), transaction():
        jobs.run_due()


# -- progress and the wish to end ------------------------------------------------------------------


def test_progress_is_seen_while_the_job_runs(app: Flask, kind: Callable[..., None]) -> None:
    seen: list[tuple[int, int]] = []

    def look(number: int) -> None:
        with app.app_context():
            seen.append(jobs.progress_of(db.session.get_one(Job, number)))

    def work(run: JobRun) -> None:
        run.progress(31, 40)
        watcher = threading.Thread(target=look, args=(run.id,))
        watcher.start()
        watcher.join()

    kind(work)
    ask()
    jobs.work_off()
    assert seen == [(31, 40)]


def test_a_waiting_job_is_cancelled_at_once(app: Flask, kind: Callable[..., None]) -> None:
    kind(lambda run: write("x"))
    row = ask()
    with transaction():
        jobs.cancel(row)
    assert jobs.work_off() == 0
    assert (fresh(row).state, row.message) == (JobState.CANCELLED, "Cancelled before it began.")
    with transaction():
        jobs.cancel(row)
    assert fresh(row).message == "Cancelled before it began."


def test_a_running_job_in_chunks_ends_at_its_next_step_and_keeps_what_was_done(
    app: Flask, kind: Callable[..., None]
) -> None:
    def ask_to_end(number: int) -> None:
        with app.app_context(), transaction():
            jobs.cancel(db.session.get_one(Job, number))

    def work(run: JobRun) -> None:
        for place in range(1, 4):
            with run.chunk():
                write(f"piece {place}")
            person = threading.Thread(target=ask_to_end, args=(run.id,))
            person.start()
            person.join()
            run._noted_at = 0.0
            run.progress(place, 3)

    kind(work, in_chunks=True)
    row = ask()
    jobs.work_off()
    assert (fresh(row).state, traces()) == (JobState.CANCELLED, ["piece 1"])


def test_a_cancelled_job_in_one_transaction_leaves_nothing(app: Flask, kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        write("x")
        raise JobCancelled

    kind(work)
    row = ask()
    jobs.work_off()
    assert (fresh(row).state, traces()) == (JobState.CANCELLED, [])


def test_a_chunk_keeps_its_progress_and_renews_the_lease(app: Flask, kind: Callable[..., None]) -> None:
    leases: list[datetime | None] = []

    def work(run: JobRun) -> dict[str, object]:
        for place in range(1, 4):
            with clock.fixed_at(NOW + timedelta(minutes=9 * place)):
                with run.chunk():
                    run.progress(place, 3)
                leases.append(db.session.get_one(Job, run.id).leased_until_at)
                assert jobs._claim_next() is None
        return {"pieces": 3}

    kind(work, in_chunks=True)
    with clock.fixed_at(NOW):
        row = ask()
        jobs.work_off()
    assert leases == [NOW + timedelta(minutes=9 * place) + jobs.LEASE for place in (1, 2, 3)]
    assert (fresh(row).state, row.receipt) == (JobState.DONE, {"pieces": 3})


def test_a_chunk_of_a_lost_lease_is_rolled_back(app: Flask, kind: Callable[..., None]) -> None:
    kind(lambda run: None, in_chunks=True)
    with clock.fixed_at(NOW):
        ask()
        slow = jobs._claim_next()
    assert slow is not None
    with clock.fixed_at(NOW + jobs.LEASE + timedelta(seconds=1)):
        assert jobs._claim_next() is not None
    with pytest.raises(jobs.LeaseLost), slow[0].chunk():
        write("too late")
    assert traces() == []


def test_a_worker_told_to_stop_hands_its_job_back(app: Flask, kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        write("half")
        jobs._stopping.set()
        run.progress(1, 2)

    kind(work)
    row = ask()
    try:
        assert jobs.run_due() == 1
        assert jobs.run_due() == 0  # it takes nothing new
    finally:
        jobs._stopping.clear()
    assert (fresh(row).state, traces()) == (JobState.WAITING, [])


# -- the bell --------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "mysql://x", "memcached:", "http://example"])
def test_an_address_nobody_can_use_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="RAPPORT_JOBS_URL"):
        waking.check_address(url)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:////srv/jobs.db", "sqlite"), ("redis://localhost:6379/1", "redis"), ("rediss://h", "redis"),
        ("postgresql://u@h/db", "postgresql"), ("postgres://h/db", "postgresql"), ("postgresql+psycopg://h/db", "postgresql"),
    ],
)  # fmt: skip
def test_the_store_of_the_queue_is_chosen_by_its_address(url: str, kind: str) -> None:
    assert waking.check_address(url) == kind


def test_a_queue_out_of_reach_fails_no_request(
    app: Flask, kind: Callable[..., None], tmp_path: object
) -> None:
    kind(lambda run: write("x"))
    bell = app.extensions.pop("bell", None)
    before = app.config["JOBS_URL"]
    app.testing, app.config["JOBS_URL"] = False, f"sqlite:///{tmp_path}/no/such/folder/jobs.db"
    try:
        row = ask()
        assert jobs.progress_of(row) == (0, 0)
        jobs.work_off()
    finally:
        app.testing, app.config["JOBS_URL"] = True, before
        app.extensions.pop("bell", None)
        if bell is not None:
            app.extensions["bell"] = bell
    assert (fresh(row).state, traces()) == (JobState.DONE, ["x"])
