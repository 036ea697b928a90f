"""Trips, legs, stays, transfers and rules, made by the operations the screens use."""

from datetime import UTC, date, datetime
from typing import Any

from app.core.db import db, transaction
from app.core.money import Money
from app.disclosures import operations as disclosures
from app.disclosures import queries as disclosure_reads
from app.disclosures.models import AcknowledgementHow
from app.events.models import Invitation
from app.travel import operations
from app.travel.details import LegDetails, StayDetails, TransferDetails, TravelRuleDetails, TripDetails
from app.travel.models import Leg, LegMode, Stay, Transfer, TravelClass, TravelRule, Trip
from tests.factories import events
from tests.factories.ledger import gbp

#: The evening before anybody flies: bookings are made here, the list of ECB rates still knows the day.
BOOKING_DAY = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
#: Everybody is home again.
AFTER = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)


def trip(of: Invitation | None = None, **changes: Any) -> Trip:
    """The trip of somebody who has accepted, 10 to 18 October unless said otherwise."""
    invitation = of or events.accepted(events.event())
    details = {"from_on": date(2026, 10, 10), "to_on": date(2026, 10, 18)} | changes
    with transaction():
        return operations.open_trip(db.session.merge(invitation), TripDetails(**details), by=events.ruth())


def leg_details(**changes: Any) -> LegDetails:
    """Jack's flight: Sydney 11 Oct 06:00 to London 12 Oct 05:10, business."""
    values: dict[str, Any] = {
        "mode": LegMode.AIR, "origin": "SYD", "departs_at": datetime(2026, 10, 10, 19, 0, tzinfo=UTC),
        "departs_zone": "Australia/Sydney", "destination": "LHR", "arrives_at": datetime(2026, 10, 11, 18, 10, tzinfo=UTC),
        "arrives_zone": "Europe/London", "travel_class": TravelClass.BUSINESS, "carrier": "Southern Cross Airways",
        "number": "SX1", "booking_reference": "QK7ZPD", "cost": Money(984000, "AUD"), "priced_on": date(2026, 9, 14),
    }  # fmt: skip
    return LegDetails(**(values | changes))


def home_details(**changes: Any) -> LegDetails:
    """The flight home, 17 Oct 12:00 from London, under the fare of another leg unless said otherwise."""
    values: dict[str, Any] = {
        "origin": "LHR", "departs_at": datetime(2026, 10, 16, 20, 0, tzinfo=UTC), "departs_zone": "Europe/London",
        "destination": "SYD", "arrives_at": datetime(2026, 10, 17, 18, 0, tzinfo=UTC), "arrives_zone": "Australia/Sydney",
        "cost": None, "priced_on": None,
    }  # fmt: skip
    return leg_details(**(values | changes))


def leg(of: Trip, **changes: Any) -> Leg:
    """A committed leg."""
    with transaction():
        return operations.book_leg(db.session.merge(of), leg_details(**changes), by=events.ruth())


def stay_details(**changes: Any) -> StayDetails:
    """Four nights in London at 520.00."""
    values: dict[str, Any] = {
        "hotel": "The Meridian Wharf", "city": "London", "country": "GB", "check_in_on": date(2026, 10, 12),
        "check_out_on": date(2026, 10, 16), "stars": 5, "cost": gbp("2080"),
    }  # fmt: skip
    return StayDetails(**(values | changes))


def stay(of: Trip, **changes: Any) -> Stay:
    """A committed stay."""
    with transaction():
        return operations.book_stay(db.session.merge(of), stay_details(**changes), by=events.ruth())


def transfer_details(**changes: Any) -> TransferDetails:
    """A car from the airport to the hotel, an hour after Jack has landed."""
    values: dict[str, Any] = {
        "origin": "LHR", "destination": "The Meridian Wharf", "starts_at": datetime(2026, 10, 11, 19, 10, tzinfo=UTC),
        "ends_at": datetime(2026, 10, 11, 20, 25, tzinfo=UTC), "zone": "Europe/London", "driver_phone": "+44 20 7946 0018",
        "cost": gbp("140"),
    }  # fmt: skip
    return TransferDetails(**(values | changes))


def transfer(of: Trip, **changes: Any) -> Transfer:
    """A committed transfer."""
    with transaction():
        return operations.book_transfer(db.session.merge(of), transfer_details(**changes), by=events.ruth())


def rule(place: int = 10, text: str = "Business from 6 hours of flight.", **changes: Any) -> TravelRule:
    """A class rule of the scenario."""
    values: dict[str, Any] = {
        "place": place, "text": text, "min_minutes": 360, "max_class": TravelClass.BUSINESS,
        "effective_from_on": date(2026, 1, 1),
    }  # fmt: skip
    with transaction():
        return operations.set_travel_rule(TravelRuleDetails(**(values | changes)), by=events.ruth())


def house_rules() -> None:
    """The rules of the scenario: business from 6 h, else premium economy; officials premium economy, 250.00 a night."""
    rule()
    rule(20, "Premium economy on shorter flights.", min_minutes=0, max_class=TravelClass.PREMIUM_ECONOMY)
    rule(
        30,
        "Public officials: premium economy.",
        min_minutes=0,
        max_class=TravelClass.PREMIUM_ECONOMY,
        is_for_officials=True,
    )
    rule(
        40,
        "Public officials: a night up to 250.00.",
        min_minutes=0,
        max_class=None,
        max_night=gbp("250"),
        is_for_officials=True,
    )


def acknowledge(of: Trip) -> None:
    """The person accepts every policy in force."""
    with transaction():
        found = db.session.merge(of)
        for version in disclosure_reads.missing_acknowledgements(found.person, date(2026, 10, 1)):
            disclosures.acknowledge(found.person, version, AcknowledgementHow.SIGNED_PAPER, by=events.ruth())
