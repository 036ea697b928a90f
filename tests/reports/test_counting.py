"""Reports that grow with their answer: a worker counts them, and their page reads what it counted."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import AuditEvent, Role, User
from app.core import jobs
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.models import Job, JobState
from app.ledger.details import BookRow
from app.ledger.models import Category, Form
from app.ledger.operations_books import post_many
from app.privacy import operations_files
from app.privacy.mentions import Marks
from app.programs.models import Program
from app.reports import counting
from tests.factories import people, programs

SignIn = Callable[..., FlaskClient]

DAYS = "2026-07-01..2026-09-30"
N_PEOPLE = 12


@pytest.fixture
def program(app: object, monkeypatch: pytest.MonkeyPatch) -> Program:
    """More lines and fees than a page counts itself, which is five here."""
    monkeypatch.setattr(counting, "MOST_AT_ONCE", 5)
    found = programs.program("Global", is_books_only=True)
    ids = people.in_one_go(f"Guest {number:02}" for number in range(N_PEOPLE))
    given_on = date(2026, 8, 3)
    with transaction():
        rows = [
            row
            for n, id in enumerate(ids)
            for row in (
                BookRow(id, Category.LODGING, Form.IN_KIND_VENDOR, given_on, 20_000 + n, "GBP", f"R{n}", "P1"),
                BookRow(id, Category.SPEAKING_FEE, Form.CASH_EQUIVALENT, given_on + timedelta(9), 90_000, "GBP", f"F{n}", "P1"),
            )
        ]  # fmt: skip
        post_many(db.session.merge(found), rows, by=None)
    return found


def proximity(program: Program) -> str:
    return f"program={program.id}&days=90"


PAGES = [
    ("proximity", "/reports/proximity", proximity, "Guest 07"),
    (
        "layouts",
        "/reports/layouts",
        lambda program: f"program={program.id}&days={DAYS}",
        "Lines in the layout",
    ),
    (
        "layouts",
        "/reports/layouts",
        lambda program: f"program={program.id}&days={DAYS}&layout=efpia",
        "Aggregate",
    ),
]


@pytest.mark.parametrize(("key", "path", "asked", "told"), PAGES)
def test_a_worker_counts_what_is_large_and_the_page_shows_what_a_small_one_shows(
    key: str, path: str, asked: Callable[[Program], str], told: str, signed_in: SignIn, program: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    browser = signed_in(Role.COMPLIANCE)
    page = browser.get(f"{path}?{asked(program)}").text
    assert ("Count it" in page, told in page) == (True, False)
    answer = browser.post(f"/reports/counts/{key}?{ask_of(page)}")
    assert answer.status_code == 303
    assert "waits for a worker" in browser.get(answer.location).text
    jobs.run_due()
    counted = browser.get(answer.location).text
    assert ("Count again" in counted, told in counted) == (True, True)
    monkeypatch.setattr(counting, "MOST_AT_ONCE", 1_000)
    assert figures_in(browser.get(answer.location).text) == figures_in(counted)


def ask_of(page: str) -> str:
    """The settings behind the button."""
    return page.split("/reports/counts/")[1].split("?")[1].split('"')[0].replace("&amp;", "&")


def figures_in(page: str) -> str:
    """What stands between the forms."""
    shown = page.split("<main")[1].split("How these figures were made")[0].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<form.*?</form>", "", shown, flags=re.S))


def test_whoever_asks_twice_waits_for_the_first(signed_in: SignIn, program: Program) -> None:
    browser = signed_in(Role.COMPLIANCE)
    for _ in range(2):
        assert browser.post(f"/reports/counts/proximity?{proximity(program)}").status_code == 303
    assert db.session.scalars(sa.select(Job.name).filter_by(name=counting.JOB)).all() == [counting.JOB]
    asked = sa.select(AuditEvent.action).where(AuditEvent.action == "reports.count_asked")
    assert len(db.session.scalars(asked).all()) == 1


def test_what_somebody_else_had_counted_is_not_shown(signed_in: SignIn, program: Program) -> None:
    first = signed_in(Role.COMPLIANCE)
    first.post(f"/reports/counts/proximity?{proximity(program)}")
    jobs.run_due()
    job = db.session.scalars(sa.select(Job)).one()
    other = signed_in(Role.AUDITOR)
    assert "Count it" in other.get(f"/reports/proximity?{proximity(program)}").text
    assert other.get(f"/reports/counts/{job.id}/progress").status_code == 404
    assert other.post(f"/reports/counts/{job.id}/cancel").status_code == 404


def test_figures_another_version_of_the_program_counted_are_counted_again(
    signed_in: SignIn, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(Role.COMPLIANCE)
    offered = browser.get(f"/reports/proximity?{proximity(program)}").text
    page = browser.post(f"/reports/counts/proximity?{ask_of(offered)}").location
    jobs.run_due()
    assert "Count again" in browser.get(page).text

    class Newer(Struct, frozen=True):
        not_told_before: int

    kind = counting.kind_of("proximity")
    monkeypatch.setitem(counting._KINDS, "proximity", replace(kind, shape=Newer))
    later = browser.get(page)
    assert (later.status_code, "Count it" in later.text, "Count again" in later.text) == (200, True, False)


def test_the_figures_go_when_anybody_is_erased(signed_in: SignIn, program: Program) -> None:
    """P8: they are made anew."""
    browser = signed_in(Role.COMPLIANCE)
    browser.post(f"/reports/counts/proximity?{proximity(program)}")
    jobs.run_due()
    found = operations_files.list_naming(Marks(("nobody of them",)))
    assert [stored.name for stored in found] == ["proximity.txt"]


def test_a_role_that_was_taken_away_meanwhile_counts_nothing(signed_in: SignIn, program: Program) -> None:
    browser = signed_in(Role.COMPLIANCE)
    browser.post(f"/reports/counts/layouts?program={program.id}&days={DAYS}&layout=efpia")
    job = db.session.scalars(sa.select(Job)).one()
    with transaction():
        db.session.get_one(User, job.by_id).role = Role.DOOR
    jobs.run_due()
    db.session.refresh(job)
    assert (job.state, job.file_id) == (JobState.FAILED, None)


def test_a_counting_that_breaks_says_so_on_its_page_and_can_be_asked_for_again(
    signed_in: SignIn, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, path = (
        signed_in(Role.COMPLIANCE),
        f"/reports/counts/layouts?program={program.id}&days={DAYS}&layout=efpia",
    )
    kind = counting.kind_of("layouts")

    def breaks(_args: counting.Args, _by: User) -> None:
        raise DomainError("The disk is full.")

    monkeypatch.setitem(counting._KINDS, "layouts", replace(kind, count=breaks))
    page = browser.post(path).location
    jobs.run_due()
    broken = browser.get(page).text
    assert ("It could not be counted" in broken, "The disk is full." in broken, "Count it" in broken) == (
        True,
    ) * 3
    monkeypatch.setitem(counting._KINDS, "layouts", kind)
    browser.post(path)
    jobs.run_due()
    counted = browser.get(page).text
    assert ("It could not be counted" in counted, "Aggregate" in counted) == (False, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/counts/nothing?program=1", 404),
        ("/reports/counts/proximity?program=99999", 303),
        ("/reports/counts/proximity?within=-1&_external=1&_scheme=javascript", 303),
        ("/reports/counts/layouts?days=" + "9" * 5_000, 303),
    ],
)
def test_what_cannot_be_counted_is_refused_or_fails_in_words(
    path: str, status: int, signed_in: SignIn, program: Program
) -> None:
    browser = signed_in(Role.COMPLIANCE)
    answer = browser.post(path)
    assert answer.status_code == status
    if status == 303:
        assert answer.location.startswith("/reports/")
        assert "javascript" not in answer.location
        jobs.run_due()
        job = db.session.scalars(sa.select(Job)).one()
        assert (job.state, bool(job.message)) == (JobState.FAILED, True)
