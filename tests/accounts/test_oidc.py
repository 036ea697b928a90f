"""Sign-in through a provider: a real one answers on a port, and whatever it or a browser says wrongly lets nobody in (ASVS 5.0: V10)."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from oidc_provider_mock import User as Sub
from oidc_provider_mock import run_server_in_thread

from app.accounts import (
    oidc_client,
    operations,
    operations_oidc,
    operations_rules,
    passwords,
    policies_oidc,
    queries,
    queries_oidc,
)
from app.accounts.details_sign_in import GroupDetails, SignInRules
from app.accounts.models import AuditEvent, Role, User
from app.accounts.models_oidc import GroupMapping, UserIdentity
from app.accounts.oidc import Proved, Provider, ProviderAway, ProviderRefused
from app.accounts.policies_oidc import NoPasswordHere, NotLetIn
from app.core import clock, fetching, settings
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.core.models import OutboxMail
from tests.conftest import fresh
from tests.databases import free_port
from tests.factories import accounts as make
from tests.factories import factors

#: Inside oidc-provider-mock, in the thread of its server.
pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore:The httpx module is deprecated"),
]

PASSWORD = "quiet harbour lantern"
MEI = {
    "email": "mei@lumen.example", "email_verified": True, "name": "Mei Tanaka-Lindt", "groups": ["analysts", "all"],
}  # fmt: skip


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    """The address of a provider on a port of this machine."""
    with run_server_in_thread(user_claims=[Sub(sub="mei", claims=MEI)]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def connected(app: Flask, house: str) -> Iterator[str]:
    """The application, connected to that provider."""
    before = {key: app.config[key] for key in app.config if key.startswith("OIDC_")}
    app.config.update(OIDC_ISSUER=house, OIDC_CLIENT_ID="rapport", OIDC_CLIENT_SECRET="s3cret")
    requests.put(f"{house}/users/mei", json=MEI, timeout=5).raise_for_status()
    forget_what_was_asked(app)
    yield house
    app.config.update(before)
    forget_what_was_asked(app)


def forget_what_was_asked(app: Flask) -> None:
    """A process that has just begun knows nothing of the provider and of who went there."""
    for kept in ("provider_described", "provider_pace"):
        app.extensions.pop(kept, None)


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def go_there(browser: FlaskClient, sub: str = "mei", onward: str = "/account/") -> str:
    """Follow the button, say yes at the provider; the path it sends the browser back to."""
    answer = browser.get("/sign-in/provider", query_string={"next": onward})
    assert answer.status_code == 303, answer.text
    said = requests.post(answer.location, data={"sub": sub}, allow_redirects=False, timeout=5)
    return path_of(said.headers["Location"])


def proof_in(page: str) -> str:
    return page.partition('name="proof"')[2].partition('value="')[2].partition('"')[0]


def come_in(browser: FlaskClient, sub: str = "mei", onward: str = "/account/"):
    """The whole way; the last answer."""
    page = browser.get(go_there(browser, sub, onward))
    assert page.status_code == 200, page.text
    return browser.post("/sign-in/provider/finish", data={"proof": proof_in(page.text)})


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account/").status_code == 200


def map_group(
    name: str = "analysts", role: Role = Role.RELATIONS, department: str = "Analyst relations"
) -> GroupMapping:
    with transaction():
        return operations_oidc.add_mapping(
            GroupDetails(group_name=name, role=role, department=department), by=make.user(role=Role.ADMIN)
        )


def rule(**changes: bool) -> None:
    with transaction():
        operations_rules.set_rules(SignInRules(**changes), by=make.user(role=Role.ADMIN))


def users() -> list[str]:
    return list(db.session.scalars(sa.select(User.email).where(User.role != Role.ADMIN).order_by(User.id)))


# -- the round trip --------------------------------------------------------------------------------


def test_somebody_new_with_a_group_that_has_a_line_comes_in(client: FlaskClient, connected: str) -> None:
    map_group()
    assert f"Sign in with {urlsplit(connected).hostname}" in client.get("/sign-in").text
    sent = client.get("/sign-in/provider?next=/account/").location
    asked = parse_qs(urlsplit(sent).query)
    assert sent.startswith(f"{connected}/oauth2/authorize?")
    assert {key: asked[key] for key in ("response_type", "client_id", "code_challenge_method", "scope")} == {
        "response_type": ["code"], "client_id": ["rapport"], "code_challenge_method": ["S256"], "scope": ["openid email profile"],
    }  # fmt: skip
    assert all(len(asked[key][0]) >= 32 for key in ("state", "nonce", "code_challenge"))
    answer = come_in(client)
    assert (answer.status_code, answer.location, is_in(client)) == (303, "/account/", True)
    user = queries.find_user("mei@lumen.example")
    assert (user.name, user.role, user.department.name, user.password_hash) == (
        "Mei Tanaka-Lindt", Role.RELATIONS, "Analyst relations", "",
    )  # fmt: skip
    (identity,) = queries_oidc.list_identities(user)
    assert (identity.issuer, identity.subject, identity.is_provisioned) == (connected, "mei", True)
    (session,) = queries.list_sessions(user)
    assert session.how == "provider"
    event = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "accounts.provider_proved")
    ).one()
    assert (event.by_id, event.reason) == (user.id, "acr none, amr none")


def test_the_second_time_it_is_the_same_user_whatever_the_address_is_now(
    app: Flask, client: FlaskClient, connected: str
) -> None:
    map_group()
    come_in(client)
    requests.put(f"{connected}/users/mei", json=MEI | {"email": "lindt@lumen.example"}, timeout=5)
    again = app.test_client()
    assert come_in(again).location == "/account/"
    assert users() == ["mei@lumen.example"]


def test_the_way_back_writes_nothing_until_the_form_is_sent(client: FlaskClient, connected: str) -> None:
    map_group()
    answer = client.get(go_there(client))
    assert (answer.status_code, users(), is_in(client)) == (200, [], False)
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_new_session_takes_the_place_of_who_was_here(
    signed_in: Callable[..., FlaskClient], connected: str
) -> None:
    map_group()
    browser = signed_in(Role.COMPLIANCE)
    come_in(browser)
    helga = db.session.scalars(sa.select(User).where(User.role == Role.COMPLIANCE)).one()
    assert queries.list_sessions(helga) == []
    assert "Mei Tanaka-Lindt" in browser.get("/account/").text


def test_signing_out_is_local_and_at_once(client: FlaskClient, connected: str) -> None:
    map_group()
    come_in(client)
    client.post("/sign-out")
    assert not is_in(client)


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil", "", "javascript:alert(1)"],
)
def test_the_way_on_leads_to_no_other_site(client: FlaskClient, connected: str, onward: str) -> None:
    map_group()
    assert come_in(client, onward=onward).location == "/"


# -- what is wrong ---------------------------------------------------------------------------------


def change(browser: FlaskClient, place: int, value: object) -> None:
    with browser.session_transaction() as cookie:
        cookie["provider"] = [value if n == place else old for n, old in enumerate(cookie["provider"])]


@pytest.mark.parametrize(
    ("place", "words"),
    [(0, "begun elsewhere"), (1, "did not confirm this")],
    ids=["state", "nonce"],
)
def test_another_state_or_nonce_lets_nobody_in(
    client: FlaskClient, connected: str, place: int, words: str
) -> None:
    map_group()
    back = go_there(client)
    change(client, place, "x" * 32)
    answer = client.get(back)
    assert (answer.status_code, words in answer.text, is_in(client)) == (422, True, False)


def test_a_browser_that_was_not_sent_there_is_not_let_in(
    app: Flask, client: FlaskClient, connected: str
) -> None:
    """Login CSRF: somebody else's way back, opened in the browser of a victim."""
    map_group()
    back = go_there(client)
    victim = app.test_client()
    assert victim.get(back).status_code == 422
    page = client.get(back)
    assert victim.post("/sign-in/provider/finish", data={"proof": proof_in(page.text)}).status_code == 422
    victim.get("/sign-in/provider")
    assert victim.post("/sign-in/provider/finish", data={"proof": proof_in(page.text)}).status_code == 422
    assert not is_in(victim)


def test_a_code_and_a_proof_work_once(client: FlaskClient, connected: str) -> None:
    map_group()
    back = go_there(client)
    with client.session_transaction() as cookie:
        kept = list(cookie["provider"])
    page = client.get(back)
    assert client.get(back).status_code == 422  # nothing waits any more
    with client.session_transaction() as cookie:
        cookie["provider"] = kept
    answer = client.get(back)
    assert (answer.status_code, "did not confirm this" in answer.text) == (
        422,
        True,
    )  # the provider knows it was used
    assert client.post("/sign-in/provider/finish", data={"proof": proof_in(page.text)}).status_code == 422
    assert not is_in(client)


def test_a_proof_is_good_for_two_minutes(client: FlaskClient, connected: str) -> None:
    map_group()
    page = client.get(go_there(client))
    with clock.fixed_at(datetime.now(UTC) + timedelta(minutes=3)):
        answer = client.post("/sign-in/provider/finish", data={"proof": proof_in(page.text)})
        assert (answer.status_code, "took too long" in answer.text) == (422, True)


def test_a_sign_in_waits_ten_minutes(client: FlaskClient, connected: str) -> None:
    map_group()
    back = go_there(client)
    with clock.fixed_at(datetime.now(UTC) + timedelta(minutes=11)):
        assert client.get(back).status_code == 422


@pytest.mark.parametrize("proof", ["", "00", "zz", "x" * 5000, "01" * 60])
def test_a_made_up_proof_lets_nobody_in(client: FlaskClient, connected: str, proof: str) -> None:
    with client.session_transaction() as cookie:
        cookie["provider"] = ["nonce", "/"]
    assert client.post("/sign-in/provider/finish", data={"proof": proof}).status_code == 422
    assert not is_in(client)


def test_somebody_who_says_no_there_is_told_plainly(client: FlaskClient, connected: str) -> None:
    sent = client.get("/sign-in/provider").location
    said = requests.post(sent, data={"action": "deny"}, allow_redirects=False, timeout=5)
    state = parse_qs(urlsplit(sent).query)["state"][0]
    answer = client.get(path_of(said.headers["Location"]) + f"&state={state}")
    assert (answer.status_code, "let you go without confirming" in answer.text) == (422, True)


def test_a_provider_that_names_itself_otherwise_in_the_way_back_is_refused(
    client: FlaskClient, connected: str
) -> None:
    assert client.get(go_there(client) + "&iss=https://evil.example").status_code == 422


def test_a_provider_that_is_down_leaves_the_password(app: Flask, client: FlaskClient, connected: str) -> None:
    mei = make.user(name="Mei", email="mei@lumen.example")
    with transaction():
        mei.password_hash = passwords.hash_password(PASSWORD)
    app.config["OIDC_ISSUER"] = f"http://localhost:{free_port()}"
    answer = client.get("/sign-in/provider")
    assert (answer.status_code, "cannot be reached now" in answer.text) == (503, True)
    assert 'name="password"' in answer.text
    assert (
        client.post("/sign-in", data={"email": "mei@lumen.example", "password": PASSWORD}).status_code == 303
    )


def test_without_a_provider_there_is_no_button(client: FlaskClient) -> None:
    assert "/sign-in/provider" not in client.get("/sign-in").text
    assert client.get("/sign-in/provider").status_code == 422


def test_a_document_of_somebody_else_is_refused(app: Flask, client: FlaskClient, connected: str) -> None:
    app.config["OIDC_ISSUER"] = connected.replace("localhost", "127.0.0.1") + "/"
    assert client.get("/sign-in/provider").status_code == 303  # it goes by the name it is called by
    app.config["OIDC_ISSUER"] = connected + "/elsewhere"
    assert client.get("/sign-in/provider").status_code == 503


def test_the_provider_is_asked_once_what_it_is_and_nobody_asks_without_end(
    app: Flask, client: FlaskClient, connected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = oidc_client._read

    def read(session: Any, url: str, **kwargs: Any) -> dict[str, Any]:
        asked.append(url)
        return real(session, url, **kwargs)

    monkeypatch.setattr(oidc_client, "_read", read)
    answers = [client.get("/sign-in/provider").status_code for _ in range(30)]
    assert (set(answers), len(asked)) == ({303}, 1)
    answer = client.get("/sign-in/provider")
    assert (answer.status_code, "tried very often" in answer.text) == (429, True)
    assert 0 < int(answer.headers["Retry-After"]) <= 301
    assert client.get("/sign-in/provider/return?state=x&code=y").status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}  # somebody else is let through
    assert client.get("/sign-in/provider", environ_overrides=elsewhere).status_code == 303


def test_the_address_that_was_checked_is_the_one_that_is_called(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads somewhere public when it is checked, and inside a moment later, gets nobody inside."""
    answers, called = [["93.184.215.14"], ["127.0.0.1"]], []
    monkeypatch.setattr(fetching, "resolved", lambda _host, _port: answers.pop(0))

    def connect(address: tuple[str, int], *_args: Any, **_kwargs: Any) -> None:
        called.append(address)
        raise OSError("no way out of here")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with oidc_client._session(PROVIDER) as session, pytest.raises(ProviderAway):
        oidc_client._read(session, "https://keys.example/jwks", withhold_token=True)
    assert called == [("93.184.215.14", 443)]
    assert answers == [["127.0.0.1"]]  # nobody looked a second time


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://localhost:1234/token", True), ("http://localhost:1235/token", False), ("http://127.0.0.1:1234/x", False),
        ("https://127.0.0.1/x", False), ("https://10.0.0.1/x", False), ("https://169.254.169.254/latest", False),
        ("https://[::1]/x", False), ("http://93.184.215.14/x", False), ("https://93.184.215.14/x", True), ("file:///etc/passwd", False),
        ("https://localhost:1234/x", False), ("", False), ("https://[bad", False), ("https://nobody.invalid/x", False),
    ],
)  # fmt: skip
def test_nothing_inside_is_called_but_the_issuer(url: str, may: bool) -> None:
    home = ("http", "localhost", 1234)
    if may:
        oidc_client.pinned_address(url, home)
        return
    with pytest.raises(ProviderRefused):
        oidc_client.pinned_address(url, home)


# -- the token -------------------------------------------------------------------------------------

KEY, OTHER = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
GOOD = {
    "iss": "https://login.example",
    "aud": "rapport",
    "sub": "mei",
    "iat": AT,
    "exp": AT + 300,
    "nonce": "n",
}
PROVIDER = Provider("https://login.example", "rapport", "s", "groups", "openid")


def checked(
    claims: dict[str, object], header: dict[str, str] | None = None, key: RSAKey = KEY
) -> dict[str, object]:
    algorithms = ["RS256", "HS256", "none"]
    head = {"alg": "RS256", "kid": "one"} | (header or {})
    text = jwt.encode(head, claims, key, algorithms=algorithms)
    return oidc_client.check_id_token(
        {"id_token": text, "access_token": "a"},
        KeySet([KEY]).as_dict(),
        PROVIDER,
        "https://login.example",
        "n",
        NOW,
    )


def test_a_good_token_is_good() -> None:
    assert checked(GOOD)["sub"] == "mei"
    assert checked(GOOD | {"aud": ["rapport", "other"], "azp": "rapport"})["sub"] == "mei"
    assert checked(GOOD | {"exp": AT - 30})["sub"] == "mei"  # clocks differ by a minute


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"}, {"iss": "https://login.example/"}, {"aud": "other"}, {"aud": ["other"]}, {"aud": []},
        {"aud": ["rapport", "other"]}, {"azp": "other"}, {"exp": AT - 61}, {"exp": "soon"}, {"iat": AT + 3600}, {"nonce": "m"},
        {"nonce": ""}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256}, {"sub": "a\x00b"}, {"nbf": AT + 3600}, {"at_hash": "wrong"}, {"amr": "mfa"},
    ],
)  # fmt: skip
def test_a_token_that_says_something_else_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProviderRefused):
        checked(GOOD | wrong)


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_a_token_that_says_too_little_is_refused(missing: str) -> None:
    with pytest.raises(ProviderRefused):
        checked({key: value for key, value in GOOD.items() if key != missing})


def test_a_token_somebody_else_signed_is_refused() -> None:
    with pytest.raises(ProviderRefused):
        checked(GOOD, key=OTHER)


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 100])
def test_what_is_no_token_is_refused(text: str) -> None:
    for keys in ({}, {"keys": []}, {"keys": "none"}, KeySet([KEY]).as_dict()):
        with pytest.raises(ProviderRefused):
            oidc_client.check_id_token({"id_token": text}, keys, PROVIDER, "https://login.example", "n", NOW)


def test_an_unsigned_token_is_refused() -> None:
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "none"}, GOOD)
    )
    with pytest.raises(ProviderRefused):
        oidc_client.check_id_token(
            {"id_token": f"{head}.{body}."},
            KeySet([KEY]).as_dict(),
            PROVIDER,
            "https://login.example",
            "n",
            NOW,
        )


# -- who is who ------------------------------------------------------------------------------------


def proved(**changes: object) -> Proved:
    facts = {
        "issuer": "https://login.example", "subject": "mei", "email": "mei@lumen.example", "name": "Mei", "is_verified": True,
        "groups": ("analysts",), "acr": "", "amr": (),
    }  # fmt: skip
    return Proved(**(facts | changes))


def enter(**changes: object) -> operations.SignedIn:
    with transaction():
        return operations_oidc.enter(proved(**changes), "192.0.2.1", "Firefox")


def test_a_stranger_without_a_group_that_means_something_is_refused(app: Flask) -> None:
    with pytest.raises(NotLetIn, match="none of your groups"):
        enter()
    map_group("managers")
    with pytest.raises(NotLetIn, match="none of your groups"):
        enter()
    assert users() == []
    refused = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "accounts.sign_in_refused")
    ).all()
    assert len(refused) == 2


@pytest.mark.parametrize("changes", [{"is_verified": False}, {"email": ""}, {"email": "mei at lumen"}])
def test_a_new_login_needs_a_verified_address(app: Flask, changes: dict[str, object]) -> None:
    map_group()
    with pytest.raises(NotLetIn, match="mail address for you"):
        enter(**changes)


@pytest.mark.parametrize(
    ("allowed", "verified", "expected"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_an_address_is_recognised_only_if_allowed_and_verified(
    app: Flask, allowed: bool, verified: bool, expected: bool
) -> None:
    mei = make.user(name="Mei", email="mei@lumen.example")
    rule(matches_email=allowed)
    if not expected:
        with pytest.raises(NotLetIn):
            enter(is_verified=verified)
        assert queries_oidc.list_identities(mei) == []
        return
    assert enter().user.id == mei.id
    (identity,) = queries_oidc.list_identities(mei)
    assert identity.is_provisioned is False


def test_an_address_that_passed_to_somebody_else_opens_nothing(app: Flask) -> None:
    make.user(name="Mei", email="mei@lumen.example")
    rule(matches_email=True)
    enter()
    map_group()
    with pytest.raises(NotLetIn, match="already"):
        enter(subject="successor")


def test_groups_are_followed_at_every_sign_in(app: Flask) -> None:
    map_group("managers", Role.COMPLIANCE, "Compliance")
    map_group()
    first = enter().user
    assert (first.role, first.department.name) == (Role.RELATIONS, "Analyst relations")
    assert enter(groups=("analysts", "managers")).user.role == Role.COMPLIANCE  # the uppermost line counts
    assert (fresh(first).department.name, len(queries.list_sessions(first))) == ("Compliance", 1)
    changed = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "accounts.user_regrouped")
    ).one()
    assert (changed.fields, changed.reason) == (["department_id", "role", "version"], "group managers")


def test_losing_all_groups_closes_nothing_and_tells_the_administrators_once(app: Flask) -> None:
    map_group()
    user = enter().user
    for _ in range(2):
        with pytest.raises(NotLetIn, match="administrators have been told"):
            enter(groups=())
    assert (fresh(user).is_active, user.role, len(queries.list_sessions(user))) == (True, Role.RELATIONS, 1)
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert (mail.subject, mail.recipient) == (
        "Mei was not let in",
        "admin.of.analyst.relations@lumen.example",
    )
    assert "none of their groups means anything here" in parts_of(mail.raw).text


def test_a_group_takes_nobody_away_from_what_they_look_after(app: Flask) -> None:
    line = map_group("admins", Role.ADMIN)
    user = enter(groups=("admins",)).user
    with transaction():
        operations.deactivate_user(make.user(role=Role.ADMIN), by=user)
    map_group_by(user, "analysts")
    with pytest.raises(NotLetIn, match="handed over"):
        enter(groups=("analysts",))
    assert (fresh(user).role, line.role) == (Role.ADMIN, Role.ADMIN)


def map_group_by(user: User, name: str) -> None:
    with transaction():
        details = GroupDetails(group_name=name, role=Role.RELATIONS, department="Analyst relations")
        operations_oidc.add_mapping(details, by=user)


def test_without_any_line_roles_are_kept_by_hand(app: Flask) -> None:
    make.user(name="Mei", email="mei@lumen.example", role=Role.COMPLIANCE)
    rule(matches_email=True)
    assert enter(groups=()).user.role == Role.COMPLIANCE


def test_a_closed_login_stays_closed(app: Flask) -> None:
    map_group()
    user = enter().user
    with transaction():
        operations.deactivate_user(user, by=make.user(role=Role.ADMIN))
    with pytest.raises(NotLetIn, match="closed"):
        enter()


@pytest.mark.parametrize(
    ("acr", "amr", "expected"),
    [
        ("", (), False), ("", ("pwd",), False), ("", ("pwd", "otp"), True), ("", ("mfa",), True), ("phr", (), True),
        ("1", ("pwd",), False), ("http://schemas.openid.net/pape/policies/2007/06/multi-factor", (), True),
    ],
)  # fmt: skip
def test_two_factors_there_count_here(acr: str, amr: tuple[str, ...], expected: bool) -> None:
    assert policies_oidc.is_multi_factor(acr, amr) is expected


def test_the_second_factor_of_the_provider_counts_and_its_lack_asks_for_ours(app: Flask) -> None:
    map_group()
    user = enter().user
    with clock.fixed_at(NOW):
        factors.app_of(user)
        assert enter().is_half is True
        assert enter(amr=("pwd", "mfa")).is_half is False
    event = db.session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action == "accounts.provider_proved")
        .order_by(AuditEvent.id.desc())
    ).first()
    assert event.reason == "acr none, amr pwd mfa"


# -- passwords -------------------------------------------------------------------------------------


def test_a_login_the_provider_brought_has_no_password_unless_allowed(app: Flask) -> None:
    map_group()
    user, admin = enter().user, make.user(role=Role.ADMIN)
    with pytest.raises(NoPasswordHere), transaction():
        operations.set_password(user, PASSWORD, by=admin)
    rule(own_passwords=True)
    with transaction():
        operations.set_password(user, PASSWORD, by=admin)
    assert passwords.is_right(fresh(user).password_hash, PASSWORD)


def test_passwords_can_be_switched_off_for_all_but_administrators(
    client: FlaskClient, connected: str
) -> None:
    for name, role in (("mei", Role.RELATIONS), ("ada", Role.ADMIN)):
        user = make.user(name=name, email=f"{name}@lumen.example", role=role)
        with transaction():
            user.password_hash = passwords.hash_password(PASSWORD)
    rule(passwords=False)
    answer = client.post("/sign-in", data={"email": "mei@lumen.example", "password": PASSWORD})
    assert (answer.status_code, "passwords are switched off here" in answer.text) == (422, True)
    answer = client.post("/sign-in", data={"email": "mei@lumen.example", "password": "wrong"})
    assert "do not belong together" in answer.text
    assert (
        client.post("/sign-in", data={"email": "ada@lumen.example", "password": PASSWORD}).status_code == 303
    )


# -- settings --------------------------------------------------------------------------------------


def test_a_line_is_added_and_ended_on_its_page(signed_in: Callable[..., FlaskClient], app: Flask) -> None:
    admin = signed_in(Role.ADMIN)
    sent = {"group_name": "analysts", "role": "coordinator", "department": "Events"}
    assert admin.post("/settings/sign-in/groups", data=sent).status_code == 303
    again = admin.post("/settings/sign-in/groups", data=sent)
    assert (again.status_code, "has a line already" in again.text) == (422, True)
    for wrong in (
        {"role": "partner"},
        {"role": "king"},
        {"group_name": ""},
        {"department": ""},
        {"group_name": "x" * 321},
    ):
        assert admin.post("/settings/sign-in/groups", data=sent | wrong).status_code == 422
    (line,) = queries_oidc.list_mappings()
    assert (line.group_name, line.role, line.department.name) == ("analysts", Role.COORDINATOR, "Events")
    assert admin.post(f"/settings/sign-in/groups/{line.id}/end").status_code == 303
    assert (list(queries_oidc.list_mappings()), len(queries_oidc.list_mappings(has_ended=True))) == ([], 1)
    assert admin.post("/settings/sign-in/groups/99/end").status_code == 404
    assert signed_in(Role.AUDITOR).get("/settings/sign-in/groups").status_code == 403


def test_an_administrator_disconnects_somebody(signed_in: Callable[..., FlaskClient], app: Flask) -> None:
    map_group()
    user = enter().user
    admin = signed_in(Role.ADMIN)
    (identity,) = queries_oidc.list_identities(user)
    assert "https://login.example" in admin.get(f"/settings/users/{user.id}").text
    assert admin.post(f"/settings/users/{user.id + 1}/identities/{identity.id}/end").status_code == 404
    assert admin.post(f"/settings/users/{user.id}/identities/{identity.id}/end").status_code == 303
    assert (db.session.query(UserIdentity).count(), queries.list_sessions(user)) == (0, [])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"OIDC_ISSUER": "http://login.example"}, "RAPPORT_OIDC_ISSUER"), ({"OIDC_ISSUER": "login"}, "RAPPORT_OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://login.example?x=1"}, "RAPPORT_OIDC_ISSUER"), ({"OIDC_ISSUER": ""}, "RAPPORT_OIDC_ISSUER"),
        ({"OIDC_CLIENT_ID": ""}, "RAPPORT_OIDC_CLIENT_ID"), ({"OIDC_CLIENT_SECRET": ""}, "RAPPORT_OIDC_CLIENT_SECRET"),
        ({"OIDC_SCOPES": "email"}, "RAPPORT_OIDC_SCOPES"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_at_the_start(app: Flask, changes: dict[str, str], named: str) -> None:
    good = {
        "OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "rapport", "OIDC_CLIENT_SECRET": "s3cret-of-ours",
    }  # fmt: skip
    settings.check(app.config | good)
    with pytest.raises(ValueError, match=named) as wrong:
        settings.check(app.config | good | changes)
    assert "s3cret-of-ours" not in str(wrong.value)
