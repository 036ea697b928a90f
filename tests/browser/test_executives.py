"""The assistant's desk in a browser: decide, keep waiting, hold, let somebody else step in, brief both sides (J7)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import press

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def calendar_of(page: Page, name: str) -> str:
    """The address of an executive's calendar at the event ahead."""
    page.goto("/executives/")
    press(page.get_by_role("link", name=name).first)
    return page.url.split("?")[0]


def test_nine_steps_at_the_assistants_desk(page_of: Open) -> None:
    """J7.1 to J7.5: one accepted, one kept waiting, one held; the CTO steps in; the day and its book, let out by their owner."""
    page = page_of("daniel")
    ceo = calendar_of(page, "Grace Adeyemi-Holm")
    expect(page.locator("#inbox")).to_contain_text("Requests block nothing")
    press(page.get_by_role("link", name=re.compile("^Accept Sara")))
    expect(page.locator("main")).to_contain_text("Their zone")
    expect(page.locator("main")).to_contain_text("Stockholm")
    page.get_by_label("Keep one waiting").select_option(label="Lerato Mokgathe")
    press(page.locator("main form button[type=submit]").last)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sara Lindqvarn")
    page.goto(ceo)
    expect(page.locator("#inbox")).to_contain_text("kept waiting")
    press(page.get_by_role("button", name=re.compile("^Hold Tomás")))
    expect(page.locator("#inbox")).to_contain_text(re.compile(r"held\s+until"))

    page.locator("summary[aria-label='More actions']").first.click()
    press(page.get_by_role("link", name="Let somebody else step in"))
    press(page.get_by_role("link", name="Liang Haoran"))
    expect(page.locator("main table")).to_contain_text("Sara Lindqvarn")
    page.get_by_label("Reason").fill("Board meeting")
    press(page.get_by_role("button", name="Change all meetings"))
    expect(page.locator("main")).to_contain_text("1 meeting is with Liang Haoran now")

    page.locator("summary[aria-label='More actions']").first.click()
    press(page.get_by_role("link", name="The day, and its briefing book"))
    press(page.get_by_role("button", name="Make the book"))
    expect(page.locator("main")).to_contain_text("Sara Lindqvarn")
    expect(page.locator("main")).to_contain_text("Say nothing confidential")
    book = page.url
    assert page.context.request.get(f"{book}.pdf").status == 403
    reader = page_of("mei")
    reader.goto(book)
    press(reader.get_by_role("button", name="Let it out"))
    paper = page.context.request.get(f"{book}.pdf")
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")


def test_a_stretch_is_offered_without_its_lunch(page_of: Open) -> None:
    """J7.4: nothing from 12:00 to 13:00."""
    page = page_of("daniel", size="phone")
    vp = calendar_of(page, "Petra Novotna")
    page.goto(f"{vp}/breaks/new")
    page.get_by_label("From", exact=True).fill("12:00")
    page.get_by_label("To", exact=True).fill("13:00")
    press(page.get_by_role("button", name="Keep free"))
    expect(page.locator("main")).to_contain_text("12:00–13:00")
    page.goto(f"{vp}/availability/new")
    day = page.get_by_label("From, local time")
    begins = page.evaluate(
        "() => { const d = new Date(); d.setFullYear(d.getFullYear() + 1); return d.toISOString().slice(0, 10) }"
    )
    day.fill(f"{begins}T11:00")
    page.get_by_label("To, local time").fill(f"{begins}T14:00")
    press(page.get_by_role("button", name="Offer"))
    expect(page.locator("main")).to_contain_text("2 slots are offered.")
