"""Documents of travel in a browser: papers behind a reason, a letter, the manifest and what was sent (J5.3, J5.4)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import press, seen_at_once

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def documents_of(page: Page, event: str) -> str:
    """The address of the documents of an event, by way of its travel desk."""
    page.goto("/travel/")
    number = page.locator("select[name=event] option", has_text=event).first.get_attribute("value")
    page.goto(f"/travel/?event={number}")
    page.locator("main details.menu summary").first.click()
    press(page.get_by_role("link", name="Documents").first)
    return page.url


def test_papers_are_shown_after_a_reason_and_make_a_letter(page_of: Open) -> None:
    """J5.3, R4: masked, then shown once, then on a letter that is handed over."""
    page = page_of("ruth")
    documents = documents_of(page, "Lisbon")
    press(page.locator("a[href$='/letters']").first)
    letters = page.url
    press(page.get_by_role("link", name="Write the papers down"))
    for label, value in {
        "Name as in the passport": "LERATO TESTCASE", "Passport number": "ZA7734821", "Date of birth": "1988-02-29",
        "How we know": "Her mail",
    }.items():  # fmt: skip
        page.get_by_label(re.compile(f"^{label}")).fill(value)
    page.get_by_label(re.compile("^Nationality")).select_option("ZA")
    page.get_by_label(re.compile("^What for")).select_option("visa_letter")
    press(page.get_by_role("button", name="Keep it"))
    expect(page.locator("main")).to_contain_text("•••4821")
    expect(page.locator("main")).not_to_contain_text("ZA7734821")
    assert seen_at_once(page, [page.url]) == []
    page.get_by_label("Why do you need to see them?").fill("The consulate calls")
    press(page.get_by_role("button", name="Show what they say"))
    expect(page.locator("main")).to_contain_text("ZA7734821")
    page.goto(letters)
    page.get_by_label("Addressed to").fill("The consulate in Pretoria")
    press(page.get_by_role("button", name="Issue the letter"))
    expect(page.locator("main")).to_contain_text("The consulate in Pretoria")
    page.goto(documents)
    expect(page.locator("main")).to_contain_text("Letter issued")
    assert seen_at_once(page, [documents, letters]) == []


def test_the_arrivals_of_london_are_handed_over_and_written_down(page_of: Open) -> None:
    """J5.4, T5: times in London with the time at home beside them; afterwards nothing has changed."""
    page = page_of("ruth")
    documents = documents_of(page, "Connect London")
    press(page.locator("a[href*='/documents/arrivals/send']"))
    page.get_by_label("How").select_option("handed_over")
    page.get_by_label(re.compile("^To")).fill("The team at the airport")
    press(page.get_by_role("button", name="Send it"))
    assert page.url == documents
    expect(page.locator("main")).to_contain_text("The team at the airport")
    expect(page.locator("main")).to_contain_text("As last sent")
    with page.expect_download() as taken:
        page.locator("a[href*='/documents/arrivals.csv']").click()
    assert taken.value.suggested_filename.startswith("arrivals-")
