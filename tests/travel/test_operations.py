"""Booking, settling, declining, cancelling: what is committed, what lands in the book, what is refused."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound
from app.core.money import Money
from app.disclosures.models import Obligation
from app.events.models import InvitationState
from app.ledger import operations as book
from app.ledger.details import ExceptionDetails, TreasuryRateDetails
from app.ledger.models import (
    Category,
    Commitment,
    CommitmentStage,
    Entry,
    ExceptionState,
    ReportLine,
    RuleException,
    Unit,
)
from app.ledger.policies import HeadroomRefused
from app.ledger.queries import RateNeeded
from app.people import operations as people_operations
from app.people.details import OfficialDetails
from app.people.models import OfficialStatus
from app.travel import operations
from app.travel.details import TripDetails
from app.travel.models import CostStage, Leg, Stay, TravelClass, Trip, TripState
from app.travel.policies import OutsideRule, TimesRefused, TooEarly, TripRefused
from app.travel.policies_costs import CostRefused
from tests.conftest import fresh
from tests.factories import accounts, disclosures, events, ledger, people
from tests.factories import travel as make
from tests.factories.ledger import gbp


@pytest.fixture
def booking(app: Flask) -> Iterator[None]:
    """Mid-September: the frozen rates of the scenario and its travel rules are in force."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        yield


pytestmark = pytest.mark.usefixtures("booking")


#: What stands on Jack's flight: the rule, and the direct flight it looked at (17,000 km at 830 km/h, and 40 minutes).
ALLOWED = "Rule 10: “Business from 6 hours of flight.” Direct flight: 21 h 10 min SYD to LHR, estimated from the great circle."


def jack(**more: object) -> Trip:
    return make.trip(events.accepted(events.event(), "Jack"), **more)


def under_policy(trip: Trip) -> Trip:
    """Half of the audience is British, and the British policy is in force."""
    disclosures.version("GB")
    people.channel(trip.person, handle="@jack", audience_countries=("AU", "GB"))
    return trip


def commitment_of(part: str) -> Commitment:
    return db.session.scalars(sa.select(Commitment).filter_by(source_kind="travel", source_part=part)).one()


def exception(trip: Trip, rule: str, reason: str = "The keynote cannot be moved.") -> None:
    """Asked by Ruth, granted by Helga."""
    with transaction():
        details = ExceptionDetails(
            person_id=trip.person_id, rule=rule, reason=reason, expires_on=date(2026, 12, 1), subject_kind="travel",
            subject_id=trip.id,
        )  # fmt: skip
        asked = operations.ask_exception(db.session.merge(trip), details, by=accounts.user())
        book.decide_exception(
            asked, is_granted=True, reason="Checked with the event.", by=ledger.compliance()
        )


# -- opening ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [InvitationState.INVITED, InvitationState.DECLINED])
def test_a_trip_opens_only_on_acceptance(state: InvitationState) -> None:
    """T3, E1."""
    show = events.event()
    invitation = events.invited(show, "Jack")
    if state is InvitationState.DECLINED:
        events.answer(invitation, state, reason="Away")
    with pytest.raises(TooEarly), transaction():
        details = TripDetails(from_on=date(2026, 10, 10), to_on=date(2026, 10, 18))
        operations.open_trip(db.session.merge(invitation), details, by=events.ruth())


def test_there_is_one_trip_per_person_and_event() -> None:
    invitation = events.accepted(events.event(), "Jack")
    make.trip(invitation)
    with pytest.raises(TripRefused):
        make.trip(invitation)


def test_a_trip_touches_its_event() -> None:
    with pytest.raises(TimesRefused):
        jack(from_on=date(2026, 10, 17))


def test_days_cannot_be_cut_below_what_is_booked() -> None:
    trip = jack()
    make.leg(trip)
    with pytest.raises(TimesRefused) as refused, transaction():
        details = TripDetails(from_on=date(2026, 10, 12), to_on=date(2026, 10, 18))
        operations.edit_trip(db.session.merge(trip), details, by=events.ruth())
    assert (refused.value.field, fresh(trip).from_on) == ("from_on", date(2026, 10, 10))


# -- J5: Jack ------------------------------------------------------------------------------------------


def test_a_booking_is_committed_at_the_rate_of_its_day() -> None:
    """J5: AUD 9,840.00 at 0.5120 -> 5,038.08 committed; the verdict quotes the rule (T1, T2, L2)."""
    leg = make.leg(jack())
    planned = commitment_of(f"leg:{leg.id}")
    assert (leg.verdict, leg.cost_stage) == (
        ALLOWED,
        CostStage.COMMITTED,
    )
    assert (planned.stage, planned.reporting, planned.category, planned.expected_on) == (
        CommitmentStage.COMMITTED, gbp("5038.08"), Category.TRAVEL_AIR, date(2026, 10, 11),
    )  # fmt: skip


def test_settling_posts_the_fact_and_changing_todays_rate_changes_nothing() -> None:
    """J5, L2: actual after the receipt, frozen at the rate of the day of the price."""
    leg = make.leg(jack())
    with clock.fixed_at(make.AFTER):
        with transaction():
            details = TreasuryRateDetails(
                from_currency="AUD", to_currency="GBP", valid_from_on=date(2026, 10, 1), valid_to_on=date(2026, 10, 31),
                rate=Decimal("0.9999"), source="October list",
            )  # fmt: skip
            book.set_treasury_rate(details, by=ledger.compliance())
            entry = operations.settle_leg(db.session.merge(leg), by=events.ruth()).entry
        found = fresh(leg)
    assert (entry.reporting, entry.original, entry.rate, entry.value_on) == (
        gbp("5038.08"), Money(984000, "AUD"), "0.5120", date(2026, 10, 11),
    )  # fmt: skip
    assert (entry.category, entry.line, entry.source_kind, entry.source_part, entry.source_id) == (
        Category.TRAVEL_AIR, ReportLine.TRAVEL, "travel", f"leg:{leg.id}", leg.trip_id,
    )  # fmt: skip
    assert (found.cost_stage, found.entry_seq) == (CostStage.ACTUAL, entry.seq)
    assert commitment_of(f"leg:{leg.id}").stage is CommitmentStage.SETTLED


def test_each_kind_of_part_lands_on_its_own_line() -> None:
    """T1: flights and trains on travel, cars on transfers, hotels on lodging with their nights."""
    trip = jack()
    leg, stay, car = make.leg(trip), make.stay(trip), make.transfer(trip)
    train = make.leg(
        trip, mode="rail", origin="London", destination="Oxford", departs_zone="Europe/London", arrives_zone="Europe/London",
        departs_at=datetime(2026, 10, 17, 9, 0, tzinfo=UTC), arrives_at=datetime(2026, 10, 17, 10, 0, tzinfo=UTC),
        travel_class=TravelClass.STANDARD, cost=gbp("31.50"),
    )  # fmt: skip
    with clock.fixed_at(make.AFTER), transaction():
        entries = [
            operations.settle_leg(db.session.merge(leg), by=events.ruth()).entry,
            operations.settle_leg(db.session.merge(train), by=events.ruth()).entry,
            operations.settle_stay(db.session.merge(stay), by=events.ruth()).entry,
            operations.settle_transfer(db.session.merge(car), by=events.ruth()).entry,
        ]
    assert [(one.category, one.line, one.unit, one.quantity, one.value_on) for one in entries] == [
        (Category.TRAVEL_AIR, ReportLine.TRAVEL, Unit.ITEM, 1, date(2026, 10, 11)),
        (Category.TRAVEL_GROUND, ReportLine.TRAVEL, Unit.ITEM, 1, date(2026, 10, 17)),
        (Category.LODGING, ReportLine.LODGING, Unit.NIGHT, 4, date(2026, 10, 16)),
        (Category.TRAVEL_GROUND, ReportLine.TRANSFERS, Unit.ITEM, 1, date(2026, 10, 11)),
    ]


def test_the_bill_may_differ_from_the_booking() -> None:
    """T1: estimate, committed, actual are each entered once; the actual one counts."""
    stay = make.stay(jack())
    with clock.fixed_at(make.AFTER), transaction():
        entry = operations.settle_stay(db.session.merge(stay), actual=gbp("2101.40"), by=events.ruth()).entry
    assert (entry.reporting, fresh(stay).cost) == (gbp("2101.40"), gbp("2101.40"))


def test_the_return_stands_under_the_fare_of_the_way_there() -> None:
    """T1: a return ticket is one cost; its second leg plans and posts nothing."""
    trip = jack()
    leg = make.leg(trip)
    with transaction():
        details = make.home_details(fare_leg_id=leg.id)
        home = operations.book_leg(db.session.merge(trip), details, by=events.ruth())
    assert (home.cost, home.verdict) == (None, ALLOWED.replace("SYD to LHR", "LHR to SYD"))
    assert db.session.scalar(sa.select(sa.func.count(Commitment.id))) == 1
    with clock.fixed_at(make.AFTER), pytest.raises(CostRefused), transaction():
        operations.settle_leg(db.session.merge(home), by=events.ruth())


def test_a_fare_of_another_trip_covers_nothing() -> None:
    show = events.event()
    leg = make.leg(make.trip(events.accepted(show, "Jack")))
    other = make.trip(events.accepted(show, "Nneka"))
    with pytest.raises(NotFound) as refused, transaction():
        operations.book_leg(db.session.merge(other), make.home_details(fare_leg_id=leg.id), by=events.ruth())
    assert refused.value.field == "fare_leg_id"


def test_what_lies_ahead_is_not_settled() -> None:
    leg = make.leg(jack())
    with pytest.raises(CostRefused) as refused, transaction():
        operations.settle_leg(db.session.merge(leg), by=events.ruth())
    assert refused.value.field == "value_on"


def test_settling_opens_the_duty_to_disclose() -> None:
    """D1: value under a policy of the audience."""
    trip = under_policy(jack())
    make.acknowledge(trip)
    leg = make.leg(trip)
    with clock.fixed_at(make.AFTER), transaction():
        operations.settle_leg(db.session.merge(leg), by=events.ruth())
    assert [one.category for one in db.session.scalars(sa.select(Obligation))] == ["travel_air"]


def test_a_settled_leg_is_not_settled_again_unless_compliance_took_it_back() -> None:
    """L1: the correction is a reversal and a new entry, both visible."""
    leg = make.leg(jack())
    with clock.fixed_at(make.AFTER):
        with transaction():
            first = operations.settle_leg(db.session.merge(leg), by=events.ruth()).entry
        with pytest.raises(CostRefused), transaction():
            operations.settle_leg(db.session.merge(leg), by=events.ruth())
        with transaction():
            book.reverse_entry(db.session.merge(first), reason="wrong_amount", by=ledger.compliance())
        with transaction():
            again = operations.settle_leg(
                db.session.merge(leg), actual=Money(970000, "AUD"), by=events.ruth()
            ).entry
    minors = db.session.scalars(sa.select(Entry.reporting_minor).order_by(Entry.seq)).all()
    assert (minors, again.reporting) == ([503808, -503808, 496640], gbp("4966.40"))


# -- T2: rules and exceptions ----------------------------------------------------------------------------


def kerem() -> Trip:
    """An official: his trip keeps to the event."""
    show = events.event()
    invitation = events.accepted(show, "Kerem")
    with transaction():
        person = db.session.merge(invitation.person)
        details = OfficialDetails(status=OfficialStatus.STATE_BODY, reason="Professor at a state university")
        people_operations.set_official_status(person, details, by=events.ruth())
    ledger.approved(person, subject_kind="events", subject_id=show.id)
    return make.trip(invitation, from_on=date(2026, 10, 11))


KEREMS = {
    "origin": "IST", "departs_zone": "Europe/Istanbul", "departs_at": datetime(2026, 10, 12, 7, 0, tzinfo=UTC),
    "arrives_at": datetime(2026, 10, 12, 11, 5, tzinfo=UTC), "cost": Money.of(Decimal(48500), "TRY"),
}  # fmt: skip


def test_an_officials_business_wish_is_blocked_with_the_rules_text() -> None:
    """J5, T2: Kerem's business wish is blocked; premium economy is 882.70."""
    trip = kerem()
    with pytest.raises(OutsideRule) as refused:
        make.leg(trip, **KEREMS)
    assert refused.value.field == "travel_class"
    assert refused.value.message.startswith(
        "Rule 30: “Public officials: premium economy.” The highest class is premium economy."
    )
    assert db.session.scalar(sa.select(sa.func.count(Leg.id))) == 0
    leg = make.leg(trip, travel_class=TravelClass.PREMIUM_ECONOMY, **KEREMS)
    assert commitment_of(f"leg:{leg.id}").reporting == gbp("882.70")


def test_an_officials_hotel_is_held_against_the_price_of_a_night() -> None:
    """T2: 250.00 a night."""
    trip = kerem()
    with pytest.raises(OutsideRule) as refused:
        make.stay(trip)
    assert refused.value.field == "amount"
    assert (
        make.stay(trip, cost=gbp("1000"), hotel="Museum Court").verdict
        == "Rule 40: “Public officials: a night up to 250.00.”"
    )


def test_a_hotel_in_another_currency_is_held_against_the_rule_too() -> None:
    """T2, L2: EUR 1,158.00 at 0.8640 is 1,000.51, more than four nights at 250.00."""
    trip = kerem()
    with pytest.raises(OutsideRule):
        make.stay(trip, cost=Money(115800, "EUR"))
    make.stay(trip, cost=Money(115700, "EUR"))


def test_an_officials_trip_has_no_side_trip() -> None:
    """T2."""
    trip = kerem()
    with pytest.raises(OutsideRule) as refused, transaction():
        details = TripDetails(from_on=date(2026, 10, 6), to_on=date(2026, 10, 18))
        operations.edit_trip(db.session.merge(trip), details, by=events.ruth())
    assert refused.value.field == "from_on"


@pytest.mark.parametrize(
    ("travel_class", "origin", "n_hours", "rule"),
    [
        (TravelClass.BUSINESS, "Lord Howe", 6, None), (TravelClass.BUSINESS, "Lord Howe", 5, "travel_class"),
        (TravelClass.BUSINESS, "SYD", 5, None), (TravelClass.BUSINESS, "CDG", 9, "travel_class"),
        (TravelClass.FIRST, "CDG", 5, "first_class"), (TravelClass.FIRST, "SYD", 24, "first_class"),
    ],
)  # fmt: skip
def test_business_class_is_for_six_hours_and_first_class_for_none(
    travel_class: TravelClass, origin: str, n_hours: int, rule: str | None
) -> None:
    """c22: a shorter business flight needs an exception, first class always does; airports say how long a direct one is."""
    trip = jack()
    departs = datetime(2026, 10, 11, 8, 0, tzinfo=UTC)
    flight = {
        "travel_class": travel_class, "origin": origin, "departs_at": departs, "departs_zone": "Australia/Sydney",
        "arrives_at": departs + timedelta(hours=n_hours),
    }  # fmt: skip
    if rule is not None:
        with pytest.raises(OutsideRule) as refused:
            make.leg(trip, **flight)
        assert refused.value.field == "travel_class"
        exception(trip, rule)
    assert make.leg(trip, **flight).travel_class is travel_class


def test_first_class_needs_an_exception_of_its_own() -> None:
    """T2, L8, c22: the exception stands in the verdict; one for another rule does not help."""
    trip = jack()
    exception(trip, "travel_class")
    with pytest.raises(OutsideRule):
        make.leg(trip, travel_class=TravelClass.FIRST)
    exception(trip, "first_class", "His back does not allow anything else.")
    leg = make.leg(trip, travel_class=TravelClass.FIRST)
    assert leg.verdict == (
        "First class is always an exception. By exception 2, until 1 Dec 2026: His back does not allow anything else."
    )


def test_an_exception_for_one_trip_does_not_serve_another() -> None:
    """L8."""
    show = events.event()
    invitation = events.accepted(show, "Jack")
    exception(make.trip(invitation), "first_class")
    later = events.event(
        "Connect Lisbon", under=show.program, starts_at=datetime(2026, 11, 3, 9, 0, tzinfo=UTC),
        ends_at=datetime(2026, 11, 4, 17, 0, tzinfo=UTC),
    )  # fmt: skip
    other = make.trip(
        events.accepted(later, person=invitation.person), from_on=date(2026, 11, 1), to_on=date(2026, 11, 6)
    )
    times = {
        "departs_at": datetime(2026, 11, 1, 10, 0, tzinfo=UTC), "arrives_at": datetime(2026, 11, 2, 10, 0, tzinfo=UTC),
    }  # fmt: skip
    with pytest.raises(OutsideRule):
        make.leg(other, travel_class=TravelClass.FIRST, **times)


def test_a_later_flight_is_not_a_new_question() -> None:
    """T2, T6: an airline that moves a flight does not undo the permission; another class asks again."""
    leg = make.leg(jack())
    later = make.leg_details(arrives_at=datetime(2026, 10, 11, 22, 10, tzinfo=UTC))
    with transaction():
        operations.edit_leg(db.session.merge(leg), later, by=events.ruth())
    assert fresh(leg).verdict.startswith("Rule 10: “Business from 6 hours of flight.”")
    with pytest.raises(OutsideRule), transaction():
        grander = make.leg_details(travel_class=TravelClass.FIRST)
        operations.edit_leg(db.session.merge(leg), grander, by=events.ruth())


def test_what_was_approved_and_then_changed_is_an_estimate_until_approved_again() -> None:
    """c9: a dearer seat under the same exception asks again; the earlier version stays readable."""
    trip = kerem()
    wanted = {**KEREMS, "travel_class": TravelClass.BUSINESS}
    with transaction():
        asked = operations.ask_exception(
            db.session.merge(trip),
            ExceptionDetails(
                person_id=trip.person_id, rule="travel_class", reason="Back trouble, with a letter of his doctor.",
                expires_on=date(2099, 1, 1), subject_kind="travel", subject_id=trip.id,
            ),
            by=events.ruth(),
        )  # fmt: skip
    assert "“Public officials: premium economy.”" in asked.quoted
    with transaction():
        book.decide_exception(
            db.session.merge(asked), is_granted=True, reason="The letter is with us.", by=ledger.compliance()
        )
        leg = operations.book_leg(db.session.merge(trip), make.leg_details(**wanted), by=events.ruth())
    with transaction():
        dearer = make.leg_details(**{**wanted, "cost": Money.of(Decimal(90000), "TRY")})
        operations.edit_leg(db.session.merge(leg), dearer, by=events.ruth())
    again = db.session.scalars(sa.select(RuleException).filter_by(earlier_id=asked.id)).one()
    assert (fresh(asked).state, fresh(again).state, fresh(leg).cost_stage) == (
        ExceptionState.VOID, ExceptionState.ASKED, CostStage.ESTIMATED,
    )  # fmt: skip
    assert "asked again" in fresh(leg).verdict
    with transaction():
        book.decide_exception(
            db.session.merge(again), is_granted=True, reason="The fare has risen.", by=ledger.compliance()
        )
    with transaction():
        operations.edit_leg(
            db.session.merge(leg), dearer.model_copy(update={"is_estimate": False}), by=events.ruth()
        )
    assert fresh(leg).cost_stage is CostStage.COMMITTED


def priya() -> Trip:
    """Her firm lets nobody pay her travel."""
    invitation = events.accepted(events.event(), "Priya")
    firm = people.organisation(
        "Saffron Ridge", is_vendor_travel_allowed=False, rule_text="Analysts travel at the firm's own cost."
    )
    people.employment(invitation.person, firm)
    return make.trip(invitation)


def test_what_a_firm_forbids_is_declined_with_received_value_0() -> None:
    """J5, P2, L5: declined 4,384.80 = 2,304.80 + 2,080.00, received 0.00; the car is hers to take."""
    trip = priya()
    flight = make.leg_details(cost=Money.of(Decimal(268000), "INR"))
    with pytest.raises(OutsideRule) as refused, transaction():
        operations.book_leg(db.session.merge(trip), flight, by=events.ruth())
    assert "“Analysts travel at the firm's own cost.”" in refused.value.message
    with transaction():
        leg = operations.decline_leg(
            db.session.merge(trip), flight, reason="The firm pays itself.", by=events.ruth()
        )
        operations.decline_stay(
            db.session.merge(trip), make.stay_details(), reason="The firm pays itself.", by=events.ruth()
        )
    make.transfer(trip)
    rows = db.session.execute(
        sa.select(Entry.declined_minor, Entry.reporting_minor, Entry.is_declined).order_by(Entry.seq)
    )
    assert [tuple(row) for row in rows] == [(230480, 0, True), (208000, 0, True)]
    assert (leg.cost_stage, leg.verdict) == (CostStage.DECLINED, "Declined: The firm pays itself.")


def test_a_booked_leg_can_be_declined_after_all() -> None:
    """L5: the place under the caps is free, the offer stays."""
    leg = make.leg(jack())
    with transaction():
        operations.turn_down_leg(db.session.merge(leg), reason="He pays himself.", by=events.ruth())
    entry = db.session.scalars(sa.select(Entry)).one()
    assert (entry.declined_minor, entry.reporting_minor, commitment_of(f"leg:{leg.id}").stage) == (
        503808, 0, CommitmentStage.RELEASED,
    )  # fmt: skip


# -- T3: accepted and acknowledged ------------------------------------------------------------------------


def test_nothing_is_committed_before_the_policy_is_acknowledged() -> None:
    """T3, D2: an estimate may be noted; committing waits for the acknowledgement or an exception."""
    trip = under_policy(jack())
    with pytest.raises(TooEarly) as refused:
        make.leg(trip)
    assert refused.value.message.startswith("Jack has not acknowledged ")
    with pytest.raises(TooEarly):
        make.transfer(trip)
    estimate = make.stay(trip, is_estimate=True)
    assert (estimate.cost_stage, commitment_of(f"stay:{estimate.id}").stage) == (
        CostStage.ESTIMATED, CommitmentStage.PLANNED,
    )  # fmt: skip
    with pytest.raises(TooEarly), transaction():
        operations.edit_stay(db.session.merge(estimate), make.stay_details(), by=events.ruth())
    make.acknowledge(trip)
    with transaction():
        operations.edit_stay(db.session.merge(estimate), make.stay_details(), by=events.ruth())
    assert commitment_of(f"stay:{estimate.id}").stage is CommitmentStage.COMMITTED


def test_an_exception_stands_in_for_the_acknowledgement() -> None:
    """T3, L8."""
    trip = under_policy(jack())
    exception(trip, "acknowledgement", "The paper is signed and in the post.")
    assert make.leg(trip).verdict == (
        f"{ALLOWED} By exception 1, until 1 Dec 2026: The paper is signed and in the post."
    )


def test_own_travel_needs_neither_rule_nor_acknowledgement() -> None:
    """What we do not pay is noted, not judged."""
    leg = make.leg(under_policy(jack()), cost=None, priced_on=None, travel_class=TravelClass.FIRST)
    assert (leg.verdict, db.session.scalar(sa.select(sa.func.count(Commitment.id)))) == ("Not paid by us.", 0)


def test_somebody_who_no_longer_comes_gets_no_new_travel() -> None:
    """T3."""
    invitation = events.accepted(events.event(), "Jack")
    trip = make.trip(invitation)
    events.answer(invitation, InvitationState.DECLINED, reason="Ill")
    with pytest.raises(TooEarly):
        make.leg(trip)


# -- caps, rates, refusals ----------------------------------------------------------------------------------


def test_a_hard_cap_refuses_the_booking_whole() -> None:
    """L7: 2,080.00 over a cap of 2,000.00; nothing is written."""
    ledger.cap(soft=None, hard="2000")
    with pytest.raises(HeadroomRefused) as refused:
        make.stay(jack())
    assert refused.value.field == "amount"
    assert db.session.scalar(sa.select(sa.func.count(Stay.id))) == 0


def test_planned_travel_counts_under_the_cap() -> None:
    """L7: exposure is actual, committed and planned together."""
    ledger.cap(soft=None, hard="2100")
    trip = jack()
    make.stay(trip, is_estimate=True)
    with pytest.raises(HeadroomRefused):
        make.transfer(trip)


def test_a_currency_without_a_rate_says_what_to_enter() -> None:
    """L2: the ECB's list ends before today."""
    trip = jack()
    with clock.fixed_at(datetime(2026, 11, 22, 9, 0, tzinfo=UTC)), pytest.raises(RateNeeded) as refused:
        make.leg(trip, cost=Money(100000, "CAD"), priced_on=None)
    assert refused.value.field == "currency"
    assert "enter a treasury rate from CAD to GBP for that day, with its source." in refused.value.message


def test_a_price_of_tomorrow_is_refused() -> None:
    with pytest.raises(CostRefused) as refused:
        make.stay(jack(), priced_on=date(2026, 9, 15))
    assert refused.value.field == "priced_on"


def test_nobody_is_on_two_flights_or_in_two_hotels_at_once() -> None:
    trip = jack()
    make.leg(trip)
    with pytest.raises(TimesRefused) as leg:
        make.leg(trip, origin="MEL", departs_zone="Australia/Melbourne")
    make.stay(trip)
    with pytest.raises(TimesRefused) as stay:
        make.stay(trip, check_in_on=date(2026, 10, 15), check_out_on=date(2026, 10, 17))
    assert (leg.value.field, stay.value.field) == ("departs_at", "check_in_on")
    make.stay(
        trip,
        hotel="Airport Inn",
        check_in_on=date(2026, 10, 16),
        check_out_on=date(2026, 10, 17),
        cost=gbp("120"),
    )


def test_the_second_to_save_is_told() -> None:
    leg = make.leg(jack())
    with pytest.raises(Conflict), transaction():
        operations.edit_leg(
            db.session.merge(leg), make.leg_details(), by=events.ruth(), seen_version=leg.version - 1
        )


# -- calendars, cancelling, closing ---------------------------------------------------------------------------


def test_a_new_time_raises_sequence_and_a_new_reference_does_not() -> None:
    """C1, J5: the UID stays."""
    leg = make.leg(jack())
    uid, sequence = leg.uid, leg.sequence
    with transaction():
        operations.edit_leg(
            db.session.merge(leg), make.leg_details(booking_reference="NEW1"), by=events.ruth()
        )
    assert fresh(leg).sequence == sequence
    with transaction():
        later = make.leg_details(arrives_at=datetime(2026, 10, 12, 0, 10, tzinfo=UTC))
        operations.edit_leg(db.session.merge(leg), later, by=events.ruth())
    assert (fresh(leg).sequence, fresh(leg).uid) == (sequence + 1, uid)


def test_cancelling_keeps_the_row_and_frees_the_headroom() -> None:
    """C1, L7."""
    stay = make.stay(jack())
    with transaction():
        operations.cancel_stay(db.session.merge(stay), reason="Sleeps at a friend's", by=events.ruth())
    found = fresh(stay)
    assert (found.is_cancelled, found.cost_stage, found.sequence) == (True, CostStage.CANCELLED, 1)
    assert commitment_of(f"stay:{stay.id}").stage is CommitmentStage.RELEASED
    with pytest.raises(CostRefused), transaction():
        operations.edit_stay(db.session.merge(stay), make.stay_details(), by=events.ruth())


def test_what_stands_in_the_book_cannot_be_cancelled() -> None:
    """L1: compliance takes the entry back first."""
    stay = make.stay(jack())
    with clock.fixed_at(make.AFTER):
        with transaction():
            entry = operations.settle_stay(db.session.merge(stay), by=events.ruth()).entry
        with pytest.raises(CostRefused) as refused, transaction():
            operations.cancel_stay(db.session.merge(stay), reason="Mistake", by=events.ruth())
        assert f"entry {entry.seq}" in refused.value.message
        with pytest.raises(CostRefused), transaction():
            operations.edit_stay(db.session.merge(stay), make.stay_details(cost=gbp("1")), by=events.ruth())
        with transaction():
            twin = make.stay_details(room="Twin", priced_on=stay.priced_on)
            operations.edit_stay(db.session.merge(stay), twin, by=events.ruth())
            book.reverse_entry(entry, reason="wrong_person", by=ledger.compliance())
            operations.cancel_stay(db.session.merge(stay), reason="Mistake", by=events.ruth())
    assert fresh(stay).cost_stage is CostStage.CANCELLED


def test_a_cancelled_trip_takes_everything_open_with_it() -> None:
    trip = jack()
    make.leg(trip)
    make.stay(trip)
    with transaction():
        operations.cancel_trip(db.session.merge(trip), "He is ill", by=events.ruth())
    found = fresh(trip)
    assert (found.state, {part.cost_stage for part in found.parts}) == (
        TripState.CANCELLED,
        {CostStage.CANCELLED},
    )
    assert set(db.session.scalars(sa.select(Commitment.stage))) == {CommitmentStage.RELEASED}
    with pytest.raises(TripRefused):
        make.transfer(trip)


def test_a_trip_is_done_when_every_cost_is_settled() -> None:
    trip = jack()
    stay = make.stay(trip)
    with clock.fixed_at(make.AFTER):
        with pytest.raises(TripRefused) as refused, transaction():
            operations.finish_trip(db.session.merge(trip), by=events.ruth())
        assert refused.value.message.startswith("1 cost is not settled yet.")
        with transaction():
            operations.settle_stay(db.session.merge(stay), by=events.ruth())
            operations.finish_trip(db.session.merge(trip), by=events.ruth())
    assert fresh(trip).state is TripState.DONE


def test_every_step_is_written_down() -> None:
    """R4."""
    trip = jack()
    leg = make.leg(trip)
    with transaction():
        operations.cancel_leg(db.session.merge(leg), reason="Takes the train", by=events.ruth())
    actions = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.action.like("travel.%")).order_by(AuditEvent.id)
    )
    assert [action for action in actions if action != "travel.rule_set"] == [
        "travel.trip_opened", "travel.leg_booked", "travel.leg_cancelled",
    ]  # fmt: skip


def test_a_rule_ends_and_keeps_its_text() -> None:
    """L9: a rule is not rewritten."""
    rule = make.rule(50, "Short flights", max_class=TravelClass.ECONOMY)
    with transaction():
        operations.end_travel_rule(db.session.merge(rule), date(2026, 9, 30), by=ledger.compliance())
    assert (fresh(rule).effective_to_on, fresh(rule).text) == (date(2026, 9, 30), "Short flights")
