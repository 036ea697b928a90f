"""A password an administrator made: three days, one page, and no further (ASVS 5.0: 6.4.1, 6.3.7, 7.2.4)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations, operations_links, passwords, policies
from app.accounts.models import AuditEvent, Role, User, UserSession
from app.core import clock
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.core.models import OutboxMail
from tests.conftest import fresh
from tests.factories import accounts as make
from tests.factories import factors

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OWN = "four dry lemons on a shelf"


@pytest.fixture
def made(app: Flask) -> tuple[User, str]:
    """Mei, and the password Ada made for her."""
    mei = make.user(name="Mei Tanaka-Lindt", email="mei@lumen.example")
    with clock.fixed_at(NOW), transaction():
        return mei, operations.make_password(mei, by=make.user(role=Role.ADMIN, name="Ada"))


def come_in(browser: FlaskClient, password: str, minutes: float = 1) -> int:
    with clock.fixed_at(NOW + timedelta(minutes=minutes)):
        sent = {"email": "mei@lumen.example", "password": password}
        return browser.post("/sign-in", data=sent).status_code


def test_it_opens_nothing_but_the_page_that_asks_for_another(
    client: FlaskClient, made: tuple[User, str]
) -> None:
    mei, password = made
    assert come_in(client, password) == 303
    with clock.fixed_at(NOW + timedelta(minutes=2)):
        for path in ("/", "/account/", "/people/", "/account/factors", "/account/tokens/new"):
            assert client.get(path).location == "/account/password", path
        assert client.post("/account/theme", data={"theme": "dark"}).location == "/account/password"
        page = client.get("/account/password")
        assert (page.status_code, "Choose a password of your own" in page.text) == (200, True)
        with client.session_transaction() as cookie:
            before = cookie["sid"]
        sent = {"current": password, "password": OWN, "again": OWN}
        assert client.post("/account/password", data=sent).location == "/account/"
        with client.session_transaction() as cookie:
            assert cookie["sid"] != before
        assert client.get("/account/").status_code == 200
    assert fresh(mei).password_ends_at is None
    assert come_in(client, OWN, minutes=60 * 24 * 30) == 303


def test_it_ends_after_three_days_and_stands_as_a_refusal_in_words(
    client: FlaskClient, made: tuple[User, str]
) -> None:
    _, password = made
    hours = policies.MADE_LIFE.total_seconds() / 3600
    assert hours == 72
    assert come_in(client, password, minutes=72 * 60 - 1) == 303
    client.post("/sign-out")
    with clock.fixed_at(NOW + policies.MADE_LIFE):
        answer = client.post("/sign-in", data={"email": "mei@lumen.example", "password": password})
    assert (answer.status_code, "its time is over" in answer.text) == (422, True)
    with clock.fixed_at(NOW + policies.MADE_LIFE):  # who does not have it learns nothing of that
        answer = client.post("/sign-in", data={"email": "mei@lumen.example", "password": "something else"})
    assert (answer.status_code, "its time is over" in answer.text) == (422, False)


def test_a_second_factor_is_asked_for_before(client: FlaskClient, made: tuple[User, str]) -> None:
    mei, password = made
    with clock.fixed_at(NOW):
        factors.app_of(mei)
        answer = client.post("/sign-in", data={"email": "mei@lumen.example", "password": password})
        assert answer.location.startswith("/sign-in/second-factor")
        assert client.get("/account/password").location.startswith("/sign-in")


def test_the_role_of_the_door_can_choose_too(client: FlaskClient, app: Flask) -> None:
    door = make.user(role=Role.DOOR, name="Dora", email="mei@lumen.example")
    with clock.fixed_at(NOW), transaction():
        password = operations.make_password(door, by=make.user(role=Role.ADMIN, name="Ada"))
    come_in(client, password)
    with clock.fixed_at(NOW + timedelta(minutes=2)):
        assert client.get("/account/password").status_code == 200
        sent = {"current": password, "password": OWN, "again": OWN}
        assert client.post("/account/password", data=sent).location == "/"


def test_a_link_in_its_place_ends_it(app: Flask, made: tuple[User, str]) -> None:
    mei, _ = made
    with clock.fixed_at(NOW), transaction():
        address = operations_links.hand_over(mei, by=make.user(role=Role.ADMIN, name="Ada"))
        other = operations_links.open_link(address.rpartition("/")[2])
        operations_links.choose_password(other, OWN)
    assert (fresh(mei).password_ends_at, passwords.is_right(mei.password_hash, OWN)) == (None, True)


def test_the_owner_hears_of_it_and_every_browser_ends(app: Flask, made: tuple[User, str]) -> None:
    mei, password = made
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.recipient == mei.email)).one()
    words = parts_of(mail.raw).text
    assert ("Ada made a new password for your sign-in." in words, password in words) == (True, False)
    assert not db.session.scalars(sa.select(UserSession).where(UserSession.user_id == mei.id)).all()
    assert "accounts.password_set" in db.session.scalars(sa.select(AuditEvent.action)).all()


def test_another_own_password_wants_a_proof(signed_in: Callable[..., FlaskClient], app: Flask) -> None:
    mei = make.user(name="Mei Tanaka-Lindt", email="mei@lumen.example")
    with transaction():
        operations.set_password(mei, "quiet harbour lantern", by=None)
    with clock.fixed_at(NOW):
        browser, other = signed_in(mei), signed_in(mei)
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        sent = {"current": "quiet harbour lantern", "password": OWN, "again": OWN}
        assert browser.post("/account/password", data=sent).location.startswith("/account/prove")
        assert browser.post("/account/prove", data={"password": "quiet harbour lantern"}).status_code == 303
        assert browser.post("/account/password", data=sent).location == "/account/"
        assert (browser.get("/account/").status_code, other.get("/account/").status_code) == (200, 303)


def test_the_page_says_how_long(signed_in: Callable[..., FlaskClient], app: Flask) -> None:
    mei = make.user(name="Mei Tanaka-Lindt", email="mei@lumen.example")
    page = signed_in(Role.ADMIN).post(f"/settings/users/{mei.id}/password").text
    assert "It is good for 72 hours" in page
    assert re.search(r'<code id="password" dir="auto">([^<]+)</code>', page)
