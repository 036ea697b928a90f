"""Schedules: due once a month on the owner's clock, mailed once whatever happens, to whoever may read the report that day."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations as accounts_operations
from app.accounts.models import Role, User
from app.core import clock, jobs, mail
from app.core.db import db, transaction
from app.core.models import Job, JobState, OutboxMail
from app.lists.models import Share
from app.notices.models import Notice
from app.reports import operations_schedules
from app.reports.models import ReportRun, ReportSchedule
from app.reports.policies_saved import last_due, month_of, next_due
from tests.conftest import fresh
from tests.factories import accounts, ledger, people, programs
from tests.factories import reports as make

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]

OCTOBER = datetime(2026, 10, 20, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, 8, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("day", "hour", "zone", "after", "due"),
    [
        (1, 7, "UTC", utc(2026, 10, 20), utc(2026, 11, 1, 7)),
        (1, 7, "UTC", utc(2026, 11, 1, 6, 59), utc(2026, 11, 1, 7)),
        (1, 7, "UTC", utc(2026, 11, 1, 7), utc(2026, 12, 1, 7)),
        (28, 23, "UTC", utc(2026, 12, 29), utc(2027, 1, 28, 23)),
        (28, 12, "Europe/London", utc(2026, 10, 27), utc(2026, 10, 28, 12)),
        (1, 7, "Europe/London", utc(2026, 5, 20), utc(2026, 6, 1, 6)),  # summer time
        (1, 0, "Australia/Sydney", utc(2026, 11, 29), utc(2026, 11, 30, 13)),  # still November in UTC
        (1, 0, "America/Los_Angeles", utc(2026, 10, 31, 23), utc(2026, 11, 1, 7)),
        # the clocks go forward over 02:00 to 03:00: the moment they do
        (8, 2, "America/New_York", utc(2026, 3, 1), utc(2026, 3, 8, 7)),
        # 01:00 comes twice: the first
        (1, 1, "America/New_York", utc(2026, 10, 20), utc(2026, 11, 1, 5)),
        (1, 1, "America/New_York", utc(2026, 11, 1, 5), utc(2026, 12, 1, 6)),
    ],
)
def test_when_it_is_due(day: int, hour: int, zone: str, after: datetime, due: datetime) -> None:
    assert next_due(day, hour, zone, after) == due


def test_what_was_missed_is_one_and_the_latest() -> None:
    now = utc(2026, 11, 15)
    assert last_due(1, 7, "UTC", now) == utc(2026, 11, 1, 7)
    assert last_due(20, 7, "UTC", now) == utc(2026, 10, 20, 7)
    assert month_of(utc(2026, 11, 30, 13), "Australia/Sydney") == "2026-12"


def mails() -> list[OutboxMail]:
    return list(
        db.session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "report").order_by(OutboxMail.id))
    )


def work() -> None:
    """What a worker does in a minute: it asks for the jobs that are due, then does them."""
    jobs.work_off()
    jobs.work_off()


def runs() -> list[ReportRun]:
    return list(db.session.scalars(sa.select(ReportRun).order_by(ReportRun.id)))


@pytest.fixture
def helga(app: Flask) -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


@pytest.fixture
def ugo(app: Flask) -> User:
    return accounts.user(role=Role.AUDITOR, name="Ugo", in_department="Audit")


@pytest.fixture
def schedule(helga: User, ugo: User, at: At) -> ReportSchedule:
    """Exceptions of last month, mailed to Helga and Ugo on the first at seven."""
    with at(OCTOBER):
        view = make.saved_report(helga, name="Exceptions of last month")
        return make.schedule(view, ugo)


def test_nothing_leaves_before_its_time_and_one_mail_each_after_it(schedule: ReportSchedule, at: At) -> None:
    with at(NOVEMBER - timedelta(hours=2)):
        work()
    assert (runs(), mails()) == ([], [])
    with at(NOVEMBER):
        work()
        work()
    (run,) = runs()
    assert (run.month, run.args, run.view_id) == (
        "2026-11",
        {"days": "2026-10-01..2026-10-31"},
        schedule.view_id,
    )
    assert [one.recipient for one in mails()] == ["helga@lumen.example", "ugo@lumen.example"]
    text = mail.parts_of(mails()[0].raw).text
    for words in ("Asked: 0", "Granted: 0", f"/reports/runs/{run.id}", "No period was opened"):
        assert words in text
    parts = mail.parts_of(mails()[0].raw)
    assert (parts.attachments, parts.is_automatic) == ((), True)
    assert (mails()[0].source_kind, mails()[0].source_id) == ("reports.runs", run.id)
    assert (fresh(schedule).last_said, fresh(schedule).is_last_fine) == ("Sent to Helga, Ugo.", True)
    assert fresh(schedule).next_at == utc(2026, 12, 1, 7)


def test_months_without_a_worker_are_one_mail(schedule: ReportSchedule, at: At) -> None:
    with at(utc(2027, 3, 15)):
        work()
    assert ([run.month for run in runs()], len(mails())) == (["2027-03"], 2)
    assert (runs()[0].args, fresh(schedule).next_at) == (
        {"days": "2027-02-01..2027-02-28"}, utc(2027, 4, 1, 6),
    )  # fmt: skip


def test_the_next_mail_leads_to_what_changed(schedule: ReportSchedule, at: At) -> None:
    for month in (11, 12):
        with at(utc(2026, month, 1, 8)):
            work()
    first, second = runs()
    text = mail.parts_of(mails()[-1].raw).text
    assert f"/reports/runs/compare?before={first.id}&after={second.id}" in "".join(text.split())


def test_a_job_that_is_done_twice_keeps_one_run(schedule: ReportSchedule, at: At) -> None:
    """A worker was taken for dead after its commit, or two asked at once: the month is there already."""
    with at(NOVEMBER):
        with transaction():
            for _ in range(3):
                jobs.enqueue(
                    operations_schedules.JOB, {"schedule_id": schedule.id, "month": "2026-11"}, by_id=None
                )
        work()
    assert (len(runs()), len(mails())) == (1, 2)


def test_who_lost_the_right_gets_nothing_and_the_owner_is_told(
    schedule: ReportSchedule, ugo: User, at: At
) -> None:
    with at(OCTOBER), transaction():
        db.session.merge(ugo).role = Role.ASSISTANT
    with at(NOVEMBER):
        work()
    assert [one.recipient for one in mails()] == ["helga@lumen.example"]
    (notice,) = db.session.scalars(sa.select(Notice).where(Notice.source_kind == "reports.saved"))
    assert ("Ugo may not read reports any more" in notice.message, fresh(schedule).is_last_fine) == (
        True,
        False,
    )


def test_who_was_let_go_gets_nothing(schedule: ReportSchedule, ugo: User, at: At) -> None:
    with at(OCTOBER), transaction():
        db.session.merge(ugo).is_active = False
    with at(NOVEMBER):
        work()
    assert [one.recipient for one in mails()] == ["helga@lumen.example"]


def test_an_owner_who_may_not_read_any_more_stops_it(schedule: ReportSchedule, helga: User, at: At) -> None:
    with at(OCTOBER), transaction():
        db.session.merge(helga).role = Role.ASSISTANT
    with at(NOVEMBER):
        work()
    assert (runs(), mails(), fresh(schedule).is_paused) == ([], [], True)
    assert "may not read reports any more" in fresh(schedule).last_said


def test_an_owner_who_leaves_takes_the_schedule_along(schedule: ReportSchedule, helga: User, at: At) -> None:
    with at(OCTOBER):
        admins = [accounts.user(role=Role.ADMIN, name=name) for name in ("Ada", "Abe")]
        with transaction():
            accounts_operations.deactivate_user(db.session.merge(helga), by=db.session.merge(admins[0]))
    assert fresh(schedule).is_paused


def test_a_pause_makes_up_for_nothing(
    schedule: ReportSchedule, helga: User, signed_in: SignIn, at: At
) -> None:
    with at(OCTOBER):
        browser = signed_in(helga)
        assert browser.post(f"/reports/saved/{schedule.view_id}/schedule/pause").status_code == 303
    with at(utc(2027, 1, 20)):
        work()
        assert (runs(), "paused" in signed_in(helga).get(f"/reports/saved/{schedule.view_id}").text) == (
            [],
            True,
        )
        signed_in(helga).post(f"/reports/saved/{schedule.view_id}/schedule/resume")
        work()
    assert (runs(), fresh(schedule).next_at) == ([], utc(2027, 2, 1, 7))
    with at(utc(2027, 1, 21)):
        signed_in(helga).post(f"/reports/saved/{schedule.view_id}/schedule/end")
    with at(utc(2027, 2, 2)):
        work()
    assert runs() == []


def test_a_removed_report_is_not_mailed(
    schedule: ReportSchedule, helga: User, signed_in: SignIn, at: At
) -> None:
    with at(OCTOBER):
        signed_in(helga).post(f"/reports/saved/{schedule.view_id}/end")
    with at(NOVEMBER):
        work()
    assert runs() == []


def test_what_is_gone_is_said_to_the_owner_and_tried_next_month(
    helga: User, at: At, signed_in: SignIn
) -> None:
    frame = programs.program()
    with at(OCTOBER):
        view = make.saved_report(helga, "goals", program=str(frame.id))
        schedule = make.schedule(view)
        with transaction():
            db.session.delete(db.session.merge(frame))
    with at(NOVEMBER):
        work()
        page = signed_in(helga).get(f"/reports/saved/{view.id}").text
    assert (runs(), mails(), "The last time something was wrong" in page) == ([], [], True)
    assert ("gone" in fresh(schedule).last_said, fresh(schedule).next_at) == (True, utc(2026, 12, 1, 7))


def test_a_mail_about_one_person_says_neither_name_nor_figure(helga: User, at: At) -> None:
    ines = people.person("Inès Quillfeather")
    with at(OCTOBER):
        make.schedule(make.saved_report(helga, "person", name="Card", person=str(ines.id)))
    with at(NOVEMBER):
        work()
    (sent,) = mails()
    text = mail.parts_of(sent.raw).text
    assert ("Quillfeather" in text, "Disputes" in text, f"/reports/runs/{runs()[0].id}" in text) == (
        False,
        False,
        True,
    )


def test_a_colleague_opens_the_run_though_the_settings_are_private(
    schedule: ReportSchedule, ugo: User, signed_in: SignIn, at: At
) -> None:
    with at(NOVEMBER):
        work()
        stranger = accounts.user(role=Role.AUDITOR, name="Sam", in_department="Audit")
        address = f"/reports/runs/{runs()[0].id}"
        assert [signed_in(who).get(address).status_code for who in (ugo, stranger)] == [200, 404]
        assert signed_in(Role.ASSISTANT).get(address).status_code == 403


def test_the_oldest_run_of_a_schedule_makes_room(
    schedule: ReportSchedule, helga: User, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.reports.policies_saved.MOST_RUNS", 2)
    with at(OCTOBER):
        by_hand = make.run(helga, view=fresh(schedule).view, days="last-month").id
    for month in (11, 12):
        with at(utc(2026, month, 1, 8)):
            work()
    assert [(run.id == by_hand, run.month) for run in runs()] == [(True, None), (False, "2026-12")]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"day": "0", "hour": "7"}, "from 1 to 28"), ({"day": "29", "hour": "7"}, "from 1 to 28"),
        ({"day": "last", "hour": "7"}, "Not a valid integer"), ({"day": "", "hour": "7"}, "This is needed"),
        ({"day": "1", "hour": "24"}, "Not a valid choice"), ({"day": "1", "hour": "-1"}, "Not a valid choice"),
        ({"day": "1", "hour": "7", "reader_ids": "999999"}, "is not there any more"),
        ({"day": "1", "hour": "7", "reader_ids": "x"}, "is not there any more"),
        ({"day": "9" * 4000, "hour": "7"}, "from 1 to 28"),
    ],
)  # fmt: skip
def test_schedules_that_cannot_be(helga: User, signed_in: SignIn, sent: dict[str, str], said: str) -> None:
    view = make.saved_report(helga)
    answer = signed_in(helga).post(f"/reports/saved/{view.id}/schedule", data=sent)
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert db.session.query(ReportSchedule).count() == 0


def test_only_who_may_read_reports_is_written_to(helga: User, app: Flask) -> None:
    view = make.saved_report(helga)
    with pytest.raises(operations_schedules.ScheduleRefused, match="may not read reports"):
        make.schedule(view, accounts.user(role=Role.ASSISTANT, name="Noor"))


@pytest.mark.parametrize(
    ("report", "settings", "said"),
    [
        ("value", {"program": "{program}"}, "Non-cash: GBP 2,080.00"),
        ("quarter", {"program": "{program}", "days": "last-quarter"}, "Received, non-cash: GBP 2,080.00"),
        # as settings were kept by the names of the page
        ("proximity", {"program_id": "{program}", "days": "30"}, "All fees: 0"),
    ],
)
def test_reports_with_pages_of_their_own_are_mailed_too(
    helga: User, at: At, report: str, settings: dict[str, str], said: str
) -> None:
    program = programs.program()
    ledger.post(ledger.stay(people.person("Ines"), program, value_on=date(2026, 8, 7)))
    asked = {name: text.format(program=program.id) for name, text in settings.items()}
    with at(OCTOBER):
        make.schedule(make.saved_report(helga, report, "Mine", Share.ALL, **asked))
    with at(NOVEMBER):
        work()
    (run,) = runs()
    assert (run.report, said in mail.parts_of(mails()[0].raw).text) == (report, True)


# -- several workers, and one that is killed -------------------------------------------------------

WORKER = """
    import sys, time
    from datetime import datetime
    from app import create_app
    from app.core import clock, jobs
    from app.reports import mails, operations_schedules
    app = create_app(TESTING=True)
    if sys.argv[2] == "dies":
        def hang(*_args):
            print("counting", flush=True)
            time.sleep(600)
        mails.send_run = hang
    with app.app_context(), clock.fixed_at(datetime.fromisoformat(sys.argv[1])):
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(3):
            operations_schedules.run_due()
            jobs.run_due()
    print("done", flush=True)
"""


def _worker(app: Flask, at: datetime, how: str) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]).replace("postgresql+psycopg", "postgresql"),
        "RAPPORT_INSTANCE": str(app.config["INSTANCE"]), "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(WORKER), at.isoformat(), how],
        env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_workers_at_one_moment_send_one(app: Flask, schedule: ReportSchedule) -> None:
    db.session.rollback()
    workers = [_worker(app, NOVEMBER, "works") for _ in range(2)]
    for one in workers:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [one.communicate(timeout=120)[0].split()[-1] for one in workers] == ["done", "done"]
    assert (len(runs()), len(mails())) == (1, 2)


def test_a_worker_that_is_killed_sends_nothing_and_the_next_one_all_of_it_once(
    app: Flask, schedule: ReportSchedule
) -> None:
    """kill -9 between the run and the mails: neither is there; after the lease another does both."""
    db.session.rollback()
    doomed = _worker(app, NOVEMBER, "dies")
    assert doomed.stdin
    assert doomed.stdout
    doomed.stdin.write("go\n")
    doomed.stdin.flush()
    assert doomed.stdout.readline() == "counting\n"
    doomed.kill()
    doomed.communicate(timeout=30)
    time.sleep(0.2)
    assert (runs(), mails()) == ([], [])
    (job,) = db.session.scalars(sa.select(Job).where(Job.name == operations_schedules.JOB))
    assert job.state is JobState.RUNNING
    db.session.rollback()
    with clock.fixed_at(NOVEMBER + jobs.LEASE + timedelta(minutes=1)):
        work()
    assert (len(runs()), len(mails()), fresh(job).state) == (1, 2, JobState.DONE)
