"""Tables of travel: trips, legs, stays, transfers and the rules for them."""

import enum
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.core.db import Base, Line, Prose, Versioned, Zone
from app.core.money import Money
from app.core.scheduled import Scheduled
from app.events.models import Event
from app.ledger.models import Approver, ExceptionState, RuleException
from app.people.models import Organisation, OrganisationKind, Person
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
    BORNE = "borne"  # charged although it was missed or cancelled: nobody received it, our own cost


class Outcome(enum.StrEnum):
    """What became of a part that was arranged; unknown until its time has come."""

    TAKEN = "taken"  # flown, slept in, driven
    MISSED = "missed"  # a no-show


class Status(enum.StrEnum):
    """How far a part has got, in one word; it follows from cost stage, approval, change and outcome (T1)."""

    REQUESTED = "requested"  # an estimate whose approval is still waited for, or was refused
    APPROVED = "approved"  # an estimate within the rules, or with a granted approval
    TICKETED = "ticketed"  # booked: a leg has its ticket, a stay its room
    CHANGED = "changed"  # booked, and moved since
    FLOWN = "flown"  # it took place
    MISSED = "missed"
    CANCELLED = "cancelled"
    DECLINED = "declined"


class Costed:
    """Mixin: one cost in its own currency and how far it has got. No cost: it is part of another fare."""

    if TYPE_CHECKING:
        is_cancelled: Mapped[bool]

    cost_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    cost_currency: Mapped[str | None] = mapped_column(sa.String(3))
    cost_stage: Mapped[CostStage] = mapped_column(default=CostStage.ESTIMATED)
    #: The day the fare was bought or the bill written: the day of the exchange rate.
    priced_on: Mapped[date | None]
    #: The ledger entry it became.
    entry_seq: Mapped[int | None]
    outcome: Mapped[Outcome | None]
    #: When a booked part was last moved to another time or place.
    changed_at: Mapped[datetime | None]

    @declared_attr
    @classmethod
    def approval_id(cls) -> Mapped[int | None]:
        """The approval it stands on or waits for, where the rules alone do not allow it (L8)."""
        return mapped_column(sa.ForeignKey("rule_exception.id"))

    @declared_attr
    @classmethod
    def approval(cls) -> Mapped[RuleException | None]:
        return relationship(RuleException)

    @property
    def status(self) -> Status:
        if self.is_cancelled:
            return Status.CANCELLED
        if self.cost_stage is CostStage.DECLINED:
            return Status.DECLINED
        if self.outcome is not None:
            return Status.FLOWN if self.outcome is Outcome.TAKEN else Status.MISSED
        if self.cost_stage is CostStage.ESTIMATED:
            is_clear = self.approval is None or self.approval.state is ExceptionState.GRANTED
            return Status.APPROVED if is_clear else Status.REQUESTED
        return Status.TICKETED if self.changed_at is None else Status.CHANGED

    @property
    def takes_place(self) -> bool:
        """Neither cancelled, declined nor missed."""
        return self.status not in (Status.CANCELLED, Status.DECLINED, Status.MISSED)

    @property
    def cost(self) -> Money | None:
        if self.cost_minor is None or self.cost_currency is None:
            return None
        return Money(self.cost_minor, self.cost_currency)


class TripState(enum.StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class VisaState(enum.StrEnum):
    UNKNOWN = "unknown"
    NOT_NEEDED = "not_needed"
    NEEDED = "needed"
    LETTER_ISSUED = "letter_issued"
    GRANTED = "granted"
    REFUSED = "refused"


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
    visa_state: Mapped[VisaState] = mapped_column(default=VisaState.UNKNOWN, server_default=VisaState.UNKNOWN)
    #: How long the consulate takes, as staff have asked; None: as the event says.
    visa_lead_days: Mapped[int | None]
    #: Minutes of a direct flight between home and event, where staff know better than the estimate.
    direct_minutes: Mapped[int | None]
    made_at: Mapped[datetime]
    legs: Mapped[list["Leg"]] = relationship(back_populates="trip", order_by="Leg.departs_at, Leg.id")
    stays: Mapped[list["Stay"]] = relationship(back_populates="trip", order_by="Stay.check_in_on, Stay.id")
    transfers: Mapped[list["Transfer"]] = relationship(
        back_populates="trip", order_by="Transfer.starts_at, Transfer.id"
    )

    @property
    def visa_days(self) -> int | None:
        """Days a visa takes: the trip's own, else the event's weeks; None when nobody entered any."""
        if self.visa_lead_days is not None:
            return self.visa_lead_days
        return None if self.event.n_visa_weeks is None else self.event.n_visa_weeks * 7

    @property
    def visa_last_safe_on(self) -> date | None:
        """The last day on which an application is in time (T4): so many days before the trip begins."""
        return None if self.visa_days is None else self.from_on - timedelta(days=self.visa_days)

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
    #: As the carrier names them: "Terminal 5".
    departs_terminal: Mapped[str] = mapped_column(sa.String(40), default="", server_default=sa.text("''"))
    arrives_terminal: Mapped[str] = mapped_column(sa.String(40), default="", server_default=sa.text("''"))
    travel_class: Mapped[TravelClass]
    #: Shown to coordinators only; never in a feed of a person.
    booking_reference: Mapped[str] = mapped_column(sa.String(40), default="")
    #: The fare of this other leg covers this one (a return ticket).
    fare_leg_id: Mapped[int | None] = mapped_column(sa.ForeignKey("leg.id"))
    #: The rule that allowed it, quoted, or the exception it stands on.
    verdict: Mapped[Prose] = mapped_column(default="")


class RoomType(enum.StrEnum):
    SINGLE = "single"
    DOUBLE = "double"
    TWIN = "twin"
    SUITE = "suite"
    ACCESSIBLE = "accessible"


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
    room_type: Mapped[RoomType | None]
    #: The stay of the other guest, who holds the room.
    shares_with_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stay.id"))
    shares_with: Mapped["Stay | None"] = relationship(remote_side="Stay.id")
    check_in_on: Mapped[date]
    check_out_on: Mapped[date]
    is_early_check_in: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_late_check_out: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: The hotel keeps the room although they come in the night, or a day late.
    is_late_arrival: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: The hotel's own number; shown to coordinators only.
    confirmation: Mapped[str] = mapped_column(sa.String(40), default="", server_default=sa.text("''"))
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
    leg: Mapped[Leg | None] = relationship()
    #: The pick-up follows the leg: so many minutes after it arrives or, when negative, before it departs.
    #: None: the time was entered by hand and stays.
    offset_minutes: Mapped[int | None]
    #: The transfer of somebody else whose car this one rides in.
    shares_with_id: Mapped[int | None] = mapped_column(sa.ForeignKey("transfer.id"))
    shares_with: Mapped["Transfer | None"] = relationship(remote_side="Transfer.id")
    origin: Mapped[Line]
    destination: Mapped[Line]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[Zone]
    driver_phone: Mapped[str] = mapped_column(sa.String(40), default="")
    #: Where the driver, or the company that sends the car, is written to when the time changes.
    driver_email: Mapped[Line] = mapped_column(default="", server_default=sa.text("''"))
    vehicle: Mapped[Line] = mapped_column(default="", server_default=sa.text("''"))
    seats: Mapped[int | None]

    @property
    def car(self) -> "Transfer":
        """The transfer that has vehicle, seats and driver: this one, or the one it rides with."""
        return self.shares_with or self


class Beyond(enum.StrEnum):
    """What a rule says to more than it allows."""

    APPROVAL = "approval"  # needs the approval of whom the rule names
    REFUSED = "refused"  # no approval is possible under this rule


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
    #: For everybody employed by this kind of organisation, such as analyst firms.
    employer_kind: Mapped[OrganisationKind | None]
    mode: Mapped[LegMode | None]
    #: Where the journey leads, or the hotel stands: a country, and a city of it.
    country: Mapped[str | None] = mapped_column(sa.String(2))
    city: Mapped[Line] = mapped_column(default="", server_default=sa.text("''"))
    #: The month of the year (1 to 12) in which it holds.
    month: Mapped[int | None]
    #: The rule applies from this many minutes of a direct flight on.
    min_minutes: Mapped[int] = mapped_column(default=0)
    max_class: Mapped[TravelClass | None]
    max_night_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    max_night_currency: Mapped[str | None] = mapped_column(sa.String(3))
    beyond: Mapped[Beyond] = mapped_column(default=Beyond.APPROVAL, server_default=Beyond.APPROVAL)
    #: Who may approve more than it allows.
    approver: Mapped[Approver] = mapped_column(
        default=Approver.COMPLIANCE, server_default=Approver.COMPLIANCE
    )
    effective_from_on: Mapped[date]
    effective_to_on: Mapped[date | None]
