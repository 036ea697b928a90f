"""How often a token may ask: counted for each token, refused as a problem, with no question to the database."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from app.api.models import ApiAnswer
from app.core import clock
from app.core.db import db
from app.core.pace import SharedPace
from app.people.models import Person
from tests.factories import accounts
from tests.factories.api import headers as headers_of

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def three_a_minute(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(app.config, "API_PER_MINUTE", 3)
    with clock.fixed_at(NOON):
        yield


@pytest.fixture
def mei(app: Flask) -> User:
    return accounts.user(name="Mei")


def test_a_token_is_told_how_many_are_left_and_then_to_wait(client: FlaskClient, mei: User) -> None:
    headers = headers_of(mei)
    answers = [client.get("/api/v1/people", headers=headers) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert [one.headers["RateLimit"] for one in answers] == [
        '"token";r=2;t=60', '"token";r=1;t=60', '"token";r=0;t=60', '"token";r=0;t=60',
    ]  # fmt: skip
    assert {one.headers["RateLimit-Policy"] for one in answers} == {'"token";q=3;w=60'}
    problem = answers[-1].get_json()
    assert (answers[-1].mimetype, answers[-1].headers["Retry-After"]) == ("application/problem+json", "60")
    assert (problem["type"], problem["status"]) == ("/developers#problem-too-often", 429)
    with clock.fixed_at(NOON + timedelta(seconds=60)):
        assert client.get("/api/v1/people", headers=headers).status_code == 200


def test_each_token_has_its_own_count(client: FlaskClient, mei: User) -> None:
    """Also two tokens of one user: a script that runs wild stops no other."""
    first, second = headers_of(mei), headers_of(mei)
    assert [client.get("/api/v1/people", headers=first).status_code for _ in range(4)][-1] == 429
    assert client.get("/api/v1/people", headers=second).status_code == 200


def test_refusals_count_too_and_what_is_refused_for_it_keeps_nothing(client: FlaskClient, mei: User) -> None:
    headers = headers_of(mei)
    assert client.get("/api/v1/people/9", headers=headers).status_code == 404
    assert client.post("/api/v1/people", headers=headers, json={}).status_code == 422
    assert client.post("/api/v1/engagements/1/clear", headers=headers, json={}).status_code == 403
    late = client.post("/api/v1/people", headers={**headers, "Idempotency-Key": "k-1"}, json={"name": "Amal"})
    assert late.status_code == 429
    db.session.rollback()
    assert (db.session.query(Person).count(), db.session.query(ApiAnswer).count()) == (0, 0)


def test_a_token_that_opens_nothing_and_the_description_are_not_counted(
    app: Flask, client: FlaskClient
) -> None:
    for _ in range(5):
        assert client.get("/api/v1/people", headers={"Authorization": "Bearer x"}).status_code == 401
        answer = client.get("/api/v1/openapi.json")
        assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)


def test_pages_of_a_browser_are_not_counted(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    browser = signed_in(mei)
    assert {browser.get("/people/").status_code for _ in range(5)} == {200}


def test_counting_asks_the_database_nothing(
    client: FlaskClient,
    mei: User,
    count_queries: Callable[[], int],
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    headers, asked = headers_of(mei), []
    client.get("/api/v1/people", headers=headers)
    for limit in (0, 100):
        monkeypatch.setitem(app.config, "API_PER_MINUTE", limit)
        count_queries()
        client.get("/api/v1/people", headers=headers)
        asked.append(count_queries())
    assert asked[0] == asked[1] > 0


def test_without_a_limit_nothing_is_said_of_one(
    client: FlaskClient, mei: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "API_PER_MINUTE", 0)
    headers = headers_of(mei)
    answers = [client.get("/api/v1/people", headers=headers) for _ in range(5)]
    assert {(one.status_code, "RateLimit" in one.headers) for one in answers} == {(200, False)}


def test_where_nothing_can_be_counted_nobody_is_kept_out(
    client: FlaskClient, mei: User, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(app.extensions, "token_pace", SharedPace(tmp_path / "gone" / "pace", 60))
    headers = headers_of(mei)
    assert {client.get("/api/v1/people", headers=headers).status_code for _ in range(5)} == {200}
