"""Settings, Feeds: every calendar that leaves the house, and taking one back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.calendars.models import FeedKind
from app.core import clock
from app.core.db import db, transaction
from tests.conftest import fresh
from tests.factories import accounts, calendars, people

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def ada(signed_in: SignIn) -> FlaskClient:
    return signed_in(Role.ADMIN)


def test_all_feeds_are_named_with_their_readers_and_never_their_address(ada: FlaskClient) -> None:
    mei = accounts.user(name="Mei Tanaka")
    own = calendars.feed(FeedKind.MY_WORK, None, mei)
    handed = calendars.feed_of(people.person("Jack"), mei)
    page = ada.get("/settings/feeds/").text
    assert all(words in page for words in ("My work", "Mei Tanaka", "Jack", "never", "Take back"))
    for secret in (own.secret, handed.secret, own.feed.secret_hash):
        assert secret not in page


def test_filters(ada: FlaskClient) -> None:
    mei = accounts.user(name="Mei Tanaka")
    own = calendars.feed(FeedKind.MY_WORK, None, mei)
    calendars.feed_of(people.person("Jack"), mei)
    with transaction():
        db.session.merge(own.feed).fetched_at = clock.now()
        db.session.merge(own.feed).made_at = clock.now() - timedelta(days=90)
    seen = {
        query: ("My work" in page, "Jack" in page)
        for query in ("", "?kind=my_work", "?of=people", "?quiet=yes", "?kind=nothing")
        for page in [ada.get(f"/settings/feeds/{query}").text.partition("<tbody")[2]]
    }
    assert seen == {
        "": (True, True), "?kind=my_work": (True, False), "?of=people": (False, True), "?quiet=yes": (False, False),
        "?kind=nothing": (True, True),
    }  # fmt: skip
    with transaction():
        db.session.merge(own.feed).fetched_at = clock.now() - timedelta(days=61)
    assert "My work" in ada.get("/settings/feeds/?quiet=yes").text.partition("<tbody")[2]


def test_a_feed_is_taken_back_after_a_question(ada: FlaskClient, app: Flask) -> None:
    made = calendars.feed_of(people.person("Jack"), accounts.user(name="Mei"))
    address = f"/calendar/{made.secret}.ics"
    assert app.test_client().get(address).status_code == 200
    assert "Jack" in ada.get(f"/settings/feeds/{made.feed.id}/revoke").text
    assert fresh(made.feed).revoked_at is None
    assert ada.post(f"/settings/feeds/{made.feed.id}/revoke").status_code == 303
    assert fresh(made.feed).revoked_at is not None
    assert app.test_client().get(address).status_code in {404, 410}
    assert ada.post(f"/settings/feeds/{made.feed.id}/revoke").status_code == 404
    assert "No feed yet" in ada.get("/settings/feeds/").text


def test_many_feeds_cost_the_same_questions(ada: FlaskClient, count_queries: Callable[[], int]) -> None:
    calendars.feed_of(people.person("Jack"), accounts.user(name="Mei"))
    ada.get("/settings/feeds/")
    count_queries()
    ada.get("/settings/feeds/")
    one = count_queries()
    for n in range(8):
        calendars.feed_of(people.person(f"Person {n}"), accounts.user(name="Mei"))
    ada.get("/settings/feeds/")
    count_queries()
    ada.get("/settings/feeds/")
    assert count_queries() == one


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMIN])
def test_only_administrators(signed_in: SignIn, role: Role) -> None:
    browser = signed_in(role)
    assert browser.get("/settings/feeds/").status_code == 403
    assert browser.post("/settings/feeds/1/revoke").status_code == 403
