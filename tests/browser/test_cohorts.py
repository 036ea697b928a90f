"""J1.2 to J1.5 in a browser: the rule editor with and without its script, who is missing, what people declared, the goal behind every name."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import seen_at_once

pytestmark = pytest.mark.browser

PAGES = (
    "/programs/cohorts/1", "/programs/cohorts/1/edit", "/programs/cohorts/1/missing", "/programs/cohorts/2/missing",
    "/programs/cohorts/1/why?q=qingyue", "/programs/cohorts/2/declared", "/programs/1/audience", "/programs/1/cohorts/new",
)  # fmt: skip


@pytest.mark.looks
@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_pages_of_cohorts_are_accessible_and_fit_the_screen(
    page_of: Callable[..., Page], size: str, scheme: str
) -> None:
    assert seen_at_once(page_of("mei", size=size, scheme=scheme), PAGES) == []


def write_rule(page: Page, name: str) -> None:
    """A cohort whose rule has a country and, in a second group, one of two languages."""
    page.goto("/programs/1/cohorts/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("[name=g0_new]").select_option("home_country")
    page.get_by_role("button", name="Add condition").click()
    page.locator("[name=g0_0_op]").select_option("is_not")
    page.locator("[name=g0_0_values]").fill("China")
    page.get_by_role("button", name="Add a group").click()
    page.locator("[name=g1_new]").select_option("language")
    page.get_by_role("button", name="Add condition").nth(1).click()
    page.locator("[name=g1_0_values]").fill("English, Korean")
    page.get_by_role("button", name="Start cohort").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_rule_is_written_with_the_script(page_of: Callable[..., Page]) -> None:
    """J1.2: adding a line fetches the rule alone; what was typed elsewhere stays."""
    page = page_of("mei")
    write_rule(page, "Written with the script")
    expect(page.locator("main")).to_contain_text("0 of 12; 1 refused")
    sentence = "home country is not China and language is English or Korean"
    expect(page.locator("main")).to_contain_text(sentence)


def test_a_rule_is_written_without_any_script(page_of: Callable[..., Page]) -> None:
    """J1.2: the same by submits alone."""
    page = page_of("mei")
    page.route("**/*.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    write_rule(page, "Written without a script")
    expect(page.locator("main")).to_contain_text("0 of 12; 1 refused")


def test_a_changed_rule_is_seen_before_it_is_saved(page_of: Callable[..., Page]) -> None:
    page = page_of("mei")
    page.goto("/programs/cohorts/2/edit")
    page.locator("[name=g0_0_values]").fill("China, Africa")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Nothing is saved yet")
    expect(page.locator("main")).to_contain_text("4 no longer fit")
    page.get_by_role("link", name="Cancel").click()


def test_older_list_is_counted_and_a_part_of_it_is_not(page_of: Callable[..., Page]) -> None:
    """J1.3, J1.4: the older list stands before the gap is closed."""
    page = page_of("mei")
    page.goto("/programs/cohorts/2/missing")
    gaps = "South Asia 1 (IN), PK audience 0, Korean-language 0, video channels 1"
    expect(page.locator(".lead-line").first).to_have_text(gaps)
    page.goto("/programs/cohorts/2/declared")
    page.get_by_role("button", name="Count the whole cohort").click()
    expect(page.locator("main")).to_contain_text("women 6, all others 6")


def test_goal_lists_everybody_shortlisted_for_it(page_of: Callable[..., Page]) -> None:
    """J1.5, G1: twelve ticked in a fresh cohort stand on the page of their goal; no goal came after its names."""
    page = page_of("mei")
    write_rule(page, "Everybody for a goal")
    boxes = page.locator("input[name=ids]:not([disabled])")
    ticked = min(boxes.count(), 12)
    assert ticked == 12
    names = page.locator("tr", has=page.locator("input[name=ids]")).locator("a bdi, bdi").all_text_contents()
    for place in range(ticked):
        boxes.nth(place).check()
    page.get_by_label("For the goal").last.select_option(index=1)
    page.get_by_role("button", name="Shortlist those ticked").click()
    expect(page.locator("main")).to_contain_text("12 of 12")
    page.locator("main a[href^='/programs/goals/']").first.click()
    shortlisted = page.get_by_role("table", name="People shortlisted for it")
    rows = shortlisted.locator("tr", has_text="Everybody for a goal")
    expect(rows).to_have_count(12)
    assert set(rows.locator("a bdi").all_text_contents()) <= {*names, "Everybody for a goal"}
    page.goto("/programs/1")
    expect(page.locator("main")).to_contain_text("Goals dated after shortlisting: 0")
