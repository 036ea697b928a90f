"""Pages of travel: who sees what, what a form refuses, and that nothing typed is lost."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.events.models import InvitationState
from app.ledger.models import Breach, Entry, ExceptionState, RuleException
from app.people.models import OrganisationKind
from app.travel import operations
from app.travel.models import CostStage, Leg, Stay, Transfer, TravelClass, TravelRule, Trip, TripState
from tests.conftest import fresh
from tests.factories import accounts, events, ledger, people
from tests.factories import travel as make

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def booking(app: Flask) -> Iterator[None]:
    """Mid-September, with the rates and rules of the scenario."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        yield


pytestmark = pytest.mark.usefixtures("booking")


@pytest.fixture
def trip(booking: None) -> Trip:
    """Jack's, with a wish and nothing booked."""
    invitation = events.accepted(events.event(), "Jack")
    return make.trip(invitation, wished_class=TravelClass.BUSINESS, wish="A seat at the window")


@pytest.fixture
def ruth(booking: None, signed_in: SignIn) -> FlaskClient:
    return signed_in(events.ruth())


FLIGHT: dict[str, Any] = {
    "decision": "committed", "mode": "air", "carrier": "Southern Cross Airways", "number": "SX1", "origin": "SYD",
    "departs_at": "2026-10-11T06:00", "destination": "LHR", "arrives_at": "2026-10-11T19:10", "travel_class": "business",
    "amount": "9,840.00", "currency": "AUD", "priced_on": "2026-09-14", "booking_reference": "QK7ZPD",
}  # fmt: skip
STAY: dict[str, Any] = {
    "decision": "committed", "hotel": "The Meridian Wharf", "city": "London", "country": "GB", "check_in_on": "2026-10-12",
    "check_out_on": "2026-10-16", "stars": "5", "amount": "2080", "currency": "GBP",
}  # fmt: skip
CAR: dict[str, Any] = {
    "decision": "committed", "origin": "LHR", "destination": "The Meridian Wharf", "starts_at": "2026-10-11T20:10",
    "ends_at": "2026-10-11T21:00", "zone": "Europe/London", "amount": "140", "currency": "GBP",
}  # fmt: skip


def count(model: type[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count(model.id))) or 0


# -- looking --------------------------------------------------------------------------------------------


def test_every_page_opens(trip: Trip, ruth: FlaskClient, signed_in: SignIn) -> None:
    leg = make.leg(trip)
    make.leg(trip, **dict(make.home_details(fare_leg_id=leg.id)))
    stay, car = make.stay(trip), make.transfer(trip, leg_id=leg.id)
    paths = [
        "", "rules", f"{trip.id}", f"{trip.id}/edit", f"{trip.id}/cancel", f"{trip.id}/exception", f"{trip.id}/leg/new",
        f"{trip.id}/stay/new", f"{trip.id}/transfer/new", f"people/{trip.person_id}",
    ]  # fmt: skip
    for kind, id in (("leg", leg.id), ("stay", stay.id), ("transfer", car.id)):
        paths += [f"{kind}/{id}/{step}" for step in ("edit", "settle", "decline", "cancel")]
    assert {path: ruth.get(f"/travel/{path}").status_code for path in paths} == dict.fromkeys(paths, 200)
    helga = signed_in(Role.COMPLIANCE)
    assert [helga.get(f"/travel/rules/{path}").status_code for path in ("new", "1/end")] == [200, 200]


def test_the_desk_without_events_says_what_belongs_there(ruth: FlaskClient) -> None:
    page = ruth.get("/travel/").get_data(as_text=True)
    assert "No event yet" in page


def test_times_show_both_zones(trip: Trip, ruth: FlaskClient) -> None:
    """T1: 06:00 in Sydney is 20:00 the day before in London."""
    make.leg(trip)
    page = re.sub(r"<[^>]+>", "", ruth.get(f"/travel/{trip.id}").get_data(as_text=True))
    assert "11 Oct 2026, 06:00 Sydney, 10 Oct 2026, 20:00 London" in " ".join(page.split())
    assert "23 h 10 min" in page


SEEN = [
    (Role.COORDINATOR, True, True),
    (Role.RELATIONS, True, False),
    (Role.AUDITOR, True, False),
    (Role.COMPLIANCE, True, False),
    (Role.ADMIN, False, False),
]


@pytest.mark.parametrize(("role", "amounts", "reference"), SEEN)
def test_amounts_and_references_are_absent_for_those_who_may_not_see_them(
    trip: Trip, signed_in: SignIn, role: Role, amounts: bool, reference: bool
) -> None:
    """R3: costs need amounts:read, the booking reference travel:write."""
    make.leg(trip)
    make.transfer(trip)
    browser = signed_in(role)
    page = browser.get(f"/travel/{trip.id}").get_data(as_text=True)
    grid = browser.get("/travel/").get_data(as_text=True)
    assert ("5,038.08" in page, "5,038.08" in grid or "5,178.08" in grid) == (amounts, amounts)
    assert ("QK7ZPD" in page, "7946 0018" in page) == (reference, reference)


def test_an_assistant_has_no_travel_pages(trip: Trip, signed_in: SignIn) -> None:
    browser = signed_in(Role.ASSISTANT)
    assert [browser.get(path).status_code for path in ("/travel/", f"/travel/{trip.id}")] == [403, 403]


def test_a_partner_finds_only_its_own_people(trip: Trip, signed_in: SignIn) -> None:
    """R3: another agency's person is not found, by any address; amounts are absent."""
    agency = people.organisation("Costa Vozes", kind=OrganisationKind.AGENCY)
    paula = accounts.user(name="Paula", role=Role.PARTNER, organisation_id=agency.id)
    show = trip.event
    own = make.trip(events.accepted(show, person=events.enrolled(show, "Mateus", agency_id=agency.id)))
    leg = make.leg(own)
    browser = signed_in(paula)
    other = make.leg(trip)
    paths = (f"/travel/{trip.id}", f"/travel/people/{trip.person_id}")
    assert [browser.get(path).status_code for path in paths] == [404, 404]
    assert browser.get(f"/travel/leg/{other.id}/edit").status_code == 403
    page = browser.get(f"/travel/{own.id}").get_data(as_text=True) + browser.get("/travel/").get_data(
        as_text=True
    )
    assert ("Mateus" in page, "Jack" in page, "9,840" in page, "5,038" in page) == (True, False, False, False)
    assert leg.booking_reference not in page


def test_a_partner_does_not_read_what_somebody_wished_in_their_own_words(
    trip: Trip, signed_in: SignIn
) -> None:
    """People write there what they need, and agencies do not see needs: on the page, in the grid, in the history."""
    agency = people.organisation("Costa Vozes", kind=OrganisationKind.AGENCY)
    paula = accounts.user(name="Paula", role=Role.PARTNER, organisation_id=agency.id)
    person = events.enrolled(trip.event, "Mateus", agency_id=agency.id)
    own = make.trip(events.accepted(trip.event, person=person))
    ruth = signed_in(Role.COORDINATOR)
    for words in ("A chair at the gate", "A seat with room for my leg"):
        form = {"from_on": own.from_on, "to_on": own.to_on, "wish": words, "version": fresh(own).version}
        assert ruth.post(f"/travel/{own.id}/edit", data=form).status_code == 303
    paths = (f"/travel/{own.id}", "/travel/")
    seen = {
        who: "".join(browser.get(path).text for path in paths)
        for who, browser in (("ruth", ruth), ("paula", signed_in(paula)))
    }
    found = {who: ("room for my leg" in page, "chair at the gate" in page) for who, page in seen.items()}
    assert found == {"ruth": (True, True), "paula": (False, False)}


# -- booking ------------------------------------------------------------------------------------------


def test_a_trip_is_opened_from_an_accepted_invitation(ruth: FlaskClient) -> None:
    invitation = events.accepted(events.event(), "Jack")
    form = {"from_on": "2026-10-10", "to_on": "2026-10-18", "wished_class": "business", "wish": "Window"}
    answer = ruth.post(f"/travel/open/{invitation.id}", data=form)
    made = db.session.scalars(sa.select(Trip)).one()
    assert (answer.status_code, answer.location) == (303, f"/travel/{made.id}")
    assert (made.wish, made.wished_class) == ("Window", TravelClass.BUSINESS)


@pytest.mark.parametrize(
    "state", [state for state in InvitationState if state is not InvitationState.ACCEPTED]
)
def test_there_is_no_form_before_somebody_accepts(ruth: FlaskClient, state: InvitationState) -> None:
    """J4.4, T3: neither by a link nor by sending the form."""
    invitation = events.accepted(events.event(), "Jack")
    with transaction():
        db.session.merge(invitation).state = state
    for answer in (
        ruth.get(f"/travel/open/{invitation.id}"),
        ruth.post(f"/travel/open/{invitation.id}", data={}),
    ):
        assert ("has not accepted yet" in answer.text, 'name="from_on"' in answer.text) == (True, False)
    assert db.session.scalars(sa.select(Trip)).all() == []


def test_a_leg_takes_its_zones_from_the_airports(trip: Trip, ruth: FlaskClient) -> None:
    """T1: local wall times, each in its own zone."""
    assert ruth.post(f"/travel/{trip.id}/leg/new", data=FLIGHT).status_code == 303
    leg = db.session.scalars(sa.select(Leg)).one()
    assert (leg.departs_zone, leg.arrives_zone) == ("Australia/Sydney", "Europe/London")
    assert (leg.departs_at.isoformat(), leg.arrives_at.isoformat()) == (
        "2026-10-10T19:00:00+00:00", "2026-10-11T18:10:00+00:00",
    )  # fmt: skip
    assert leg.cost_stage is CostStage.COMMITTED


def test_a_free_place_needs_a_zone(trip: Trip, ruth: FlaskClient) -> None:
    train = FLIGHT | {
        "mode": "rail", "origin": "Paris Gare du Nord", "departs_at": "2026-10-12T09:00", "destination": "London St Pancras",
        "arrives_at": "2026-10-12T10:30", "travel_class": "standard", "amount": "690", "currency": "EUR",
    }  # fmt: skip
    refused = ruth.post(f"/travel/{trip.id}/leg/new", data=train)
    assert refused.status_code == 422
    assert (
        refused.get_data(as_text=True).count("write its time zone, for example Europe/Paris") == 4
    )  # field and summary
    zones = {"departs_zone": "Europe/Paris", "arrives_zone": "Europe/London"}
    assert ruth.post(f"/travel/{trip.id}/leg/new", data=train | zones).status_code == 303


BAD_LEGS = [
    ({"amount": "9.840,00"}, "Write the amount with digits and a point"),
    ({"amount": "9840.005"}, "AUD has 2 decimal places"),
    ({"amount": "-5"}, "An amount is not negative"),
    ({"currency": "AUX"}, "This is not a currency code"),
    ({"priced_on": "14/09/2026"}, "Not a valid date value"),
    ({"departs_zone": "Sydney"}, "This is not a time zone"),
    ({"origin": "QQX"}, "write its time zone"),
    ({"departs_at": "tomorrow"}, "Not a valid datetime value"),
    ({"departs_at": ""}, "This is needed."),
    # Clocks go forward in Sydney on 4 October 2026 at 02:00.
    ({"departs_at": "2026-10-04T02:30"}, "does not exist in Australia/Sydney"),
    ({"arrives_at": "2026-10-10T19:10"}, "would end before it begins"),
    ({"arrives_at": "2026-10-14T19:10"}, "Check the days and the zones"),
    ({"departs_at": "2026-10-09T06:00", "arrives_at": "2026-10-10T19:10"}, "lies outside the trip"),
    ({"destination": "SYD"}, "ends where it begins"),
    ({"travel_class": "first"}, "First class is always an exception."),
    ({"travel_class": "throne"}, "Not a valid choice"),
    ({"decision": "declined"}, "Say who declined it and why."),
    ({"fare_leg_id": "999"}, "Not a valid choice"),
    ({"currency": "CAD", "priced_on": "1998-05-04"}, "Enter a treasury rate from CAD to GBP"),
    ({"carrier": "Air\x07"}, "cannot be printed"),
    ({"number": "x" * 21}, "At most 20 characters."),
]


@pytest.mark.parametrize(("changes", "message"), BAD_LEGS)
def test_a_leg_that_cannot_be_is_refused_at_its_field(
    trip: Trip, ruth: FlaskClient, changes: dict[str, str], message: str
) -> None:
    """422, the message at the field, nothing written, everything typed still there."""
    answer = ruth.post(f"/travel/{trip.id}/leg/new", data=FLIGHT | changes)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, count(Leg)) == (422, 0)
    assert message in page
    assert page.count('class="err"') >= 1 or "Nothing was saved" in page
    if "carrier" not in changes:
        assert 'value="Southern Cross Airways"' in page


BAD_STAYS = [
    ({"check_out_on": "2026-10-12"}, "The morning of leaving comes after"),
    ({"check_in_on": "2026-10-01"}, "lies outside the trip"),
    ({"country": "XX"}, "Not a valid choice"),
    ({"stars": "6"}, "whole number from 1 to 5"),
    ({"hotel": "  "}, "This is needed."),
    ({"amount": "0"}, "Leave the amount empty"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_STAYS)
def test_a_stay_that_cannot_be_is_refused_at_its_field(
    trip: Trip, ruth: FlaskClient, changes: dict[str, str], message: str
) -> None:
    answer = ruth.post(f"/travel/{trip.id}/stay/new", data=STAY | changes)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, count(Stay), message in page, 'value="London"' in page) == (
        422,
        0,
        True,
        True,
    )


BAD_CARS = [
    ({"ends_at": "2026-10-11T20:10"}, "would end before it begins"),
    ({"zone": "Nowhere"}, "This is not a time zone"),
    ({"starts_at": "2026-10-25T20:10", "ends_at": "2026-10-25T21:10"}, "lies outside the trip"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_CARS)
def test_a_transfer_that_cannot_be_is_refused_at_its_field(
    trip: Trip, ruth: FlaskClient, changes: dict[str, str], message: str
) -> None:
    answer = ruth.post(f"/travel/{trip.id}/transfer/new", data=CAR | changes)
    assert (answer.status_code, count(Transfer), message in answer.get_data(as_text=True)) == (422, 0, True)


def test_a_declined_offer_is_entered_in_one_step(trip: Trip, ruth: FlaskClient) -> None:
    """L5."""
    form = FLIGHT | {"decision": "declined", "reason": "The firm pays itself."}
    assert ruth.post(f"/travel/{trip.id}/leg/new", data=form).status_code == 303
    entry = db.session.scalars(sa.select(Entry)).one()
    assert (entry.declined_minor, entry.reporting_minor) == (503808, 0)


def test_sending_the_same_form_twice_books_once(trip: Trip, ruth: FlaskClient) -> None:
    form = STAY | {"form_key": "k" * 32}
    first, second = (ruth.post(f"/travel/{trip.id}/stay/new", data=form) for _ in range(2))
    assert (first.status_code, second.status_code, count(Stay)) == (303, 303, 1)


def test_two_who_save_the_same_leg_see_both_versions(trip: Trip, ruth: FlaskClient) -> None:
    """Nothing lost, nothing overwritten; sent once more it replaces what is saved."""
    leg = make.leg(trip)
    with transaction():
        operations.edit_leg(db.session.merge(leg), make.leg_details(carrier="Theirs"), by=events.ruth())
    seen = FLIGHT | {"carrier": "Mine", "version": str(leg.version - 1), "priced_on": "2026-09-14"}
    answer = ruth.post(f"/travel/leg/{leg.id}/edit", data=seen)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, fresh(leg).carrier) == (409, "Theirs")
    assert ("Theirs" in page, 'value="Mine"' in page) == (True, True)
    over = seen | {"version": str(fresh(leg).version)}
    assert ruth.post(f"/travel/leg/{leg.id}/edit", data=over).status_code == 303
    assert fresh(leg).carrier == "Mine"


# -- afterwards ------------------------------------------------------------------------------------------


def test_settling_says_what_the_caps_say(trip: Trip, signed_in: SignIn) -> None:
    """L7: the fact is written, compliance is told, the screen says so."""
    stay = make.stay(trip)
    ledger.cap(soft="2000", hard=None)
    with clock.fixed_at(make.AFTER):
        form = {"amount": "2080.00", "currency": "GBP", "value_on": "2026-10-16"}
        browser = signed_in(events.ruth())
        answer = browser.post(f"/travel/stay/{stay.id}/settle", data=form, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert (fresh(stay).cost_stage, count(Breach)) == (CostStage.ACTUAL, 1)
    assert ("GBP 2,080.00 is in the book as entry 1." in page, "Compliance has been told." in page) == (
        True,
        True,
    )


def test_settling_needs_an_amount_and_a_day_that_has_come(trip: Trip, ruth: FlaskClient) -> None:
    stay = make.stay(trip)
    for changes in ({"amount": ""}, {"amount": "0"}, {"value_on": "2026-10-17"}, {"currency": "XXQ"}):
        form = {"amount": "2080.00", "currency": "GBP", "value_on": "2026-10-16"} | changes
        with clock.fixed_at(make.BOOKING_DAY):
            assert ruth.post(f"/travel/stay/{stay.id}/settle", data=form).status_code == 422
    assert (fresh(stay).cost_stage, db.session.scalar(sa.select(sa.func.count(Entry.seq)))) == (
        CostStage.COMMITTED,
        0,
    )


def test_a_part_is_declined_and_cancelled_with_a_reason(trip: Trip, ruth: FlaskClient) -> None:
    stay, car = make.stay(trip), make.transfer(trip)
    assert ruth.post(f"/travel/stay/{stay.id}/decline", data={"reason": ""}).status_code == 422
    assert ruth.post(f"/travel/stay/{stay.id}/decline", data={"reason": "Sleeps at home"}).status_code == 303
    assert (
        ruth.post(
            f"/travel/transfer/{car.id}/cancel", data={"reason": "Walks", "currency": "GBP"}
        ).status_code
        == 303
    )
    assert (fresh(stay).cost_stage, fresh(car).is_cancelled) == (CostStage.DECLINED, True)
    page = ruth.get(f"/travel/{trip.id}").get_data(as_text=True)
    assert "<del>Car: London (LHR) to The Meridian Wharf</del>" in page


def test_a_trip_is_finished_or_cancelled_from_its_page(trip: Trip, ruth: FlaskClient) -> None:
    make.stay(trip)
    assert ruth.post(f"/travel/{trip.id}/finish").status_code == 422
    assert ruth.post(f"/travel/{trip.id}/cancel", data={"reason": "Ill"}).status_code == 303
    assert fresh(trip).state is TripState.CANCELLED


def test_an_exception_is_asked_for_from_the_trip(trip: Trip, ruth: FlaskClient) -> None:
    """L8: for this trip only, and never decided by a host."""
    form = {
        "rule": "first_class",
        "reason": "His back does not allow anything else.",
        "expires_on": "2026-12-01",
    }
    assert ruth.post(f"/travel/{trip.id}/exception", data=form | {"reason": "Back"}).status_code == 422
    assert ruth.post(f"/travel/{trip.id}/exception", data=form).status_code == 303
    asked = db.session.scalars(sa.select(RuleException)).one()
    assert (asked.state, asked.subject_kind, asked.subject_id, asked.host_ids) == (
        ExceptionState.ASKED, "travel", trip.id, [events.ruth().id],
    )  # fmt: skip


def test_rules_are_set_by_compliance_only(ruth: FlaskClient, signed_in: SignIn) -> None:
    """R1."""
    form = {
        "place": "50", "text": "Trains in first class never.", "effective_from_on": "2026-10-01", "min_minutes": "0",
        "mode": "rail", "max_class": "standard", "currency": "GBP", "approver": "compliance",
    }  # fmt: skip
    assert ruth.post("/travel/rules/new", data=form).status_code == 403
    helga = signed_in(Role.COMPLIANCE)
    assert helga.post("/travel/rules/new", data=form | {"max_class": ""}).status_code == 422
    assert helga.post("/travel/rules/new", data=form).status_code == 303
    rule = db.session.scalars(sa.select(TravelRule).filter_by(place=50)).one()
    assert helga.post(f"/travel/rules/{rule.id}/end", data={"last_on": "2026-09-30"}).status_code == 422
    assert helga.post(f"/travel/rules/{rule.id}/end", data={"last_on": "2026-10-31"}).status_code == 303
