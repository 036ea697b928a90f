"""The import wizard: upload, columns, dry run, run, receipt, undo; large files by the worker (P6; J2)."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import Role, User
from app.core import jobs
from app.core.db import db
from app.core.models import StoredFile
from app.imports import operations_runs
from app.imports.models import ImportRun, ImportState
from app.ledger.models import Entry
from app.people.models import Person
from tests.factories import accounts
from tests.factories import imports as files

SignedIn = Callable[..., FlaskClient]


@pytest.fixture
def mei(app: Flask) -> User:
    return accounts.user(name="Mei")


@pytest.fixture
def browser(signed_in: SignedIn, mei: User) -> FlaskClient:
    return signed_in(mei)


def _upload(
    browser: FlaskClient, data: bytes, name: str = "list.csv", kind: str = "people", **fields: str
) -> TestResponse:
    form = {"file": (io.BytesIO(data), name), **fields}
    return browser.post(f"/imports/new?kind={kind}", data=form, content_type="multipart/form-data")


def _page(browser: FlaskClient, answer: TestResponse) -> str:
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"])
    if page.status_code == 303:
        page = browser.get(page.headers["Location"])
    assert page.status_code == 200
    return _words(page)


def _words(page: TestResponse) -> str:
    """The text of a page, blanks folded."""
    text = re.sub(r"<[^>]+>", " ", page.get_data(as_text=True))
    return re.sub(r"\s+", " ", text).replace("&#39;", "'").replace("&#34;", '"')


def _count(model: type[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _run() -> ImportRun:
    return db.session.scalars(sa.select(ImportRun).order_by(ImportRun.id.desc())).first() or pytest.fail(
        "no run"
    )


def test_a_list_of_people_goes_the_whole_way(browser: FlaskClient) -> None:
    """J2.1, J2.2: dry run with its words and lines, run, receipt 31/6/3, undo."""
    files.make_known_people()
    page = _page(browser, _upload(browser, files.pr_list(), "pr.csv"))
    assert "31 people are created, 6 are updated." in page
    assert "line 14 no contact route" in page
    assert "lines 22 and 37 same person" in page
    assert _count(Person) == 6
    done = _page(browser, browser.post("/imports/1/run"))
    assert "Created 31, updated 6, skipped 3." in done
    assert _count(Person) == 37
    undone = _page(browser, browser.post("/imports/1/undo"))
    assert "Undone: 31 people removed, 6 updates taken back." in undone
    assert _count(Person) == 6


def test_columns_are_chosen_with_examples_and_remembered(browser: FlaskClient) -> None:
    """P6: mapped once, known the next time the same headers come."""
    data = files.csv_bytes(("Who", "Where to write", "Shoe size"), [("Ada Abel", "ada@p.example", "7")])
    page = _page(browser, _upload(browser, data))
    assert "Ada Abel" in page
    assert "Run this import?" not in page
    chosen = {"column_0": "name", "column_1": "email", "column_2": ""}
    assert "1 person is created" in _page(browser, browser.post("/imports/1/preview", data=chosen))
    browser.post("/imports/1/run")
    assert db.session.scalars(sa.select(Person.name)).all() == ["Ada Abel"]
    again = files.csv_bytes(("Who", "Where to write", "Shoe size"), [("Bruno Horn", "bruno@p.example", "8")])
    assert "1 person is created" in _page(browser, _upload(browser, again))


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (
            {"column_0": "", "column_1": "email"},
            "Choose the column that holds the name, or those of given and family name.",
        ),
        ({"column_0": "name", "column_1": "name"}, "Two columns are both “Name”. Choose one."),
        ({"column_0": "name", "column_1": "shoe"}, "Not a valid choice"),
    ],
)
def test_a_choice_of_columns_that_cannot_be_used_stays_on_the_page(
    browser: FlaskClient, chosen: dict[str, str], words: str
) -> None:
    _upload(browser, files.csv_bytes(("Who", "E-mail"), [("Ada Abel", "ada@p.example")]))
    answer = browser.post("/imports/1/preview", data=chosen)
    assert (answer.status_code, words in _words(answer)) == (422, True)
    assert _run().state is ImportState.WAITING


BAD_FILES = [
    ("people", b"", "list.csv", "This file is empty."),
    (
        "people",
        b"%PDF-1.7\nxx",
        "list.pdf",
        "Give a table: CSV (plain or gzip) or an Excel workbook (.xlsx).",
    ),
    (
        "people",
        b"<html><script>x</script>",
        "list.csv",
        "Web pages, drawings and other markup are not accepted here.",
    ),
    ("people", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "list.xls", "This kind of file is not accepted here."),
    ("people", b"Name,Name\na,b\n", "list.csv", "Line 1: Two columns are called 'Name'. Rename one of them."),
    ("people", b"Name,E-mail\n", "list.csv", "The file names its columns and holds no line below them."),
    (
        "value",
        files.payments_file([files.payment(Date_of_Payment="x")]),
        "v.csv",
        "Line 2, Date_of_Payment: “x” is not a date.",
    ),
    ("value", b"a,b\n1,2\n", "v.csv", "Line 1: the column Physician_Profile_ID is missing."),
]


@pytest.mark.parametrize(("kind", "data", "name", "words"), BAD_FILES)
def test_a_bad_file_is_said_at_the_field_and_nothing_is_kept(
    browser: FlaskClient, kind: str, data: bytes, name: str, words: str
) -> None:
    """Status 422; what was typed beside the file stays."""
    typed = {"profile": "open-payments", "program_name": "Iowa"} if kind == "value" else {}
    answer = _upload(browser, data, name, kind, **typed)
    assert (answer.status_code, words in _words(answer)) == (422, True)
    assert (_count(ImportRun), _count(StoredFile), _count(Entry)) == (0, 0, 0)
    if typed:
        assert 'value="Iowa"' in answer.get_data(as_text=True)


def test_no_file_at_all_is_said_at_the_field(browser: FlaskClient) -> None:
    answer = browser.post("/imports/new", data={}, content_type="multipart/form-data")
    assert (answer.status_code, "Choose a file." in _words(answer)) == (422, True)


def test_a_file_over_the_limit_is_refused(browser: FlaskClient) -> None:
    answer = _upload(browser, b"a" * (operations_runs.MAX_BYTES + 1024 * 1024))
    answer.request.environ["wsgi.input"].close()  # the test client keeps so large a body in a file
    assert answer.status_code == 413
    assert _count(StoredFile) == 0


def test_value_goes_in_from_the_screen_and_has_no_undo(browser: FlaskClient) -> None:
    """L1: the book is never rewritten."""
    data = files.payments_file([files.payment(), files.payment(Record_ID="2")], packed=True)
    page = _page(
        browser, _upload(browser, data, "v.csv.gz", "value", profile="open-payments", program_name="Iowa")
    )
    assert "Would add 2 entries to Iowa." in page
    assert _count(Entry) == 0
    receipt = _page(browser, browser.post("/imports/1/run"))
    assert "Added 2 entries to Iowa." in receipt
    assert "Undo this import" not in receipt
    assert _count(Entry) == 2
    assert browser.post("/imports/1/undo").status_code == 422
    again = _page(
        browser, _upload(browser, data, "v.csv.gz", "value", profile="open-payments", program_name="Iowa")
    )
    assert "There is nothing to import" in again


def test_a_large_file_is_read_by_the_worker(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job with progress for the dry run, another for the run; the page says where it is."""
    monkeypatch.setattr(operations_runs, "_AT_ONCE_PLAIN", 100)
    data = files.payments_file([files.payment(Record_ID=str(number)) for number in range(9)])
    page = _page(
        browser, _upload(browser, data, "v.csv", "value", profile="open-payments", program_name="Iowa")
    )
    assert "A worker reads this file." in page
    fragment = browser.get("/imports/1/progress")
    assert (fragment.status_code, "Reading v.csv" in _words(fragment)) == (200, True)
    assert jobs.work_off() == 1
    assert browser.get("/imports/1/progress").headers["HX-Refresh"] == "true"
    assert "Would add 9 entries to Iowa." in _words(browser.get("/imports/1/preview"))
    browser.post("/imports/1/run")
    assert _count(Entry) == 0
    assert jobs.work_off() == 1
    assert _count(Entry) == 9
    assert "Added 9 entries to Iowa." in _words(browser.get("/imports/1"))


def test_faults_of_a_large_file_are_shown_on_its_page(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations_runs, "_AT_ONCE_PLAIN", 100)
    rows = [files.payment(Record_ID=str(number), Date_of_Payment="x") for number in range(25)]
    _upload(
        browser, files.payments_file(rows), "v.csv", "value", profile="open-payments", program_name="Iowa"
    )
    jobs.work_off()
    page = _words(browser.get("/imports/1/preview"))
    assert "25 things in the file are wrong" in page
    assert "Line 2, Date_of_Payment: “x” is not a date." in page
    assert browser.post("/imports/1/run").status_code == 422
    assert _count(Entry) == 0


def test_a_waiting_job_can_be_cancelled(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations_runs, "_AT_ONCE_PLAIN", 100)
    _upload(
        browser,
        files.payments_file([files.payment()] * 5),
        "v.csv",
        "value",
        profile="open-payments",
        program_name="Iowa",
    )
    page = _page(browser, browser.post("/imports/1/cancel"))
    assert "The file was not read to its end" in page
    assert jobs.work_off() == 0
    browser.post("/imports/1/check")
    assert jobs.work_off() == 1
    assert _run().state is ImportState.CHECKED


def test_a_run_happens_once(browser: FlaskClient) -> None:
    _upload(browser, files.csv_bytes(("Name", "E-mail"), [("Ada Abel", "ada@p.example")]))
    assert browser.post("/imports/1/run").status_code == 303
    assert browser.post("/imports/1/run").status_code == 422
    assert _count(Person) == 1


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.ASSISTANT, Role.PARTNER, Role.AUDITOR, Role.ADMIN])
@pytest.mark.parametrize("path", ["/imports/", "/imports/new"])
def test_only_those_who_import_see_imports(signed_in: SignedIn, role: Role, path: str) -> None:
    assert signed_in(role).get(path).status_code == 403


def test_a_coordinator_imports_too(signed_in: SignedIn) -> None:
    assert signed_in(Role.COORDINATOR).get("/imports/new").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/imports/99", "/imports/99/preview", "/imports/99/run"])
def test_an_import_that_is_not_there_is_404_or_405(browser: FlaskClient, method: str, path: str) -> None:
    assert getattr(browser, method)(path).status_code in {404, 405}


def test_the_list_asks_the_same_number_of_queries(
    browser: FlaskClient, count_queries: Callable[[], int]
) -> None:
    for number in range(2):
        _upload(browser, files.csv_bytes(("Name", "E-mail"), [(f"Ada {number}", f"ada{number}@p.example")]))
    browser.get("/imports/")
    count_queries()
    assert browser.get("/imports/").status_code == 200
    few = count_queries()
    for number in range(30):
        _upload(browser, files.csv_bytes(("Name", "E-mail"), [(f"Bea {number}", f"bea{number}@p.example")]))
    count_queries()
    assert "32 of 32 imports" in _words(browser.get("/imports/"))
    assert count_queries() == few
