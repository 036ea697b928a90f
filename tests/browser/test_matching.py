"""The matching of wishes in a browser: a plan is read, pinned, moved by hand and mouse, agreed and taken back (X2)."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from app.accounts.models import User
from app.core import jobs
from app.core.db import db, transaction
from app.events import queries as events
from app.executives import operations as executives
from app.executives.details_matching import MatchingDetails
from tests.browser.conftest import SIZES, served, sign_in
from tests.browser.looking import press
from tests.databases import Databases

pytestmark = pytest.mark.browser


@pytest.fixture
def page(databases: Databases, chromium: Browser) -> Iterator[Page]:
    """Daniel's, on a server of its own with the demo and a plan for Lisbon: where somebody else has agreed a meeting in one of
    its windows since, a plan is rightly refused."""
    databases.reset_to_demo()
    assert databases.app is not None
    with databases.app.app_context():
        show = events.find_event("Open Lab Lisbon")
        daniel = db.session.scalars(sa.select(User).filter_by(email="daniel@lumen.example")).one()
        assert show is not None
        with transaction():
            executives.start_run(
                db.session.merge(show), MatchingDetails(n_rounds=100), by=db.session.merge(daniel)
            )
        jobs.work_off()
        db.session.remove()
    with served(databases, "matching") as address:
        width, height = SIZES["wide"]
        context = chromium.new_context(
            base_url=address, viewport={"width": width, "height": height}, reduced_motion="reduce",
            storage_state=sign_in(chromium, address, "daniel"),
        )  # fmt: skip
        yield context.new_page()
        context.close()


def open_plan(page: Page) -> str:
    """Go from the event to its plan; the address of the plan."""
    page.goto("/events/")
    press(page.get_by_role("link", name="Open Lab Lisbon").first)
    press(page.get_by_role("link", name="Plan meetings"))
    press(page.locator(".tbl tbody a").first)
    return page.url


def row_of(page: Page, executive: str) -> Locator:
    """The windows of an executive on the first day of the plan."""
    return page.locator("main table").first.locator("tbody tr").filter(has_text=executive)


def drag(page: Page, what: Locator, to: Locator) -> None:
    """With the mouse, in steps, as a hand does."""
    with page.expect_navigation():
        what.drag_to(to)


def test_a_meeting_dragged_to_a_free_window_is_moved_and_pinned(page: Page) -> None:
    plan = open_plan(page)
    row = row_of(page, "Grace Adeyemi-Holm")
    name = row.locator("[data-drag]").first.inner_text()
    place = next(n for n, cell in enumerate(row.locator("td").all()) if "Free" in cell.inner_text())
    window = row.locator("td").nth(place).locator("[data-drop]").get_attribute("data-drop")
    drag(page, row.locator("[data-drag]").first, row.locator("td").nth(place))
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.locator("main select")).to_have_value(str(window))
    press(page.get_by_role("button", name="Place and pin"))
    assert page.url == plan
    cell = row.locator("td").nth(place)
    expect(cell).to_contain_text(name)
    expect(cell).to_contain_text("Pinned")
    expect(row.locator("[data-drag]").filter(has_text=name)).to_have_count(1)


def test_a_meeting_dragged_to_a_taken_window_says_why_not_and_stays(page: Page) -> None:
    plan = open_plan(page)
    grid = page.locator("main table").first
    before = grid.inner_text()
    meetings = row_of(page, "Grace Adeyemi-Holm").locator("[data-drag]")
    name, other = meetings.nth(0).inner_text(), meetings.nth(1)
    drag(page, meetings.nth(0), other)
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.locator("main")).to_contain_text("Not in that window")
    expect(page.locator("main")).to_contain_text("The executive meets somebody else then")
    page.goto(plan)
    assert grid.inner_text() == before
    expect(page.locator("main")).not_to_contain_text("Pinned")


def test_a_plan_from_wishes_to_meetings_and_back(page: Page) -> None:
    """The server of these tests has no worker, so a new run waits and is cancelled."""
    plan = open_plan(page)
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
