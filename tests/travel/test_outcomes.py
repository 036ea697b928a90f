"""What becomes of a part: status, no-shows, own cost; cars that follow a leg; rooms and cars that are shared."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy.orm import joinedload

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.money import Money
from app.disclosures.models import Obligation
from app.events.models import Event
from app.events.models_agenda import Appearance
from app.ledger.details import ExceptionDetails
from app.ledger.models import Basis, Commitment, CommitmentStage, Entry
from app.ledger.operations import decide_exception
from app.people.models import OrganisationKind
from app.travel import operations, queries_costs, queries_desk, queries_history, queries_trip
from app.travel.details import VisaDetails
from app.travel.models import Beyond, CostStage, Status, Transfer, TravelClass, Trip, VisaState
from app.travel.policies import OutsideRule, TimesRefused
from app.travel.policies_costs import CostRefused
from app.travel.policies_gaps import Gap
from app.travel.policies_timings import Timings
from app.travel.queries import Part
from tests.conftest import fresh
from tests.factories import accounts, events, ledger, people
from tests.factories import travel as make
from tests.factories.ledger import gbp

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def show(app: Flask) -> Iterator[Event]:
    """The event, seen from mid-September, under the rules of the house."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        yield events.event()


def trip_of(show: Event, name: str = "Jack", **more: Any) -> Trip:
    return make.trip(events.accepted(db.session.merge(show), name), **more)


def commitment_of(part: Part) -> Commitment:
    about = {"source_part": f"{part.__tablename__}:{part.id}", "source_kind": "travel"}
    return db.session.scalars(sa.select(Commitment).filter_by(**about)).one()


def missed(part: Part, charged: Money | None) -> Part:
    with transaction():
        return operations.note_missed(
            db.session.merge(part), reason="Did not come to the gate.", by=events.ruth(), charged=charged
        )


# -- status ---------------------------------------------------------------------------------------------


def test_a_leg_goes_from_request_to_flown(show: Event) -> None:
    """T1: requested while an approval waits, approved when granted, ticketed, changed, flown; nothing is kept twice."""
    trip = trip_of(show)
    with transaction():
        asked = operations.ask_exception(
            db.session.merge(trip), ledger_exception(trip, "first_class"), by=accounts.user()
        )
    leg = make.leg(trip, travel_class=TravelClass.FIRST, is_estimate=True)
    assert (leg.status, leg.approval_id) == (Status.REQUESTED, asked.id)
    with pytest.raises(OutsideRule), transaction():
        operations.edit_leg(
            db.session.merge(leg), make.leg_details(travel_class=TravelClass.FIRST), by=events.ruth()
        )
    with transaction():
        decide_exception(
            db.session.merge(asked), is_granted=True, reason="A letter of his doctor.", by=ledger.compliance()
        )
    assert fresh(leg).status is Status.APPROVED
    booked = make.leg_details(travel_class=TravelClass.FIRST)
    with transaction():
        operations.edit_leg(db.session.merge(leg), booked, by=events.ruth())
    assert fresh(leg).status is Status.TICKETED
    with transaction():
        later = booked.model_copy(update={"arrives_at": booked.arrives_at + timedelta(hours=2)})
        operations.edit_leg(db.session.merge(leg), later, by=events.ruth())
    assert fresh(leg).status is Status.CHANGED
    with clock.fixed_at(make.AFTER), transaction():
        operations.settle_leg(db.session.merge(leg), by=events.ruth())
    assert fresh(leg).status is Status.FLOWN


def ledger_exception(trip: Trip, rule: str) -> ExceptionDetails:
    return ExceptionDetails(
        person_id=trip.person_id, rule=rule, reason="His back does not allow anything else.",
        expires_on=date(2026, 12, 1), subject_kind="travel", subject_id=trip.id,
    )  # fmt: skip


def test_a_request_that_nobody_asked_approval_for_is_refused(show: Event) -> None:
    """T2: an estimate outside the rule is no way around it."""
    with pytest.raises(OutsideRule):
        make.leg(trip_of(show), travel_class=TravelClass.FIRST, is_estimate=True)


def test_the_way_home_is_flown_without_a_bill_of_its_own(show: Event) -> None:
    trip = trip_of(show)
    home = make.leg(trip, **make.home_details(fare_leg_id=make.leg(trip).id).model_dump())
    with pytest.raises(CostRefused, match="lies ahead"), transaction():
        operations.note_taken(db.session.merge(home), by=events.ruth())
    with clock.fixed_at(make.AFTER), transaction():
        operations.note_taken(db.session.merge(home), by=events.ruth())
    assert fresh(home).status is Status.FLOWN


# -- charged for nothing ----------------------------------------------------------------------------------


def test_a_no_show_is_our_own_cost_and_no_value(show: Event) -> None:
    """T1, L7: what nobody received stands in no book, frees the cap, opens no duty to disclose, and is counted."""
    trip = trip_of(show)
    leg = make.leg(trip)
    with clock.fixed_at(make.AFTER):
        missed(leg, leg.cost)
        row = queries_desk.desk(db.session.merge(show), events.ruth(), clock.now(), with_amounts=True).rows[0]
    assert (row.planned, row.received, row.borne) == (gbp("0"), gbp("0"), gbp("5038.08"))
    assert (fresh(leg).status, leg.cost_stage) == (Status.MISSED, CostStage.BORNE)
    assert (commitment_of(leg).stage, commitment_of(leg).reporting) == (
        CommitmentStage.BORNE,
        gbp("5038.08"),
    )
    assert db.session.scalars(sa.select(Entry)).all() == []
    assert db.session.scalars(sa.select(Obligation)).all() == []
    costs = queries_costs.costs_of(fresh(trip))
    assert (costs.borne, costs.committed, costs.lines[0].received) == (gbp("5038.08"), gbp("0"), gbp("0"))


def test_a_late_cancellation_keeps_only_what_was_charged(show: Event) -> None:
    """T1: one night of four is charged; the rest is free again."""
    stay = make.stay(trip_of(show))
    with transaction():
        operations.cancel_stay(
            db.session.merge(stay), reason="Sleeps at friends'.", by=events.ruth(), charged=gbp("520")
        )
    assert (fresh(stay).status, stay.cost, stay.cost_stage) == (
        Status.CANCELLED,
        gbp("520"),
        CostStage.BORNE,
    )
    assert (commitment_of(stay).stage, commitment_of(stay).reporting) == (CommitmentStage.BORNE, gbp("520"))


def test_a_no_show_that_was_not_charged_leaves_nothing(show: Event) -> None:
    car = make.transfer(trip_of(show))
    with clock.fixed_at(make.AFTER):
        missed(car, None)
        with pytest.raises(CostRefused, match="missed already"):
            missed(car, None)
    assert (fresh(car).cost_stage, commitment_of(car).stage) == (
        CostStage.CANCELLED,
        CommitmentStage.RELEASED,
    )


def test_nobody_has_missed_what_lies_ahead(show: Event) -> None:
    with pytest.raises(CostRefused, match="lies ahead"):
        missed(make.leg(trip_of(show)), None)


# -- cars that follow ---------------------------------------------------------------------------------------


def test_a_car_moves_with_its_leg_and_takes_its_passengers_along(show: Event) -> None:
    """45 minutes after landing, whatever the airline does; a car at a time of its own stays."""
    trip, other = trip_of(show), trip_of(show, "Lerato")
    leg = make.leg(trip)
    follows = make.transfer(trip, leg_id=leg.id, offset_minutes=45, seats=2)
    stays = make.transfer(
        trip, starts_at=leg.arrives_at + timedelta(hours=4), ends_at=leg.arrives_at + timedelta(hours=5)
    )
    rides = make.transfer(other, shares_with_id=follows.id, cost=None)
    assert (follows.starts_at, rides.starts_at) == (leg.arrives_at + timedelta(minutes=45),) * 2
    before = (follows.sequence, rides.sequence, stays.starts_at)
    later = make.leg_details(arrives_at=leg.arrives_at + timedelta(hours=6))
    with transaction():
        operations.edit_leg(db.session.merge(leg), later, by=events.ruth())
    pick_up = later.arrives_at + timedelta(minutes=45)
    assert (fresh(follows).starts_at, fresh(rides).starts_at, fresh(stays).starts_at) == (
        pick_up,
        pick_up,
        before[2],
    )
    assert follows.ends_at - follows.starts_at == timedelta(minutes=75)
    assert (follows.sequence, rides.sequence) == (before[0] + 1, before[1] + 1)
    assert (follows.status, rides.status, stays.status) == (Status.CHANGED, Status.CHANGED, Status.TICKETED)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("zone", "+01:00"), ("zone", "../../etc/passwd"), ("starts_at", "0001-01-01T00:00"), ("starts_at", "tomorrow"),
        ("driver_email", "a@example.org\nBcc: x@example.org"), ("minutes", "1441"),
    ],
)  # fmt: skip
def test_what_is_typed_wrongly_for_a_car_that_follows_is_refused_at_its_field(
    show: Event, signed_in: Callable[..., FlaskClient], field: str, typed: str
) -> None:
    """Although the leg would give place and time: nothing that was typed is passed over."""
    trip = trip_of(show)
    leg = make.leg(trip)
    form = {
        "leg_id": str(leg.id), "timing": "after", "minutes": "45", "under_way": "30", "destination": "Hotel", "currency": "GBP",
        "decision": "committed",
    }  # fmt: skip
    ruth, address = signed_in(events.ruth()), f"/travel/{trip.id}/transfer/new"
    answer = ruth.post(address, data=form | {field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert ruth.post(address, data=form).status_code == 303
    made = db.session.scalars(sa.select(Transfer)).one()
    assert (made.zone, made.starts_at) == (leg.arrives_zone, leg.arrives_at + timedelta(minutes=45))


def test_a_follower_needs_a_leg(show: Event) -> None:
    with pytest.raises(TimesRefused) as refused:
        make.transfer(trip_of(show), offset_minutes=45)
    assert refused.value.field == "leg_id"


# -- sharing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bill", "shares"), [("140", ["70.00", "70.00"]), ("140.01", ["70.01", "70.00"])])
def test_the_bill_of_a_shared_car_is_split(show: Event, bill: str, shares: list[str]) -> None:
    """L3, J8.4: parts sum exactly, the odd penny goes to the first by number; each stands on its own account."""
    first, second = trip_of(show, "Amal"), trip_of(show, "Lerato")
    car = make.transfer(first)
    rides = make.transfer(second, shares_with_id=car.id, cost=None)
    with clock.fixed_at(make.AFTER), transaction():
        operations.settle_transfer(db.session.merge(car), by=events.ruth(), actual=gbp(bill))
    entries = db.session.scalars(
        sa.select(Entry).order_by(Entry.seq).options(joinedload(Entry.subject))
    ).all()
    assert [(row.subject.person_id, str(row.reporting), row.basis) for row in entries] == [
        (first.person_id, f"{shares[0]} GBP", Basis.SHARED_COST),
        (second.person_id, f"{shares[1]} GBP", Basis.SHARED_COST),
    ]
    assert (fresh(car).status, fresh(rides).status) == (Status.FLOWN, Status.FLOWN)


def test_who_did_not_ride_does_not_share(show: Event) -> None:
    """L3: no-shows are out before the bill is split."""
    car = make.transfer(trip_of(show, "Amal"))
    rides = make.transfer(trip_of(show, "Lerato"), shares_with_id=car.id, cost=None)
    with clock.fixed_at(make.AFTER):
        missed(rides, None)
        with transaction():
            operations.settle_transfer(db.session.merge(car), by=events.ruth())
    assert [str(row.reporting) for row in db.session.scalars(sa.select(Entry))] == ["140.00 GBP"]


def test_a_car_has_so_many_seats(show: Event) -> None:
    car = make.transfer(trip_of(show, "Amal"), seats=2)
    make.transfer(trip_of(show, "Lerato"), shares_with_id=car.id, cost=None)
    with pytest.raises(TimesRefused, match="is for 2, and that many have it already"):
        make.transfer(trip_of(show, "Jack"), shares_with_id=car.id, cost=None)


def test_who_shared_has_the_car_alone_when_its_holder_does_not_come(show: Event) -> None:
    """The first by number takes over vehicle and driver, the others ride with them; nobody stands there without a car."""
    first = trip_of(show, "Amal")
    car = make.transfer(first, seats=3, vehicle="Van")
    heir = make.transfer(trip_of(show, "Lerato"), shares_with_id=car.id, cost=None)
    third = make.transfer(trip_of(show, "Jack"), shares_with_id=car.id, cost=None)
    with transaction():
        operations.cancel_trip(db.session.merge(first), "Fell ill.", by=events.ruth())
    assert (fresh(heir).shares_with_id, heir.vehicle, heir.seats, fresh(third).shares_with_id) == (
        None,
        "Van",
        3,
        heir.id,
    )


@pytest.mark.parametrize("charged", [None, Money(5_000, "GBP")])
def test_whoever_has_the_car_next_is_offered_its_cost(
    show: Event, signed_in: SignIn, charged: Money | None
) -> None:
    """T1, L3: what it was booked for, not what was charged for giving it up; nothing is booked before it is saved."""
    car = make.transfer(trip_of(show, "Amal"), seats=3)
    booked = car.cost
    heir = make.transfer(trip_of(show, "Lerato"), shares_with_id=car.id, cost=None)
    ruth = signed_in(events.ruth())
    assert "Filled in" not in ruth.get(f"/travel/transfer/{heir.id}/edit").text
    with transaction():
        operations.cancel_transfer(
            db.session.merge(car), reason="Fell ill.", by=events.ruth(), charged=charged
        )
    page = ruth.get(f"/travel/transfer/{heir.id}/edit").text
    assert booked is not None
    assert (f'value="{booked.amount:f}"' in page, "under Amal" in page) == (True, True)
    assert fresh(heir).cost is None
    given = queries_history.cost_passed_on(fresh(heir))
    assert given is not None
    assert (given.cost, queries_history.cost_passed_on(fresh(car))) == (booked, None)


def test_two_share_a_room(show: Event) -> None:
    """A room is shared in one hotel, in nights in common, by two, and not in chains."""
    holder = make.stay(trip_of(show, "Amal"))
    other = trip_of(show, "Lerato")
    for wrong in (
        {"hotel": "Elsewhere"},
        {"check_in_on": date(2026, 10, 16), "check_out_on": date(2026, 10, 17)},
    ):
        with pytest.raises(TimesRefused, match="same hotel and a night in common"):
            make.stay(other, shares_with_id=holder.id, cost=None, **wrong)
    shares = make.stay(other, shares_with_id=holder.id, cost=None)
    for wrong_id in (holder.id, shares.id):
        with pytest.raises(DomainError):
            make.stay(trip_of(show, f"Jack {wrong_id}"), shares_with_id=wrong_id, cost=None)
    company = queries_trip.sharers_by_part(fresh(other))
    assert company == {f"stay:{shares.id}": ["Amal"]}


def test_nobody_shares_with_a_stranger_to_the_event(show: Event) -> None:
    car = make.transfer(trip_of(show, "Amal"))
    with pytest.raises(DomainError, match="Nobody else at this event"):
        make.transfer(db.session.merge(car).trip, shares_with_id=car.id, cost=None)


# -- rules ------------------------------------------------------------------------------------------------------


def test_analyst_firms_have_a_set_of_their_own(show: Event) -> None:
    """T2: before the general rules whatever its place, and final where it says so."""
    make.rule(
        90, "Analyst firms: economy.", min_minutes=0, max_class=TravelClass.ECONOMY,
        employer_kind=OrganisationKind.ANALYST_FIRM, beyond=Beyond.REFUSED,
    )  # fmt: skip
    trip = trip_of(show, "Priya", wished_class=TravelClass.BUSINESS)
    firm = people.organisation("Saffron Ridge", kind=OrganisationKind.ANALYST_FIRM)
    people.employment(trip.person, firm)
    verdict = (
        queries_desk.desk(db.session.merge(show), events.ruth(), clock.now(), with_amounts=True)
        .rows[0]
        .wish_verdict
    )
    assert verdict is not None
    assert (verdict.answer, verdict.text) == (
        "refused", "Rule 90: “Analyst firms: economy.” The highest class is economy.",
    )  # fmt: skip
    with pytest.raises(OutsideRule, match="nobody can approve more"):
        make.leg(trip)


@pytest.mark.parametrize(
    ("more", "applies"),
    [({"country": "GB"}, True), ({"country": "GB", "city": "london"}, True), ({"country": "PT"}, False),
     ({"month": 10}, True), ({"month": 5}, False)],
)  # fmt: skip
def test_a_rule_may_hold_at_a_place_and_in_a_month(show: Event, more: dict[str, Any], applies: bool) -> None:
    """T2: hotels by their own town, classes by the town of the event."""
    make.rule(1, "A night in season: 600.00.", max_class=None, min_minutes=0, max_night=gbp("600"), **more)
    stay = make.stay(trip_of(show))
    assert stay.verdict.startswith("Rule 1: ") is applies


# -- gaps, visas, history -------------------------------------------------------------------------------------------


def test_the_visa_counts_back_from_the_trip(show: Event) -> None:
    """T4, J5.3: lead days entered by staff, else the weeks of the event; the last safe date follows."""
    trip = trip_of(show)
    assert (trip.visa_last_safe_on, trip.visa_days) == (None, None)
    with transaction():
        operations.note_visa(
            db.session.merge(trip), VisaDetails(state=VisaState.NEEDED, lead_days=17), by=events.ruth()
        )
    row = queries_desk.desk(db.session.merge(show), events.ruth(), clock.now(), with_amounts=False).rows[0]
    assert (fresh(trip).visa_last_safe_on, Gap.NO_VISA in row.gaps) == (date(2026, 9, 23), True)
    assert (date(2026, 9, 23) - clock.today()).days == 9


def test_a_first_duty_comes_with_a_buffer(show: Event) -> None:
    """On stage from 09:00 to 13:00 London: land by 06:00, and do not leave before it is over."""
    trip = trip_of(show)
    stage = events.session(db.session.merge(show), ends_at=datetime(2026, 10, 14, 12, 0, tzinfo=UTC))
    with transaction():
        db.session.add(Appearance(session_id=stage.id, person_id=trip.person_id))
    leg = make.leg(
        trip,
        departs_at=datetime(2026, 10, 13, 9, 0, tzinfo=UTC),
        arrives_at=datetime(2026, 10, 14, 5, 1, tzinfo=UTC),
    )
    home = make.home_details(
        fare_leg_id=leg.id,
        departs_at=datetime(2026, 10, 14, 11, 59, tzinfo=UTC),
        arrives_at=datetime(2026, 10, 15, 9, 0, tzinfo=UTC),
    )
    make.leg(trip, **home.model_dump())
    assert queries_trip.gaps_of_trip(fresh(trip), clock.now())[:2] == [Gap.ARRIVES_LATE, Gap.LEAVES_EARLY]
    with transaction():
        operations.set_timings(Timings(buffer=179), by=events.ruth())
    assert Gap.ARRIVES_LATE not in queries_trip.gaps_of_trip(fresh(trip), clock.now())


def test_the_history_says_who_changed_what_from_what_to_what(show: Event) -> None:
    """T1: per field, on the clock of the place; amounts only for those who may see them."""
    leg = make.leg(trip_of(show))
    with transaction():
        dearer = make.leg_details(
            arrives_at=leg.arrives_at + timedelta(hours=1), cost=Money(990000, "AUD"), number="SX9"
        )
        operations.edit_leg(db.session.merge(leg), dearer, by=events.ruth())
    full = queries_history.list_revisions(fresh(leg.trip), with_amounts=True)
    said = {(one.by, one.field, one.before, one.after) for one in full if "edited" in one.what}
    assert said == {
        ("Ruth", "arrives at", "11 Oct 2026, 19:10", "11 Oct 2026, 20:10"), ("Ruth", "number", "SX1", "SX9"),
        ("Ruth", "cost", "9,840.00 AUD", "9,900.00 AUD"),
    }  # fmt: skip
    less = queries_history.list_revisions(fresh(leg.trip), with_amounts=False)
    assert {one.field for one in less if "edited" in one.what} == {"arrives at", "number"}


def test_the_history_is_said_in_the_language_of_whoever_reads_it(app: Flask, show: Event) -> None:
    leg = make.leg(trip_of(show))
    with app.test_request_context(), force_locale("fr"):
        found = queries_history.list_revisions(fresh(leg.trip), with_amounts=True)
        assert queries_history._words(fresh(leg), "cost_minor", 984000) == "9\u202f840,00 AUD"
        assert {one.what.partition(", ")[0] for one in found} == {"étape réservée", "voyage ouvert"}
        assert [queries_history._field(name) for name in ("cost_minor", "shares_with_id", "departs_at")] == [
            "coût", "partage avec", "heure de départ",
        ]  # fmt: skip


def test_the_desk_is_filtered_by_what_is_missing(show: Event) -> None:
    trip = trip_of(show, "Amal", wished_class=TravelClass.BUSINESS)
    make.leg(trip)
    trip_of(show, "Nneka")
    desk = queries_desk.desk(db.session.merge(show), events.ruth(), clock.now(), with_amounts=False)

    def names(**asked: str) -> list[str]:
        return [row.name for row in desk.showing(**asked)]

    assert names(gap="no_flight") == ["Nneka"]
    assert names(gap="any") == ["Nneka", "Amal"]
    assert (names(gap="none"), names(answer="allowed"), names(q="ÁMA"), names(visa="needed")) == (
        [],
        ["Amal"],
        ["Amal"],
        [],
    )
