"""Every report of the gallery in a browser: accessible, as wide as the screen, its charts with a table behind them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.reports.gallery_all import REPORTS
from tests.browser.looking import complaints, press

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_every_report_is_accessible_and_fits(page_of: Open) -> None:
    """London, the year up to today; the person is whoever received most."""
    page, today = page_of("helga"), clock.today()
    page.goto(f"/reports/gallery/program?program=1&days={today - timedelta(days=364)}..{today}")
    press(page.locator("#by_person, #people").get_by_role("link").first)
    person = page.url.partition("person=")[2]
    wrong = []
    for key in REPORTS:
        page.goto(
            f"/reports/gallery/{key}?program=1&event=1&person={person}&days={today - timedelta(days=364)}..{today}"
        )
        expect(page.get_by_role("group", name="Key figures").first).to_be_visible()
        for table in page.locator(".chartfig details").all():
            table.locator("summary").click()
            expect(table.locator("tbody tr").first).to_be_visible()
        wrong += complaints(page, key)
    assert wrong == []


def test_a_report_is_found_chosen_and_its_numbers_lead_on(page_of: Open) -> None:
    page = page_of("helga")
    page.goto("/reports/")
    press(page.get_by_role("link", name="Event settlement"))
    expect(page.locator("main")).to_contain_text("Of what?")
    with page.expect_navigation():
        page.get_by_label("Event", exact=True).select_option(label="Connect London")
    expect(page.locator("h1")).to_contain_text("Event settlement: Connect London")
    expect(page.locator(".figures").first).to_contain_text("51,972.43")
    press(page.locator("#by_category").get_by_role("link").first)
    expect(page.locator("h1")).to_contain_text("Ledger")
