"""Events in a browser, with the numbers of the scenario: letters, the board, parity, the day and its close (J4, J6)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import press

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def figures(page: Page) -> dict[str, str]:
    """The key figures of a page by their labels."""
    shown = page.locator(".figures dl > div")
    labels, values = (shown.locator(part).all_inner_texts() for part in ("dt", ".figure"))
    return {label.strip(): value.split("\n")[0].strip() for label, value in zip(labels, values, strict=True)}


def london(page: Page) -> str:
    """The address of Connect London."""
    page.goto("/events/")
    press(page.get_by_role("link", name="Connect London").first)
    return page.url


def test_letters_of_a_wave_say_how_many_in_which_languages_and_what_is_missing(page_of: Open) -> None:
    """J4.1, G5: sending waits for the translation."""
    page = page_of("ruth", may_complain=True)
    page.goto("/events/new")
    page.get_by_label("Program").select_option(label="Global KOL")
    values = {
        "Name": "A walk through the port",
        "Venue": "Quay 4",
        "Time zone": "Europe/London",
        "Places": "12",
    }
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Begins").fill("2027-09-14T09:00")
    page.get_by_label("Ends").fill("2027-09-14T17:00")
    press(page.locator("main form button[type=submit]").last)
    expect(page.get_by_role("heading", level=1)).to_contain_text("A walk through the port")
    press(page.get_by_role("link", name="Invite people").first)
    for name in ("أمل رشواني", "Ines Moreau", "서하나", "Jack Tarrowby"):
        page.get_by_label(f"Invite {name}").check()
    page.locator("[name=promise]").fill("A seat in front, and the port by boat.")
    press(page.get_by_role("button", name="Draft these invitations"))
    press(page.get_by_role("button", name="Write 4 letters of wave 1"))
    expect(page.locator("main")).to_contain_text(re.compile("4 mails, 3 languages"))


def test_the_board_and_the_parity_of_london(page_of: Open) -> None:
    """J4.4, J4.5: 16 = 12 + 3 + 1; nine sessions v. seven, one gap closed, one explained."""
    page = page_of("ruth")
    event = london(page)
    page.goto(f"{event}/invitations")
    found = figures(page)
    board = {name: found[name] for name in ("Invited", "Accepted", "Declined", "Waiting", "No answer")}
    assert board == {"Invited": "16", "Accepted": "12", "Declined": "3", "Waiting": "1", "No answer": "0"}
    page.goto(f"{event}/parity")
    assert figures(page) == {
        "Analysts get": "9", "Our people get": "7", "Gaps": "2", "Closed": "1", "Explained": "1",
    }  # fmt: skip


def test_the_day_of_london_and_its_close(page_of: Open) -> None:
    """J6.1, J6.2, J6.4, J6.5: who came, what was kept, what it was worth, what is still owed."""
    page = page_of("ruth")
    event = london(page)
    page.goto(f"{event}/door")
    expect(page.locator(".pagehead-status")).to_contain_text("12 of 12 here")
    page.goto(f"{event}/respect")
    assert figures(page) == {"Kept": "57", "Missed": "3", "Open": "0"}
    page.goto(f"{event}/close")
    found = figures(page)
    assert {name: found[name] for name in ("Accepted", "Attended", "At meals", "Front-row seats", "Early minutes", "Executive minutes")} == {
        "Accepted": "12", "Attended": "12", "At meals": "11", "Front-row seats": "12", "Early minutes": "360", "Executive minutes": "405",
    }  # fmt: skip
    assert "51,972.43" in found["Non-cash value"]
    expect(page.locator("main")).to_contain_text("14 interviews; 15–60 a guest, median 30")
    page.goto(f"{event}/promises")
    found = figures(page)
    assert (found["Asked"], found["Answered"], found["Not kept"]) == ("12", "9", "1")
