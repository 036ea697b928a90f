"""Rules of travel as pure decisions: classes, nights, times, what is missing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core.money import Money
from app.people.models import Organisation, OrganisationKind
from app.travel import policies, policies_costs
from app.travel.airports import find_airport, larger_airports, place_words
from app.travel.details import StayDetails, TransferDetails, TravelRuleDetails, TripDetails
from app.travel.models import LegMode, TravelClass, TravelRule
from app.travel.policies import PlaceUnknown, Rule, TimesRefused, Traveller
from app.travel.policies_costs import CostRefused
from app.travel.policies_gaps import Gap, Journey, gaps_of, missing_nights
from app.travel.policies_rules import RuleRefused, check_rule
from tests.factories.ledger import gbp
from tests.factories.travel import leg_details, stay_details, transfer_details

DAY = date(2026, 10, 10)


def rule(id: int, place: int, text: str, **more: Any) -> TravelRule:
    values: dict[str, Any] = {
        "id": id, "place": place, "text": text, "is_for_officials": False, "min_minutes": 0,
        "effective_from_on": date(2026, 1, 1),
    } | more  # fmt: skip
    return TravelRule(**values)


RULES = [
    rule(1, 10, "Business from 6 hours of flight.", min_minutes=360, max_class=TravelClass.BUSINESS),
    rule(2, 20, "Premium economy on shorter flights.", max_class=TravelClass.PREMIUM_ECONOMY),
    rule(
        3,
        30,
        "Public officials: premium economy.",
        max_class=TravelClass.PREMIUM_ECONOMY,
        is_for_officials=True,
    ),
    rule(
        4,
        40,
        "Officials: a night up to 250.00.",
        max_night_minor=25000,
        max_night_currency="GBP",
        is_for_officials=True,
    ),
]


def organisation(**more: Any) -> Organisation:
    values: dict[str, Any] = {
        "id": 7, "name": "Saffron Ridge", "kind": OrganisationKind.ANALYST_FIRM, "is_vendor_travel_allowed": True,
        "max_class": "",
        "rule_text": "Analysts travel at the firm's own cost.",
    } | more  # fmt: skip
    return Organisation(**values)


def somebody(*, official: bool = False, employer: Organisation | None = None) -> Traveller:
    return Traveller("Amal", official, employer, program_id=1)


def judge(
    wanted: TravelClass, hours: float | None, who: Traveller, mode: LegMode = LegMode.AIR
) -> policies.Verdict:
    minutes = None if hours is None else int(hours * 60)
    return policies.judge_class(wanted, mode, minutes, who, policies.in_order(RULES, who, DAY))


CLASSES = [
    (TravelClass.BUSINESS, 23, somebody(), True, None, "Rule 10: “Business from 6 hours of flight.”"),
    (TravelClass.BUSINESS, 6, somebody(), True, None, "Rule 10: “Business from 6 hours of flight.”"),
    (
        TravelClass.BUSINESS, 5.99, somebody(), False, Rule.TRAVEL_CLASS,
        "Rule 20: “Premium economy on shorter flights.” The highest class is premium economy.",
    ),
    (TravelClass.PREMIUM_ECONOMY, 3, somebody(), True, None, "Rule 20: “Premium economy on shorter flights.”"),
    (TravelClass.FIRST, 23, somebody(), False, Rule.FIRST_CLASS, "First class is always an exception."),
    (
        TravelClass.BUSINESS, 23, somebody(official=True), False, Rule.TRAVEL_CLASS,
        "Rule 30: “Public officials: premium economy.” The highest class is premium economy.",
    ),
    (TravelClass.PREMIUM_ECONOMY, 4, somebody(official=True), True, None, "Rule 30: “Public officials: premium economy.”"),
    (
        TravelClass.ECONOMY, 2, somebody(employer=organisation(is_vendor_travel_allowed=False)), False,
        Rule.ORGANISATION_TRAVEL,
        "Saffron Ridge does not let its people accept travel that we pay. Its rule: “Analysts travel at the firm's own cost.”",
    ),
    (
        TravelClass.BUSINESS, 8, somebody(employer=organisation(max_class="premium_economy", rule_text="")), False,
        Rule.TRAVEL_CLASS, "Saffron Ridge lets its people travel up to premium economy.",
    ),
    (TravelClass.BUSINESS, None, somebody(), True, None, "Rule 10: “Business from 6 hours of flight.”"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "hours", "who", "allowed", "code", "text"), CLASSES)
def test_a_class_is_judged_by_the_first_rule_that_matches(
    wanted: TravelClass, hours: float | None, who: Traveller, allowed: bool, code: Rule | None, text: str
) -> None:
    """T2, P2: the rule is quoted word for word; officials and employers have their own."""
    assert judge(wanted, hours, who) == policies.Verdict(allowed, text, code)


def test_officials_rules_come_first_whatever_their_place() -> None:
    """T2: nobody can slip a general rule in front of the stricter set."""
    assert [one.id for one in policies.in_order(RULES, somebody(official=True), DAY)] == [3, 4, 1, 2]
    assert [one.id for one in policies.in_order(RULES, somebody(), DAY)] == [1, 2]


def test_rules_apply_in_their_time_program_and_employer_only() -> None:
    """L9: the rule in force on the day decides."""
    rules = [
        rule(1, 1, "over", effective_to_on=date(2026, 10, 9)),
        rule(2, 2, "not yet", effective_from_on=date(2026, 10, 11)),
        rule(3, 3, "another program", program_id=2),
        rule(4, 4, "another employer", organisation_id=8),
        rule(5, 5, "this employer", organisation_id=7),
        rule(6, 6, "this program", program_id=1, effective_from_on=DAY, effective_to_on=DAY),
    ]
    assert [one.text for one in policies.in_order(rules, somebody(employer=organisation()), DAY)] == [
        "this employer", "this program",
    ]  # fmt: skip


def test_without_a_rule_only_plain_classes_are_free() -> None:
    """T2."""
    who = somebody()
    free = policies.judge_class(TravelClass.ECONOMY, LegMode.AIR, 600, who, [])
    refused = policies.judge_class(TravelClass.BUSINESS, LegMode.AIR, 600, who, [])
    assert (free.is_allowed, free.text) == (True, "Economy class needs no rule.")
    assert (refused.is_allowed, refused.text) == (False, "No travel rule allows business class here.")


def test_a_night_is_held_against_the_rule_to_the_penny() -> None:
    """T2: 250.00 a night for officials."""
    assert policies.judge_stay(gbp("1000"), 4, RULES[3]).is_allowed is True
    assert policies.judge_stay(gbp("1000.01"), 4, RULES[3]) == policies.Verdict(
        False,
        "Rule 40: “Officials: a night up to 250.00.” A night may cost 250.00 GBP; this one costs 250.01 GBP.",
        Rule.LODGING,
    )


def test_an_officials_trip_keeps_to_the_event() -> None:
    """T2: no side trip."""
    begins, ends = date(2026, 10, 13), date(2026, 10, 16)
    near = TripDetails(from_on=date(2026, 10, 11), to_on=date(2026, 10, 18))
    far = TripDetails(from_on=date(2026, 10, 10), to_on=date(2026, 10, 18))
    assert policies.judge_side_trip(near, begins, ends).is_allowed is True
    assert policies.judge_side_trip(far, begins, ends).rule is Rule.SIDE_TRIP


BAD_RULES = [
    ({"max_class": None}, "max_class"),
    ({"max_class": TravelClass.FIRST}, "max_class"),
    ({"max_class": None, "max_night": Money(0, "GBP")}, "amount"),
    ({"effective_to_on": date(2025, 1, 1)}, "effective_to_on"),
]


@pytest.mark.parametrize(("changes", "field"), BAD_RULES)
def test_a_rule_that_decides_nothing_is_refused(changes: dict[str, Any], field: str) -> None:
    values = {
        "place": 1,
        "text": "x",
        "effective_from_on": date(2026, 1, 1),
        "max_class": TravelClass.ECONOMY,
    }
    with pytest.raises(RuleRefused) as refused:
        check_rule(TravelRuleDetails(**(values | changes)))
    assert refused.value.field == field


FROM, TO = date(2026, 10, 10), date(2026, 10, 18)

BAD_LEGS = [
    # Real time, not wall time: 05:00 in Sydney is earlier than 23:00 the day before in London.
    (
        {
            "origin": "LHR", "departs_zone": "Europe/London", "departs_at": datetime(2026, 10, 11, 22, 0, tzinfo=UTC),
            "destination": "SYD", "arrives_zone": "Australia/Sydney", "arrives_at": datetime(2026, 10, 11, 18, 0, tzinfo=UTC),
        },
        TimesRefused, "arrives_at",
    ),
    ({"arrives_at": datetime(2026, 10, 14, 0, 0, tzinfo=UTC)}, TimesRefused, "arrives_at"),
    ({"origin": "QQX"}, PlaceUnknown, "origin"),
    ({"destination": "SYD"}, TimesRefused, "destination"),
    ({"departs_at": datetime(2026, 10, 9, 12, tzinfo=UTC), "arrives_at": datetime(2026, 10, 10, 12, tzinfo=UTC)}, TimesRefused,
     "departs_at"),
    ({"departs_at": datetime(2026, 10, 18, 1, tzinfo=UTC), "arrives_at": datetime(2026, 10, 19, 1, tzinfo=UTC)}, TimesRefused,
     "arrives_at"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "field"), BAD_LEGS)
def test_a_leg_that_cannot_be_true_is_refused(
    changes: dict[str, Any], error: type[Exception], field: str
) -> None:
    """T1: arrival after departure as instants, both within the trip, airports that exist."""
    with pytest.raises(error) as refused:
        policies.check_leg(leg_details(**changes), FROM, TO)
    assert getattr(refused.value, "field", None) == field


def test_a_leg_over_the_date_line_is_fine() -> None:
    """T1: the wall clock at arrival may show an earlier time than at departure."""
    details = leg_details(
        origin="SYD", departs_at=datetime(2026, 10, 11, 1, 0, tzinfo=UTC), destination="LAX",
        arrives_at=datetime(2026, 10, 11, 14, 30, tzinfo=UTC), arrives_zone="America/Los_Angeles",
    )  # fmt: skip
    policies.check_leg(details, FROM, TO)


BAD_STAYS = [
    ({"check_out_on": date(2026, 10, 12)}, "check_out_on"),
    ({"check_out_on": date(2026, 10, 11)}, "check_out_on"),
    ({"check_in_on": date(2026, 10, 9)}, "check_in_on"),
    ({"check_out_on": date(2026, 10, 19)}, "check_out_on"),
]


@pytest.mark.parametrize(("changes", "field"), BAD_STAYS)
def test_a_stay_that_cannot_be_true_is_refused(changes: dict[str, Any], field: str) -> None:
    details: StayDetails = stay_details(**changes)
    with pytest.raises(TimesRefused) as refused:
        policies.check_stay(details, FROM, TO)
    assert refused.value.field == field


def test_a_transfer_that_cannot_be_true_is_refused() -> None:
    details: TransferDetails = transfer_details(ends_at=datetime(2026, 10, 11, 19, 10, tzinfo=UTC))
    with pytest.raises(TimesRefused) as refused:
        policies.check_transfer(details, FROM, TO)
    assert refused.value.field == "ends_at"


def test_a_leg_under_another_fare_has_no_amount() -> None:
    """T1: each figure is entered once."""
    policies_costs.check_cost(None, is_covered=True)
    with pytest.raises(CostRefused):
        policies_costs.check_cost(gbp("1"), is_covered=True)
    with pytest.raises(CostRefused):
        policies_costs.check_cost(gbp("0"), is_covered=False)


# -- what is missing ---------------------------------------------------------------------------------

BEGINS, ENDS, ZONE = (
    datetime(2026, 10, 13, 8, tzinfo=UTC),
    datetime(2026, 10, 16, 17, tzinfo=UTC),
    "Europe/London",
)
THERE = (datetime(2026, 10, 11, 1, tzinfo=UTC), datetime(2026, 10, 12, 9, tzinfo=UTC), 1)
BACK = (datetime(2026, 10, 16, 20, tzinfo=UTC), datetime(2026, 10, 17, 18, tzinfo=UTC), 2)
NIGHTS = (date(2026, 10, 12), date(2026, 10, 16))
MET = (THERE[1] + timedelta(hours=1), THERE[1] + timedelta(hours=2), None)
BROUGHT = (BACK[0] - timedelta(hours=4), BACK[0] - timedelta(hours=3), None)


def gaps(journey: Journey, *, is_local: bool = False, is_acknowledged: bool = True) -> list[Gap]:
    return gaps_of(journey, BEGINS, ENDS, ZONE, is_local=is_local, is_acknowledged=is_acknowledged)


GAPS = [
    (Journey((), (), ()), [Gap.NO_FLIGHT]),
    (Journey([THERE, BACK], [NIGHTS], [MET, BROUGHT]), []),
    (
        Journey(
            [THERE, BACK], [NIGHTS], [(MET[0] + timedelta(hours=9), MET[1] + timedelta(hours=9), 1), BROUGHT]
        ),
        [],
    ),
    (Journey([THERE, BACK], [NIGHTS], []), [Gap.NO_TRANSFER, Gap.NO_TRANSFER_BACK]),
    (Journey([THERE, BACK], [(date(2026, 10, 12), date(2026, 10, 15))], [MET, BROUGHT]), [Gap.NO_NIGHT]),
    (Journey([THERE, BACK], [], [MET, BROUGHT], is_lodging_own=True), []),
    (Journey((), (), (), is_travel_own=True), []),
    (Journey([(BEGINS, BEGINS + timedelta(hours=3), 1)], [NIGHTS], [(BEGINS, ENDS, 1)]), [Gap.ARRIVES_LATE]),
]


@pytest.mark.parametrize(("journey", "found"), GAPS)
def test_gaps_are_named_gravest_first(journey: Journey, found: list[Gap]) -> None:
    """Screens: accepted without flight, flight without transfer, hotel night missing."""
    assert gaps(journey) == found


def test_somebody_who_lives_there_needs_no_flight() -> None:
    assert gaps(Journey((), (), ()), is_local=True) == []


def test_a_missing_acknowledgement_is_a_gap() -> None:
    """T3."""
    assert gaps(Journey((), (), ()), is_local=True, is_acknowledged=False) == [Gap.NOT_ACKNOWLEDGED]


def test_a_connection_is_part_of_the_way_there() -> None:
    """The night begins where the last connection lands, and a day trip's way back is not a connection."""
    first = (datetime(2026, 10, 11, 1, tzinfo=UTC), datetime(2026, 10, 11, 15, tzinfo=UTC), 1)
    second = (datetime(2026, 10, 11, 22, tzinfo=UTC), datetime(2026, 10, 12, 6, tzinfo=UTC), 2)
    assert missing_nights(Journey([first, second, (*BACK[:2], 3)], [NIGHTS], []), BEGINS, ENDS, ZONE) == []
    out = (BEGINS - timedelta(hours=2), BEGINS - timedelta(hours=1), 1)
    home = (BEGINS + timedelta(hours=10), BEGINS + timedelta(hours=12), 2)
    assert missing_nights(Journey([out, home], [], []), BEGINS, BEGINS + timedelta(hours=9), ZONE) == []


def test_the_missing_nights_are_named() -> None:
    journey = Journey([THERE, BACK], [(date(2026, 10, 13), date(2026, 10, 15))], [])
    assert missing_nights(journey, BEGINS, ENDS, ZONE) == [date(2026, 10, 12), date(2026, 10, 15)]


# -- airports ------------------------------------------------------------------------------------------


def test_airports_are_known_by_code() -> None:
    """T1: city and zone come from a maintained package."""
    heathrow = find_airport("lhr")
    assert heathrow is not None
    assert (heathrow.city, heathrow.country, heathrow.zone) == ("London", "GB", "Europe/London")
    assert find_airport("Paris") is None
    assert find_airport("QQX") is None
    assert (place_words("SYD"), place_words("Gare du Nord"), place_words("Rom")) == (
        "Sydney (SYD)",
        "Gare du Nord",
        "Rom",
    )


def test_suggested_airports_lie_in_the_countries_asked_for() -> None:
    assert {airport.country for airport in larger_airports(["SE", "", "PT"])} == {"PT", "SE"}
