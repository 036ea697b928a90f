"""The page of the X-ray: what it says of routes and fields, and how it is narrowed."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import guarded, permissions, x_ray
from app.accounts.access import permission_of, requires
from app.accounts.guarded import Outlet
from app.accounts.models import Role

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def iris(signed_in: SignIn) -> FlaskClient:
    return signed_in(Role.AUDITOR)


def test_every_route_of_the_app_is_on_it_once(app: Flask) -> None:
    routes = x_ray.list_routes(app)
    assert sorted(one.rule for one in routes) == sorted(rule.rule for rule in app.url_map.iter_rules())
    for one in routes:
        mark = permission_of(app.view_functions[one.endpoint])
        may = set(Role) if one.is_public else {role for role in Role if mark in permissions.PERMISSIONS[role]}
        assert (one.permission, one.roles) == (mark, frozenset(may))


def test_it_changes_with_the_table_of_rights(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read each time, not written down a second time."""
    more = permissions.PERMISSIONS[Role.DOOR] | {"ledger:read"}
    monkeypatch.setitem(permissions.PERMISSIONS, Role.DOOR, more)
    route = next(one for one in x_ray.list_routes(app) if one.endpoint == "ledger.index")
    assert Role.DOOR in route.roles
    amount = next(one for one in guarded.list_fields() if one.key == "ledger.amount")
    assert Outlet.SCREEN in amount.shown_to(Role.DOOR)


def test_the_page_counts_by_room_and_shows_the_fields(iris: FlaskClient, app: Flask) -> None:
    page = iris.get("/settings/x-ray").text
    assert f"of {len(x_ray.list_routes(app))} in all" in page
    assert "Hospitality: diet, access needs, quiet days" in page
    assert "Routes by room" in page


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("room=travel", "/travel/&lt;int:id&gt;", "/people/new"),
        ("role=door", "/events/&lt;int:id&gt;/door", "/people/new"),
        ("permission=people:serve", "/people/&lt;int:id&gt;/hospitality", "/people/new"),
        ("room=people&role=partner", "/people/&lt;int:id&gt;", "/people/new"),
        ("room=nothing", "No address like this", "/people/new"),
        ("role=%00&permission=x", "No address like this", "/people/new"),
    ],
)
def test_it_is_narrowed(iris: FlaskClient, query: str, there: str, gone: str) -> None:
    page = iris.get(f"/settings/x-ray?{query}")
    text = page.text.partition("Guarded fields")[0]
    assert (page.status_code, there in text, f"<code>{gone}</code>" in text) == (200, True, False)


def test_what_a_view_narrows_itself_is_said(iris: FlaskClient) -> None:
    page = iris.get("/settings/x-ray?room=events&permission=events:read").text
    assert "only whoever does the task, and who may plan events" in re.sub(r"\s+", " ", page)


@pytest.mark.parametrize("wants", [{"screen": "people:fly"}, {"api": "notes:read people:fly"}])
def test_a_field_cannot_want_a_right_nobody_has(wants: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        guarded.guard("people.nothing", "Nothing", "for nobody", **wants)


def test_a_field_cannot_leave_by_a_way_there_is_not() -> None:
    with pytest.raises(ValueError, match="window"):
        guarded.guard("people.nothing", "Nothing", "for nobody", window="people:read")


def test_a_view_cannot_want_a_right_nobody_has() -> None:
    with pytest.raises(KeyError):
        requires("people:fly")
