"""The door of an event on a phone that loses its connection, and gets it back (E3, J6.1)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import SIZES, sign_in

pytestmark = pytest.mark.browser


def _door(page: Page) -> str:
    """The door of the event that lies ahead."""
    page.goto("/events/?when=ahead")
    page.get_by_role("link", name="Open Lab Lisbon").first.click()
    page.get_by_role("link", name="Check-in", exact=True).first.click()
    page.wait_for_url("**/door")
    return page.url


def test_the_door_goes_on_without_a_connection_and_counts_once(page_of: Callable[..., Page]) -> None:
    """E3: noted offline, sent later; an answer that got lost on its way makes nobody count twice; what cannot count is said."""
    page = page_of("ruth", size="phone", may_complain=True)
    door = _door(page)
    status, waiting = page.locator("[data-door-status]"), page.locator("[data-door-note]")
    expect(page.locator(".pagehead-status")).to_contain_text("0 of 4 here")
    expect(status).to_contain_text("opens without a connection until 04:00")
    page.context.set_offline(True)
    expect(status).to_contain_text("No connection")
    for name in ("Lerato", "Sara"):
        page.get_by_role("button", name=f"Check in {name}").click()
    expect(waiting).to_have_count(2)
    page.reload()  # the page is still there, and what was noted with it
    expect(waiting).to_have_count(2)
    page.get_by_label("Code on the badge").fill("k7qm 3xwd 9tra")
    page.get_by_role("button", name="Check in by code").click()
    expect(status).to_contain_text("3 wait on this phone")
    expect(page.locator(".pagehead-status")).to_contain_text("2 of 4 here")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()
        page.unroute("**/door/reports")

    page.route("**/door/reports", lose_the_answer)
    page.context.set_offline(False)
    expect(status).to_contain_text("3 wait on this phone")
    page.get_by_role("button", name="Send now").click()
    expect(status).to_contain_text("Nothing waits")
    expect(page.locator("[data-door-said]")).to_contain_text(
        "Not counted: K7QM-3XWD-9TRA. Nobody has this code"
    )
    page.goto(door)
    expect(page.locator(".pagehead-status")).to_contain_text("2 of 4 here")
    expect(page.locator("#reports tbody tr")).to_have_count(3)
    for _each in range(2):
        page.get_by_role("link", name="Undo ").first.click()
        page.get_by_label("Reason").fill("A rehearsal.")
        page.get_by_role("button", name="Undo the check-in").click()
        page.wait_for_url("**/door")
    expect(page.locator(".pagehead-status")).to_contain_text("0 of 4 here")


def test_whoever_has_signed_out_keeps_no_page_of_a_door(chromium: Browser, site: str) -> None:
    """Names of guests stay on a phone no longer than its user: signing out takes them away, and without a connection nothing opens."""
    width, height = SIZES["phone"]
    state = sign_in(chromium, site, "ruth")  # a session of its own: it ends here
    context = chromium.new_context(
        base_url=site, viewport={"width": width, "height": height}, storage_state=state
    )
    page = context.new_page()
    door = _door(page)
    expect(page.locator("[data-door-status]")).to_contain_text("opens without a connection")
    kept = page.evaluate("caches.keys()")
    assert [name.split("-", 3)[3] for name in kept] == [door.removeprefix(site)]
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.wait_for_function("caches.keys().then(names => names.length === 0)")
    page.wait_for_function("navigator.serviceWorker.getRegistrations().then(all => all.length === 0)")
    context.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(door)
    context.close()
