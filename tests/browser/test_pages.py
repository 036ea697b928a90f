"""Every page of the house and of the person's door: accessible, light and dark, and nothing wider than a phone or a desk."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.routing import Rule

from app.accounts import permissions
from app.accounts.access import PUBLIC, permission_of
from app.accounts.models import Role
from tests.browser.looking import complaints, looked_at, press
from tests.databases import Databases
from tests.factories.paid import ADVISER
from tests.route_map import LED_TO, addresses_of

pytestmark = [pytest.mark.browser, pytest.mark.looks]

#: Who opens the pages of a role; the first whose role holds the permission of a page looks at it.
READERS = {
    Role.RELATIONS: "mei", Role.COORDINATOR: "ruth", Role.COMPLIANCE: "helga", Role.ASSISTANT: "daniel", Role.PARTNER: "paula",
    Role.AUDITOR: "iris", Role.ADMIN: "ada",
}  # fmt: skip
#: Pages that are no pages, by the beginning of their endpoint, each with what they are instead.
NO_PAGES = {
    "api.list_": "JSON", "api.get_": "JSON", "api.openapi": "JSON", "calendars.feed": "a calendar", "calendars.item": "a calendar",
    "static": "assets", "accounts.logo": "a picture", "accounts.colours_sheet": "a sheet", "portal.item": "a calendar", "notices.download_mail": "a letter as a file",
    "imports.progress": "a part of a page", "notices.show": "leads to what it is about",
    "lists.choose": "leads to the action", "lists.show": "leads to the list", "lists.bulk_progress": "a part of a page", "people.found": "a part of a page", "people.open_file": "a file",
    "privacy.download": "a file", "disclosures.certificate": "a file", "portal.certificate": "a file", "portal.statement": "a file",
    "portal.statement_table": "a file",
    "ledger.open_evidence": "a file", "advisory.open_file": "a file", "portal.open_file": "a file", "ledger.exceptions.export": "a file", "periods.export_report": "a file",
    "periods.statement": "a file", "ledger.export_simulation": "a file", "travel.export_simulation": "a file",
    "events.door_worker": "a script", "executives.matching_progress": "a part of a page",
    "executives.day_paper": "a file", "executives.book_paper": "a file", "portal.meeting_paper": "a file",
    "travel.document_file": "a file", "travel.itinerary": "a file", "travel.letter_file": "a file",
    "reports.export": "a file", "reports.runs.export": "a file", "reports.saved.open": "leads to the report",
    "upkeep.live": "JSON", "upkeep.ready": "JSON", "upkeep.figures": "figures for a monitor", "reports.paper_file": "a file", "reports.paper_progress": "a part of a page",
    "reports.count_progress": "a part of a page",
}  # fmt: skip
#: Pages the demo has no row for (or none in the state they ask for); their rooms test them.
NOTHING_TO_SHOW = {
    "ledger.close_breach": "all breaches are closed",
    "imports.show": "nothing was imported", "imports.preview": "nothing was imported",
    "outreach.share_less": "nothing came by mail", "outreach.sent_batch": "no batch was sent",
    "people.end_affiliation": "only present affiliations end", "executives.place_unmet": "every wish of the plan is met",
}  # fmt: skip
#: Pages of the person's door and the ways in, which need no role; the last tests of this file open each.
OPEN = {
    "accounts.sign_in", "accounts.second_factor", "accounts.provider", "accounts.provider_return", "accounts.forgotten",
    "accounts.password_link", "accounts.choose_password", "portal.arrive", "portal.calendar", "portal.given", "portal.home", "portal.invitation", "portal.policy",
    "portal.verify", "portal.words_to_say", "portal.my_data", "portal.no_more", "portal.covenant", "portal.given_line", "portal.links",
    "portal.promises", "portal.answer", "portal.place", "portal.meeting", "portal.paid", "portal.engagement", "portal.share",
    "portal.wishes", "portal.correct", "portal.facet", "portal.represented", "portal.represented_person", "portal.answer_for",
}  # fmt: skip
#: They see what others see, with less on it: what their rail leads to is looked at again.
NARROW = ("paula", "iris")
#: Forms that are sent empty: who, where.
REFUSED = {
    "mei": ["/people/new", "/outreach/touches/new?person=1", "/programs/1/goals/new"],
    "ruth": ["/travel/1/stay/new", "/travel/1/leg/new"],
    "helga": ["/ledger/caps/new"],
}


@dataclass
class Pages:
    """For each reader the pages that are theirs to look at, and the endpoints nobody found a page for."""

    of: dict[str, list[str]] = field(default_factory=lambda: {key: ["/"] for key in READERS.values()})
    missing: list[str] = field(default_factory=list)


def _is_page(rule: Rule) -> bool:
    endpoint = rule.endpoint
    return "GET" in (rule.methods or ()) and not any(endpoint.startswith(begin) for begin in NO_PAGES)


def _opens(context: BrowserContext, address: str) -> bool:
    answer = context.request.get(address, max_redirects=0)
    return answer.status == 200 and "text/html" in answer.headers["content-type"]


def _map(databases: Databases) -> list[Rule]:
    app: Flask | None = databases.app
    assert app is not None
    return sorted((rule for rule in app.url_map.iter_rules() if _is_page(rule)), key=lambda one: one.rule)


def _permission(databases: Databases, rule: Rule) -> str | None:
    assert databases.app is not None
    return permission_of(databases.app.view_functions[rule.endpoint])


@pytest.fixture(scope="session")
def pages(
    site: str, databases: Databases, signed_in_states: Callable[[str], dict[str, object]], chromium: Browser
) -> Pages:
    """Found in the map of the app, so that a new page is looked at without being named here."""
    found = Pages()
    contexts = {
        key: chromium.new_context(base_url=site, storage_state=signed_in_states(key)) for key in found.of
    }
    for rule in _map(databases):
        wanted = _permission(databases, rule)
        if rule.rule == "/" or rule.endpoint in OPEN or rule.endpoint in NOTHING_TO_SHOW:
            continue
        if rule.endpoint in LED_TO:
            key, source, look = LED_TO[rule.endpoint]
            led_to = re.search(look, contexts[key].request.get(source).text())
            assert led_to is not None, rule.endpoint
            found.of[key].append(led_to[1])
            continue
        readers = [key for role, key in READERS.items() if wanted in permissions.PERMISSIONS[role]]
        tries = ((key, one) for key in readers for one in addresses_of(rule))
        key, address = next(((key, one) for key, one in tries if _opens(contexts[key], one)), ("", ""))
        if address:
            found.of[key].append(address)
        else:
            found.missing.append(rule.endpoint)
    for context in contexts.values():
        context.close()
    return found


def test_every_page_is_looked_at_or_left_out_for_a_reason(pages: Pages, databases: Databases) -> None:
    """A page that nobody finds is named in NO_PAGES or NOTHING_TO_SHOW; a reason whose page is gone goes too."""
    rules = _map(databases)
    assert not pages.missing, " ".join(pages.missing)
    assert {rule.endpoint for rule in rules if _permission(databases, rule) in {PUBLIC, None}} == OPEN
    assert set(NOTHING_TO_SHOW) - {rule.endpoint for rule in rules} == set()


@pytest.mark.parametrize("key", READERS.values())
def test_pages_are_accessible_and_fit_the_screen(
    pages: Pages, page_of: Callable[..., Page], key: str
) -> None:
    page = page_of(key)
    addresses = list(pages.of[key])
    if key in NARROW:
        page.goto("/")
        addresses += page.eval_on_selector_all(
            ".rail li a", "links => links.map(link => link.getAttribute('href'))"
        )
    assert looked_at(page, list(dict.fromkeys(addresses))) == []


@pytest.mark.parametrize("key", REFUSED)
def test_refused_forms_are_accessible_and_fit_the_screen(page_of: Callable[..., Page], key: str) -> None:
    """422 with the messages at the fields."""
    page = page_of(key, may_complain=True)
    wrong = []
    for address in REFUSED[key]:
        page.goto(address)
        page.locator("main form.form button[type=submit]").last.click()
        page.wait_for_selector(".errsum")
        wrong += complaints(page, f"{address}, refused")
    assert wrong == []


def test_errors_are_accessible_and_fit_the_screen(page_of: Callable[..., Page]) -> None:
    """404 and 403."""
    page = page_of("mei", may_complain=True)
    wrong = []
    for address, status in (("/people/999999", 404), ("/settings/users/", 403)):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == status
        wrong += complaints(page, address)
    assert wrong == []


def test_the_drawer_of_a_phone_opens_and_is_accessible(page_of: Callable[..., Page]) -> None:
    page = page_of("mei", size="phone")
    page.goto("/")
    rail = page.get_by_role("link", name="Ledger", exact=True)
    assert not rail.is_visible()
    page.locator(".rail-open").click()
    rail.wait_for()
    assert complaints(page, "/, drawer open") == []


def test_the_door_of_a_person_is_accessible_and_fits_the_screen(
    page_of: Callable[..., Page], chromium: Browser, site: str, mails: str
) -> None:
    """Amal's own pages, right to left, by the link Mei makes; the pages of letters and anybody's; the way in."""
    mei = page_of("mei")
    mei.goto("/people/")
    press(mei.get_by_role("link", name="أمل رشواني").first)
    mei.goto("/p/invite/" + mei.url.rsplit("/", 1)[1])
    mei.get_by_label("Show", exact=False).first.check()
    press(mei.get_by_role("button", name="Make the link"))
    found = re.search(r"/p/enter/[A-Za-z0-9_-]+", mei.content())
    assert found is not None
    context = chromium.new_context(
        base_url=site, viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    page = context.new_page()
    led_to = [re.findall(rf"/p/{kind}/[A-Za-z0-9_-]+", mails)[-1] for kind in ("answer", "place")]
    wrong = looked_at(
        page, ["/sign-in", "/sign-in/forgotten", "/password/none", "/p/verify", found.group(), *led_to]
    )
    page.goto(found.group())
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/p/")
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.goto("/p/")
    own = page.eval_on_selector_all(
        "main a[href^='/p/']", "links => links.map(link => link.getAttribute('href'))"
    )
    assert [one for one in own if one.startswith("/p/invitations/")]
    assert [one for one in own if one.startswith("/p/policies/")]
    shown = [one for one in own if not one.endswith(".ics")]
    wrong += looked_at(
        page,
        list(
            dict.fromkeys(
                [
                    "/p/",
                    "/p/given",
                    "/p/meetings/3",
                    "/p/calendar",
                    "/p/words",
                    "/p/my-data",
                    "/p/my-data/correct",
                    "/p/my-data/about-me/1",
                    "/p/wishes",
                    "/p/covenant",
                    "/p/links",
                    "/p/invitations/1/kept",
                    "/p/paid",
                    *shown,
                ]
            )
        ),
    )
    context.close()
    assert wrong == []


def test_the_door_of_representatives_is_accessible_and_fits_the_screen(
    page_of: Callable[..., Page], chromium: Browser, site: str
) -> None:
    """Whom Paula speaks for, one of them, an invitation, and a page that is not hers; staff choose her where they invite people."""
    mei = page_of("mei")
    mei.goto("/people/?q=Mateus")
    press(mei.locator("tbody a", has_text="Mateus").first)
    mei.goto("/p/invite/" + mei.url.rsplit("/", 1)[1])
    mei.get_by_label("who speaks for them", exact=False).first.check()
    mei.get_by_label("Show", exact=False).first.check()
    press(mei.get_by_role("button", name="Make the link"))
    found = re.search(r"/p/enter/[A-Za-z0-9_-]+", mei.content())
    assert found is not None
    context = chromium.new_context(
        base_url=site, viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(found.group())
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/p/represented")
    shown = ["/p/represented"]
    for kind in (r"/p/represented/\d+$", r"/p/represented/invitations/\d+$"):
        page.goto(shown[-1])
        links = page.eval_on_selector_all("main a", "links => links.map(link => link.getAttribute('href'))")
        shown.append(next(one for one in links if re.search(kind, one)))
    wrong = looked_at(page, shown)
    context.close()
    assert wrong == []


def test_paid_work_at_the_door_is_accessible_and_fits_the_screen(
    page_of: Callable[..., Page], chromium: Browser, site: str
) -> None:
    """Work and sales somebody is paid for, right to left, with contract, payment, statements and payouts."""
    mei = page_of("mei")
    mei.goto("/people/?q=Adviser+Four")
    press(mei.locator("tbody a", has_text=ADVISER).first)
    mei.goto("/p/invite/" + mei.url.rsplit("/", 1)[1])
    mei.get_by_label("Show", exact=False).first.check()
    press(mei.get_by_role("button", name="Make the link"))
    found = re.search(r"/p/enter/[A-Za-z0-9_-]+", mei.content())
    assert found is not None
    context = chromium.new_context(
        base_url=site, viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(found.group())
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/p/")
    page.goto("/p/paid")
    own = page.eval_on_selector_all(
        "main a[href^='/p/']", "links => links.map(link => link.getAttribute('href'))"
    )
    assert {one.split("/")[2] for one in own} == {"paid", "shares"}
    wrong = looked_at(page, ["/p/paid", *own])
    context.close()
    assert wrong == []


def test_a_row_of_tabs_that_goes_on_fades_towards_that_edge(page_of: Callable[..., Page]) -> None:
    page = page_of("mei", size="phone")
    page.goto("/people/1")
    cut = "[...document.querySelector('.tabs').classList].filter(one => one.startsWith('is-cut'))"
    page.locator(".tabs.is-cut-end").wait_for()
    assert page.evaluate(cut) == ["is-cut-end"]
    page.evaluate("document.querySelector('.tabs').scrollLeft = 60")
    page.locator(".tabs.is-cut-start.is-cut-end").wait_for()
    page.evaluate("document.querySelector('.tabs').scrollLeft = 1e6")
    page.locator(".tabs.is-cut-start:not(.is-cut-end)").wait_for()
    page.goto("/events/1")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator(".tabs:not(.is-cut-start, .is-cut-end)").wait_for()
