"""Sign-in in a browser: an app and its codes, passkeys of a virtual device, a forced set-up, and a provider on a port."""

import os
import re
from collections.abc import Iterator
from unittest import mock

import pyotp
import pytest
from oidc_provider_mock import User as Sub
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from app.accounts import operations, operations_oidc, operations_rules
from app.accounts.details import UserDetails
from app.accounts.details_sign_in import GroupDetails, SignInRules
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.demo import cast
from tests.browser.conftest import SIZES, served
from tests.browser.looking import complaints, looked_at, press
from tests.databases import Databases

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore"),
]  # those of the provider, in its thread

CLAIMS = {
    "email": "noor@lumen.example", "email_verified": True, "name": "Noor Haddad", "groups": ["analysts"],
}  # fmt: skip
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def _user(name: str, role: Role) -> User:
    details = UserDetails(
        email=f"{name.lower()}@lumen.example", name=name, role=role, department="Analyst relations"
    )
    with transaction():
        return operations.add_user(details, cast.PASSWORD, by=None)


@pytest.fixture(scope="module")
def house(databases: Databases) -> Iterator[str]:
    """Four users; compliance needs a second factor; a provider with one group that means something."""
    databases.reset()
    assert databases.app is not None
    with databases.app.app_context():
        ada = _user("Ada", Role.ADMIN)
        for name, role in (("Mei", Role.RELATIONS), ("Ruth", Role.COORDINATOR), ("Helga", Role.COMPLIANCE)):
            _user(name, role)
        with transaction():
            rules = SignInRules(factor_roles=frozenset({Role.COMPLIANCE}), factor_from_on=clock.today("UTC"))
            operations_rules.set_rules(rules, by=db.session.merge(ada))
            details = GroupDetails(group_name="analysts", role=Role.RELATIONS, department="Analyst relations")
            operations_oidc.add_mapping(details, by=db.session.merge(ada))
        db.session.remove()
    with run_server_in_thread(user_claims=[Sub(sub="noor", claims=CLAIMS)]) as provider:
        named = {
            "RAPPORT_OIDC_ISSUER": f"http://localhost:{provider.server_port}", "RAPPORT_OIDC_CLIENT_ID": "rapport",
            "RAPPORT_OIDC_CLIENT_SECRET": "s3cret",
        }  # fmt: skip
        with mock.patch.dict(os.environ, named), served(databases, "signin", host="localhost") as address:
            yield address


@pytest.fixture
def page(chromium: Browser, house: str) -> Iterator[Page]:
    """A page nobody is signed in to, with a device that makes passkeys."""
    width, height = SIZES["wide"]
    context = chromium.new_context(
        base_url=house, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    context.close()


def sign_in(page: Page, key: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{key}@lumen.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    press(page.get_by_role("button", name="Sign in", exact=True))


def sign_out(page: Page) -> None:
    page.locator(".usermenu").click()
    press(page.get_by_role("button", name="Sign out"))


def set_up_app(page: Page) -> tuple[str, list[str]]:
    """Set an app up; its secret, and the recovery codes."""
    page.goto("/account/factors")
    press(page.get_by_role("link", name="Set up an app"))
    page.get_by_text("No camera?").click()
    secret = page.locator("#app-secret").inner_text().replace(" ", "")
    assert complaints(page, "set up an app") == []
    page.get_by_label("Six digits").fill(pyotp.TOTP(secret).at(clock.now()))
    press(page.get_by_role("button", name="Turn it on"))
    codes = re.findall(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", page.locator("#codes").inner_text())
    assert len(codes) == 10
    assert complaints(page, "recovery codes") == []
    return secret, codes


def test_mei_signs_in_with_an_app_and_with_a_code_on_paper(page: Page) -> None:
    sign_in(page, "mei")
    _secret, codes = set_up_app(page)
    sign_out(page)
    sign_in(page, "mei")
    expect(page.locator("h1")).to_have_text("Second step")
    assert complaints(page, "second step") == []
    page.get_by_label("Code").fill("000000")
    press(page.get_by_role("button", name="Go on"))
    expect(page.get_by_text("This code is not right")).to_be_visible()
    assert complaints(page, "second step, refused") == []
    page.get_by_label("Code").fill(codes[0])
    press(page.get_by_role("button", name="Go on"))
    expect(page.locator(".usermenu")).to_be_visible()
    page.goto("/account/factors")
    expect(page.get_by_text("9 codes are left.")).to_be_visible()
    assert looked_at(page, ["/account/factors", "/account/", "/account/prove"]) == []


def test_ruth_signs_in_with_a_passkey_alone_and_as_the_second_step(page: Page) -> None:
    sign_in(page, "ruth")
    page.goto("/account/factors")
    press(page.get_by_role("button", name="Make a passkey on this device"))
    expect(page.locator("h1")).to_have_text("Your recovery codes")
    assert looked_at(page, ["/account/factors"]) == []
    sign_out(page)
    page.goto("/sign-in?next=/events/")
    press(page.get_by_role("button", name="Sign in with a passkey"))
    page.wait_for_url("**/events/")
    sign_out(page)
    sign_in(page, "ruth")
    assert complaints(page, "second step with a passkey") == []
    press(page.get_by_role("button", name="Use your passkey"))
    expect(page.locator(".usermenu")).to_be_visible()
    page.goto("/account/prove?next=/account/")
    press(page.get_by_role("button", name="Use your passkey"))
    page.wait_for_url("**/account/")
    page.goto("/account/factors")
    press(page.get_by_role("button", name="Remove").first)
    expect(page.get_by_text("The passkey opens nothing any more.")).to_be_visible()
    sign_out(page)
    press(page.get_by_role("button", name="Sign in with a passkey"))
    expect(page.get_by_text("This passkey belongs to nobody here.")).to_be_visible()


def test_helga_must_set_one_up_before_anything_opens(page: Page) -> None:
    sign_in(page, "helga")
    expect(page.get_by_text("Set up a second factor to go on")).to_be_visible()
    assert looked_at(page, ["/account/factors"]) == []
    page.goto("/ledger/")
    expect(page.locator("h1")).to_have_text("Second factor")
    set_up_app(page)
    page.goto("/ledger/")
    expect(page.locator("h1")).not_to_have_text("Second factor")


def test_noor_comes_through_the_provider_without_a_password(page: Page) -> None:
    page.goto("/sign-in?next=/account/")
    press(page.get_by_role("link", name="Sign in with localhost"))
    page.get_by_role("button", name="noor").click()
    page.wait_for_url("**/account/")
    expect(page.get_by_text("noor@lumen.example")).to_be_visible()
    sign_out(page)
    page.goto("/sign-in")
    press(page.get_by_role("link", name="Sign in with localhost"))
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url("**/sign-in/provider/return*")
    expect(page.get_by_text("This sign-in was begun elsewhere")).to_be_visible()
    assert complaints(page, "not let in") == []


def test_ada_decides_how_people_sign_in(page: Page) -> None:
    sign_in(page, "ada")
    page.goto("/settings/sign-in")
    assert (
        looked_at(page, ["/settings/sign-in", "/settings/sign-in/groups", "/settings/users/2", "/settings/"])
        == []
    )
    page.goto("/settings/users/2")
    press(page.get_by_role("button", name="Link to choose a password"))
    found = re.search(r"http://localhost:\d+(/password/\S+)", page.locator("#link").inner_text())
    assert found is not None
    assert complaints(page, "link made") == []
    sign_out(page)
    assert looked_at(page, ["/sign-in", "/sign-in/forgotten", found[1]]) == []
    page.goto(found[1])
    press(page.get_by_role("button", name="Continue"))
    assert complaints(page, "new password") == []
    page.get_by_label("New password", exact=True).fill("seven copper lanterns")
    page.get_by_label("New password again").fill("seven copper lanterns")
    press(page.get_by_role("button", name="Save the password"))
    expect(page.get_by_text("Your password is new")).to_be_visible()


def test_somebody_unknown_asks_for_a_link_and_learns_nothing(page: Page) -> None:
    page.goto("/sign-in/forgotten")
    page.get_by_label("E-mail").fill("nobody@lumen.example")
    press(page.get_by_role("button", name="Mail me a link"))
    expect(page.locator("h1")).to_have_text("Look into your mail")
    assert complaints(page, "asked") == []
