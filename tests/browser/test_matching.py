"""The matching of wishes in a browser: a plan is read, pinned, moved by hand, agreed and taken back (X2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import press

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_a_plan_from_wishes_to_meetings_and_back(page_of: Open) -> None:
    """The demo holds a plan for Lisbon; the server of these tests has no worker, so a new run waits and is cancelled."""
    page = page_of("daniel", may_complain=True)
    page.goto("/events/")
    press(page.get_by_role("link", name="Open Lab Lisbon").first)
    runs = f"/executives{page.url[page.url.index('/events/') :].split('?')[0]}/matching"
    page.goto(runs)
    press(page.locator(".tbl tbody a").first)
    plan = page.url
    expect(page.get_by_role("heading", name="Wishes not met")).to_be_visible()
    press(page.get_by_role("button", name="Pin ").first)
    expect(page.locator("main")).to_contain_text("Pinned")
    press(page.get_by_role("link", name="Move ").first)
    expect(page.get_by_role("button", name="Place and pin")).to_be_visible()
    page.goto(plan)
    press(page.get_by_role("link", name="Run again"))
    page.get_by_label("Seed").fill("7")
    press(page.get_by_role("button", name="Find a plan"))
    expect(page.locator("main")).to_contain_text("Looking for the best plan")
    press(page.get_by_role("button", name="Cancel this job"))
    expect(page.locator("main")).to_contain_text("This run came to no plan")
    page.goto(plan)
    page.get_by_role("link", name="Agree").click()
    press(page.locator("dialog[open] button[type=submit]"))
    expect(page.locator(".pagehead-status")).to_contain_text("Made real")
    page.get_by_label("Reason").fill("The day has changed.")
    press(page.get_by_role("button", name="Take back"))
    expect(page.locator(".pagehead-status")).to_contain_text("Taken back")
