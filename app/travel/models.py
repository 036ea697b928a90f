"""Tables of travel: trips, legs, stays, transfers and the rules for them."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Line, Prose, Versioned, Zone
from app.core.money import Money
from app.core.scheduled import Scheduled
from app.events.models import Event
from app.people.models import Organisation, Person
from app.programs.models import Program


class TravelClass(enum.StrEnum):
    """From plain to grand; the order is the rank."""

    STANDARD = "standard"
    ECONOMY = "economy"
    PREMIUM_ECONOMY = "premium_economy"
    BUSINESS = "business"
    FIRST = "first"


CLASS_RANK = {cls: rank for rank, cls in enumerate(TravelClass)}


class LegMode(enum.StrEnum):
    AIR = "air"
    RAIL = "rail"
    ROAD = "road"
    SEA = "sea"


class CostStage(enum.StrEnum):
    """Where a cost stands; each figure is entered once, here, and flows to the ledger when given (T1)."""

    ESTIMATED = "estimated"
    COMMITTED = "committed"
    ACTUAL = "actual"
    DECLINED = "declined"  # offered, refused by the person or the employer (L5)
    CANCELLED = "cancelled"


class Costed:
    """Mixin: one cost in its own currency and how far it has got. No cost: it is part of another fare."""

    cost_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    cost_currency: Mapped[str | None] = mapped_column(sa.String(3))
    cost_stage: Mapped[CostStage] = mapped_column(default=CostStage.ESTIMATED)
    #: The day the fare was bought or the bill written: the day of the exchange rate.
    priced_on: Mapped[date | None]
    #: The ledger entry it became.
    entry_seq: Mapped[int | None]

    @property
    def cost(self) -> Money | None:
        if self.cost_minor is None or self.cost_currency is None:
            return None
        return Money(self.cost_minor, self.cost_currency)


class TripState(enum.StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Trip(Versioned, Base):
    """The travel of one person to one event."""

    __tablename__ = "trip"
    __table_args__ = (sa.UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    event: Mapped[Event] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    state: Mapped[TripState] = mapped_column(default=TripState.OPEN)
    wish: Mapped[Prose] = mapped_column(default="")
    wished_class: Mapped[TravelClass | None]
    from_on: Mapped[date]
    to_on: Mapped[date]
    made_at: Mapped[datetime]
    legs: Mapped[list["Leg"]] = relationship(back_populates="trip", order_by="Leg.departs_at, Leg.id")
    stays: Mapped[list["Stay"]] = relationship(back_populates="trip", order_by="Stay.check_in_on, Stay.id")
    transfers: Mapped[list["Transfer"]] = relationship(
        back_populates="trip", order_by="Transfer.starts_at, Transfer.id"
    )

    @property
    def parts(self) -> "list[Leg | Stay | Transfer]":
        """Everything that is arranged, or was."""
        return [*self.legs, *self.stays, *self.transfers]


class Leg(Scheduled, Costed, Versioned, Base):
    """One flight or train; departs and arrives in its own zones (T1)."""

    __tablename__ = "leg"
    moves_with = frozenset(
        {"departs_at", "departs_zone", "arrives_at", "arrives_zone", "origin", "destination", "is_cancelled"}
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trip_id: Mapped[int] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    trip: Mapped[Trip] = relationship(back_populates="legs")
    mode: Mapped[LegMode]
    carrier: Mapped[Line] = mapped_column(default="")
    number: Mapped[str] = mapped_column(sa.String(20), default="")
    origin: Mapped[Line]  # IATA code or a place
    destination: Mapped[Line]
    departs_at: Mapped[datetime]
    departs_zone: Mapped[Zone]
    arrives_at: Mapped[datetime]
    arrives_zone: Mapped[Zone]
    travel_class: Mapped[TravelClass]
    #: Shown to coordinators only; never in a feed of a person.
    booking_reference: Mapped[str] = mapped_column(sa.String(40), default="")
    #: The fare of this other leg covers this one (a return ticket).
    fare_leg_id: Mapped[int | None] = mapped_column(sa.ForeignKey("leg.id"))
    #: The rule that allowed it, quoted, or the exception it stands on.
    verdict: Mapped[Prose] = mapped_column(default="")


class Stay(Scheduled, Costed, Versioned, Base):
    """Nights in one hotel; `check_out_on` is the morning of leaving."""

    __tablename__ = "stay"
    moves_with = frozenset({"check_in_on", "check_out_on", "hotel", "is_cancelled"})

    id: Mapped[int] = mapped_column(primary_key=True)
    trip_id: Mapped[int] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    trip: Mapped[Trip] = relationship(back_populates="stays")
    hotel: Mapped[Line]
    city: Mapped[Line]
    country: Mapped[str] = mapped_column(sa.String(2))
    stars: Mapped[int | None]
    room: Mapped[Line] = mapped_column(default="")
    check_in_on: Mapped[date]
    check_out_on: Mapped[date]
    verdict: Mapped[Prose] = mapped_column(default="")

    @property
    def n_nights(self) -> int:
        return (self.check_out_on - self.check_in_on).days


class Transfer(Scheduled, Costed, Versioned, Base):
    """A car from somewhere to somewhere at a time in the zone of the pick-up."""

    __tablename__ = "transfer"
    moves_with = frozenset({"starts_at", "zone", "origin", "destination", "is_cancelled"})

    id: Mapped[int] = mapped_column(primary_key=True)
    trip_id: Mapped[int] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    trip: Mapped[Trip] = relationship(back_populates="transfers")
    leg_id: Mapped[int | None] = mapped_column(sa.ForeignKey("leg.id"))
    origin: Mapped[Line]
    destination: Mapped[Line]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[Zone]
    driver_phone: Mapped[str] = mapped_column(sa.String(40), default="")


class TravelRule(Base):
    """A class or lodging rule; the first one in `place` order that matches decides, and is quoted (T2)."""

    __tablename__ = "travel_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int]  # order of evaluation
    text: Mapped[Prose]  # what is quoted
    #: Empty means any.
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"))
    program: Mapped[Program | None] = relationship()
    is_for_officials: Mapped[bool] = mapped_column(default=False)
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    organisation: Mapped[Organisation | None] = relationship()
    mode: Mapped[LegMode | None]
    #: The rule applies from this many minutes of flight on.
    min_minutes: Mapped[int] = mapped_column(default=0)
    max_class: Mapped[TravelClass | None]
    max_night_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    max_night_currency: Mapped[str | None] = mapped_column(sa.String(3))
    effective_from_on: Mapped[date]
    effective_to_on: Mapped[date | None]
