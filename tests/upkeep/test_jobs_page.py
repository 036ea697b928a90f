"""Settings, Jobs: what whoever runs the house sees of long work, and what they may do about it."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock, jobs
from app.core.db import db, transaction
from app.core.models import Job, JobState
from app.upkeep import pulse
from tests.conftest import fresh
from tests.factories import accounts

SignIn = Callable[..., FlaskClient]


@jobs.job("test.page")
def _nothing(_run: jobs.JobRun) -> None:
    """A kind of job that does nothing."""


def job(state: JobState = JobState.WAITING, name: str = "test.page", **more: object) -> Job:
    by = accounts.user(name="Mei")
    with transaction():
        found = Job(name=name, arguments={"secret": "zq-argument"}, by_id=by.id, made_at=clock.now(), state=state, **more)  # fmt: skip
        db.session.add(found)
        db.session.flush()
    return found


@pytest.fixture
def ada(signed_in: SignIn) -> FlaskClient:
    return signed_in(Role.ADMIN)


def test_what_is_not_done_is_shown_with_its_reason_and_never_its_arguments(ada: FlaskClient) -> None:
    job(JobState.FAILED, message="The file is empty.", n_attempts=3)
    job(JobState.RUNNING, n_done=40, n_total=100)
    job(JobState.DONE, message="Long over.")
    page = ada.get("/settings/jobs/").text
    assert all(words in page for words in ("The file is empty.", "40 of 100", "Mei", "Try again", "Give up"))
    assert ("Long over." in page, "zq-argument" in page) == (False, False)


def test_states_and_kinds_narrow_and_count(ada: FlaskClient) -> None:
    job(JobState.DONE, message="First.")
    job(JobState.DONE, name="test.other", message="Second.")
    assert "First." in ada.get("/settings/jobs/?state=done").text
    page = ada.get("/settings/jobs/?state=done&name=test.other").text
    assert ("First." in page, "Second." in page) == (False, True)
    assert "/settings/jobs/?name=test.page&amp;state=done" in ada.get("/settings/jobs/").text
    assert "Everything is done" in ada.get("/settings/jobs/").text


@pytest.mark.parametrize("query", ["state=nothing", "name=%00", "after=x", "before=%ff", "state=&name="])
def test_addresses_that_mean_nothing_narrow_nothing(ada: FlaskClient, query: str) -> None:
    assert ada.get(f"/settings/jobs/?{query}").status_code in {200, 404}


@pytest.mark.parametrize(
    ("act", "state", "becomes", "status"),
    [
        ("retry", JobState.FAILED, JobState.WAITING, 303),
        ("retry", JobState.CANCELLED, JobState.WAITING, 303),
        ("retry", JobState.DONE, JobState.DONE, 422),
        ("retry", JobState.RUNNING, JobState.RUNNING, 422),
        ("cancel", JobState.WAITING, JobState.CANCELLED, 303),
        ("cancel", JobState.RUNNING, JobState.RUNNING, 303),
        ("cancel", JobState.DONE, JobState.DONE, 422),
        ("cancel", JobState.FAILED, JobState.FAILED, 422),
    ],
)
def test_trying_again_and_giving_up(
    ada: FlaskClient, act: str, state: JobState, becomes: JobState, status: int
) -> None:
    found = job(state)
    assert ada.post(f"/settings/jobs/{found.id}/{act}").status_code == status
    assert fresh(found).state is becomes
    lines = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.action.like("upkeep.job%"))
    ).all()
    done = {"retry": "upkeep.job_retried", "cancel": "upkeep.job_cancelled"}[act]
    assert lines == ([done] if status == 303 else [])


def test_a_job_that_is_not_there(ada: FlaskClient) -> None:
    assert {ada.post(f"/settings/jobs/99/{act}").status_code for act in ("retry", "cancel")} == {404}


def test_whether_a_worker_is_at_work(ada: FlaskClient, app: Flask) -> None:
    assert "No worker is at work" in ada.get("/settings/jobs/").text
    pulse.note()
    assert "No worker is at work" not in ada.get("/settings/jobs/").text


def test_many_jobs_cost_the_same_questions(ada: FlaskClient, count_queries: Callable[[], int]) -> None:
    job(JobState.FAILED)
    ada.get("/settings/jobs/")
    count_queries()
    ada.get("/settings/jobs/")
    one = count_queries()
    for _n in range(60):
        job(JobState.FAILED)
    ada.get("/settings/jobs/")
    count_queries()
    page = ada.get("/settings/jobs/").text
    assert count_queries() == one
    assert "Next" in page


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMIN])
def test_only_administrators(signed_in: SignIn, role: Role) -> None:
    browser = signed_in(role)
    assert browser.get("/settings/jobs/").status_code == 403
    assert browser.post("/settings/jobs/1/retry").status_code == 403
