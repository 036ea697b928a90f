"""Tokens of scripts: how long they last, what they may do, what is said when they open nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations, operations_tokens, permissions, queries
from app.accounts.models import ApiToken, Role, TokenScope, User
from app.accounts.policies_tokens import TokenRefused
from app.core import clock
from app.core.db import db, transaction
from app.core.jobs import work_off
from app.notices.models import Notice
from tests.conftest import fresh
from tests.factories import accounts as make
from tests.factories import people as make_people

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def mei(app: Flask) -> User:
    return make.user(name="Mei")


def _made(
    user: User, ends_on: date | None = None, scope: TokenScope = TokenScope.ALL, rights: tuple[str, ...] = ()
) -> dict[str, str]:
    with clock.fixed_at(NOW), transaction():
        by = db.session.merge(user)
        made = operations_tokens.make_token("export", by=by, ends_on=ends_on, scope=scope, rights=rights)
    return {"Authorization": f"Bearer {made.secret}"}


def _open(
    app: Flask, headers: dict[str, str], at: datetime, path: str = "/people", **more: object
) -> tuple[int, str]:
    with clock.fixed_at(at):
        answer = app.test_client().open(f"/api/v1{path}", headers=headers, **more)
    return answer.status_code, answer.get_json().get("detail", "")


def test_a_token_lasts_ninety_days_unless_another_day_is_chosen(mei: User) -> None:
    _made(mei)
    _made(mei, TODAY + timedelta(days=365))
    ends = db.session.scalars(sa.select(ApiToken.ends_on).order_by(ApiToken.id)).all()
    assert ends == [date(2027, 2, 27), date(2027, 11, 29)]


@pytest.mark.parametrize(
    ("ends_on", "scope", "rights", "field"),
    [
        (TODAY - timedelta(days=1), TokenScope.ALL, (), "ends_on"),
        (TODAY + timedelta(days=366), TokenScope.ALL, (), "ends_on"),
        (None, TokenScope.CHOSEN, (), "rooms"),
        (None, TokenScope.CHOSEN, ("ledger:approve",), "rooms"),
        (None, TokenScope.CHOSEN, ("nowhere:read",), "rooms"),
    ],
)
def test_a_token_nobody_can_make_is_refused_at_its_field(
    mei: User, ends_on: date | None, scope: TokenScope, rights: tuple[str, ...], field: str
) -> None:
    with pytest.raises(TokenRefused) as refused:
        _made(mei, ends_on, scope, rights)
    assert refused.value.field == field
    assert db.session.query(ApiToken).count() == 0


def test_a_token_is_good_to_the_end_of_its_last_day_where_its_owner_is(app: Flask, mei: User) -> None:
    with transaction():
        db.session.merge(mei).zone = "Asia/Shanghai"
    headers = _made(mei, TODAY)
    assert _open(app, headers, datetime(2026, 11, 29, 15, 59, tzinfo=UTC))[0] == 200
    status, said = _open(app, headers, datetime(2026, 11, 29, 16, 0, tzinfo=UTC))
    assert (status, said) == (
        401,
        "This token ended after 29 November 2026. Make another one on your account page.",
    )


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer ", "Bearer nobody", "Basic bWVpOm1laQ==", "Bearer \u00e9"]
)
def test_without_a_working_token_the_answer_is_401_and_names_the_scheme(
    client: FlaskClient, mei: User, sent: str
) -> None:
    answer = client.get("/api/v1/people", headers={"Authorization": sent})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_of_a_deactivated_user_ends_with_them(app: Flask, mei: User) -> None:
    headers = _made(mei)
    with transaction():
        operations.deactivate_user(db.session.merge(mei), by=make.user(role=Role.ADMIN))
    assert _open(app, headers, NOW) == (401, "This token was revoked. Make another one on your account page.")
    with transaction():
        operations.reactivate_user(db.session.merge(mei), by=make.user(role=Role.ADMIN))
    assert _open(app, headers, NOW)[0] == 401


def test_a_token_for_reading_writes_nothing(app: Flask, mei: User) -> None:
    headers = _made(mei, scope=TokenScope.READING)
    assert _open(app, headers, NOW)[0] == 200
    status, said = _open(app, headers, NOW, method="POST", json={"name": "Amal"})
    assert (status, said) == (
        403,
        "You may do this, but this token was made for less: it lacks people:write.",
    )


def test_a_token_with_chosen_rights_sees_no_other_room_and_no_other_column(app: Flask, mei: User) -> None:
    """R3: a column its scope lacks is absent, as one its role lacks."""
    make_people.person("Jack", notes="Prefers tea")
    headers = _made(mei, scope=TokenScope.CHOSEN, rights=("people:read",))
    with clock.fixed_at(NOW):
        (row,) = app.test_client().get("/api/v1/people", headers=headers).get_json()["items"]
    assert "notes" not in row
    assert _open(app, headers, NOW, "/ledger/entries")[0] == 403


def test_a_token_never_does_more_than_the_role_of_its_owner_on_the_day(app: Flask, mei: User) -> None:
    headers = _made(mei, scope=TokenScope.CHOSEN, rights=("people:read", "ledger:read"))
    assert _open(app, headers, NOW, "/ledger/entries")[0] == 200
    with transaction():
        db.session.merge(mei).role = Role.ASSISTANT
    assert _open(app, headers, NOW, "/ledger/entries")[0] == 403
    assert _open(app, headers, NOW)[0] == 200


def test_a_browser_of_the_owner_is_not_narrowed_by_a_token(
    app: Flask, mei: User, signed_in: Callable[..., FlaskClient]
) -> None:
    headers = _made(mei, scope=TokenScope.CHOSEN, rights=("people:read",))
    assert _open(app, headers, NOW, "/ledger/entries")[0] == 403
    assert signed_in(mei).get("/ledger/").status_code == 200


def test_the_owner_is_told_once_a_week_before_the_end(app: Flask, mei: User) -> None:
    _made(mei, TODAY + timedelta(days=8))
    for day, n_told in ((0, 0), (1, 1), (2, 1), (8, 1)):
        with clock.fixed_at(NOW + timedelta(days=day)):
            work_off()
        told = db.session.scalars(sa.select(Notice.message).where(Notice.user_id == mei.id)).all()
        assert len(told) == n_told
    assert told == [
        "Your token “export” ends after 7 December 2026. Make another one before then, or what uses it will stop."
    ]


def test_the_owner_of_a_revoked_token_is_not_told(app: Flask, mei: User) -> None:
    _made(mei, TODAY + timedelta(days=3))
    with transaction():
        operations_tokens.revoke_token(
            db.session.scalars(sa.select(ApiToken)).one(), by=db.session.merge(mei)
        )
    with clock.fixed_at(NOW):
        work_off()
    assert db.session.query(Notice).filter_by(user_id=mei.id).count() == 0


def test_the_form_makes_a_token_for_reading_in_chosen_parts(
    mei: User, signed_in: Callable[..., FlaskClient]
) -> None:
    browser = signed_in(mei)
    typed = {"name": "bi", "scope": "chosen", "rooms": ["people", "amounts"], "is_reading": "y"}
    assert browser.post("/account/tokens/new", data=typed).status_code == 200
    (token,) = queries.list_tokens(mei)
    assert (token.scope, token.rights) == (TokenScope.CHOSEN, ["amounts:read", "people:read"])
    assert "amounts read, people read" in browser.get("/account/").text


@pytest.mark.parametrize(
    "typed",
    [
        {"ends_on": "2999-01-01"}, {"ends_on": "1999-01-01"}, {"ends_on": "soon"}, {"scope": "root"}, {"scope": "chosen"},
        {"scope": "chosen", "rooms": "vault"}, {"scope": "chosen", "rooms": "accounts:manage"}, {"name": ""},
    ],
)  # fmt: skip
def test_a_form_that_makes_no_token(
    mei: User, signed_in: Callable[..., FlaskClient], typed: dict[str, str]
) -> None:
    browser = signed_in(mei)
    assert browser.post("/account/tokens/new", data={"name": "bi", **typed}).status_code == 422
    assert queries.list_tokens(fresh(mei)) == []


def test_every_reading_right_is_a_right_of_some_role() -> None:
    assert permissions.READING <= permissions.ALL
    assert not {right for right in permissions.READING if right.endswith((":write", ":approve", ":record"))}
