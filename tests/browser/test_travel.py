"""The travel desk as a coordinator uses it, at the desk and on the phone (J5.1, J5.3)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import press

pytestmark = pytest.mark.browser


def _london(page: Page) -> None:
    page.goto("/travel/")
    page.get_by_label("Event", exact=True).select_option(label=_label(page, "Connect London"))
    page.wait_for_url("**event=*")


def _label(page: Page, name: str) -> str:
    labels = page.get_by_label("Event", exact=True).locator("option").all_text_contents()
    return next(one for one in labels if one.startswith(name))


def test_the_desk_is_narrowed_and_a_visa_is_noted(page_of: Callable[..., Page]) -> None:
    """J5.1, J5.3: twelve rows, those with a wish outside the rules, a visa noted from the trip."""
    page = page_of("ruth")
    _london(page)
    rows = page.locator("table tbody tr")
    expect(rows).to_have_count(12)
    expect(page.locator("table tfoot")).to_contain_text("51,972.43")
    page.get_by_label("Verdict", exact=True).select_option("needs_approval")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Priya Vembanath")
    page.get_by_label("Verdict", exact=True).select_option("")
    expect(rows).to_have_count(12)
    page.get_by_label("Name", exact=True).fill("jack")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(rows).to_have_count(1)
    press(page.get_by_role("link", name="Jack Tarrowby"))
    trip = page.url
    page.goto(f"{trip}/visa")
    page.get_by_label("Visa", exact=True).select_option("needed")
    page.get_by_label("Days the consulate takes").fill("21")
    press(page.get_by_role("button", name="Save"))
    expect(page.locator("main")).to_contain_text("letter not issued")
    expect(page.locator("main")).to_contain_text("last safe date")
    expect(page.locator(".history").first).to_contain_text("visa state")


def test_a_car_follows_its_leg_on_the_phone(page_of: Callable[..., Page]) -> None:
    """Derived from the leg: minutes after it lands, nothing else to type."""
    page = page_of("ruth", size="phone")
    page.goto("/travel/")
    press(page.get_by_role("link", name="Sara Lindqvarn"))
    press(page.get_by_role("link", name="Add a transfer").last)
    expect(page.get_by_label("Minutes", exact=False).first).to_have_value("60")
    page.get_by_label("To", exact=False).first.fill("Casa do Cais")
    press(page.get_by_role("button", name="Add a transfer"))
    expect(page.locator(".timeline")).to_contain_text("60 minutes after ARN → LIS arrives; it moves with it")
