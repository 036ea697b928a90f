"""Whole reports on paper: asked for, laid out by a worker page by page, kept for some days, gone with whoever is erased."""

import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock, jobs, pdf
from app.core.db import db, transaction
from app.core.models import Job, JobState
from app.ledger.details import BookRow
from app.ledger.models import Category, Form
from app.ledger.operations_books import post_many
from app.privacy import operations_files, retention_files
from app.privacy.mentions import Marks
from app.programs.models import Program
from app.reports import operations_papers, papers
from tests.factories import accounts, people, programs

SignIn = Callable[..., FlaskClient]

DAYS = "2026-07-01..2026-09-30"
N_PEOPLE = 230


@pytest.fixture
def program(app: object) -> Program:
    """A program in whose third quarter more people received something than stand on the short paper."""
    found = programs.program("Global", is_books_only=True)
    ids = people.in_one_go(f"Guest {number:03}" for number in range(N_PEOPLE))
    with transaction():
        given = (
            BookRow(id, Category.MEAL, Form.IN_KIND_VENDOR, date(2026, 8, 3), 100_000 - n, "GBP", f"R{n}")
            for n, id in enumerate(ids)
        )
        post_many(db.session.merge(found), given, by=None)
    return found


def ask(browser: FlaskClient, program: Program, days: str = DAYS) -> str:
    answer = browser.post(f"/reports/papers/quarter?program={program.id}&days={days}")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def text_of(document: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=document, capture_output=True, check=True
    ).stdout.decode()


def test_the_short_paper_ends_after_200_people_and_the_whole_one_has_all(
    signed_in: SignIn, program: Program
) -> None:
    browser = signed_in(Role.COMPLIANCE)
    page = browser.get(f"/reports/quarter?program={program.id}&days={DAYS}").text
    assert f"PDF, all {N_PEOPLE} people" in page
    short = browser.get(f"/reports/quarter/export/pdf?program={program.id}&days={DAYS}").data
    assert ("Guest 199" in text_of(short), "Guest 200" in text_of(short)) == (True, False)
    assert "30 more people are in the file" in " ".join(text_of(short).split())

    address = ask(browser, program)
    waits = browser.get(address).text
    assert "waits for a worker" in waits
    assert "Download PDF" not in waits
    assert jobs.work_off()
    ready = browser.get(address).text
    assert "Download PDF" in ready
    with browser.get(f"{address}/file") as whole:
        document, media_type = whole.data, whole.mimetype
    words = text_of(document)
    assert media_type == "application/pdf"
    assert [name for name in map("Guest {:03}".format, range(N_PEOPLE)) if name not in words] == []
    job = db.session.scalars(sa.select(Job)).one()
    assert job.receipt == {"rows": N_PEOPLE, "pages": pdf.count_pages(document)}
    exported = sa.select(AuditEvent.reason).filter_by(action="reports.exported").order_by(AuditEvent.id)
    assert db.session.scalars(exported).all() == ["pdf", "pdf, all rows"]


def test_progress_counts_pages(signed_in: SignIn, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(jobs.JobRun, "progress", lambda _run, n_done, n_total: told.append((n_done, n_total)))
    ask(signed_in(Role.COMPLIANCE), program)
    jobs.work_off()
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] >= 5
    assert all(done < total for done, total in told)


def test_only_who_asked_opens_it(signed_in: SignIn, program: Program) -> None:
    """R3"""
    address = ask(signed_in(Role.COMPLIANCE), program)
    jobs.work_off()
    other = signed_in(accounts.user(name="Other", role=Role.COMPLIANCE))
    for path in (address, f"{address}/progress", f"{address}/file"):
        assert other.get(path).status_code == 404
    assert other.post(f"{address}/cancel").status_code == 404
    for role in (Role.ASSISTANT, Role.PARTNER, Role.DOOR):
        assert signed_in(role).get(address).status_code == 403
        assert (
            signed_in(role).post(f"/reports/papers/quarter?program={program.id}&days={DAYS}").status_code
            == 403
        )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("quarter?program=1&days=x", 422),
        ("quarter?program=99&days=" + DAYS, 404),
        ("quarter?program=x&days=" + DAYS, 422),
        ("quarter?days=" + DAYS, 422),
        ("quarter?program=1", 422),
        ("quarter?program=1&days=" + DAYS + "&as_of=yesterday", 422),
        ("unknown?program=1&days=" + DAYS, 404),
        ("quarter?program=" + "9" * 400 + "&days=" + DAYS, 422),
    ],
)
def test_what_cannot_be_asked(signed_in: SignIn, program: Program, query: str, status: int) -> None:
    assert signed_in(Role.COMPLIANCE).post(f"/reports/papers/{query}").status_code == status
    assert db.session.scalar(sa.select(sa.func.count(Job.id))) == 0


def test_days_that_move_are_held_when_it_is_asked(signed_in: SignIn, program: Program) -> None:
    with clock.fixed_at(datetime(2026, 12, 31, 9, tzinfo=UTC)):
        ask(signed_in(Role.COMPLIANCE), program, "last-quarter")
    job = db.session.scalars(sa.select(Job)).one()
    assert job.arguments["args"] == {"program": str(program.id), "days": DAYS}


def test_more_rows_than_paper_is_made_of(
    signed_in: SignIn, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations_papers, "MAX_TABLE_ROWS", 220)
    monkeypatch.setattr(papers, "MAX_TABLE_ROWS", 220)
    browser = signed_in(Role.COMPLIANCE)
    assert "PDF, all" not in browser.get(f"/reports/quarter?program={program.id}&days={DAYS}").text
    answer = browser.post(f"/reports/papers/quarter?program={program.id}&days={DAYS}")
    assert answer.status_code == 422
    assert "230 rows are more than paper is made of (220). Take the spreadsheet" in answer.text


def test_cancelled_before_it_began(signed_in: SignIn, program: Program) -> None:
    browser = signed_in(Role.COMPLIANCE)
    address = ask(browser, program)
    assert browser.post(f"{address}/cancel").status_code == 303
    assert jobs.work_off() == 0
    assert "Cancelled before it began." in browser.get(address).text
    assert browser.get(f"{address}/file").status_code == 404


def test_who_lost_the_right_meanwhile_gets_nothing(signed_in: SignIn, program: Program) -> None:
    helga = accounts.user(name="Helga", role=Role.COMPLIANCE)
    ask(signed_in(helga), program)
    with transaction():
        db.session.merge(helga).role = Role.DOOR
    jobs.work_off()
    job = db.session.scalars(sa.select(Job)).one()
    assert (job.state, job.message, job.file_id) == (
        JobState.FAILED, "Your role does not allow this any more.", None,
    )  # fmt: skip


def test_it_goes_with_whoever_is_erased(signed_in: SignIn, program: Program) -> None:
    """P8: a PDF cannot be searched, so every paper goes."""
    browser = signed_in(Role.COMPLIANCE)
    address = ask(browser, program)
    jobs.work_off()
    found = operations_files.list_naming(Marks(("somebody who stands in no file",)))
    assert [one.name for one in found] == ["quarter-global-2026-07-01-2026-09-30.pdf"]
    with transaction():
        operations_files.doom(found, None, by=None)
    assert "not kept any more" in browser.get(address).text
    assert browser.get(f"{address}/file").status_code == 404


def test_it_goes_after_its_days(signed_in: SignIn, program: Program) -> None:
    ask(signed_in(Role.COMPLIANCE), program)
    jobs.work_off()
    today = clock.today()
    assert retention_files.find_papers(today - timedelta(days=1)) == []
    due = retention_files.find_papers(today)
    assert [one.label for one in due] == ["quarter-global-2026-07-01-2026-09-30.pdf"]
    with transaction():
        retention_files.delete_papers([one.row_id for one in due], None)
    assert db.session.scalars(sa.select(Job.file_id)).all() == [None]
