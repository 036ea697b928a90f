"""Mateus on his way to Connect London, as J5.5 finds him: a flight, a car, a hotel, an interview, a dinner, a seat."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.core.db import db, transaction
from app.core.money import Money
from app.core.vtimezone import local_instant
from app.events import operations as event_work
from app.events.details import SeatsDetails
from app.events.models import Event, Invitation, Session
from app.events.models_day import Seat
from app.events.queries import list_seats
from app.executives.models import Executive, Meeting
from app.travel.models import Leg, LegMode, Stay, Transfer, TravelClass, Trip
from tests.factories import events, executives
from tests.factories import travel as make

#: The evening before he flies.
EVE = datetime(2026, 10, 12, 18, 0, tzinfo=UTC)
LANDS_ON = date(2026, 10, 14)
DRIVER = "cars@meridian-cars.example"


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of October 2026; London is an hour ahead of it until the 25th."""
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


@dataclass(frozen=True)
class Journey:
    """Everything that hangs on one flight."""

    show: Event
    trip: Trip
    leg: Leg
    home: Leg
    car: Transfer
    stay: Stay
    grace: Executive
    interview: Meeting
    dinner: Session
    seat: Seat


def mateus() -> Journey:
    """He lands in London on 14 October at 15:30, is driven until 17:30, meets Grace at 18:00, dines at 19:30."""
    show = events.event()
    return journey(show, events.accepted(show, "Mateus"), executives.executive())


def journey(
    show: Event, invitation: Invitation, grace: Executive, lands_on: date = LANDS_ON, **fare: Any
) -> Journey:
    """The same at any event in London, on any day; `fare` replaces the price of the flight."""

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        """So many days after the landing, on the clocks of London."""
        return local_instant(
            datetime.combine(lands_on + timedelta(days=day), time(hour, minute)), "Europe/London"
        )

    trip = make.trip(invitation, from_on=lands_on - timedelta(days=1), to_on=lands_on + timedelta(days=4))
    make.acknowledge(trip)
    leg = make.leg(
        trip, **{"cost": Money(2_790_000, "BRL")} | fare, origin="GRU", departs_zone="America/Sao_Paulo", departs_at=at(0, 4),
        arrives_at=at(0, 15, 30), number="QT84", carrier="Quetzal Air", booking_reference="H7QW2Z",
    )  # fmt: skip
    home = make.leg(
        trip, origin="LHR", departs_zone="Europe/London", departs_at=at(3, 10), destination="GRU", number="QT85",
        arrives_zone="America/Sao_Paulo", arrives_at=at(3, 22), cost=None, priced_on=None, fare_leg_id=leg.id,
    )  # fmt: skip
    car = make.transfer(
        trip,
        starts_at=at(0, 16, 15),
        ends_at=at(0, 17, 30),
        leg_id=leg.id,
        driver_email=DRIVER,
        vehicle="Meridian Cars",
    )
    stay = make.stay(trip, check_in_on=lands_on, check_out_on=lands_on + timedelta(days=3))
    executives.slot(grace, show, at(1, 9))
    executives.slot(grace, show, at(1, 11))
    interview = executives.accept(
        executives.request(executives.slot(grace, show, at(0, 18)), invitation.person)
    )
    dinner = events.session(
        show, "Dinner by the river", starts_at=at(0, 19, 30), ends_at=at(0, 22, 30), place="River Room"
    )
    events.session(show, "Opening keynote", starts_at=at(0, 9), ends_at=at(0, 10))
    return Journey(show, trip, leg, home, car, stay, grace, interview, dinner, _seat(show, trip))


def by_rail(of: Trip, **changes: Any) -> Leg:
    """A train on from Heathrow."""
    values = {
        "mode": LegMode.RAIL, "origin": "LHR", "destination": "Oxford", "departs_zone": "Europe/London", "cost": None,
        "priced_on": None, "travel_class": TravelClass.STANDARD, "number": "GX 4", "carrier": "Great Western",
    }  # fmt: skip
    return make.leg(of, **values | changes)


def _seat(show: Event, trip: Trip) -> Seat:
    with transaction():
        here = db.session.merge(show)
        event_work.add_seats(
            here, SeatsDetails(rows=("A",), n_per_row=4, front_rows=("A",)), by=events.ruth()
        )
        return event_work.seat_person(list_seats(here)[0], db.session.merge(trip).person, by=events.ruth())
