"""Second factors: what is right, what is asked for when, and what takes them away (ASVS 5.0: 6.3.3, 6.4.3, 6.5, 7.2.4, 7.5.1)."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import (
    operations,
    operations_factors,
    operations_rules,
    operations_tokens,
    passwords,
    policies,
    policies_factors,
    queries,
    queries_factors,
)
from app.accounts.details_sign_in import SignInRules
from app.accounts.models import ApiToken, AuditEvent, Role, SignInAttempt, User, UserSession
from app.accounts.models_factors import AuthenticatorApp, RecoveryCode, SignInStep, UserPasskey
from app.accounts.policies_factors import FactorNeeded, FactorRefused
from app.core import clock
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.core.models import OutboxMail
from tests.conftest import fresh
from tests.factories import accounts as make
from tests.factories import factors
from tests.factories.factors import SECRET, digits

NOW = datetime(2026, 11, 22, 9, 0, 10, tzinfo=UTC)
HALF_MINUTE = timedelta(seconds=30)
PASSWORD = "quiet harbour lantern"
GOOD = {"email": "mei@lumen.example", "password": PASSWORD}
TODAY = NOW.date()
STEP = int(NOW.timestamp()) // 30


@pytest.fixture
def mei(app: Flask) -> User:
    user = make.user(name="Mei Tanaka-Lindt", email="mei@lumen.example")
    with transaction():
        user.password_hash = passwords.hash_password(PASSWORD)
    return user


@pytest.fixture
def now() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def secrets_in(browser: FlaskClient) -> tuple[bool, bool]:
    """Whether a browser holds a session, and whether a step towards one."""
    with browser.session_transaction() as cookie:
        return "sid" in cookie, "half" in cookie


def subjects() -> list[str]:
    return list(db.session.scalars(sa.select(OutboxMail.subject).order_by(OutboxMail.id)))


# -- which digits are right ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "last", "expected"),
    [
        (STEP, 0, STEP), (STEP - 1, 0, STEP - 1), (STEP + 1, 0, STEP + 1), (STEP - 2, 0, None), (STEP + 2, 0, None),
        (STEP, STEP, None), (STEP - 1, STEP, None), (STEP + 1, STEP, STEP + 1), (STEP, STEP - 1, STEP),
    ],
)  # fmt: skip
def test_digits_are_right_for_one_half_minute_around_and_once(
    step: int, last: int, expected: int | None
) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(step)
    assert policies_factors.step_of(SECRET, code, NOW, last) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("123456", "123456"), (" 123 456 ", "123456"), ("123-456", "123456"), ("12345", ""), ("1234567", ""), ("", ""),
        ("12345a", ""), ("１２３４５６", ""), ("k7qm-3xwd-9tra", ""), ("²23456", ""),
    ],
)  # fmt: skip
def test_digits_are_six_ascii_digits(typed: str, expected: str) -> None:
    assert policies_factors.digits_of(typed) == expected


@pytest.mark.parametrize("typed", ["", "12345", "１２３４５６", "x" * 10_000])
def test_what_is_no_digits_is_right_for_nothing(typed: str) -> None:
    assert policies_factors.step_of(SECRET, typed, NOW, 0) is None


def test_recovery_codes_are_read_in_any_spelling() -> None:
    code = policies_factors.make_code()
    assert re.fullmatch(r"[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){2}", code)
    assert policies_factors.plain_code(f" {code.upper().replace('-', ' ')} ") == code.replace("-", "")
    assert len({policies_factors.make_code() for _ in range(200)}) == 200


RULES = SignInRules(factor_roles=frozenset({Role.ADMIN}), factor_from_on=date(2026, 12, 1))


@pytest.mark.parametrize(
    ("role", "now", "expected"),
    [
        (Role.ADMIN, datetime(2026, 11, 30, 23, 59, tzinfo=UTC), False), (Role.ADMIN, datetime(2026, 12, 1, tzinfo=UTC), True),
        (Role.RELATIONS, datetime(2027, 1, 1, tzinfo=UTC), False),
    ],
)  # fmt: skip
def test_a_role_needs_a_factor_from_its_day_on(role: Role, now: datetime, expected: bool) -> None:
    assert policies_factors.is_needed(RULES, role, now) is expected
    assert policies_factors.is_needed(SignInRules(), role, now) is False


# -- at rest ---------------------------------------------------------------------------------------


def test_neither_the_secret_nor_a_code_stands_in_the_database_or_the_trail(
    app: Flask, mei: User, now: None
) -> None:
    codes = factors.app_of(mei)
    raw = db.session.execute(sa.text("SELECT sealed FROM authenticator_app")).scalar_one()
    assert SECRET.encode() not in bytes(raw)
    assert queries_factors.app_of(mei).sealed == SECRET
    hashes = db.session.scalars(sa.select(RecoveryCode.secret_hash)).all()
    assert (len(codes), len(set(codes)), len(hashes)) == (10, 10, 10)
    trail = str(db.session.execute(sa.text("SELECT changes FROM audit_detail")).scalars().all())
    reasons = str(db.session.scalars(sa.select(AuditEvent.reason)).all())
    assert [word for word in (SECRET, *codes, *hashes) if word in trail + reasons] == []


# -- the second step -------------------------------------------------------------------------------


def test_a_password_alone_opens_nothing_when_there_is_an_app(
    client: FlaskClient, mei: User, now: None
) -> None:
    factors.app_of(mei)
    answer = client.post("/sign-in?next=/account/", data=GOOD)
    assert (answer.status_code, answer.location) == (303, "/sign-in/second-factor?next=/account/")
    assert secrets_in(client) == (False, True)
    assert client.get("/account/").location == "/sign-in?next=/account/"
    assert queries.list_sessions(mei) == []
    page = client.get(answer.location).text
    assert "Six digits from your app" in page
    answer = client.post(answer.location, data={"code": digits(later=1)})
    assert (answer.status_code, answer.location, secrets_in(client)) == (303, "/account/", (True, False))
    (session,) = queries.list_sessions(mei)
    assert (session.how, session.proved_at) == ("password, app", NOW)
    assert queries_factors.list_steps(mei) == []


def test_digits_open_once(app: Flask, client: FlaskClient, mei: User, now: None) -> None:
    """Somebody who looked over the shoulder has half a minute, and it is used up."""
    factors.app_of(mei)
    client.post("/sign-in", data=GOOD)
    assert client.post("/sign-in/second-factor", data={"code": digits(later=1)}).status_code == 303
    thief = app.test_client()
    thief.post("/sign-in", data=GOOD)
    answer = thief.post("/sign-in/second-factor", data={"code": digits(later=1)})
    assert (answer.status_code, "used already" in answer.text, secrets_in(thief)) == (
        422,
        True,
        (False, True),
    )
    assert thief.post("/sign-in/second-factor", data={"code": digits()}).status_code == 422


@pytest.mark.parametrize("code", ["000000", "", "abcd-efgh-jkmn", "x" * 80, "x" * 81, "12345"])
def test_a_wrong_code_opens_nothing(client: FlaskClient, mei: User, now: None, code: str) -> None:
    factors.app_of(mei)
    client.post("/sign-in", data=GOOD)
    assert client.post("/sign-in/second-factor", data={"code": code}).status_code == 422
    assert secrets_in(client) == (False, True)


def test_guesses_at_digits_are_counted_like_passwords_and_the_password_forgets_none(
    client: FlaskClient, mei: User, now: None
) -> None:
    factors.app_of(mei)
    for _ in range(policies.MOST_PER_ACCOUNT):
        assert client.post("/sign-in", data=GOOD).status_code == 303
        assert client.post("/sign-in/second-factor", data={"code": "000000"}).status_code == 422
    answer = client.post("/sign-in/second-factor", data={"code": digits(later=1)})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert client.post("/sign-in", data=GOOD).status_code == 429
    assert db.session.query(SignInAttempt).count() == policies.MOST_PER_ACCOUNT


def test_the_second_step_waits_ten_minutes(client: FlaskClient, mei: User) -> None:
    with clock.fixed_at(NOW):
        factors.app_of(mei)
        client.post("/sign-in", data=GOOD)
    with clock.fixed_at(NOW + policies_factors.STEP_LIFE + timedelta(seconds=1)):
        answer = client.post("/sign-in/second-factor", data={"code": digits()})
        assert (answer.location, secrets_in(client)[0]) == ("/sign-in?next=/", False)


def test_a_step_is_good_for_one_session(client: FlaskClient, mei: User, now: None) -> None:
    codes = factors.app_of(mei)
    client.post("/sign-in", data=GOOD)
    with client.session_transaction() as cookie:
        half = cookie["half"]
    assert client.post("/sign-in/second-factor", data={"code": codes[0]}).status_code == 303
    with client.session_transaction() as cookie:
        cookie["half"] = half
    assert client.post("/sign-in/second-factor", data={"code": codes[1]}).location == "/sign-in?next=/"
    assert len(queries_factors.list_codes(mei)) == 9


def test_a_step_opens_no_page_and_ends_who_was_here(
    client: FlaskClient, signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    factors.app_of(mei)
    browser = signed_in(Role.ADMIN)
    browser.post("/sign-in", data=GOOD)
    assert browser.get("/settings/users/").location == "/sign-in?next=/settings/users/"
    ada = db.session.scalars(sa.select(User).where(User.role == Role.ADMIN)).one()
    assert queries.list_sessions(ada) == []


def test_the_second_step_leads_nowhere_else(client: FlaskClient, mei: User, now: None) -> None:
    codes = factors.app_of(mei)
    client.post("/sign-in", data=GOOD)
    answer = client.post(
        "/sign-in/second-factor", query_string={"next": "//evil.example"}, data={"code": codes[0]}
    )
    assert answer.location == "/"


# -- recovery codes --------------------------------------------------------------------------------


def test_a_recovery_code_works_once_and_its_owner_is_told(
    app: Flask, client: FlaskClient, mei: User, now: None
) -> None:
    codes = factors.app_of(mei)
    client.post("/sign-in", data=GOOD)
    answer = client.post("/sign-in/second-factor", data={"code": codes[3].upper().replace("-", " ")})
    assert answer.status_code == 303
    assert "9 codes are left." in client.get("/account/factors").text
    mail = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert (mail.subject, mail.recipient) == ("A recovery code was used", "mei@lumen.example")
    assert "You have 9 left." in parts_of(mail.raw).text
    again = app.test_client()
    again.post("/sign-in", data=GOOD)
    assert again.post("/sign-in/second-factor", data={"code": codes[3]}).status_code == 422


def test_the_code_of_somebody_else_opens_nothing(client: FlaskClient, mei: User, now: None) -> None:
    factors.app_of(mei)
    others = factors.app_of(make.user(name="Omar", email="omar@lumen.example"))
    client.post("/sign-in", data=GOOD)
    assert client.post("/sign-in/second-factor", data={"code": others[0]}).status_code == 422


def test_a_new_set_of_codes_replaces_the_old_one(app: Flask, mei: User, now: None) -> None:
    old = factors.app_of(mei)
    with transaction():
        new = operations_factors.make_codes(by=mei)
    assert (set(old) & set(new), len(queries_factors.list_codes(mei))) == (set(), 10)
    with pytest.raises(FactorRefused), transaction():
        operations_factors.check_code(mei, old[0], "192.0.2.1")
    with transaction():
        assert operations_factors.check_code(mei, new[0], "192.0.2.1") == "recovery code"


def test_codes_without_a_factor_are_refused(app: Flask, mei: User) -> None:
    with pytest.raises(FactorRefused), transaction():
        operations_factors.make_codes(by=mei)


def test_few_codes_are_said_at_sign_in(client: FlaskClient, mei: User, now: None) -> None:
    codes = factors.app_of(mei)
    with transaction():
        for row in queries_factors.list_codes(mei)[:7]:
            db.session.delete(row)
    client.post("/sign-in", data=GOOD)
    client.post("/sign-in/second-factor", data={"code": codes[9]})
    assert "You have 2 recovery codes left." in client.get("/account/").text


# -- setting up ------------------------------------------------------------------------------------


def test_an_app_is_set_up_by_its_first_digits_and_the_codes_are_shown_once(
    signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    browser = signed_in(mei)
    page = browser.get("/account/factors/app").text
    assert page.count("<svg") > 1
    assert "style=" not in page[page.index('class="qr"') : page.index("</svg>", page.index('class="qr"'))]
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page).group(1)
    wrong = browser.post("/account/factors/app", data={"secret": secret, "code": "000000"})
    assert (wrong.status_code, secret in wrong.text) == (422, True)
    assert queries_factors.has_factor(mei) is False
    with browser.session_transaction() as cookie:
        before = cookie["sid"]
    answer = browser.post("/account/factors/app", data={"secret": secret, "code": digits(secret)})
    codes = re.findall(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", answer.text)
    assert (answer.status_code, len(codes)) == (200, 10)
    with browser.session_transaction() as cookie:
        assert cookie["sid"] != before  # a rise of rights gets a new session id (7.2.4)
    page = browser.get("/account/factors").text
    assert [code for code in codes if code in page] == []
    assert fresh(queries_factors.app_of(mei)).sealed == secret
    assert subjects() == ["Your sign-in has a new second factor"]


@pytest.mark.parametrize("secret", ["", "A" * 31, "a" * 32, "A" * 31 + "1", "A" * 40])
def test_a_secret_that_is_none_of_ours_is_refused(app: Flask, mei: User, now: None, secret: str) -> None:
    with pytest.raises(FactorRefused), transaction():
        operations_factors.set_up_app(secret, "123456", by=mei)


def test_another_app_takes_the_place_of_the_first(app: Flask, mei: User, now: None) -> None:
    factors.app_of(mei)
    other = policies_factors.new_app_secret()
    with transaction():
        operations_factors.set_up_app(other, digits(other), by=mei)
    assert db.session.query(AuthenticatorApp).count() == 1
    with pytest.raises(FactorRefused), transaction():
        operations_factors.check_code(mei, digits(later=1), "192.0.2.1")


# -- proving it again ------------------------------------------------------------------------------

CHANGES = [
    "/account/factors/app/remove", "/account/factors/codes", "/account/factors/passkeys",
    "/account/factors/passkeys/options", "/account/factors/passkeys/1/remove",
]  # fmt: skip


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_of_factors_wants_a_proof_of_the_last_five_minutes(
    signed_in: Callable[..., FlaskClient], mei: User, path: str
) -> None:
    with clock.fixed_at(NOW):
        factors.app_of(mei)
        browser = signed_in(mei)
        n_codes = len(queries_factors.list_codes(mei))
    with clock.fixed_at(NOW + policies.RECENT + timedelta(seconds=1)):
        assert browser.post(path).location.startswith("/account/prove?next=/")
    assert queries_factors.has_factor(mei)
    assert len(queries_factors.list_codes(mei)) == n_codes


def test_the_page_asks_for_the_proof_in_its_place(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    with clock.fixed_at(NOW):
        browser = signed_in(mei)
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        page = browser.get("/account/factors/app")
        assert (page.status_code, "Is it you?" in page.text, 'name="secret"' in page.text) == (
            200,
            True,
            False,
        )
        with browser.session_transaction() as cookie:
            before = cookie["sid"]
        wrong = browser.post("/account/prove?next=/account/factors/app", data={"password": "wrong"})
        assert (wrong.status_code, "This is not your password." in wrong.text) == (422, True)
        assert browser.post("/account/prove", data={}).status_code == 422
        right = browser.post("/account/prove?next=/account/factors/app", data={"password": PASSWORD})
        assert (right.status_code, right.location) == (303, "/account/factors/app")
        with browser.session_transaction() as cookie:
            assert cookie["sid"] != before
        assert 'name="secret"' in browser.get("/account/factors/app").text
    assert db.session.query(SignInAttempt).count() == 1


@pytest.mark.parametrize("factor", ["app", "passkey"])
def test_a_password_proves_nothing_where_there_is_a_second_factor(
    signed_in: Callable[..., FlaskClient], mei: User, factor: str
) -> None:
    with clock.fixed_at(NOW):
        if factor == "app":
            factors.app_of(mei)
        else:
            factors.passkey_of(mei)
        browser = signed_in(mei)
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        page = browser.get("/account/factors/app").text
        assert ('name="password"' in page, 'name="code"' in page) == (False, True)
        answer = browser.post("/account/prove?next=/account/factors/app", data={"password": PASSWORD})
        assert (answer.status_code, "the password is not enough here" in answer.text) == (422, True)
        assert 'name="secret"' not in browser.get("/account/factors/app").text
    assert db.session.query(SignInAttempt).count() == 0  # nothing was guessed


def test_a_clock_that_was_put_back_prolongs_no_proof(
    signed_in: Callable[..., FlaskClient], mei: User
) -> None:
    with clock.fixed_at(NOW):
        browser = signed_in(mei)
    for minutes, is_asked in ((0.9, False), (2, True), (60, True)):
        with clock.fixed_at(NOW - timedelta(minutes=minutes)):
            assert ("Is it you?" in browser.get("/account/factors/app").text) is is_asked, minutes


def test_a_token_wants_a_proof(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    with clock.fixed_at(NOW):
        browser = signed_in(mei)
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        assert "Is it you?" in browser.get("/account/tokens/new").text
        sent = {"name": "nightly", "scope": "all", "ends_on": "2026-12-24"}
        assert browser.post("/account/tokens/new", data=sent).location.startswith("/account/prove")
    assert db.session.query(ApiToken).count() == 0


def test_a_code_proves_it_too(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    with clock.fixed_at(NOW):
        factors.app_of(mei)
        browser = signed_in(mei)
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        assert browser.post("/account/prove", data={"code": digits()}).location == "/account/factors"
        assert browser.post("/account/factors/app/remove").location == "/account/factors"
    assert not queries_factors.has_factor(mei)


def test_another_address_or_password_of_somebody_wants_a_proof(
    signed_in: Callable[..., FlaskClient], mei: User
) -> None:
    sent = {
        "email": "taken@evil.example", "name": mei.name, "role": "relations", "department": "Analyst relations",
        "locale": "en", "zone": "Europe/London",
    }  # fmt: skip
    with clock.fixed_at(NOW):
        browser = signed_in(Role.ADMIN)
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        answer = browser.post(f"/settings/users/{mei.id}/edit", data=sent)
        assert (answer.status_code, "Confirm that it is you first" in answer.text) == (422, True)
        assert 'value="taken@evil.example"' in answer.text  # what was typed is kept
        assert browser.post(f"/settings/users/{mei.id}/password").location.startswith("/account/prove")
        same = browser.post(f"/settings/users/{mei.id}/edit", data=sent | {"email": "mei@lumen.example"})
        assert same.status_code == 303
    assert (fresh(mei).email, passwords.is_right(mei.password_hash, PASSWORD)) == ("mei@lumen.example", True)
    with clock.fixed_at(NOW + timedelta(minutes=4)):
        assert browser.post(f"/settings/users/{mei.id}/edit", data=sent).status_code == 303


# -- who needs one ---------------------------------------------------------------------------------


def need(*roles: Role, on: date = TODAY) -> None:
    with transaction():
        operations_rules.set_rules(
            SignInRules(factor_roles=frozenset(roles), factor_from_on=on), by=make.user(role=Role.ADMIN)
        )


@pytest.mark.parametrize("role", list(Role))
def test_whoever_needs_one_is_led_to_set_it_up_at_sign_in(
    client: FlaskClient, mei: User, now: None, role: Role
) -> None:
    with transaction():
        mei.role = role
    need(*Role)
    assert client.post("/sign-in?next=/events/", data=GOOD).location == "/events/"
    for path in ("/events/", "/account/", "/", "/settings/"):
        assert client.get(path).location == "/account/factors"
    assert client.post("/account/theme", data={"theme": "dark"}).location == "/account/factors"
    assert "Set up a second factor to go on" in client.get("/account/factors").text
    secret = policies_factors.new_app_secret()
    sent = {"secret": secret, "code": digits(secret)}
    assert client.post("/account/factors/app", data=sent).status_code == 200
    assert client.get("/").status_code == 200


def test_a_day_to_come_stops_nobody_until_it_is_there(client: FlaskClient, mei: User) -> None:
    with clock.fixed_at(NOW):
        client.post("/sign-in", data=GOOD)
        need(Role.RELATIONS, on=NOW.date() + timedelta(days=1))
        assert client.get("/account/").status_code == 200
    with clock.fixed_at(NOW.replace(hour=20)):
        assert client.get("/account/").status_code == 200
    with clock.fixed_at(datetime(2026, 11, 23, 0, 0, tzinfo=UTC)):
        assert client.get("/account/").location == "/account/factors"


def test_a_rule_stops_open_browsers_too_and_ends_with_the_rule(
    signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    browser = signed_in(mei)
    need(Role.RELATIONS)
    assert browser.get("/account/").location == "/account/factors"
    need()
    assert browser.get("/account/").status_code == 200


def test_a_rule_needs_its_day(signed_in: Callable[..., FlaskClient], app: Flask, now: None) -> None:
    browser = signed_in(Role.ADMIN)
    answer = browser.post("/settings/sign-in", data={"factor_roles": ["compliance"]})
    assert (answer.status_code, "Say from which day on" in answer.text) == (422, True)
    sent = {"factor_roles": ["compliance"], "factor_from_on": "2026-12-01", "passwords": "y"}
    assert browser.post("/settings/sign-in", data=sent).status_code == 303
    assert queries_factors.rules() == SignInRules(
        factor_roles=frozenset({Role.COMPLIANCE}), factor_from_on=date(2026, 12, 1)
    )
    event = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.action == "accounts.sign_in_rules_set"
    assert "Compliance" in browser.get("/settings/sign-in").text


def test_the_last_factor_of_a_role_that_needs_one_stays(app: Flask, mei: User, now: None) -> None:
    factors.app_of(mei)
    need(Role.RELATIONS)
    with pytest.raises(FactorNeeded), transaction():
        operations_factors.remove_app(mei, by=mei)
    assert (queries_factors.has_factor(mei), len(queries_factors.list_codes(mei))) == (True, 10)
    need()
    with transaction():
        operations_factors.remove_app(mei, by=mei)
    assert (queries_factors.has_factor(mei), len(queries_factors.list_codes(mei))) == (False, 0)


# -- lost ------------------------------------------------------------------------------------------


def test_an_administrator_takes_a_lost_factor_away_and_its_owner_is_told(
    client: FlaskClient, signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    factors.app_of(mei)
    theirs = signed_in(mei)
    admin = signed_in(make.user(role=Role.ADMIN, name="Ada Byron"))
    page = f"/settings/users/{mei.id}"
    assert "app, 10 recovery codes" in admin.get(page).text
    assert admin.get(f"{page}/factors/remove").status_code == 200
    assert admin.post(f"{page}/factors/remove").location == page
    assert (queries_factors.has_factor(mei), queries_factors.list_codes(mei)) == (False, [])
    assert theirs.get("/account/").status_code == 303
    event = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "accounts.factor_removed")
    ).one()
    assert (event.by.name, event.subject_id) == ("Ada Byron", str(mei.id))
    mail = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail.recipient == "mei@lumen.example"
    assert "Ada Byron has taken every second factor" in parts_of(mail.raw).text
    assert client.post("/sign-in", data=GOOD).location == "/"


def test_a_new_password_by_an_administrator_leaves_the_second_factor(
    client: FlaskClient, mei: User, now: None
) -> None:
    """6.4.3: whoever resets a password gets past nothing else."""
    factors.app_of(mei)
    with transaction():
        operations.set_password(mei, "seven quiet harbours", by=make.user(role=Role.ADMIN))
    answer = client.post("/sign-in", data=GOOD | {"password": "seven quiet harbours"})
    assert answer.location == "/sign-in/second-factor?next=/"


def test_only_administrators_see_and_end_the_browsers_of_somebody(
    signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    theirs, second, admin = signed_in(mei), signed_in(mei), signed_in(Role.ADMIN)
    first, _ = sorted(queries.list_sessions(mei), key=lambda one: one.id)
    path = f"/settings/users/{mei.id}/sessions"
    assert second.post(f"{path}/{first.id}/end").status_code == 403
    assert admin.post(f"/settings/users/{mei.id + 1}/sessions/{first.id}/end").status_code == 404
    assert admin.post(f"{path}/{first.id}/end").status_code == 303
    assert (theirs.get("/account/").status_code, second.get("/account/").status_code) == (303, 200)
    assert admin.post(f"{path}/end").status_code == 303
    assert second.get("/account/").status_code == 303
    assert admin.get("/account/").status_code == 200


# -- passkeys --------------------------------------------------------------------------------------


def key_of(user: User, credential: str = "AAAA") -> UserPasskey:
    with transaction():
        row = UserPasskey(
            user_id=user.id,
            credential=credential,
            public_key=b"none",
            device="Firefox on Linux",
            made_at=clock.now(),
        )
        db.session.add(row)
    return row


NO_PASSKEYS = [
    "",
    "{}",
    "[]",
    "null",
    "x" * 9000,
    '{"id": "AAAA"}',
    json.dumps({"id": "AAAA", "rawId": "AAAA"}),
]


@pytest.mark.parametrize("credential", NO_PASSKEYS)
def test_what_is_no_passkey_opens_nothing(client: FlaskClient, mei: User, now: None, credential: str) -> None:
    key_of(mei)
    assert "challenge" in client.post("/sign-in/passkey/options").json
    answer = client.post("/sign-in/passkey", data={"credential": credential})
    assert (answer.location, secrets_in(client)[0]) == ("/sign-in?next=/", False)
    client.post("/sign-in", data=GOOD)
    options = client.post("/sign-in/second-factor/options").json
    assert [one["id"] for one in options["allowCredentials"]] == ["AAAA"]
    answer = client.post("/sign-in/second-factor/passkey", data={"credential": credential})
    assert (answer.location, secrets_in(client)) == ("/sign-in/second-factor?next=/", (False, True))
    assert db.session.query(SignInAttempt).count() == 1


def test_a_challenge_waits_five_minutes_for_one_answer(client: FlaskClient, mei: User) -> None:
    with clock.fixed_at(NOW):
        client.post("/sign-in/passkey/options")
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        client.post("/sign-in/passkey", data={"credential": "{}"})
        assert "That took too long. Try again." in client.get("/sign-in").text


def test_the_passkey_of_somebody_else_is_not_there(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    row = key_of(mei)
    browser = signed_in(make.user(name="Omar", email="omar@lumen.example"))
    assert browser.post(f"/account/factors/passkeys/{row.id}/remove").status_code == 404
    assert signed_in(mei).post(f"/account/factors/passkeys/{row.id}/remove").status_code == 303
    assert db.session.query(UserPasskey).count() == 0


def test_ten_passkeys_are_enough(app: Flask, mei: User) -> None:
    for number in range(10):
        key_of(mei, f"AAA{number}")
    with pytest.raises(FactorRefused, match="enough"), transaction():
        operations_factors.make_passkey("{}", b"", "Firefox", by=mei)


# -- leaving ---------------------------------------------------------------------------------------


def test_deactivation_ends_browsers_steps_and_tokens_at_once(
    client: FlaskClient, signed_in: Callable[..., FlaskClient], mei: User, now: None
) -> None:
    codes = factors.app_of(mei)
    theirs = signed_in(mei)
    client.post("/sign-in", data=GOOD)
    with transaction():
        token = operations_tokens.make_token("export", by=mei)
    bearer = {"Authorization": f"Bearer {token.secret}"}
    assert theirs.get("/api/v1/people", headers=bearer).status_code == 200
    with transaction():
        operations.deactivate_user(db.session.get_one(User, mei.id), by=make.user(role=Role.ADMIN))
    assert theirs.get("/account/").status_code == 303
    assert theirs.get("/api/v1/people", headers=bearer).status_code in {401, 403}
    assert client.post("/sign-in/second-factor", data={"code": codes[0]}).location == "/sign-in?next=/"
    ended = [
        db.session.query(table).filter(table.ended_at.is_(None)).count()
        for table in (UserSession, SignInStep)
    ]
    assert ended == [0, 0]
