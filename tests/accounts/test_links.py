"""Links to choose a new password: single use, short, past no second factor, and no word about who is known (ASVS 5.0: 6.4.3, 6.5)."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations, operations_links, passwords, queries
from app.accounts.details_sign_in import SignInRules
from app.accounts.models import AuditEvent, Role, User
from app.accounts.models_factors import PasswordLink, SignInStep
from app.accounts.models_oidc import UserIdentity
from app.accounts.operations_links import LinkIsOver
from app.accounts.policies_oidc import NoPasswordHere
from app.core import clock, jobs
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.core.models import Job, OutboxMail
from tests.conftest import fresh
from tests.factories import accounts as make
from tests.factories import factors

NOW = datetime(2026, 11, 22, 9, 0, 10, tzinfo=UTC)
OLD, NEW = "quiet harbour lantern", "seven copper lanterns"
CHOSEN = {"password": NEW, "again": NEW}


@pytest.fixture
def mei(app: Flask) -> User:
    user = make.user(name="Mei Tanaka-Lindt", email="mei@lumen.example")
    with transaction():
        user.password_hash = passwords.hash_password(OLD)
    return user


@pytest.fixture
def now() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


def asked(browser: FlaskClient, email: str = "mei@lumen.example") -> str:
    """The path in the mail that a wish brings; empty for none."""
    n_before = len(mails())
    browser.post("/sign-in/forgotten", data={"email": email})
    jobs.run_due()
    db.session.rollback()
    new = mails()[n_before:]
    found = re.search(r"http://127.0.0.1:8000(/password/\S+)", parts_of(new[0].raw).text) if new else None
    return found[1] if found else ""


def test_a_forgotten_password_is_chosen_anew(
    app: Flask, client: FlaskClient, signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    elsewhere = signed_in(mei)
    path = asked(client)
    assert len(path) == len("/password/") + 43
    page = client.get(path)
    assert ("Continue" in page.text, page.headers["Referrer-Policy"]) == (True, "no-referrer")
    answer = client.post(path)
    assert (answer.status_code, answer.location) == (303, "/sign-in/new-password")
    assert client.post("/sign-in/new-password", data=CHOSEN).location == "/sign-in"
    assert passwords.is_right(fresh(mei).password_hash, NEW)
    assert elsewhere.get("/account/").status_code == 303  # every session has ended
    assert client.get("/account/").status_code == 303  # and nobody is signed in by it
    assert [one.subject for one in mails()] == ["Choose a new password", "Your password is new"]
    assert client.post("/sign-in/new-password", data=CHOSEN).location == "/sign-in/forgotten"
    actions = db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == [
        "accounts.password_link_made",
        "accounts.password_link_opened",
        "accounts.password_set",
    ]


def test_scanners_that_open_a_link_use_nothing_up(client: FlaskClient, mei: User, now: None) -> None:
    path = asked(client)
    for method in ("HEAD", "GET", "GET"):
        assert client.open(path, method=method).status_code == 200
    assert client.post(path).location == "/sign-in/new-password"
    assert client.post(path).location == "/sign-in/forgotten"


def test_only_the_browser_that_opened_a_link_may_choose(
    app: Flask, client: FlaskClient, mei: User, now: None
) -> None:
    client.post(asked(client))
    assert app.test_client().post("/sign-in/new-password", data=CHOSEN).location == "/sign-in/forgotten"
    with pytest.raises(LinkIsOver), transaction():
        operations_links.choose_password("x" * 43, NEW)


def test_a_link_that_was_not_opened_chooses_nothing(
    app: Flask, client: FlaskClient, mei: User, now: None
) -> None:
    secret = asked(client).rpartition("/")[2]
    with pytest.raises(LinkIsOver), transaction():
        operations_links.choose_password(secret, NEW)


@pytest.mark.parametrize("path", ["/password/x", "/password/" + "x" * 43, "/password/" + "y" * 500])
def test_made_up_links_look_alike_and_open_nothing(client: FlaskClient, app: Flask, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.post(path).location == "/sign-in/forgotten"
    assert "This link is used, or its time is over." in client.get("/sign-in/forgotten").text


def test_a_link_lives_half_an_hour_opened_or_not(client: FlaskClient, mei: User) -> None:
    with clock.fixed_at(NOW):
        path = asked(client)
        client.post(path)
    with clock.fixed_at(NOW + operations_links.LIFE):
        answer = client.post("/sign-in/new-password", data=CHOSEN)
        assert (answer.status_code, "its time is over" in answer.text) == (422, True)
        again = asked(client)
    with clock.fixed_at(NOW + 2 * operations_links.LIFE):
        assert client.post(again).location == "/sign-in/forgotten"
    assert passwords.is_right(fresh(mei).password_hash, OLD)


def test_a_newer_link_ends_the_older_one(client: FlaskClient, mei: User) -> None:
    with clock.fixed_at(NOW):
        first = asked(client)
    with clock.fixed_at(NOW + operations_links.PAUSE):
        second = asked(client)
        assert client.post(first).location == "/sign-in/forgotten"
        assert client.post(second).location == "/sign-in/new-password"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"password": NEW, "again": "other"}, "This differs from the new password above."),
        ({"password": "short", "again": "short"}, "Use at least 12 characters."),
        ({"password": "Tanaka-Lindt-2026", "again": "Tanaka-Lindt-2026"}, "words anybody would try"), ({}, "This is needed."),
    ],
)  # fmt: skip
def test_an_easy_password_is_refused_and_the_form_stays_open(
    client: FlaskClient, mei: User, now: None, sent: dict[str, str], words: str
) -> None:
    client.post(asked(client))
    answer = client.post("/sign-in/new-password", data=sent)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert client.post("/sign-in/new-password", data=CHOSEN).location == "/sign-in"


def test_the_second_factor_is_asked_for_all_the_same(client: FlaskClient, mei: User, now: None) -> None:
    factors.app_of(mei)
    path = asked(client)
    client.post(path)
    client.post("/sign-in/new-password", data=CHOSEN)
    answer = client.post("/sign-in", data={"email": "mei@lumen.example", "password": NEW})
    assert answer.location == "/sign-in/second-factor?next=/"


@pytest.mark.parametrize("email", ["mei@lumen.example", "MEI@Lumen.example", "nobody@lumen.example"])
def test_the_answer_is_the_same_for_every_address(
    client: FlaskClient, mei: User, now: None, email: str
) -> None:
    answer = client.post("/sign-in/forgotten", data={"email": email})
    assert (answer.status_code, email in answer.text) == (200, False)
    assert "a mail with a link is on its way" in answer.text
    assert db.session.query(Job).count() == 1  # the same work: nothing is looked up before the answer
    assert mails() == []
    jobs.run_due()
    db.session.rollback()
    assert db.session.scalars(sa.select(Job.arguments)).one() == {}  # the address does not stay
    assert len(mails()) == (email.lower() == "mei@lumen.example")


@pytest.mark.parametrize("data", [{}, {"email": ""}, {"email": "x" * 321}, {"email": "no address"}])
def test_an_unfinished_wish_is_refused(client: FlaskClient, app: Flask, data: dict[str, str]) -> None:
    assert client.post("/sign-in/forgotten", data=data).status_code == 422
    assert db.session.query(Job).count() == 0


def test_mails_keep_a_pause_and_a_number_a_day(client: FlaskClient, mei: User) -> None:
    sent = []
    for minutes in (0, 4, 5, 10, 15, 20, 25, 30, 24 * 60 + 1):
        with clock.fixed_at(NOW + timedelta(minutes=minutes)):
            sent.append(bool(asked(client)))
    assert sent == [True, False, True, True, True, True, False, False, True]


def test_wishes_of_everybody_are_bounded_in_silence(client: FlaskClient, mei: User, now: None) -> None:
    for _ in range(operations_links.ASKED_PER_MINUTE + 1):
        assert client.post("/sign-in/forgotten", data={"email": "nobody@lumen.example"}).status_code == 200
    assert db.session.query(Job).count() == operations_links.ASKED_PER_MINUTE


def test_the_closed_and_those_of_the_provider_get_no_mail(client: FlaskClient, mei: User, now: None) -> None:
    with transaction():
        db.session.add(
            UserIdentity(
                user=mei,
                issuer="https://login.example",
                subject="m",
                is_provisioned=True,
                made_at=NOW,
                used_at=NOW,
            )
        )
    assert asked(client) == ""
    with pytest.raises(NoPasswordHere), transaction():
        operations_links.hand_over(mei, by=make.user(role=Role.ADMIN))
    omar = make.user(name="Omar", email="omar@lumen.example")
    with transaction():
        operations.deactivate_user(omar, by=make.user(role=Role.ADMIN))
    assert asked(client, "omar@lumen.example") == ""


def test_an_administrator_hands_a_link_over(
    client: FlaskClient, signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    admin = signed_in(Role.ADMIN)
    answer = admin.post(f"/settings/users/{mei.id}/password-link")
    path = re.search(r"http://127.0.0.1:8000(/password/[\w-]+)", answer.text)[1]
    assert db.session.scalars(sa.select(PasswordLink)).one().made_by_id is not None
    assert path.rpartition("/")[2] not in str(db.session.scalars(sa.select(PasswordLink.secret_hash)).all())
    client.post(path)
    assert client.post("/sign-in/new-password", data=CHOSEN).location == "/sign-in"
    assert passwords.is_right(fresh(mei).password_hash, NEW)
    assert signed_in(Role.AUDITOR).post(f"/settings/users/{mei.id}/password-link").status_code == 403


def test_deactivation_ends_links_that_wait_opened_or_not(
    app: Flask, client: FlaskClient, mei: User, now: None
) -> None:
    path = asked(client)
    client.post(path)
    with transaction():
        operations.deactivate_user(db.session.get_one(User, mei.id), by=make.user(role=Role.ADMIN))
    assert client.post("/sign-in/new-password", data=CHOSEN).status_code == 422
    with transaction():
        operations.reactivate_user(db.session.get_one(User, mei.id), by=make.user(role=Role.ADMIN))
    assert client.post("/sign-in/new-password", data=CHOSEN).status_code == 422
    assert passwords.is_right(fresh(mei).password_hash, OLD)
    assert queries.list_sessions(mei) == []


def test_what_is_long_over_goes_with_the_next_sign_in(client: FlaskClient, mei: User) -> None:
    """A month after their end neither links nor half sign-ins are kept; those of today are."""
    with clock.fixed_at(NOW):
        asked(client)
        factors.app_of(mei)
        client.post("/sign-in", data={"email": mei.email, "password": OLD})
    other = make.user(name="Kai", email="kai@lumen.example")
    with transaction():
        other.password_hash = passwords.hash_password(OLD)
    kept = []
    for days in (29, 31):
        with clock.fixed_at(NOW + timedelta(days=days)):
            client.post("/sign-in", data={"email": other.email, "password": OLD})
        kept.append([db.session.query(table).count() for table in (PasswordLink, SignInStep)])
    assert kept == [[1, 1], [0, 0]]


def test_rules_have_a_default_that_changes_nothing() -> None:
    assert SignInRules() == SignInRules(
        factor_roles=frozenset(),
        factor_from_on=None,
        matches_email=False,
        own_passwords=False,
        passwords=True,
    )
