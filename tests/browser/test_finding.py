"""Finding in a browser: palette, shortcuts, found while typing, a saved view, an action on many people with undo."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.looking import press, seen_at_once

pytestmark = pytest.mark.browser

PAGES = (
    "/people/", "/people/?silent=20&stage=active&language=en", "/people/?kind=999&after=x", "/lists/people/columns", "/lists/people/views/",
    "/lists/people/views/new?country=FR", "/lists/people/bulk/shortlist?all=yes&country=NG", "/lists/bulk/", "/search?q=mo",
)  # fmt: skip


@pytest.mark.looks
@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_pages_of_finding_are_accessible_and_fit_the_screen(
    page_of: Callable[..., Page], size: str, scheme: str
) -> None:
    assert seen_at_once(page_of("mei", size=size, scheme=scheme), PAGES) == []


def test_the_palette_is_walked_read_out_and_gives_the_focus_back(page_of: Callable[..., Page]) -> None:
    page = page_of("mei")
    page.goto("/events/")
    link = page.get_by_role("link", name="People")
    link.focus()
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search")
    field = palette.get_by_role("combobox")
    expect(field).to_be_focused()
    field.press_sequentially("moreau")
    option = palette.get_by_role("option", name="Ines Moreau")
    expect(option).to_be_visible()
    expect(page.locator("#palette-status")).to_have_text("1 result")
    violations = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    assert [item["id"] for item in violations] == []
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    expect(link).to_be_focused()


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("moreau", "Ines Moreau"),
        ("audit tr", "Audit trail"),
        ("new: pers", "Add a person"),
        ("hand people", "Hand over"),
    ],
)
def test_the_palette_opens_people_settings_and_actions(
    page_of: Callable[..., Page], text: str, heading: str
) -> None:
    who = "ada" if "audit" in text else "mei"
    page = page_of(who)
    page.goto("/people/")
    page.keyboard.press("Control+k")
    # What was found for the first letters comes before what is found for all of them.
    with page.expect_response(lambda answer: parse_qs(urlsplit(answer.url).query).get("q") == [text]):
        page.keyboard.type(text)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(page.locator("#palette-status")).not_to_have_text("")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def test_shortcuts_go_and_stay_away_from_fields(page_of: Callable[..., Page]) -> None:
    page = page_of("mei")
    page.goto("/people/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tr.is-current [data-select-row]")).to_be_checked()
    expect(page.locator("[data-bulk-n]")).to_have_text("1")
    page.keyboard.press("k")
    expect(page.locator("tbody tr").first).to_have_class("is-current")
    page.keyboard.press("?")
    help = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help).to_be_visible()
    page.keyboard.press("j")  # a dialog is open: nothing moves behind it
    expect(page.locator("tbody tr").first).to_have_class("is-current")
    page.keyboard.press("Escape")
    expect(help).to_be_hidden()
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Name, mail, handle")
    expect(field).to_be_focused()
    page.keyboard.type("gen?jk/x")  # letters of shortcuts are letters here
    expect(field).to_have_value("gen?jk/x")
    expect(help).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator("[data-new] .menu-list")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-new] .menu-list")).to_be_hidden()
    expect(page.locator("[data-new] summary")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Events")


def test_an_editable_element_keeps_its_letters(page_of: Callable[..., Page]) -> None:
    page = page_of("mei")
    page.goto("/people/")
    page.evaluate(
        "() => { const box = document.createElement('div'); box.contentEditable = 'true'; box.id = 'typed'; document.querySelector('main').prepend(box); box.focus(); }"
    )
    page.keyboard.type("gp?")
    expect(page.locator("#typed")).to_have_text("gp?")
    expect(page.locator("#keys")).to_be_hidden()


def test_people_are_found_while_typing_and_the_list_is_filtered_with_enter(
    page_of: Callable[..., Page],
) -> None:
    page = page_of("mei")
    page.goto("/people/")
    field = page.get_by_role("searchbox", name="Name, mail, handle")
    field.press_sequentially("서하")
    expect(page.locator("#filter-found a")).to_have_count(1)
    field.press("Escape")
    expect(page.locator("#filter-found a")).to_have_count(0)
    expect(field).to_be_focused()
    field.fill("")
    field.press_sequentially("more")
    expect(page.locator("#filter-found a")).to_have_count(1)
    field.press("ArrowDown")
    expect(page.locator("#filter-found a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ines Moreau")
    page.goto("/people/")
    field.press_sequentially("moreau")
    field.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Search: moreau")).to_be_visible()


def test_a_view_is_saved_pinned_and_opened_from_today(page_of: Callable[..., Page]) -> None:
    page = page_of("mei")
    page.goto("/people/")
    page.get_by_label("Country").select_option("NG")
    page.get_by_role("link", name="Save as a view").click()
    page.get_by_label("Name", exact=True).fill("Nigeria")
    page.get_by_role("button", name="Save this view").click()
    expect(
        page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Nigeria")
    ).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Pin, share or copy this view").click()
    press(page.get_by_role("row", name="Nigeria").get_by_role("button", name="Pin to Today"))
    page.goto("/")
    page.get_by_role("navigation", name="Pinned views").get_by_role("link", name="Nigeria 2").click()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_many_people_get_a_deputy_and_it_is_undone(page_of: Callable[..., Page]) -> None:
    page = page_of("mei")
    page.goto("/people/?country=NG")
    page.get_by_label("Select all rows shown").check()
    page.get_by_role("button", name="Name a deputy").click()
    expect(page.locator(".confirm-restate")).to_contain_text("This is about 2 people")
    page.get_by_label("Deputy").select_option(label="Omar Benhallam")
    page.get_by_role("button", name="Name a deputy: 2 people").click()
    expect(page.locator("main")).to_contain_text("Row by row")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text("Undone")
