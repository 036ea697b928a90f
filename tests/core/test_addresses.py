"""Addresses that are written by a pattern are those that Flask writes."""

from typing import Any

import pytest
from flask import Flask, url_for
from werkzeug.routing import BuildError

from app.core.addresses import WithAddresses


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("people.index", {}),
        ("people.show", {"id": 7}),
        ("people.show", {"id": 2_147_483_647}),
        ("people.show", {"id": 7, "page": 2}),
        ("people.show", {"page": 7, "id": 2}),
        ("people.show", {"id": 7, "_anchor": "12"}),
        ("people.show", {"id": 7, "of": "a b%&ü/%(id)d"}),
        ("people.show", {"id": 7, "of": None}),
        ("people.show", {"id": 7, "_external": True}),
        ("people.show", {"id": True}),
        ("people.show", {"id": 7, "of": [1, 2]}),
        ("people.index", {"page": -1}),
    ],
)
def test_an_address_is_the_one_flask_writes(app: Flask, endpoint: str, values: dict[str, Any]) -> None:
    for prefix in ("/", "/house %(id)d/"):
        with app.test_request_context("/people/3", environ_overrides={"SCRIPT_NAME": prefix.rstrip("/")}):
            plain = Flask.url_for(app, endpoint, **values)
            assert [url_for(endpoint, **values) for _ in range(2)] == [plain, plain]


def test_an_endpoint_of_the_same_room_is_found_from_the_page_that_is_open(app: Flask) -> None:
    with app.test_request_context("/people/3"):
        assert url_for(".show", id=7) == "/people/7"
    with app.test_request_context("/events/3"):
        assert url_for(".show", id=7) == "/events/7"


def test_what_cannot_be_written_is_said_with_what_was_asked(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(BuildError, match=r"nobody\.here") as raised:
        url_for("nobody.here", id=7)
    assert raised.value.values == {"id": 7}
    with app.test_request_context("/"), pytest.raises(BuildError):
        url_for("people.show", number=7)


def test_an_address_written_outside_a_request_has_its_host(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SERVER_NAME", "house.example")
    with app.app_context():
        assert url_for("people.show", id=7) == "http://house.example/people/7"


def test_every_pattern_is_written_once(app: Flask) -> None:
    assert isinstance(app, WithAddresses)
    with app.test_request_context("/"):
        before = app._pattern.cache_info().misses
        assert {url_for("people.show", id=number) for number in range(1, 30)} == {
            f"/people/{number}" for number in range(1, 30)
        }
        assert app._pattern.cache_info().misses <= before + 1
