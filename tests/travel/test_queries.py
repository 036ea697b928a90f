"""The desk and the lists: what is missing, what it is worth, who may see it, how many queries it takes."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.events.models import Event, Invitation, InvitationState
from app.people.models import OrganisationKind, Person
from app.travel import operations, queries, queries_costs, queries_desk, queries_trip
from app.travel.models import TravelClass, Trip
from app.travel.policies_gaps import Gap
from tests.factories import accounts, disclosures, events, ledger, people
from tests.factories import travel as make
from tests.factories.ledger import gbp


@pytest.fixture
def show(app: Flask) -> Iterator[Event]:
    """The event, seen from mid-September."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        yield events.event()


def desk(of: Event, **more: object) -> queries_desk.Desk:
    values = {"by": events.ruth(), "now": clock.now(), "with_amounts": True} | more
    return queries_desk.desk(db.session.merge(of), **values)  # type: ignore[arg-type]


def test_the_desk_puts_gaps_first(show: Event) -> None:
    """Screens: gaps first, then by name; the counts are those of the rows."""
    done, half = make.trip(events.accepted(show, "Amal")), make.trip(events.accepted(show, "Jack"))
    events.accepted(show, "Nneka")
    events.invited(show, "Ines")
    for trip in (done, half):
        make.leg(trip)
    make.stay(done, check_in_on=date(2026, 10, 11))
    make.transfer(done)
    found = desk(show)
    assert [(row.name, row.gaps) for row in found.rows] == [
        ("Nneka", [Gap.NO_FLIGHT]), ("Jack", [Gap.NO_NIGHT, Gap.NO_TRANSFER]), ("Amal", []),
    ]  # fmt: skip
    assert [found.count(gap) for gap in (Gap.NO_FLIGHT, Gap.NO_NIGHT, Gap.NO_TRANSFER)] == [1, 1, 1]
    assert (found.n_with_gaps, found.rows[1].nights_missing[0]) == (2, date(2026, 10, 11))


def test_nothing_is_missing_once_the_event_is_over(show: Event) -> None:
    events.accepted(show, "Nneka")
    assert [row.gaps for row in desk(show, now=make.AFTER).rows] == [[]]


def test_the_desk_counts_like_the_ledger(show: Event) -> None:
    """O6: planned from the commitments, given from the one counting function."""
    trip = make.trip(events.accepted(show, "Jack"))
    leg, _ = make.leg(trip), make.stay(trip)
    with clock.fixed_at(make.AFTER), transaction():
        operations.settle_leg(db.session.merge(leg), by=events.ruth())
    found = desk(show)
    assert (found.planned, found.received) == (gbp("2080"), gbp("5038.08"))


def test_the_desk_shows_what_the_rules_say_to_a_wish(show: Event) -> None:
    """T2: before a flight is booked the longest one is assumed; afterwards the booked one counts."""
    trip = make.trip(events.accepted(show, "Jack"), wished_class=TravelClass.BUSINESS)
    verdict = desk(show).rows[0].wish_verdict
    assert verdict is not None
    assert (verdict.is_allowed, verdict.text) == (True, "Rule 10: “Business from 6 hours of flight.”")
    make.leg(
        trip, origin="CDG", departs_zone="Europe/Paris", departs_at=make.leg_details().arrives_at - timedelta(hours=1),
        travel_class=TravelClass.ECONOMY,
    )  # fmt: skip
    again = desk(show).rows[0].wish_verdict
    assert again is not None
    assert again.is_allowed is False


def test_the_desk_knows_who_has_not_acknowledged(show: Event) -> None:
    """T3, D2: the same answer for all at once as for one."""
    version = disclosures.version("GB")
    for name in ("Amal", "Jack", "Nneka"):
        person = events.accepted(show, name).person
        people.channel(person, handle=f"@{name}", audience_countries=("GB",) if name != "Nneka" else ("NG",))
        if name == "Amal":
            disclosures.acceptance(person, version)
    assert [row.name for row in desk(show).rows if Gap.NOT_ACKNOWLEDGED in row.gaps] == ["Jack"]


def test_a_reader_without_amounts_gets_none(show: Event) -> None:
    """R3: absent, not hidden."""
    make.leg(make.trip(events.accepted(show, "Jack")))
    found = desk(show, with_amounts=False)
    assert (found.planned, found.received, found.rows[0].planned) == (None, None, None)


def test_a_partner_sees_the_trips_of_its_own_people(show: Event) -> None:
    """R3: the others are not there at all."""
    agency = people.organisation("Costa Vozes", kind=OrganisationKind.AGENCY)
    paula = accounts.user(name="Paula", role=Role.PARTNER, organisation_id=agency.id)
    own = make.trip(events.accepted(show, person=events.enrolled(show, "Mateus", agency_id=agency.id)))
    other = make.trip(events.accepted(show, "Jack"))
    assert [trip.id for trip in queries.list_trips(paula)] == [own.id]
    assert [row.name for row in desk(show, by=paula, with_amounts=False).rows] == ["Mateus"]
    with pytest.raises(NotFound):
        queries.get_trip(other.id, paula)
    leg = make.leg(other)
    with pytest.raises(NotFound):
        queries.get_part("leg", leg.id, paula)


def test_arrivals_are_listed_by_the_clock(show: Event) -> None:
    first, second = (
        make.leg(make.trip(events.accepted(show, "Jack"))),
        make.trip(events.accepted(show, "Nneka")),
    )
    later = make.leg(second, arrives_at=first.arrives_at + timedelta(hours=2))
    with transaction():
        gone = operations.book_leg(
            db.session.merge(second), make.home_details(fare_leg_id=later.id), by=events.ruth()
        )
        operations.cancel_leg(gone, reason="Stays on", by=events.ruth())
    from_at = first.arrives_at - timedelta(hours=1)
    found = queries.list_arrivals(events.ruth(), from_at, from_at + timedelta(days=9))
    assert [leg.id for leg in found] == [first.id, later.id]


def test_the_time_line_is_in_order(show: Event) -> None:
    """Trip: legs, nights, cars and the event on one line."""
    trip = make.trip(events.accepted(show, "Jack"))
    leg = make.leg(trip)
    make.transfer(trip, leg_id=leg.id)
    make.stay(trip)
    assert [step.kind for step in queries_trip.steps_of(db.session.merge(trip))] == [
        "leg", "transfer", "stay", "event", "event",
    ]  # fmt: skip


def test_a_car_that_leaves_too_early_is_named(show: Event) -> None:
    trip = make.trip(events.accepted(show, "Jack"))
    leg = make.leg(trip)
    make.transfer(trip, leg_id=leg.id)
    assert queries_trip.clashes_of(db.session.merge(trip)) == []
    with transaction():
        later = make.leg_details(arrives_at=datetime.fromisoformat("2026-10-11T22:10:00+00:00"))
        operations.edit_leg(db.session.merge(leg), later, by=events.ruth())
    assert queries_trip.clashes_of(db.session.merge(trip)) == [
        "Car: London (LHR) to The Meridian Wharf leaves before Sydney (SYD) to London (LHR) has arrived."
    ]


def test_costs_add_up_per_stage(show: Event) -> None:
    """T1: estimated, committed, actual, declined; each in the bill's and the program's currency."""
    trip = make.trip(events.accepted(show, "Jack"))
    leg, _, car = make.leg(trip), make.stay(trip, is_estimate=True), make.transfer(trip)
    with clock.fixed_at(make.AFTER), transaction():
        operations.settle_leg(db.session.merge(leg), by=events.ruth())
        operations.turn_down_transfer(db.session.merge(car), reason="Walks", by=events.ruth())
    costs = queries_costs.costs_of(db.session.merge(trip))
    assert (costs.estimated, costs.committed, costs.actual, costs.declined) == (
        gbp("2080"),
        gbp("0"),
        gbp("5038.08"),
        gbp("140"),
    )
    assert [(line.title, str(line.original), str(line.reporting)) for line in costs.lines] == [
        ("Sydney (SYD) to London (LHR)", "9,840.00 AUD", "5,038.08 GBP"),
        ("The Meridian Wharf, 4 nights", "2,080.00 GBP", "2,080.00 GBP"),
        ("Car: London (LHR) to The Meridian Wharf", "140.00 GBP", "140.00 GBP"),
    ]  # fmt: skip


def test_an_exception_can_be_asked_for_rules_and_caps(show: Event) -> None:
    """L8."""
    ledger.cap()
    trip = make.trip(events.accepted(show, "Jack"))
    assert [code for code, _ in queries_costs.rules_to_cross(trip)] == [
        "acknowledgement", "travel_class", "first_class", "lodging", "organisation_travel", "side_trip",
        "public_official", "official_payment", "employer_gift", "may_accept", "cap:1",
    ]  # fmt: skip


def test_trips_follow_a_merged_person(show: Event) -> None:
    """P3: a trip of the merged record is a trip of the one that stays."""
    trip = make.trip(events.accepted(show, "Jack"))
    stays = people.person("Jack Tarrowby")
    with transaction():
        gone = db.session.merge(trip.person)
        gone.merged_into_id = stays.id
    assert [one.id for one in queries.list_trips(events.ruth(), person=stays)] == [trip.id]


def _accept(show: Event, number: int) -> None:
    """Somebody who has accepted, with a booked trip; by rows, because thirty letters take long."""
    with transaction():
        person = Person(
            name=f"Expert {number}", sort_name=f"Expert {number}", home_country="AU", made_at=clock.now()
        )
        db.session.add(person)
        db.session.flush()
        invitation = Invitation(
            event_id=show.id, person_id=person.id, state=InvitationState.ACCEPTED, made_at=clock.now()
        )
        db.session.add(invitation)
    if number % 2:
        trip: Trip = make.trip(invitation, wished_class=TravelClass.BUSINESS)
        make.leg(trip)


def test_the_desk_takes_the_same_queries_for_1_and_30(show: Event, count_queries: Callable[[], int]) -> None:
    disclosures.version("GB")
    _accept(show, 1)
    by, event = events.ruth(), db.session.merge(show)
    numbers = []
    for wanted in (1, 30):
        for number in range(2, wanted + 1):
            _accept(event, number)
        db.session.expire_all()
        db.session.rollback()
        event.name, event.program.currency  # noqa: B018 -- read again before counting
        count_queries()
        assert len(queries_desk.desk(event, by, clock.now(), with_amounts=True).rows) == wanted
        numbers.append(count_queries())
    assert numbers[0] == numbers[1]
