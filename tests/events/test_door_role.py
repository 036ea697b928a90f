"""Somebody hired for the door: the doors that are open now, who comes through them, and nothing else (R3)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter

from app.accounts import permissions
from app.accounts.access import PUBLIC, permission_of
from app.accounts.models import Role
from app.core.db import db
from app.events import queries
from app.events.models import Event, InvitationState
from app.people import queries as people
from tests.conftest import fresh
from tests.factories import accounts
from tests.factories import events as make

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]
#: Connect London of the factories is on from 13 to 16 October.
ON = datetime(2026, 10, 14, 7, 30, tzinfo=UTC)


@pytest.fixture
def event(app: Flask, at: At) -> Event:
    with at(ON - timedelta(days=40)):
        found = make.event()
        make.accepted(found, "Amal", badge="Expert")
        make.answer(make.invited(found, "Jack"), InvitationState.DECLINED)
        make.event(
            name="Open Lab",
            under=fresh(found).program,
            starts_at=ON + timedelta(days=30),
            ends_at=ON + timedelta(days=31),
        )
    return found


def test_the_role_has_the_door_and_its_home_page_alone() -> None:
    """Besides what makes their own sign-in safe."""
    assert permissions.PERMISSIONS[Role.DOOR] == {"events:door", "reports:home", "accounts:factors"}
    assert {role for role, rights in permissions.PERMISSIONS.items() if "events:door" in rights} == {
        Role.DOOR, Role.RELATIONS, Role.COORDINATOR,
    }  # fmt: skip


def _any(kind: BaseConverter) -> object:
    """Something an address may hold in this place."""
    if isinstance(kind, AnyConverter):
        return min(kind.items)
    return 1 if isinstance(kind, IntegerConverter) else "a"


def test_every_other_page_is_refused_with_whatever_number(
    event: Event, signed_in: SignIn, at: At, app: Flask
) -> None:
    """Deny by default: pages with numbers too, reading and writing."""
    with at(ON):
        browser, wrong = signed_in(Role.DOOR), []
        for rule in app.url_map.iter_rules():
            wanted = permission_of(app.view_functions[rule.endpoint])
            if wanted in {PUBLIC, None, *permissions.PERMISSIONS[Role.DOOR]} or rule.rule.startswith("/api/"):
                continue
            values = {name: _any(kind) for name, kind in rule._converters.items()}
            built = rule.build(values, append_unknown=False)
            assert built is not None
            for method in {"GET", "POST"} & (rule.methods or set()):
                answer = browser.open(built[1], method=method)
                if answer.status_code != 403:
                    wrong.append((method, built[1], answer.status_code))
    assert wrong == []


def test_the_door_of_the_day_works_and_shows_no_way_on(event: Event, signed_in: SignIn, at: At) -> None:
    with at(ON):
        browser = signed_in(Role.DOOR)
        home = browser.get("/").text
        assert ("Connect London" in home, "Open Lab" in home, "/search" in home, '"/account/"' in home) == (
            True, False, False, False,
        )  # fmt: skip
        page = browser.get(f"/events/{event.id}/door").text
        amal = next(one for one in queries.list_invitations(event) if one.person.name == "Amal")
        for way in (
            "/people/",
            '/events/invitations/1"',
            "/undo-check-in",
            f'/events/{event.id}"',
            "/outreach",
        ):
            assert way not in page
        answer = browser.post(f"/events/invitations/{amal.id}/check-in", data={"n_early_minutes": "30"})
        assert answer.status_code == 303
        report = {"client_key": "phone-000001", "at": ON.isoformat(), "invitation_id": amal.id}
        said = browser.post(f"/events/{event.id}/door/reports", json={"reports": [report]}).get_json()[
            "answers"
        ]
        assert said[0]["outcome"] == "repeated"
        assert browser.get(f"/events/invitations/{amal.id}/undo-check-in").status_code == 403
    assert fresh(amal).checked_in_at is not None


@pytest.mark.parametrize(("days", "status"), [(-9, 404), (-3, 404), (-1, 200), (0, 200), (3, 404), (9, 404)])
def test_a_door_is_open_on_its_days_only(
    event: Event, signed_in: SignIn, at: At, days: int, status: int
) -> None:
    with at(ON + timedelta(days=days)):
        browser = signed_in(Role.DOOR)
        assert browser.get(f"/events/{event.id}/door").status_code == status
        assert (browser.post("/events/invitations/1/check-in").status_code == 404) == (status == 404)
        assert browser.get("/events/2/door").status_code == 404


def test_nobody_is_on_record_for_who_stands_at_the_door(event: Event) -> None:
    assert db.session.scalars(people.visible_to(accounts.user(role=Role.DOOR))).all() == []
