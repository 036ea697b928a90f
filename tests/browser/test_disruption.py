"""J5.5 in a browser: a flight is six hours late; the ripple, one confirmation, and what the trip shows afterwards."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from tests.browser.looking import complaints, press
from tests.further import HARBOUR_OPENS_IN

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
BOOKING = """{"@context": "http://schema.org", "@type": "FlightReservation", "reservationNumber": "ABC123",
 "underName": {"name": "EVA GREEN"}, "reservationFor": {"@type": "Flight", "flightNumber": "7",
 "airline": {"name": "Quetzal Air", "iataCode": "QT"}, "departureAirport": {"iataCode": "LHR"}, "arrivalAirport": {"iataCode": "MAD"},
 "departureTime": "DAYT19:00:00+00:00", "arrivalTime": "DAYT22:20:00+01:00"}}"""


def trip_of(page: Page) -> str:
    """The address of the trip of the guest of the Harbour Talks."""
    page.goto("/events/")
    press(page.get_by_role("link", name="Harbour Talks").first)
    event = page.url.rsplit("/", 1)[-1]
    page.goto(f"/travel/?event={event}")
    press(page.get_by_role("link", name=re.compile("Mateus of the Harbour")).first)
    if "/travel/" not in page.url:
        press(page.get_by_role("link", name=re.compile("Harbour Talks")).first)
    return page.url


def test_a_booking_of_somebody_else_is_shown_and_not_ticked(page_of: Open) -> None:
    page = page_of("ruth", may_complain=True)
    trip = trip_of(page)
    page.goto(f"{trip}/bookings")
    assert complaints(page, "bookings") == []
    day = clock.today() + HARBOUR_OPENS_IN + timedelta(days=2)
    page.get_by_label("Or the confirmation").fill(BOOKING.replace("DAY", day.isoformat()))
    press(page.get_by_role("button", name="Read it"))
    expect(page.locator("main")).to_contain_text("This names another traveller")
    expect(page.get_by_label("Attach it")).not_to_be_checked()
    assert complaints(page, "what was understood") == []


def test_six_hours_later_everything_follows_with_one_confirmation(page_of: Open) -> None:
    """J5.5: transfer moved, dinner missed, interview offered the next morning at nine."""
    page = page_of("ruth")
    trip = trip_of(page)
    page.goto(f"{trip}/change")
    assert complaints(page, "change") == []
    page.goto(f"{trip}/change")
    page.get_by_label("It does not take place").check()
    press(page.get_by_role("button", name="Show what it touches"))
    expect(page.get_by_label("Charged all the same: Sao Paulo (GRU) to London (LHR)")).to_be_visible()
    assert complaints(page, "cancelled") == []
    page.goto(f"{trip}/change")
    page.get_by_label("Leg").select_option(label="Sao Paulo (GRU) to London (LHR)")
    page.get_by_label("Later by").fill("+6 h")
    page.get_by_label("Why").fill("A storm.")
    press(page.get_by_role("button", name="Show what it touches"))
    morning = clock.today() + HARBOUR_OPENS_IN + timedelta(days=1)
    main = page.locator("main")
    for words in ("Dinner by the river", "Will miss it", "Meridian Cars", "Daniel", "Seat A1"):
        expect(main).to_contain_text(words)
    expect(page.get_by_label(f"Move it to {morning:%-d %b}, 09:00–09:30 London")).to_be_checked()
    expect(page.get_by_label("Leave it as a task")).not_to_be_checked()
    expect(page.get_by_label("Move it along")).to_be_checked()
    asked = page.url
    assert complaints(page, "ripple") == []
    page.goto(asked)
    press(page.get_by_role("button", name="Confirm all that is ticked"))
    expect(main).to_contain_text("Written to: Mateus of the Harbour")
    expect(main).to_contain_text("21:30")
    expect(main).to_contain_text("22:15")
    expect(main).to_contain_text("late arrival")
