"""What holds at every address: acting once, versions, problems, pages."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.api.models import ApiAnswer
from app.core import clock
from app.core.db import db, transaction
from app.core.jobs import work_off
from app.people import operations as people_operations
from app.people.details import PersonDetails
from app.people.models import Person
from tests.factories import accounts
from tests.factories import people as make_people
from tests.factories.api import headers as headers_of

Ask = Callable[..., TestResponse]


@pytest.fixture
def mei(app: Flask) -> User:
    return accounts.user(name="Mei")


@pytest.fixture
def ask(app: Flask, mei: User) -> Ask:
    token = headers_of(mei)

    def send(method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        return app.test_client().open(
            f"/api/v1{path}", method=method, headers={**token, **(headers or {})}, **more
        )

    return send


def _n_people() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


@pytest.mark.parametrize(
    "document",
    [
        '{"name": "Amal", "name": "Somebody else"}',
        '{"name": "Amal", "n\\u0061me": "Amal"}',
        '{"name": "Amal", "languages": ["en"], "name": null, "name": "Amal"}',
    ],
)
def test_a_name_that_stands_twice_is_refused(ask: Ask, document: str) -> None:
    """RFC 7493: which of the two is meant, every reader decides differently."""
    before = _n_people()
    answer = ask("POST", "/people", data=document, headers={"Content-Type": "application/json"})
    said = {"field": "name", "message": "This stands twice, so nobody can tell which is meant."}
    assert (answer.status_code, answer.get_json()["errors"]) == (422, [said])
    assert _n_people() == before


def test_a_change_with_a_word_behind_the_question_mark_is_refused(ask: Ask) -> None:
    """Whoever writes ?dry_run=true means something that would not happen."""
    answer = ask("POST", "/people?dry_run=true", json={"name": "Amal"})
    problem = answer.get_json()
    assert (answer.status_code, [one["field"] for one in problem["errors"]]) == (422, ["dry_run"])
    assert _n_people() == 0


# -- acting once ---------------------------------------------------------------------------------------------

AMAL = {"name": "Amal", "email": "amal@kol.example"}


def test_the_same_key_and_body_get_the_same_answer_and_act_once(ask: Ask) -> None:
    first, second = (ask("POST", "/people", {"Idempotency-Key": "k-1"}, json=AMAL) for _ in range(2))
    assert (first.status_code, "Idempotency-Replayed" in first.headers) == (201, False)
    assert (second.status_code, second.headers["Idempotency-Replayed"]) == (201, "true")
    same = ("Location", "ETag", "Content-Type")
    assert [second.headers[name] for name in same] == [first.headers[name] for name in same]
    assert second.get_data() == first.get_data()
    assert _n_people() == 1


def test_the_same_key_for_something_else_is_refused(ask: Ask) -> None:
    ask("POST", "/people", {"Idempotency-Key": "k-1"}, json=AMAL)
    other = ask("POST", "/people", {"Idempotency-Key": "k-1"}, json={"name": "Jack"})
    assert (other.status_code, other.get_json()["type"]) == (422, "/developers#problem-key-reused")
    elsewhere = ask("POST", "/people?is_checked=true", {"Idempotency-Key": "k-1"}, json=AMAL)
    assert elsewhere.status_code == 422
    assert _n_people() == 1


def test_a_refusal_keeps_nothing_and_frees_its_key(ask: Ask) -> None:
    assert ask("POST", "/people", {"Idempotency-Key": "k-1"}, json={"name": ""}).status_code == 422
    assert db.session.query(ApiAnswer).count() == 0
    assert ask("POST", "/people", {"Idempotency-Key": "k-1"}, json=AMAL).status_code == 201


def test_keys_of_others_are_other_keys(app: Flask, ask: Ask) -> None:
    ask("POST", "/people", {"Idempotency-Key": "k-1"}, json=AMAL)
    sam = headers_of(accounts.user(name="Sam"))
    answer = app.test_client().post(
        "/api/v1/people", headers={**sam, "Idempotency-Key": "k-1"}, json={"name": "Jack"}
    )
    assert answer.status_code == 201
    assert _n_people() == 2


@pytest.mark.parametrize("key", ["", "a" * 256, "two words", "caf\u00e9"])
def test_what_is_no_key_is_refused(ask: Ask, key: str) -> None:
    assert ask("POST", "/people", {"Idempotency-Key": key}, json=AMAL).status_code == 400
    assert _n_people() == 0


@pytest.mark.parametrize("key", ["a", "a" * 255, "!~"])
def test_every_visible_ascii_word_is_a_key(ask: Ask, key: str) -> None:
    assert ask("POST", "/people", {"Idempotency-Key": key}, json=AMAL).status_code == 201


def test_a_request_under_way_is_not_begun_again_until_it_must_have_died(ask: Ask, mei: User) -> None:
    now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    asked = ask("POST", "/people", {"Idempotency-Key": "k-1"}, json=AMAL)
    assert asked.status_code == 201
    with clock.fixed_at(now), transaction():
        row = db.session.scalars(sa.select(ApiAnswer)).one()
        row.status, row.made_at = None, now
    again = lambda: ask("POST", "/people?", {"Idempotency-Key": "k-1"}, json=AMAL)  # noqa: E731
    with clock.fixed_at(now + timedelta(minutes=4)):
        answer = again()
        assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
        assert answer.get_json()["type"] == "/developers#problem-under-way"
    with clock.fixed_at(now + timedelta(minutes=6)):
        assert again().status_code == 422  # begun anew: Amal is here already (P3)


def test_answers_are_sealed_and_go_after_a_day(ask: Ask) -> None:
    ask("POST", "/people", {"Idempotency-Key": "k-1"}, json=AMAL)
    stored = db.session.execute(sa.text("SELECT body FROM api_answer")).scalar_one()
    assert b"Amal" not in bytes(stored)
    work_off()
    assert db.session.query(ApiAnswer).count() == 1
    with clock.fixed_at(clock.now() + timedelta(hours=25)):
        work_off()
    assert db.session.query(ApiAnswer).count() == 0


def test_two_at_once_with_one_key_act_once(app: Flask, mei: User) -> None:
    headers, barrier = {**headers_of(mei), "Idempotency-Key": "k-1"}, Barrier(4)
    answers: list[int] = []

    def send() -> None:
        barrier.wait()
        with app.app_context():
            answer = app.test_client().post("/api/v1/people?is_checked=true", headers=headers, json=AMAL)
            answers.append(answer.status_code)
            db.session.remove()

    senders = [Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert answers.count(201) >= 1
    assert set(answers) <= {201, 409}
    assert _n_people() == 1


_CHILD = textwrap.dedent("""
    import json, sys, time
    from app import create_app
    app = create_app(**json.loads(sys.argv[1]), TESTING=True)
    client = app.test_client()
    print("ready", flush=True)
    sys.stdin.readline()
    headers = {"Authorization": sys.argv[2], "Idempotency-Key": "two-processes"}
    answer = client.post("/api/v1/people?is_checked=true", headers=headers, json={"name": "Amal"})
    while answer.status_code == 409:
        time.sleep(0.05)
        answer = client.post("/api/v1/people?is_checked=true", headers=headers, json={"name": "Amal"})
    print(json.dumps([answer.status_code, answer.headers.get("Idempotency-Replayed", ""), answer.get_json()["id"]]))
""")


def test_two_real_processes_with_one_key_act_once(app: Flask, mei: User) -> None:
    token = headers_of(mei)["Authorization"]
    shared = {name: app.config[name] for name in ("SQLALCHEMY_DATABASE_URI", "SECRET_KEY")}
    shared |= {name: app.config[name] for name in ("INSTANCE", "FILES") if name in app.config}
    command = [sys.executable, "-c", _CHILD, json.dumps({k: str(v) for k, v in shared.items()}), token]
    root = Path(__file__).parents[2]
    children = [
        subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    said = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        out, _ = child.communicate(timeout=60)
        said.append(json.loads(out))
    assert sorted((status, replayed) for status, replayed, _ in said) == [(201, ""), (201, "true")]
    assert said[0][2] == said[1][2]
    assert _n_people() == 1


# -- versions ------------------------------------------------------------------------------------------------


def test_what_the_reader_has_is_not_sent_again(ask: Ask) -> None:
    amal = make_people.person("Amal")
    first = ask("GET", f"/people/{amal.id}")
    again = ask("GET", f"/people/{amal.id}", {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert ask("GET", f"/people/{amal.id}", {"If-None-Match": '"else"'}).status_code == 200


def test_an_owner_who_changed_is_another_answer_though_the_record_has_the_same_version(
    ask: Ask, mei: User
) -> None:
    amal = make_people.person("Amal")
    first = ask("GET", f"/people/{amal.id}")
    with transaction():
        db.session.merge(mei).name = "Mei Lin"
    again = ask("GET", f"/people/{amal.id}", {"If-None-Match": first.headers["ETag"]})
    owner = first.get_json()["owner"]
    assert again.status_code == (200 if owner and owner["id"] == mei.id else 304)


def test_a_change_wants_the_version_it_is_made_to(ask: Ask) -> None:
    amal = make_people.person("Amal")
    read = ask("GET", f"/people/{amal.id}").headers["ETag"]
    bare = ask("PATCH", f"/people/{amal.id}", json={"known_for": "1"})
    assert (bare.status_code, bare.get_json()["type"]) == (428, "/developers#problem-version-needed")
    good = ask("PATCH", f"/people/{amal.id}", {"If-Match": read}, json={"known_for": "1"})
    assert (good.status_code, good.get_json()["known_for"]) == (200, "1")
    assert good.get_json()["version"] > 1
    stale = ask("PATCH", f"/people/{amal.id}", {"If-Match": read}, json={"known_for": "2"})
    assert (stale.status_code, stale.get_json()["type"]) == (412, "/developers#problem-changed-meanwhile")
    assert stale.get_json()["current"] == ask("GET", f"/people/{amal.id}").get_json()
    assert (
        ask(
            "PATCH", f"/people/{amal.id}", {"If-Match": good.headers["ETag"]}, json={"known_for": "3"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize("sent", ['"1"', "1-1-x", 'W/"1-1-0"', '"', '"9-1-0"', '"1-2-0"', "x" * 500, ","])
def test_what_names_no_present_version_changes_nothing(ask: Ask, sent: str) -> None:
    amal = make_people.person("Amal")
    assert amal.id == 1
    assert ask("PATCH", "/people/1", {"If-Match": sent}, json={"known_for": "1"}).status_code == 412


def test_of_two_who_change_the_same_version_at_once_one_is_told(app: Flask, mei: User) -> None:
    amal = make_people.person("Amal")
    token = headers_of(mei)
    etag = app.test_client().get(f"/api/v1/people/{amal.id}", headers=token).headers["ETag"]
    barrier, answers = Barrier(4), list[int]()

    def send(number: int) -> None:
        barrier.wait()
        with app.app_context():
            answer = app.test_client().patch(
                "/api/v1/people/1", headers={**token, "If-Match": etag}, json={"known_for": str(number)}
            )
            answers.append(answer.status_code)
            db.session.remove()

    senders = [Thread(target=send, args=(number,)) for number in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(answers) == [200, 412, 412, 412]


def test_a_patch_changes_what_it_names_and_nothing_else(ask: Ask) -> None:
    with transaction():
        details = PersonDetails(
            name="Amal", email="amal@kol.example", languages=("ar", "en"), known_for="Chips"
        )
        amal = people_operations.add_person(details, by=accounts.user(name="Mei"))
    before = ask("GET", f"/people/{amal.id}")
    after = ask("PATCH", f"/people/{amal.id}", {"If-Match": "*"}, json={"known_for": "Phones"}).get_json()
    aside = {"version", "changed_at", "known_for"}
    assert after["known_for"] == "Phones"
    assert {k: v for k, v in after.items() if k not in aside} == {
        k: v for k, v in before.get_json().items() if k not in aside
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"name": None}, "name"), ({"nickname": "A"}, "nickname"), ({"zone": "Mars"}, "zone"),
        ({"home_country": "Atlantis"}, "home_country"), ({"version": 3}, "version"), ({"owner_id": 7}, "owner_id"),
        ({"official_status": "official"}, "official_status"), ([], "body"),
    ],
)  # fmt: skip
def test_a_patch_that_cannot_be_is_refused_with_its_field(ask: Ask, body: Any, field: str) -> None:
    make_people.person("Amal")
    answer = ask("PATCH", "/people/1", {"If-Match": "*"}, json=body)
    assert (answer.status_code, [one["field"] for one in answer.get_json()["errors"]]) == (422, [field])


# -- problems ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "name"),
    [
        ("POST", "/people", {"data": "{", "content_type": "application/json"}, 400, "unreadable"),
        ("GET", "/people/9", {}, 404, "not-found"),
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("GET", "/people/x", {}, 404, "not-found"),
        ("DELETE", "/people/9", {}, 405, "wrong-method"),
        ("PUT", "/ledger/entries", {}, 405, "wrong-method"),
        ("POST", "/people", {"data": b"x" * 3_000_000, "content_type": "application/json"}, 413, "too-large"),
        ("POST", "/people", {"data": "name=A", "content_type": "text/plain"}, 415, "wrong-kind"),
        ("POST", "/people", {"json": {}}, 422, "refused"),
    ],
)
def test_every_refusal_is_a_problem_with_a_stable_name(
    ask: Ask, method: str, path: str, more: dict[str, Any], status: int, name: str
) -> None:
    answer = ask(method, path, **more)
    found = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert (found["status"], found["type"]) == (status, f"/developers#problem-{name}")
    assert found["detail"]


def test_outside_the_interface_an_unknown_address_under_api_is_a_problem_too(client: FlaskClient) -> None:
    for path in ("/api/", "/api/v2/people", "/api/v1"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path


@pytest.mark.parametrize("number", ["2147483648", "9999999999", "99999999999", "-1", "1.5", "0x1"])
def test_a_number_no_record_has_is_not_found_whatever_the_method(ask: Ask, number: str) -> None:
    for method, path in (("GET", "/events/{}"), ("PATCH", "/people/{}"), ("POST", "/events/{}/invitations")):
        assert ask(method, path.format(number), {"If-Match": "*"}, json={}).status_code == 404
    assert (
        ask("GET", "/events/2147483647").get_json()["detail"]
        != ask("GET", f"/events/{number}").get_json()["detail"]
    )


def test_a_wrong_method_says_which_are_right(ask: Ask) -> None:
    assert ask("DELETE", "/people").headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_fault_of_ours_is_a_problem(app: Flask, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("app.api.views_people.people.get_person", broken)
    answer = ask("GET", "/people/1")
    assert (answer.status_code, answer.get_json()["type"]) == (500, "/developers#problem-fault")


# -- pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", ""])
def test_a_limit_is_one_to_two_hundred(ask: Ask, limit: str) -> None:
    assert ask("GET", f"/people?limit={limit}").status_code == 422


@pytest.mark.parametrize("path", ["/people", "/organisations"])
def test_pages_follow_each_other_until_everything_was_there_once(ask: Ask, path: str) -> None:
    for number in range(7):
        make_people.person(f"Somebody {number}")
        make_people.organisation(f"Company {number}")
    seen, after, n_pages = [], "", 0
    while n_pages == 0 or after:
        page = ask("GET", f"{path}?limit=3&after={after}").get_json()
        seen += [row["id"] for row in page["items"]]
        after, n_pages = page["next"], n_pages + 1
    assert (len(seen), len(set(seen)), n_pages) == (7, 7, 3)
