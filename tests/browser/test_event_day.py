"""J6 in a browser on a phone, with its numbers: the door that loses its connection, respect, the dinner, the close, promises."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.accounts import audit
from app.accounts import operations as accounts
from app.core import clock
from app.core.db import transaction
from app.demo import beginnings, cast, event_day, journeys, london, wanted
from app.demo.story import Story
from tests.browser.conftest import SIZES, served, sign_in
from tests.browser.looking import press
from tests.browser.test_events import figures
from tests.databases import Databases, wants_postgresql

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        wants_postgresql(), reason="on PostgreSQL the door of the next event is walked: test_door"
    ),
]

#: Who missed what, and why (J6.2).
MISSES = (
    ("Kerem", "Met at arrivals", "The driver stood at the wrong terminal."),
    ("Lerato", "Right badge", "Her badge said Press."),
    ("Jack", "Executive on time", "The operations chief came eleven minutes late."),
)
#: Who answers for the promises, in nine visits; the third promise to Nneka was the AR demo (J6.5).
ANSWERING = ("amal", "nneka", "jack", "ines", "lerato", "priya", "sara", "bilal", "carla")


#: Where it is served, the people by their short names, and 08:30 on the second day.
Eve = tuple[str, dict[str, int], datetime]


@pytest.fixture(scope="module")
def eve(databases: Databases) -> Iterator[Eve]:
    """The address of a house on the eve of Connect London: everything is arranged, nobody has come, the dinner is booked."""
    databases.reset()
    assert databases.app is not None
    story = Story(clock.today())
    with databases.app.app_context(), transaction():
        audit.begin_request()
        accounts.mark_demo(by=None)
        for chapter in (
            beginnings.set_up_house, beginnings.write_goal, wanted.want_audience, beginnings.meet_people, beginnings.fill_cohort,
            wanted.ask_openly, london.plan, london.invite, london.acknowledge_policy,
        ):  # fmt: skip
            chapter(story)
        trips = journeys.book(story)
        for chapter in (
            journeys.open_calendars,
            journeys.interview,
            event_day.seat_guests,
            event_day.hold_chairs,
        ):
            chapter(story)
        event_day.dine(story)
        journeys.settle(story, trips)
        event_day.write_thanks(story)
        people = {key: person.id for key, person in story.people.items()}
        day = story.moment(1, 8, 30)
    with served(databases, "eve") as address:
        yield address, people, day


@pytest.fixture(scope="module")
def phone(chromium: Browser, eve: Eve) -> Iterator[Page]:
    """Ruth's phone, at 08:30 on the second day by the clock of the venue."""
    address, _people, day = eve
    width, height = SIZES["phone"]
    context = chromium.new_context(
        base_url=address, viewport={"width": width, "height": height}, storage_state=sign_in(chromium, address, "ruth"),
        reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.clock.set_fixed_time(day.astimezone(UTC))
    yield page
    context.close()


def _london(page: Page) -> str:
    page.goto("/events/")
    press(page.get_by_role("link", name="Connect London").first)
    return page.url


def test_the_day_of_london_on_a_phone(phone: Page, eve: Eve, chromium: Browser) -> None:
    """J6.1 to J6.5 in one day, as Ruth walks it."""
    event = _london(phone)
    _the_door(phone, event)
    _respect(phone, event)
    _the_dinner(phone, event)
    _the_close(phone, event)
    _thanks(phone, event)
    _promises(phone, event, eve, chromium)


def _the_door(page: Page, event: str) -> None:
    """J6.1: twelve badges; no connection, a reload, twelve noted; counted once, at 08:30 for 09:00; A1 to A12, one accessible."""
    page.goto(f"{event}/badges")
    expect(page.locator(".pagehead-status")).to_contain_text("0 of 12 printed")
    expect(page.locator("main")).to_contain_text("Analyst+KOL")
    with page.expect_download():
        page.get_by_role("button", name="Print the ticked ones").click()
    page.goto(f"{event}/door")
    status = page.locator("[data-door-status]")
    expect(page.locator(".pagehead-status")).to_contain_text("0 of 12 here")
    expect(status).to_contain_text("opens without a connection until 04:00")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator(".pagehead-status")).to_contain_text("0 of 12 here")
    buttons = page.get_by_role("button", name=re.compile("^Check in (?!by code)"))
    for left in range(12, 6, -1):
        expect(buttons).to_have_count(left)
        buttons.first.click()
    page.reload()
    expect(page.locator(".pagehead-status")).to_contain_text("6 of 12 here")
    expect(status).to_contain_text("6 wait on this phone")
    for left in range(6, 0, -1):
        expect(buttons).to_have_count(left)
        buttons.first.click()
    expect(page.locator(".pagehead-status")).to_contain_text("12 of 12 here")
    page.context.set_offline(False)
    expect(status).to_contain_text("Nothing waits", timeout=60_000)
    page.goto(f"{event}/door")
    expect(page.locator(".pagehead-status")).to_contain_text("12 of 12 here")
    expect(page.locator("#reports tbody tr")).to_have_count(12)
    assert page.get_by_text("30 min early").count() == 12
    page.goto(f"{event}/seats")
    taken = page.locator(".seat-map .seat.is-taken")
    assert [one.get_attribute("title").split(":")[0] for one in taken.all()] == [
        f"A{n}" for n in range(1, 13)
    ]
    expect(taken.filter(has_text="accessible")).to_have_count(1)


def _respect(page: Page, event: str) -> None:
    """J6.2: twelve times five: 57 kept, 3 missed with cause and task."""
    page.goto(f"{event}/respect/items")
    press(page.get_by_role("button", name="Save the list"))
    for name, label, cause in MISSES:
        press(page.get_by_role("link", name=re.compile(name)).first)
        press(page.get_by_role("link", name=f"Missed {label}"))
        page.get_by_label("What happened").fill(cause)
        press(page.get_by_role("button", name="Note the miss"))
        page.goto(f"{event}/respect")
    assert figures(page) == {"Kept": "0", "Missed": "3", "Open": "57"}
    for _line in range(5):
        press(page.get_by_role("button", name=re.compile(": tick ")).first)
    assert figures(page) == {"Kept": "57", "Missed": "3", "Open": "0"}
    expect(page.locator("#misses tbody tr")).to_have_count(3)
    page.goto(f"{event}/tasks")
    for name, label, _cause in MISSES:
        expect(page.locator("main")).to_contain_text(re.compile(f"{name}.*{label}"))


def _the_dinner(page: Page, event: str) -> None:
    """J6.3: 22 were booked, Mateus was absent: 21 heads share 2,640.00, the guests 1,382.90 and the hosts 1,257.10 of it."""
    page.goto(f"{event}/close")
    press(page.get_by_role("link", name="Who was absent?"))
    expect(page.locator("main")).to_contain_text("22 heads share the bill now")
    page.get_by_label("Mateus").check()
    press(page.get_by_role("button", name="Share the bill among the others"))
    found = figures(page)
    parts = [
        found[name].replace("\xa0", " ") for name in ("Part of the people", "Part of the hosts", "Heads")
    ]
    assert parts == ["GBP 1,382.90", "GBP 1,257.10", "21"]
    shares = page.locator("main tbody tr").all_inner_texts()
    assert sum("125.72" in one for one in shares) == 9
    assert sum("125.71" in one for one in shares) == 12
    press(page.locator(".figures a").first)
    expect(page.locator("main")).to_contain_text("1,382.90")


def _the_close(page: Page, event: str) -> None:
    """J6.4: accepted 12, attended 12, dinner 11; 51,972.43; 12 seats, 360 early minutes, 14 interviews of 405 minutes."""
    page.goto(f"{event}/close")
    found = figures(page)
    wanted = {
        "Accepted": "12", "Attended": "12", "At meals": "11", "Front-row seats": "12", "Early minutes": "360",
        "Executive minutes": "405", "Respect": "57 of 60",
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    assert "51,972.43" in found["Non-cash value"]
    expect(page.locator("main")).to_contain_text("14 interviews; 15–60 a guest, median 30")


def _thanks(page: Page, event: str) -> None:
    """J6.5: twelve letters of thanks wait in the outbox, and leave by one press."""
    press(page.get_by_role("link", name="Write thank-you letters"))
    page.get_by_label("Your words").fill("Your questions changed what we build next.")
    press(page.get_by_role("button", name="Write 12 letters"))
    expect(page.locator("main")).to_contain_text(re.compile("12 mails, 3 languages"))
    press(page.get_by_role("button", name="Send 12 mails"))


def _promises(page: Page, event: str, eve: Eve, chromium: Browser) -> None:
    """J6.5: nine answer at their own door; the AR demo was not kept, and becomes a task."""
    address, people, _day = eve
    page.goto(f"{event}/invitations?state=accepted")
    names = {key: next(one.name for one in cast.GUESTS if one.key == key) for key in ANSWERING}
    numbers = {
        key: page.get_by_role("link", name=name).first.get_attribute("href").rsplit("/", 1)[1]
        for key, name in names.items()
    }
    for key in ANSWERING:
        page.goto(f"/p/invite/{people[key]}")
        page.locator("[name=how][value=show]").check()
        press(page.get_by_role("button", name="Make the link"))
        link = page.locator("#link").inner_text().strip()
        context = chromium.new_context(base_url=address, viewport={"width": 390, "height": 844})
        _answer(context, link, numbers[key], "The headset was packed away." if key == "nneka" else "")
        context.close()
    page.goto(f"{event}/promises")
    found = figures(page)
    assert (found["Asked"], found["Answered"], found["Not kept"]) == ("12", "9", "1")
    expect(page.locator("#misses")).to_contain_text("AR maintenance kit")
    page.goto(f"{event}/tasks")
    expect(page.locator("main")).to_contain_text("Nneka")


def _answer(context: BrowserContext, link: str, number: str, not_kept: str) -> None:
    guest = context.new_page()
    guest.goto(link)
    press(guest.locator("main form button[type=submit]").first)
    guest.goto(f"/p/invitations/{number}/kept")
    for place, box in enumerate(guest.locator("fieldset.section").all(), 1):
        is_kept = not (not_kept and place == 3)
        box.locator(f"input[value={'yes' if is_kept else 'no'}]").check()
        if not is_kept:
            box.locator("textarea").fill(not_kept)
    press(guest.locator("main form button[type=submit]").last)
