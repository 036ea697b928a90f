"""The door: one request, one transaction; sent twice, done once; errors as pages."""

import errno
import io
import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask, Response, make_response, redirect, request, url_for
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from app import create_app
from app.accounts import queries
from app.accounts.access import public
from app.accounts.models import ApiToken, Department, Role
from app.core import clock
from app.core.db import after_commit, db, keep_transaction, transaction
from app.core.door import App, accepts_upload
from app.core.errors import Conflict, DomainError, NotAllowed, NotFound, Unavailable
from app.core.forms import BaseForm, line
from app.core.models import FormSubmission
from app.core.problems import type_of
from tests.databases import Databases
from tests.factories import accounts as make
from tests.lint import LintingClient

# -- an application with views that do what ours must not ------------------------------------------

said: list[str] = []


class NameForm(BaseForm):
    name = line("Name")


def _add(name: str) -> None:
    db.session.add(Department(name=name))
    db.session.flush()
    after_commit(lambda: said.append(name))


@public
def write() -> ResponseReturnValue:
    _add(request.args["name"])
    return "done", int(request.args.get("status", "200"))


@public
def write_and_raise() -> ResponseReturnValue:
    _add(request.args["name"])
    if "keep" in request.args:
        keep_transaction()
    raise ERRORS[request.args["error"]]


@public
def attempt() -> ResponseReturnValue:
    form = NameForm()
    if form.validate_on_submit():
        with form.attempt():
            _add(form.name.data)
            if "keep" in request.args:
                keep_transaction()
            if "refuse" in request.args:
                raise DomainError("This name is taken.", field="name")
            return redirect("/probe/after", 303)
    return make_response("; ".join(str(error) for error in form.name.errors), form.status)


@accepts_upload(3 * 1024 * 1024)
@public
def upload() -> Response:
    return make_response(str(len(request.files["file"].read())))


ERRORS: dict[str, Exception] = {
    "refused": DomainError("A rule says no."),
    "missing": NotFound("Not yours to see."),
    "forbidden": NotAllowed("Your role does not allow this."),
    "conflict": Conflict("Somebody else saved this."),
    "unavailable": Unavailable("The mail server does not answer."),
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "full database": OperationalError("x", {}, Exception("database or disk is full")),
    "busy": OperationalError("x", {}, Exception("database is locked")),
    "bug": ZeroDivisionError(),
}
STATUS = {
    "refused": 422, "missing": 404, "forbidden": 403, "conflict": 409, "unavailable": 503, "full": 507,
    "full database": 507, "busy": 503, "bug": 500,
}  # fmt: skip


@pytest.fixture(scope="module")
def probe(databases: Databases) -> Flask:
    made = create_app(
        SQLALCHEMY_DATABASE_URI=databases.url,
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    for view in (write, write_and_raise, attempt, upload):
        made.add_url_rule(f"/probe/{view.__name__}", view_func=view, methods=["GET", "POST", "PUT", "DELETE"])
        made.add_url_rule(
            f"/api/probe/{view.__name__}", endpoint=f"api_{view.__name__}", view_func=view, methods=["POST"]
        )
    made.test_client_class = LintingClient
    return made


@pytest.fixture
def browser(app: Flask, probe: Flask) -> Iterator[FlaskClient]:
    """A client of the probing application, on the database of this test."""
    said.clear()
    yield probe.test_client()
    with probe.app_context():
        db.engine.dispose()


def names() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Department.name).order_by(Department.name)))


# -- one request, one transaction ------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("status", "is_kept"), [(200, True), (303, True), (400, False), (403, False), (422, False), (500, False)]
)
def test_a_refused_request_keeps_nothing(
    browser: FlaskClient, method: str, status: int, is_kept: bool
) -> None:
    assert browser.open(f"/probe/write?name=A&status={status}", method=method).status_code == status
    assert names() == (["A"] if is_kept else [])
    assert said == names()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_cannot_write(browser: FlaskClient, method: str) -> None:
    assert browser.open("/probe/write?name=A", method=method).status_code == 500
    assert names() == []


@pytest.mark.parametrize("error", list(ERRORS))
def test_every_error_is_a_page_in_words_and_keeps_nothing(browser: FlaskClient, error: str) -> None:
    answer = browser.post("/probe/write_and_raise", query_string={"name": "A", "error": error})
    assert answer.status_code == STATUS[error]
    assert answer.mimetype == "text/html"
    assert "Traceback" not in answer.text
    assert "<h1>" in answer.text
    expected = ERRORS[error]
    if (
        isinstance(expected, DomainError) and error != "missing"
    ):  # what is not there and what may not be seen look alike
        assert expected.message in answer.text
    assert names() == []
    assert said == []


@pytest.mark.parametrize("error", list(ERRORS))
def test_every_error_of_the_interface_is_a_problem_document(browser: FlaskClient, error: str) -> None:
    answer = browser.post("/api/probe/write_and_raise", query_string={"name": "A", "error": error})
    assert (answer.status_code, answer.mimetype) == (STATUS[error], "application/problem+json")
    document = answer.get_json()
    assert (document["status"], document["type"], sorted(document)) == (
        STATUS[error],
        type_of(STATUS[error]),
        ["detail", "status", "title", "type"],
    )


def test_a_refusal_may_be_kept_as_a_fact(browser: FlaskClient) -> None:
    assert browser.post("/probe/write_and_raise?name=A&error=refused&keep=1").status_code == 422
    assert browser.post("/probe/write_and_raise?name=B&error=bug&keep=1").status_code == 500
    assert names() == ["A"]


def test_an_attempt_that_fails_leaves_nothing_unless_it_is_kept(browser: FlaskClient) -> None:
    answer = browser.post("/probe/attempt?refuse=1", data={"name": "A"})
    assert (answer.status_code, answer.text, names(), said) == (422, "This name is taken.", [], [])
    assert browser.post("/probe/attempt?refuse=1&keep=1", data={"name": "B"}).status_code == 422
    assert names() == ["B"]


# -- sent twice, done once -------------------------------------------------------------------------


def test_a_form_sent_twice_is_done_once(browser: FlaskClient) -> None:
    for _ in range(2):
        answer = browser.post("/probe/attempt", data={"name": "A", "form_key": "k1"})
        assert (answer.status_code, answer.location) == (303, "/probe/after")
    assert names() == ["A"]


def test_a_form_sent_twice_that_led_nowhere_leads_back_to_its_page(browser: FlaskClient) -> None:
    data, here = {"form_key": "k1"}, {"Referer": "http://localhost/people/"}
    assert browser.post("/probe/write?name=A", data=data, headers=here).status_code == 200
    again = browser.post("/probe/write?name=A", data=data, headers=here)
    assert (again.status_code, again.location, names()) == (303, "/people/", ["A"])
    elsewhere = browser.post("/probe/write?name=A", data=data, headers={"Referer": "https://evil.example/x"})
    assert elsewhere.location == "/"


def test_a_form_that_was_refused_may_be_sent_again(browser: FlaskClient) -> None:
    for extra in ("", "&keep=1"):
        data = {"name": f"A{extra}", "form_key": "k1"}
        assert browser.post(f"/probe/attempt?refuse=1{extra}", data=data).status_code == 422
    assert browser.post("/probe/attempt", data={"name": "A", "form_key": "k1"}).status_code == 303
    assert names() == ["A", "A&keep=1"]
    assert db.session.query(FormSubmission).count() == 1


def test_a_corrected_form_is_another_act(browser: FlaskClient) -> None:
    """Somebody goes back, changes a word and sends again: the change must not be lost."""
    for name in ("A", "B"):
        assert browser.post("/probe/attempt", data={"name": name, "form_key": "k1"}).status_code == 303
    assert names() == ["A", "B"]


def test_two_buttons_of_one_form_are_two_acts(browser: FlaskClient) -> None:
    assert browser.post("/probe/attempt", data={"name": "A", "form_key": "k1"}).status_code == 303
    assert browser.post("/probe/write?name=B", data={"name": "A", "form_key": "k1"}).status_code == 200
    assert names() == ["A", "B"]


def test_a_page_without_a_key_is_acted_on_each_time(browser: FlaskClient) -> None:
    for _ in range(2):
        browser.post("/probe/attempt", data={"name": "A"})
    assert browser.post("/probe/attempt", data={"name": "B"}).status_code == 303
    assert names() == ["A", "B"]


@pytest.mark.parametrize("n_senders", [2, 6])
def test_a_form_sent_at_the_same_moment_is_done_once(
    app: Flask, signed_in: Callable[..., FlaskClient], n_senders: int
) -> None:
    """A double click: the other senders wait for the first and are led where it was led."""
    helga, sam = make.user(role=Role.COMPLIANCE, name="Helga"), make.user(role=Role.COMPLIANCE, name="Sam")
    browsers = [signed_in(helga) for _ in range(n_senders)]
    today = clock.today().isoformat()
    data = {"delegate_id": str(sam.id), "from_on": today, "to_on": today, "form_key": "k1"}
    answers: list[tuple[int, str | None]] = []
    start = threading.Barrier(n_senders)

    def send(browser: FlaskClient) -> None:
        start.wait()
        answer = browser.post("/account/stand-ins/new", data=data)
        answers.append((answer.status_code, answer.location))

    senders = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert answers == [(303, "/account/#stand-ins")] * n_senders
    db.session.rollback()
    assert len(queries.list_delegations(helga, date(2000, 1, 1))) == 1


def test_a_form_sent_again_says_that_nothing_was_done_twice(signed_in: Callable[..., FlaskClient]) -> None:
    browser = signed_in(Role.RELATIONS)
    for _ in range(2):
        answer = browser.post(
            "/account/tokens/new",
            data={"name": "export", "form_key": "k1"},
            headers={"Referer": "http://localhost/account/"},
        )
    assert answer.location == "/account/"
    assert "This was already done; nothing was done twice." in browser.get("/account/").text
    assert db.session.query(ApiToken).count() == 1


# -- limits ----------------------------------------------------------------------------------------


def test_too_much_is_refused_before_it_is_read(browser: FlaskClient) -> None:
    assert browser.post("/probe/attempt", data={"name": "x" * (3 * 1024 * 1024)}).status_code == 413
    assert (
        browser.post(
            "/probe/attempt",
            data=b"name=" + b"x" * (3 * 1024 * 1024),
            content_type="application/x-www-form-urlencoded",
        ).status_code
        == 413
    )
    assert names() == []


def test_a_view_may_take_larger_files(browser: FlaskClient) -> None:
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="x.bin"\r\n\r\n'

    def send(n_bytes: int) -> int:
        body = head + bytes(n_bytes) + b"\r\n--cut--\r\n"
        return browser.post(
            "/probe/upload", data=body, content_type="multipart/form-data; boundary=cut"
        ).status_code

    assert send(2_900_000) == 200
    assert send(3_200_000) == 413


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/no-such-page", "GET", 404), ("/sign-out", "GET", 405), ("/no-such-page", "POST", 404)],
)
def test_addresses_nobody_has_get_a_page(browser: FlaskClient, path: str, method: str, status: int) -> None:
    answer = browser.open(path, method=method)
    assert (answer.status_code, "<h1>" in answer.text) == (status, True)


def test_an_address_is_made_when_it_is_wanted_and_is_as_flask_writes_it() -> None:
    """Two functions for each of nine hundred rules took a tenth of the start."""
    ours, plain = App(__name__), Flask(__name__)
    for one in (ours, plain):
        one.add_url_rule("/people/<int:id>", "show", lambda id: str(id))
    (rule,) = ours.url_map.iter_rules("show")
    writers = [rule._build_unknown]
    for values in ({"id": 7}, {"id": 8, "tab": "a b", "of": ["x", "ü"]}, {"id": 9}):
        found = []
        for one in (ours, plain):
            with one.test_request_context():
                found.append(url_for("show", **values))
        assert found[0] == found[1]
        writers.append(rule._build_unknown)
    assert writers[0] is not writers[1] is writers[2] is writers[3]


def test_transactions_nest(app: Flask) -> None:
    with transaction() as outer:
        _add("A")
        with transaction() as inner:
            _add("B")
        assert inner is outer
        assert said[-2:] != ["A", "B"]
    assert said[-2:] == ["A", "B"]
    assert names() == ["A", "B"]


class Counting(io.BytesIO):
    n_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        self.n_read += len(block)
        return block


def test_a_body_that_is_too_large_is_read_to_its_end_before_the_answer(browser: FlaskClient) -> None:
    for is_marked, n_read in ((True, 5_000_000), (False, 0)):
        body = Counting(b"a" * 5_000_000)
        answer = browser.post(
            "/probe/upload", input_stream=body, content_type="multipart/form-data; boundary=x",
            headers={"Content-Length": "5000000"}, environ_overrides={"wsgi.input_terminated": is_marked},
        )  # fmt: skip
        assert (answer.status_code, body.n_read) == (413, n_read)
