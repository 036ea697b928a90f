"""Shapes of trips; what only those who serve need (rooms, drivers, references) stays inside."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime

from app.api.layer import Id, PageQuery, Record, Shape
from app.api.shapes import AMOUNTS, MoneyShape
from app.core.money import Money
from app.travel.models import CostStage, Leg, LegMode, Stay, Transfer, TravelClass, Trip, TripState, VisaState


def _cost(part: Leg | Stay | Transfer) -> MoneyShape | None:
    if part.cost_minor is None or part.cost_currency is None:
        return None
    return MoneyShape.of(Money(part.cost_minor, part.cost_currency))


class LegShape(Shape):
    """One flight or train, each end on its own clock (T1)."""

    id: int
    uid: str
    mode: LegMode
    carrier: str
    number: str
    origin: str
    destination: str
    departs_at: AwareDatetime
    departs_zone: str
    arrives_at: AwareDatetime
    arrives_zone: str
    travel_class: TravelClass
    cost: Annotated[MoneyShape | None, AMOUNTS] = None
    cost_stage: CostStage
    is_cancelled: bool

    @classmethod
    def of(cls, row: Leg) -> "LegShape":
        return cls.read(row, cost=_cost(row))


class TripStayShape(Shape):
    """Nights in one hotel."""

    id: int
    uid: str
    hotel: str
    city: str
    country: str
    check_in_on: date
    check_out_on: date
    cost: Annotated[MoneyShape | None, AMOUNTS] = None
    cost_stage: CostStage
    is_cancelled: bool

    @classmethod
    def of(cls, row: Stay) -> "TripStayShape":
        return cls.read(row, cost=_cost(row))


class TransferShape(Shape):
    """One ride."""

    id: int
    uid: str
    origin: str
    destination: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: str
    cost: Annotated[MoneyShape | None, AMOUNTS] = None
    cost_stage: CostStage
    is_cancelled: bool

    @classmethod
    def of(cls, row: Transfer) -> "TransferShape":
        return cls.read(row, cost=_cost(row))


class TripShape(Record):
    """The journey of one person to one event, with its parts."""

    id: int
    version: int
    event_id: int
    person_id: int
    person_name: str
    state: TripState
    wished_class: TravelClass | None
    from_on: date
    to_on: date
    visa_state: VisaState
    legs: list[LegShape]
    stays: list[TripStayShape]
    transfers: list[TransferShape]

    @classmethod
    def of(cls, row: Trip) -> "TripShape":
        parts = {
            "legs": [LegShape.of(one) for one in row.legs], "stays": [TripStayShape.of(one) for one in row.stays],
            "transfers": [TransferShape.of(one) for one in row.transfers],
        }  # fmt: skip
        return cls.read(row, person_name=row.person.name, **parts)


class TripsQuery(PageQuery):
    """To which event, or of whom."""

    event_id: Id | None = None
    person_id: Id | None = None
