"""J8 on a phone of 390 px, in Arabic and in French: Amal at her own door, page by page, with axe on every one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import User
from app.core.db import db, transaction
from app.disclosures import operations_covenants
from app.people.models import Person
from app.portal import operations
from tests.browser.conftest import SIZES, served
from tests.browser.looking import press, seen_at_once
from tests.core.test_catalogues import catalogue
from tests.databases import Databases

pytestmark = pytest.mark.browser

COVENANT = "We will not ask to see your work before you publish; you say who paid for the trip."
PAGES = [
    "/p/", "/p/given", "/p/words", "/p/links", "/p/wishes", "/p/calendar", "/p/covenant", "/p/my-data", "/p/my-data/correct",
]  # fmt: skip


@dataclass(frozen=True)
class Door:
    """Where the demo is served, Amal's link, her language, and how a sentence is said in it."""

    site: str
    link: str
    language: str

    def say(self, text: str) -> str:
        found = catalogue(self.language).get(text)
        assert found is not None, text
        return str(found.string)


@pytest.fixture(scope="module", params=["ar", "fr"])
def door(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Door]:
    """The demo after its event, a covenant to sign, and a link for Amal that nobody has opened."""
    databases.reset_to_demo()
    assert databases.app is not None
    with databases.app.app_context():
        by = db.session.scalars(sa.select(User).filter_by(email="helga@lumen.example")).one()
        mei = db.session.scalars(sa.select(User).filter_by(email="mei@lumen.example")).one()
        with transaction():
            amal = db.session.scalars(sa.select(Person).filter_by(email="amal@voices.example")).one()
            amal.languages = [request.param, "en"]
            operations_covenants.offer_text(COVENANT, request.param, by=by)
            with databases.app.test_request_context():
                link = operations.invite_in(amal, by=mei)
    with served(databases, f"portal_{request.param}", "localhost") as site:
        yield Door(site, "/p/enter/" + link.rsplit("/", 1)[1], request.param)


@pytest.fixture(scope="module")
def phone(chromium: Browser, door: Door) -> Iterator[Page]:
    """Amal's phone, at home at her page; whatever a page asks of another host would be refused, and is counted."""
    width, height = SIZES["phone"]
    context = chromium.new_context(
        base_url=door.site, viewport={"width": width, "height": height}, reduced_motion="reduce",
        extra_http_headers={"Accept-Language": door.language}, accept_downloads=True,
    )  # fmt: skip
    page = context.new_page()
    strangers: list[str] = []
    page.on(
        "request", lambda one: None if one.url.startswith((door.site, "data:")) else strangers.append(one.url)
    )
    page.goto(door.link)
    assert seen_at_once(page, [door.link]) == []
    press(page.get_by_role("button", name=door.say("Continue to my page")))
    yield page
    context.close()
    assert strangers == []


@pytest.fixture
def button(phone: Page, door: Door) -> Callable[[str], None]:
    """Press the button with these words and wait for the page it leads to."""

    def push(text: str) -> None:
        press(phone.locator("main").get_by_role("button", name=door.say(text), exact=True).first)

    return push


def flash(phone: Page, door: Door, text: str) -> None:
    expect(phone.locator("main")).to_contain_text(door.say(text))


def test_her_pages_are_in_her_language_and_direction_and_accessible(phone: Page, door: Door) -> None:
    """J8.1: name as she writes it; every page with axe, none wider than the screen, in the light and in the dark."""
    phone.goto("/p/")
    html = phone.locator("html")
    assert (html.get_attribute("lang"), html.get_attribute("dir")) == (
        door.language, "rtl" if door.language == "ar" else "ltr",
    )  # fmt: skip
    expect(phone.locator("h1")).to_contain_text("أمل رشواني")
    led_to = phone.eval_on_selector_all(
        "main a[href^='/p/']", "all => all.map(one => one.getAttribute('href'))"
    )
    phone.goto("/p/given")
    lines = phone.eval_on_selector_all(
        "main a[href^='/p/given/']", "all => all.map(one => one.getAttribute('href'))"
    )
    further = [one for one in [*led_to, *lines[:8]] if not re.search(r"\.(ics|pdf|csv)|statement", one)]
    addresses = list(dict.fromkeys([*PAGES, *further]))
    for scheme in ("light", "dark"):
        phone.emulate_media(color_scheme=scheme)
        assert seen_at_once(phone, addresses) == []
    phone.emulate_media(color_scheme="light")


def test_she_says_what_she_needs_and_what_she_may_accept(
    phone: Page, door: Door, button: Callable[[str], None]
) -> None:
    """J8.1: quiet Fridays; a gift under 50. What is missing is said at its field, and nothing typed is lost."""
    phone.goto("/p/wishes")
    phone.locator("#diet").fill("بدون لحم خنزير")
    phone.locator("#is_agreed").uncheck()
    button("Save what I need")
    expect(phone.locator("#is_agreed-err")).to_be_visible()
    expect(phone.locator("#diet")).to_have_value("بدون لحم خنزير")
    phone.locator("#is_agreed").check()
    button("Save what I need")
    flash(phone, door, "Thank you. Those who look after you will know.")
    phone.locator("#may-accept summary").click()
    phone.locator("#category").select_option("gift")
    phone.locator("#answer-2").check()
    phone.locator("#amount").fill("50")
    phone.locator("#currency").fill("USD")
    button("Save this answer")
    expect(phone.locator("#may-accept li").filter(has_text=door.say("Gift"))).to_contain_text("50")
    phone.locator("input[name=weekdays][value=fri]").check()
    button("Save my wishes")
    expect(phone.locator("input[name=weekdays][value=fri]")).to_be_checked()


def test_she_proposes_an_edit_and_signs(phone: Page, door: Door, button: Callable[[str], None]) -> None:
    """J8.2: the covenant in her language of it; one edit, then her signature."""
    phone.goto("/p/covenant")
    expect(phone.locator(".prose").first).to_contain_text("who paid for the trip")
    phone.locator("#text").fill(COVENANT.replace("the trip", "the trip and the stay"))
    button("Propose these words")
    expect(phone.locator("main")).to_contain_text(door.say("Your words are with us"))
    button("Sign it")
    expect(phone.locator("main")).to_contain_text(door.say("You have signed; our signature follows"))


def test_she_makes_a_calendar_address_and_a_new_one(
    phone: Page, door: Door, button: Callable[[str], None]
) -> None:
    """J8.3: the link she can rotate."""
    phone.goto("/p/calendar")
    button("Make my address")
    first = re.findall(r"/calendar/([\w-]{43})\.ics", phone.content())[0]
    assert phone.request.get(f"/calendar/{first}.ics").status == 200
    phone.goto("/p/calendar")
    button("Make a new address")
    assert phone.request.get(f"/calendar/{first}.ics").status == 404


def test_she_disputes_the_car(phone: Page, door: Door, button: Callable[[str], None]) -> None:
    """J8.4: an amount that cannot be read is said at the field; then 70.00 is with us."""
    phone.goto("/p/given")
    expect(phone.locator(".figures")).to_contain_text(re.compile(r"5.454.12"))
    car = phone.locator("main li.section").filter(has_text=door.say("Train or car")).last
    press(car.get_by_role("link"))
    phone.locator("#amount").fill("seventy")
    phone.locator("#reason").fill("سيارة مشتركة مع هناء")
    button("Say that it is wrong")
    expect(phone.locator("#amount-err")).to_be_visible()
    assert seen_at_once(phone, []) == []
    phone.locator("#amount").fill("35.00")
    button("Say that it is wrong")
    expect(phone.locator("main")).to_contain_text(door.say("You say this is wrong"))
    expect(phone.locator("main")).to_contain_text("سيارة مشتركة مع هناء")


def test_she_copies_the_words_and_adds_a_link(phone: Page, door: Door, button: Callable[[str], None]) -> None:
    """J8.5: "label present, date", nothing else; an address inside a house is not one we would look at."""
    phone.goto("/p/words")
    expect(phone.locator("main [data-copy]").first).to_be_visible()
    phone.goto("/p/links")
    phone.locator("#url").fill("nowhere")
    button("Add the link")
    expect(phone.locator("#url-err")).to_be_visible()
    phone.locator("#url").fill("https://amal.voices.example/video-7")
    phone.locator("#medium").select_option("video")
    phone.locator("#opening").fill("#ad Paid trip by the maker")
    button("Add the link")
    expect(phone.locator("main li").filter(has_text="video-7")).to_be_visible()


def test_she_takes_her_data_along_and_takes_one_consent_back(
    phone: Page, door: Door, button: Callable[[str], None]
) -> None:
    """J8.5: year statement, everything; one consent less, and nothing else."""
    statement = phone.request.get("/p/given/statement.csv?year=2026")
    assert (statement.status, door.say("You say") in statement.text()) == (200, True)
    phone.goto("/p/my-data")
    with phone.expect_download() as taken:
        phone.get_by_role("button", name=door.say("Download everything")).click()
    assert taken.value.suggested_filename.endswith(".zip")
    allowed = phone.locator("#consents .pill").filter(has_text=door.say("allowed"))
    phone.locator("#consents li").filter(has_text=door.say("News")).first.get_by_role("button").click()
    flash(phone, door, "Thank you. You can take it back here at any time.")
    n_allowed = allowed.count()
    phone.locator("#consents li").filter(has_text=door.say("News")).first.get_by_role("button").click()
    flash(phone, door, "Taken back. Nothing else has changed.")
    assert allowed.count() == n_allowed - 1


def test_she_comes_in_by_a_passkey_and_takes_it_away(
    phone: Page, door: Door, button: Callable[[str], None]
) -> None:
    """Made at home by her device, used without a letter; taken away, it opens nothing."""
    devices = phone.context.new_cdp_session(phone)
    devices.send("WebAuthn.enable")
    able = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": able})
    phone.goto("/p/my-data")
    button("Make a passkey on this device")
    flash(phone, door, "Thank you. From now on this device opens your page without a letter.")
    assert seen_at_once(phone, ["/p/my-data"]) == []
    home = [one for one in phone.context.cookies() if one["name"] == "rapport-person"]
    phone.context.clear_cookies(name="rapport-person")
    phone.goto("/p/")
    button("Come in by a passkey")
    expect(phone.locator("h1")).to_contain_text("أمل رشواني")
    phone.goto("/p/my-data")
    press(phone.locator("#passkeys").get_by_role("button", name=door.say("Take it away")).first)
    flash(phone, door, "Taken away. It opens nothing any more.")
    phone.context.clear_cookies(name="rapport-person")
    phone.goto("/p/")
    button("Come in by a passkey")
    flash(phone, door, "This passkey opens nothing here. Come in by a link.")
    phone.context.add_cookies(home)


def test_her_link_opens_once_and_a_new_one_says_nothing(chromium: Browser, phone: Page, door: Door) -> None:
    """Used, then asked for again by address, in another browser; these pages follow the browser's language."""
    width, height = SIZES["phone"]
    context = chromium.new_context(
        base_url=door.site, viewport={"width": width, "height": height}, locale=door.language
    )
    other = context.new_page()
    other.goto(door.link)
    press(other.locator("main form button[type=submit]"))
    expect(other.locator("h1")).to_contain_text(door.say("This link opens nothing any more"))
    assert seen_at_once(other, ["/p/verify"]) == []
    answer = other.goto("/p/given")
    assert answer is not None
    assert answer.status == 403
    other.get_by_label(door.say("Your mail address")).fill("nobody@voices.example")
    press(other.get_by_role("button", name=door.say("Mail me a link")))
    expect(other.locator(".portal-code")).to_have_text(re.compile(r"\d{3} \d{3}"))
    context.close()


def test_she_signs_out(phone: Page, door: Door) -> None:
    """Last, because it ends the visit; the button is at the foot of every page."""
    phone.goto("/p/given")
    press(phone.get_by_role("button", name=door.say("Sign out on this device"), exact=True))
    answer = phone.goto("/p/given")
    assert answer is not None
    assert answer.status == 403
