"""Pages of sign-in, account and settings, through the door."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

import config
from app.accounts import audit, operations, operations_tokens, passwords, policies, queries, signing_in
from app.accounts.models import Department, Role, SignInAttempt, Theme, User, UserSession
from app.accounts.permissions import PERMISSIONS
from app.core import clock
from app.core.db import db, transaction
from tests.conftest import fresh
from tests.factories import accounts as make

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSWORD = "quiet harbour lantern"
GOOD = {"email": "mei@lumen.example", "password": PASSWORD}


@pytest.fixture
def mei(app: Flask) -> User:
    user = make.user(name="Mei Tanaka-Lindt", email="mei@lumen.example")
    with transaction():
        user.password_hash = passwords.hash_password(PASSWORD)
    return user


def secret_in(browser: FlaskClient) -> str | None:
    with browser.session_transaction() as cookie:
        return cookie.get("sid")


# -- the way in ------------------------------------------------------------------------------------


def test_sign_in_leads_to_where_one_wanted_to_go(client: FlaskClient, mei: User) -> None:
    assert client.get("/account/").location == "/sign-in?next=/account/"
    assert client.get("/sign-in?next=/account/").status_code == 200
    answer = client.post("/sign-in?next=/account/", data=GOOD)
    assert (answer.status_code, answer.location) == (303, "/account/")
    assert "Mei Tanaka-Lindt" in client.get("/account/").text
    (session,) = queries.list_sessions(mei)
    assert (session.address, session.agent) == ("127.0.0.1", "Werkzeug/" + session.agent.split("/")[1])


@pytest.mark.parametrize("data", [GOOD | {"password": "wrong"}, GOOD | {"email": "nobody@lumen.example"}])
def test_sign_in_refuses_everything_wrong_alike_and_keeps_the_failure(
    client: FlaskClient, mei: User, data: dict[str, str]
) -> None:
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 422
    assert answer.text.count("This address and password do not belong together.") == 1
    assert f'value="{data["email"]}"' in answer.text
    assert data["password"] not in answer.text
    assert db.session.query(SignInAttempt).count() == 1
    assert secret_in(client) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [({}, "This is needed."), ({"email": "x" * 400, "password": "x"}, "At most 320 characters.")],
)
def test_sign_in_with_an_unfinished_form_counts_as_no_attempt(
    client: FlaskClient, mei: User, data: dict[str, str], message: str
) -> None:
    answer = client.post("/sign-in", data=data)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert db.session.query(SignInAttempt).count() == 0


def test_sign_in_says_when_to_try_again_after_too_many_attempts(client: FlaskClient, mei: User) -> None:
    with clock.fixed_at(NOW):
        for _ in range(policies.MOST_PER_ACCOUNT):
            assert client.post("/sign-in", data=GOOD | {"password": "wrong"}).status_code == 422
    with clock.fixed_at(NOW + timedelta(minutes=5)):
        answer = client.post("/sign-in", data=GOOD)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
        assert "Wait 10 minutes, then try again" in answer.text
        assert secret_in(client) is None
    with clock.fixed_at(NOW + policies.WINDOW):
        assert client.post("/sign-in", data=GOOD).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\x01//evil.example",
        " //evil",
        "javascript:alert(1)",
        "/?x=//evil",
        "",
    ],
)
def test_sign_in_never_leads_to_another_site(client: FlaskClient, mei: User, path: str) -> None:
    assert client.post("/sign-in", query_string={"next": path}, data=GOOD).location == "/"


def test_sign_in_gives_a_new_session_and_ends_the_old_one(client: FlaskClient, mei: User) -> None:
    """Session fixation: what a browser brought along is worth nothing afterwards."""
    with client.session_transaction() as cookie:
        cookie["sid"] = "planted"
        cookie["left_behind"] = "by an earlier visitor"
    client.post("/sign-in", data=GOOD)
    first = secret_in(client)
    client.post("/sign-in", data=GOOD)
    second = secret_in(client)
    assert len({"planted", first, second}) == 3
    assert len(queries.list_sessions(mei)) == 1
    with client.session_transaction() as cookie:
        assert "left_behind" not in cookie


def test_sign_out_ends_the_session_on_the_server(app: Flask, client: FlaskClient, mei: User) -> None:
    client.post("/sign-in", data=GOOD)
    copied = secret_in(client)
    assert client.post("/sign-out").location == "/sign-in"
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["sid"] = copied
    assert thief.get("/account/").status_code == 303
    assert client.post("/sign-out").status_code == 303


def test_sign_out_is_never_a_link(client: FlaskClient) -> None:
    assert client.get("/sign-out").status_code == 405


def test_a_deactivated_user_is_out_at_once(client: FlaskClient, mei: User) -> None:
    client.post("/sign-in", data=GOOD)
    assert client.get("/account/").status_code == 200
    with transaction():
        operations.deactivate_user(fresh_user(mei), by=make.user(role=Role.ADMIN))
    assert client.get("/account/").location == "/sign-in?next=/account/"


def fresh_user(user: User) -> User:
    return db.session.get_one(User, user.id)


@pytest.mark.parametrize("pause", [policies.IDLE, policies.LONGEST])
def test_a_session_dies_of_idleness_and_of_age(client: FlaskClient, mei: User, pause: timedelta) -> None:
    with clock.fixed_at(NOW):
        client.post("/sign-in", data=GOOD)
    with clock.fixed_at(NOW + pause + timedelta(seconds=1)):
        assert client.get("/account/").status_code == 303


def test_a_session_in_use_lives_on(client: FlaskClient, mei: User) -> None:
    with clock.fixed_at(NOW):
        client.post("/sign-in", data=GOOD)
    for hours in (11, 22, 33):
        with clock.fixed_at(NOW + timedelta(hours=hours)):
            assert client.get("/account/").status_code == 200


def test_a_cookie_of_another_program_on_this_host_locks_nobody_out(client: FlaskClient, mei: User) -> None:
    """Flask-Login would look no further when it sees its own kind of cookie."""
    client.set_cookie("remember_token", "1|of-another-program")
    client.post("/sign-in", data=GOOD)
    assert client.get("/account/").status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    app: Flask, client: FlaskClient, mei: User
) -> None:
    (plain,) = client.post("/sign-in", data=GOOD).headers.getlist("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    assert "Domain" not in plain
    assert "Expires" not in plain
    before = {key: app.config[key] for key in ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME")}
    try:  # as config.py sets it under https
        app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_NAME="__Host-rapport")
        (safe,) = (
            app.test_client()
            .post("/sign-in", data=GOOD, base_url="https://localhost")
            .headers.getlist("Set-Cookie")
        )
    finally:
        app.config.update(before)
    assert safe.startswith("__Host-rapport=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(safe.split("; "))


# -- the door --------------------------------------------------------------------------------------


@pytest.fixture
def with_csrf(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


def test_every_unsafe_route_wants_a_csrf_token(
    app: Flask, with_csrf: None, signed_in: Callable[..., FlaskClient]
) -> None:
    browser = signed_in(Role.ADMIN)
    let_in = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            continue  # a bearer token is sent by no browser on its own
        if rule.endpoint == "portal.stop_letters":
            continue  # a mail program sends the secret of one letter, and no cookie (RFC 8058)
        for method in {"POST", "PUT", "PATCH", "DELETE"} & set(rule.methods or ()):
            path = re.sub(r"<[^>]+>", "1", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule))
            if browser.open(path, method=method).status_code != 400:
                let_in.append((method, rule.rule))
    assert let_in == []


def test_a_form_with_its_token_is_accepted(client: FlaskClient, with_csrf: None, mei: User) -> None:
    page = client.get("/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    assert client.post("/sign-in", data=GOOD | {"csrf_token": "forged"}).status_code == 400
    assert client.post("/sign-in", data=GOOD | {"csrf_token": token[1]}).status_code == 303


def test_a_token_from_before_sign_in_is_worth_nothing_afterwards(
    client: FlaskClient, with_csrf: None, mei: User
) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    client.post("/sign-in", data=GOOD | {"csrf_token": token[1]})
    assert client.post("/account/theme", data={"theme": "dark", "csrf_token": token[1]}).status_code == 400


@pytest.mark.parametrize("path", ["/sign-in", "/account/", "/no-such-page"])
def test_every_page_carries_the_headers_of_asvs(signed_in: Callable[..., FlaskClient], path: str) -> None:
    headers = signed_in(Role.RELATIONS).get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    nonce = policy.pop("script-src").removeprefix("'nonce-").removesuffix("' 'strict-dynamic'")
    assert len(nonce) >= 22
    assert policy == {
        "default-src": "'none'", "style-src": "'self'", "img-src": "'self' data:", "font-src": "'self'", "connect-src": "'self'",
        "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'", "object-src": "'none'", "worker-src": "'none'",
    }  # fmt: skip
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Cookie" in headers["Vary"]
    assert "Server" not in headers or "Werkzeug" in headers["Server"]


def test_hsts_is_sent_under_https_only(app: Flask, client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers
    app.config["IS_HTTPS"] = True
    try:
        assert (
            client.get("/sign-in").headers["Strict-Transport-Security"]
            == "max-age=31536000; includeSubDomains"
        )
    finally:
        app.config["IS_HTTPS"] = False


def test_the_nonce_is_new_on_every_page_and_stands_on_every_script(client: FlaskClient) -> None:
    nonces = set()
    for _ in range(3):
        answer = client.get("/sign-in")
        nonce = re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[0]
        assert set(re.findall(r'<script nonce="([^"]+)"', answer.text)) == {nonce}
        assert answer.text.count("<script") == answer.text.count("<script nonce=")
        nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.parametrize("path", ["/sign-in", "/account/", "/no-such-page"])
def test_another_host_is_refused(signed_in: Callable[..., FlaskClient], path: str) -> None:
    answer = signed_in(Role.ADMIN).get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
    assert "does not answer under this host name" in answer.text


def test_further_hosts_are_answered_beside_the_usual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_BASE_URL", "https://rapport.example")
    monkeypatch.setenv("RAPPORT_HOSTS", "inside.example, other.example")
    assert config.load()["TRUSTED_HOSTS"] == [
        "127.0.0.1", "localhost", "[::1]", "rapport.example", "inside.example", "other.example",
    ]  # fmt: skip


# -- oneself ---------------------------------------------------------------------------------------

PROFILE = {"name": "Mei Lindt", "locale": "fr", "zone": "Asia/Tokyo", "theme": "dark"}


def test_the_profile_is_saved(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    answer = signed_in(mei).post("/account/", data=PROFILE)
    assert (answer.status_code, answer.location) == (303, "/account/")
    saved = fresh(mei)
    assert (saved.name, saved.locale, saved.zone, saved.theme) == (
        "Mei Lindt",
        "fr",
        "Asia/Tokyo",
        Theme.DARK,
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "This is needed."),
        ({"name": "x" * 321}, "At most 320 characters."),
        ({"zone": "Europe/Nowhere"}, "This is not a time zone."),
        ({"locale": "tlh"}, "Not a valid choice"),
        ({"theme": "rainbow"}, "Not a valid choice"),
    ],
)
def test_a_bad_profile_is_refused_at_its_field(
    signed_in: Callable[..., FlaskClient], mei: User, change: dict[str, str], message: str
) -> None:
    answer = signed_in(mei).post("/account/", data=PROFILE | change)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert 'value="Asia/Tokyo"' in answer.text or "zone" in change
    assert fresh(mei).name == "Mei Tanaka-Lindt"


def test_a_profile_somebody_else_saved_is_not_overwritten(
    signed_in: Callable[..., FlaskClient], mei: User
) -> None:
    browser = signed_in(mei)
    assert browser.post("/account/", data=PROFILE | {"version": "99"}).status_code == 409
    assert fresh(mei).name == "Mei Tanaka-Lindt"


def test_the_theme_is_chosen_from_the_menu_of_any_page(
    signed_in: Callable[..., FlaskClient], mei: User
) -> None:
    browser = signed_in(mei)
    assert (
        browser.post(
            "/account/theme", data={"theme": "dark"}, headers={"Referer": "http://localhost/notices/"}
        ).location
        == "/notices/"
    )
    assert 'data-bs-theme="dark"' in browser.get("/account/").text
    assert browser.post("/account/theme", data={"theme": "rainbow"}).status_code == 422


def test_a_new_password_signs_the_other_browsers_out(
    signed_in: Callable[..., FlaskClient], mei: User
) -> None:
    here, there = signed_in(mei), signed_in(mei)
    data = {"current": PASSWORD, "password": "velvet giraffe orchard", "again": "velvet giraffe orchard"}
    assert here.post("/account/password", data=data).location == "/account/"
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 303)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"current": "wrong"}, "This is not your present password."),
        ({"password": "short", "again": "short"}, "Use at least 12 characters."),
        ({"password": "tanaka-lindt-2026", "again": "tanaka-lindt-2026"}, "made of words anybody would try"),
        ({"again": "something else"}, "This differs from the new password above."),
        ({"current": ""}, "This is needed."),
        ({"password": "x" * 200, "again": "x" * 200}, "Use at most 128 characters."),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(
    signed_in: Callable[..., FlaskClient], mei: User, change: dict[str, str], message: str
) -> None:
    data = {"current": PASSWORD, "password": "velvet giraffe orchard", "again": "velvet giraffe orchard"}
    answer = signed_in(mei).post("/account/password", data=data | change)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert "velvet" not in answer.text
    assert passwords.is_right(fresh(mei).password_hash, PASSWORD)
    assert db.session.query(SignInAttempt).count() == (1 if change == {"current": "wrong"} else 0)


def test_sessions_are_listed_and_ended(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    here, there = signed_in(mei), signed_in(mei)
    page = here.get("/account/").text
    assert page.count("this browser") == 1
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', page)
    assert len(ends) == 1
    assert here.post(ends[0]).status_code == 303
    assert there.get("/account/").status_code == 303
    third = signed_in(mei)
    assert here.post("/account/sessions/end").status_code == 303
    assert (here.get("/account/").status_code, third.get("/account/").status_code) == (200, 303)


def test_sessions_of_others_are_not_found(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    signed_in(mei)
    other = signed_in(Role.ADMIN)
    (session,) = db.session.scalars(sa.select(UserSession).where(UserSession.user_id == mei.id))
    assert other.post(f"/account/sessions/{session.id}/end").status_code == 404


def test_a_token_is_shown_once_and_revoked(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    browser = signed_in(mei)
    answer = browser.post("/account/tokens/new", data={"name": "nightly export"})
    shown = re.search(r'<code id="token" dir="auto">([^<]+)</code>', answer.text)
    assert shown is not None
    assert answer.headers["Cache-Control"] == "no-store"
    (token,) = queries.list_tokens(mei)
    assert token.secret_hash == signing_in.hash_secret(shown[1])
    assert shown[1] not in browser.get("/account/").text
    assert signed_in(Role.RELATIONS).post(f"/account/tokens/{token.id}/revoke").status_code == 404
    assert browser.post(f"/account/tokens/{token.id}/revoke").status_code == 303
    assert fresh(token).revoked_at is not None


def test_a_stand_in_is_named_and_ended(signed_in: Callable[..., FlaskClient]) -> None:
    helga, sam = make.user(role=Role.COMPLIANCE, name="Helga"), make.user(role=Role.COMPLIANCE, name="Sam")
    browser, today = signed_in(helga), clock.today("Europe/London")
    assert "Sam" in browser.get("/account/stand-ins/new").text
    data = {"delegate_id": str(sam.id), "from_on": today.isoformat(), "to_on": today.isoformat()}
    assert browser.post("/account/stand-ins/new", data=data).status_code == 303
    assert "Today you may approve in the name of" in signed_in(sam).get("/account/").text
    (delegation,) = queries.list_delegations(helga, today)
    assert signed_in(sam).post(f"/account/stand-ins/{delegation.id}/end").status_code == 404
    assert browser.post(f"/account/stand-ins/{delegation.id}/end").status_code == 303
    assert queries.delegators_of(sam, today) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from_on": "soon"}, "Not a valid date value."),
        ({"from_on": "2026-12-05", "to_on": "2026-12-01"}, "The last day comes before the first one."),
        ({"to_on": "2020-01-01", "from_on": "2020-01-01"}, "These days are over already."),
        ({"to_on": "1816-01-01"}, "Give a date between 1990 and 2100."),
        ({"delegate_id": "999"}, "Not a valid choice"),
    ],
)
def test_a_bad_stand_in_is_refused_at_its_field(
    signed_in: Callable[..., FlaskClient], change: dict[str, str], message: str
) -> None:
    helga, sam = make.user(role=Role.COMPLIANCE, name="Helga"), make.user(role=Role.COMPLIANCE, name="Sam")
    data = {"delegate_id": str(sam.id), "from_on": "2026-12-01", "to_on": "2026-12-05"} | change
    answer = signed_in(helga).post("/account/stand-ins/new", data=data)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert queries.list_delegations(helga, NOW.date() - timedelta(days=9999)) == []


def test_somebody_who_approves_nothing_is_told_so(signed_in: Callable[..., FlaskClient]) -> None:
    browser = signed_in(Role.RELATIONS)
    assert "Nobody can stand in for you" in browser.get("/account/stand-ins/new").text
    assert "Name a stand-in" not in browser.get("/account/").text


# -- search ----------------------------------------------------------------------------------------


def test_search_answers_as_a_page_and_as_a_fragment(signed_in: Callable[..., FlaskClient]) -> None:
    browser = signed_in(Role.ADMIN)
    page = browser.get("/search?q=setti").text
    fragment = browser.get("/search?q=setti", headers={"HX-Request": "true"}).text
    assert "<h1>Search</h1>" in page
    assert "<h1>" not in fragment
    assert 'href="/settings/"' in fragment
    assert "Nothing found for “zzz”" in browser.get("/search?q=zzz").text
    assert "Type at least two letters." in browser.get("/search?q=z").text
    assert "<script>alert" not in browser.get("/search?q=<script>alert(1)</script>").text


def test_search_offers_only_what_the_role_may_open(signed_in: Callable[..., FlaskClient]) -> None:
    assert (
        'href="/settings/"'
        not in signed_in(Role.ASSISTANT).get("/search?q=setti", headers={"HX-Request": "true"}).text
    )


# -- settings --------------------------------------------------------------------------------------

USER = {
    "email": "omar@lumen.example",
    "name": "Omar Benhallam",
    "role": "relations",
    "department": "PR",
    "locale": "en",
    "zone": "Europe/London",
    "organisation_id": "",
}


@pytest.mark.parametrize("role", list(Role))
def test_settings_show_what_a_role_may_set(signed_in: Callable[..., FlaskClient], role: Role) -> None:
    answer = signed_in(role).get("/settings/")
    if "audit:read" not in PERMISSIONS[role]:
        assert answer.status_code == 403
        return
    links = set(re.findall(r'href="(/settings/[a-z-]+/?)"', answer.text))
    wanted = {
        "/settings/roles",
        "/settings/audit",
        "/settings/x-ray",
        "/settings/delegations",
        "/settings/webhooks/",
    }
    if role == Role.ADMIN:
        wanted |= {
            "/settings/users/",
            "/settings/departments",
            "/settings/tokens",
            "/settings/reporting",
            "/settings/backups",
            "/settings/sign-in",
            "/settings/see-as",
            "/settings/branding",
            "/settings/jobs/",
            "/settings/feeds/",
        }
    assert links == wanted


def test_an_admin_adds_a_user_and_makes_a_password(app: Flask, signed_in: Callable[..., FlaskClient]) -> None:
    browser = signed_in(Role.ADMIN)
    assert browser.get("/settings/users/new").status_code == 200
    answer = browser.post("/settings/users/new", data=USER)
    assert answer.status_code == 303
    assert "no password yet" in browser.get(answer.location).text
    assert browser.get(answer.location + "/password").status_code == 200
    shown = re.search(
        r'<code id="password" dir="auto">([^<]+)</code>', browser.post(answer.location + "/password").text
    )
    assert shown is not None
    entered = app.test_client().post("/sign-in", data={"email": USER["email"], "password": shown[1]})
    assert entered.status_code == 303


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"email": "omar"}, "is not a mail address"),
        ({"email": ""}, "This is needed."),
        ({"email": "mei@lumen.example"}, "Somebody signs in with this address already."),
        ({"name": " "}, "This is needed."),
        ({"role": "king"}, "Not a valid choice"),
        ({"role": "partner"}, "A partner belongs to an agency, and nobody else does."),
        ({"organisation_id": "77"}, "Not a valid choice"),
        ({"zone": "Mars/Olympus"}, "This is not a time zone."),
        ({"department": "x" * 400}, "At most 320 characters."),
    ],
)
def test_a_bad_user_is_refused_at_its_field(
    signed_in: Callable[..., FlaskClient], mei: User, change: dict[str, str], message: str
) -> None:
    browser = signed_in(Role.ADMIN)
    n_before = db.session.query(User).count()
    answer = browser.post("/settings/users/new", data=USER | change)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert "Omar Benhallam" in answer.text or "name" in change
    assert db.session.query(User).count() == n_before
    assert db.session.query(Department).filter_by(name="PR").count() == 0


def test_an_admin_edits_and_deactivates_with_undo(signed_in: Callable[..., FlaskClient], mei: User) -> None:
    browser, page = signed_in(Role.ADMIN), f"/settings/users/{mei.id}"
    edited = USER | {"email": "mei@lumen.example", "name": "Mei Lindt", "version": str(mei.version)}
    assert re.findall(r"<h1>(.*?)</h1>", browser.get(page).text) == ["<bdi>Mei Tanaka-Lindt</bdi>"]
    assert re.findall(r"<h1>(.*?)</h1>", browser.get(page + "/edit").text) == ["Edit Mei Tanaka-Lindt"]
    assert 'value="Mei Tanaka-Lindt"' in browser.get(page + "/edit").text
    assert "Deactivate Mei Tanaka-Lindt?" in browser.get(page + "/deactivate").text
    assert "Make a new password for Mei Tanaka-Lindt?" in browser.get(page + "/password").text
    assert browser.post(page + "/edit", data=edited).location == page
    assert fresh(mei).name == "Mei Lindt"
    assert browser.post(page + "/edit", data=edited | {"name": "stale"}).status_code == 409
    assert browser.get(page + "/deactivate").status_code == 200
    assert browser.post(page + "/deactivate").location == page
    shown = browser.get(page).text
    assert f'action="{page}/reactivate"' in shown
    assert browser.post(page + "/reactivate").location == page
    assert fresh(mei).is_active


def test_an_admin_cannot_lock_everybody_out(signed_in: Callable[..., FlaskClient]) -> None:
    admin = make.user(role=Role.ADMIN)
    browser = signed_in(admin)
    answer = browser.post(f"/settings/users/{admin.id}/edit", data=USER | {"email": admin.email})
    assert (answer.status_code, "only active administrator" in answer.text) == (422, True)
    assert browser.post(f"/settings/users/{admin.id}/deactivate").status_code == 422
    assert fresh(admin).is_active


def test_departments_roles_tokens_and_reporting_have_pages(signed_in: Callable[..., FlaskClient]) -> None:
    browser = signed_in(Role.ADMIN)
    assert browser.post("/settings/departments", data={"name": "Events"}).status_code == 303
    assert "Events" in browser.get("/settings/departments").text
    assert browser.post("/settings/departments", data={"name": ""}).status_code == 422
    roles = browser.get("/settings/roles").text
    assert all(right in roles for rights in PERMISSIONS.values() for right in rights)
    assert browser.get("/settings/tokens").status_code == 200
    good: dict[str, Any] = {
        "currency": "eur",
        "n_group_minimum": "5",
        "n_review_days": "30",
        "tax": "included",
    }
    assert browser.post("/settings/reporting", data=good).location == "/settings/"
    assert "EUR" in browser.get("/settings/").text
    for change in ({"currency": "ZZZ"}, {"n_group_minimum": "4"}, {"n_review_days": "many"}):
        assert browser.post("/settings/reporting", data=good | change).status_code == 422


def test_the_trail_is_narrowed_by_the_address_and_bad_filters_filter_nothing(
    signed_in: Callable[..., FlaskClient], mei: User
) -> None:
    browser = signed_in(Role.ADMIN)
    browser.post("/settings/departments", data={"name": "Events"})
    assert "Department added" in browser.get("/settings/audit").text
    assert (
        "Department added"
        in browser.get("/settings/audit?q=accounts.dep&kind=department&from=2020-01-01").text
    )
    assert "Nothing like this was recorded" in browser.get(f"/settings/audit?by={mei.id}").text
    with transaction():
        audit.record_event("test.happened", kind="user_session", ref="1", by=None)
    chosen = browser.get("/settings/audit?kind=department").text
    assert '<option value="department" selected>Department</option>' in chosen
    assert '<option value="user_session">User session</option>' in chosen
    assert '<option value="ledger_entry">' not in chosen, "no line is about one"
    unknown = browser.get("/settings/audit?kind=moon").text
    assert "Nothing like this was recorded" in unknown
    assert '<option value="moon" selected>Moon</option>' in unknown
    for bad in ("page=-3", "page=x", "by=", "from="):
        page = browser.get(f"/settings/audit?{bad}").text
        assert "Department added" in page
        assert "names something that does not exist" not in page
    for bad, label in (
        ("by=x", "Who"), ("for=-1", "In the name of"), ("from=yesterday", "From"), ("to=2026-02-30", "To"), ("room=moon", "Room"),
    ):  # fmt: skip
        page = browser.get(f"/settings/audit?{bad}").text
        assert "Department added" in page
        assert f"“{label}” in this address names something that does not exist" in page
    assert browser.get("/settings/audit?after=99999999999999999999999").status_code == 200


@pytest.mark.parametrize(
    "path", ["/settings/users/", "/settings/audit", "/settings/departments", "/settings/tokens", "/account/"]
)
def test_lists_ask_the_same_number_of_questions_whatever_their_length(
    signed_in: Callable[..., FlaskClient], count_queries: Callable[[], int], path: str
) -> None:
    admin = make.user(role=Role.ADMIN)
    browser = signed_in(admin)

    def questions(rows: int, offset: int) -> int:
        for number in range(rows):
            user = make.user(name=f"User {offset + number}", in_department=f"Department {offset + number}")
            with transaction():
                for owner in (user, admin):
                    operations_tokens.make_token(f"token {number}", by=owner)
        browser.get(path)
        count_queries()
        assert browser.get(path).status_code == 200
        return count_queries()

    assert questions(1, 0) == questions(29, 1)
