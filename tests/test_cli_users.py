"""`rapport users`: who may come in, changed from the machine itself; each act stands in the trail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations_tokens, passwords, queries, queries_factors
from app.accounts.models import AuditEvent, Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.models import OutboxMail
from tests.conftest import fresh
from tests.factories import accounts, factors, people
from tests.test_cli import Rapport, rapport

__all__ = ["rapport"]

NOW = datetime(2026, 11, 22, 9, 0, 10, tzinfo=UTC)


@pytest.fixture
def mei(app: Flask) -> User:
    accounts.user(role=Role.ADMIN, name="Ada", email="ada@lumen.example")
    return accounts.user(name="Mei", email="mei@lumen.example")


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_logins_are_listed(rapport: Rapport, mei: User) -> None:
    factors.app_of(mei)
    said = json.loads(rapport("users", "list", "--json").out)["users"]
    assert [(one["email"], one["role"], one["active"], one["second_factor"]) for one in said] == [
        ("ada@lumen.example", "admin", True, False), ("mei@lumen.example", "relations", True, True),
    ]  # fmt: skip
    assert "mei@lumen.example  relations    Mei, Analyst relations  +factor\n" in rapport("users", "list").out
    assert [one["email"] for one in json.loads(rapport("users", "list", "--role", "admin", "--json").out)["users"]] == ["ada@lumen.example"]  # fmt: skip
    assert rapport("users", "list", "--closed").out == "There are none.\n"


def test_somebody_is_closed_and_opened_again(
    rapport: Rapport, signed_in: Callable[..., FlaskClient], mei: User
) -> None:
    browser = signed_in(mei)
    with transaction():
        token = operations_tokens.make_token("nightly", by=db.session.merge(mei)).token
    assert rapport("users", "deactivate", "MEI@lumen.example").out == "Mei can no longer sign in.\n"
    assert (fresh(mei).is_active, fresh(token).revoked_at is None) == (False, False)
    assert browser.get("/account/").status_code == 303
    assert "(closed)" in rapport("users", "list", "--closed").out
    assert rapport("users", "reset", "mei@lumen.example").status == 2  # not while it is closed
    assert rapport("users", "reactivate", "mei@lumen.example").status == 0
    assert fresh(mei).is_active
    assert {"accounts.user_deactivated", "accounts.token_revoked", "accounts.user_reactivated"} <= set(
        actions()
    )


def test_the_last_administrator_stays(rapport: Rapport, mei: User) -> None:
    for words in (("deactivate", "ada@lumen.example"), ("role", "ada@lumen.example", "auditor")):
        said = rapport("users", *words)
        assert (said.status, "only active administrator" in said.err) == (2, True), words
    assert queries.count_active_admins() == 1


def test_who_looks_after_somebody_is_not_closed(rapport: Rapport, mei: User) -> None:
    people.person("Amal", owner=mei)
    db.session.rollback()
    said = rapport("users", "deactivate", "mei@lumen.example")
    assert (said.status, "Hand them over first" in said.err, fresh(mei).is_active) == (2, True, True)


def test_another_role_signs_out(rapport: Rapport, signed_in: Callable[..., FlaskClient], mei: User) -> None:
    browser = signed_in(mei)
    assert rapport("users", "role", "mei@lumen.example", "auditor").out == "Mei is auditor from now on.\n"
    assert (fresh(mei).role, browser.get("/account/").status_code) == (Role.AUDITOR, 303)
    refused = rapport("users", "role", "mei@lumen.example", "partner")
    assert (refused.status, "A partner belongs to an agency" in refused.err) == (2, True)
    assert "accounts.user_edited" in actions()


def test_a_link_to_choose_a_password_is_printed_and_works_once(
    rapport: Rapport, client: FlaskClient, mei: User
) -> None:
    said = json.loads(rapport("users", "reset", "mei@lumen.example", "--json").out)
    path = "/password/" + said["link"].rpartition("/")[2]
    assert said["minutes"] == 30
    opened = client.post(path)
    assert opened.status_code == 303
    typed = {"password": "four dry lemons on a shelf", "again": "four dry lemons on a shelf"}
    assert client.post(opened.location, data=typed).status_code == 303
    assert passwords.is_right(fresh(mei).password_hash, typed["password"])
    assert client.post(path).location != opened.location  # a second time it opens nothing
    assert "accounts.password_link_made" in actions()


def test_lost_factors_are_taken_away_and_their_owner_is_told(rapport: Rapport, mei: User) -> None:
    with clock.fixed_at(NOW):
        factors.app_of(mei)
    assert rapport("users", "remove-factors", "mei@lumen.example").status == 0
    assert not queries_factors.has_factor(fresh(mei))
    subjects = db.session.scalars(
        sa.select(OutboxMail.subject).where(OutboxMail.recipient == mei.email)
    ).all()
    assert "A second factor of your sign-in is gone" in subjects
    assert "accounts.factor_removed" in actions()


def test_browsers_are_signed_out(rapport: Rapport, signed_in: Callable[..., FlaskClient], mei: User) -> None:
    browsers = [signed_in(mei), signed_in(mei)]
    assert rapport("users", "end-sessions", "mei@lumen.example").out == "Mei was signed out of 2 browsers.\n"
    assert [browser.get("/account/").status_code for browser in browsers] == [303, 303]
    assert "accounts.sessions_ended" in actions()


@pytest.mark.parametrize(
    "words",
    [
        ("deactivate", "nobody@x.example"), ("reactivate", "nobody@x.example"), ("role", "nobody@x.example", "admin"),
        ("reset", "nobody@x.example"), ("remove-factors", "nobody@x.example"), ("end-sessions", "nobody@x.example"),
    ],
)  # fmt: skip
def test_whom_nobody_knows_nothing_is_done_to(rapport: Rapport, mei: User, words: tuple[str, ...]) -> None:
    before = actions()
    said = rapport("users", *words)
    assert (said.status, said.err) == (2, "There is no user nobody@x.example.\n")
    assert actions() == before
