"""Forms of this room: wall times, places and amounts as they are typed; details of the operations out."""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask_babel import gettext as _
from wtforms import BooleanField, Field, SelectChoice, StringField
from wtforms.validators import ValidationError as FieldError

from app.core.forms import (
    BaseForm,
    amount,
    choice,
    country,
    currency,
    day,
    instant_of,
    line,
    moment,
    money_of,
    prose,
    wall_time,
    whole,
    words_of,
)
from app.core.i18n import said
from app.core.vtimezone import zone_names
from app.ledger.details import ExceptionDetails
from app.ledger.models import Approver
from app.travel import sharing
from app.travel.airports import find_airport, place_words
from app.travel.details import LegDetails, StayDetails, TripDetails
from app.travel.models import CostStage, Leg, LegMode, RoomType, Stay, TravelClass, Trip
from app.travel.queries import Part

PLACE_HELP = "An airport by its IATA code, for example LHR, or any place."
_ZONE_HELP = "Left empty, that of the airport."
_PRICED_HELP = "The day of the exchange rate: when it was bought. Today if left empty."
_COST_HELP = "As on the bill. Empty when another fare covers it, or when we do not pay."

_DECISIONS = [
    ("committed", "Booked"),
    ("estimated", "An estimate so far"),
    ("declined", "Offered and declined"),
]


def _place_zone(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise FieldError(
            _("This place is no airport we know, so write its time zone, for example Europe/Paris.")
        )
    if field.data not in zone_names():
        raise FieldError(_("This is not a time zone. Use a name such as Europe/London."))


def zone_of_place(label: str) -> Field:
    """A time zone that may be left to the airport beside it."""
    return StringField(
        label, [_place_zone], description=_ZONE_HELP, filters=[lambda text: (text or "").strip()]
    )


class PlacesForm(BaseForm):
    """A form with places that have a clock of their own."""

    #: (place field, zone field): an airport's zone is filled in before anything is checked.
    places: ClassVar[tuple[tuple[str, str], ...]] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        for place, zone in self.places:
            airport = find_airport(self[place].data or "")
            if airport and airport.zone and not self[zone].data:
                self[zone].data = airport.zone
        return bool(super().validate(extra_validators))


class CostForm(PlacesForm):
    """What a part costs and how certain that is."""

    decision = choice("Where it stands", _DECISIONS)
    reason = line(
        "Who declined, and why", required=False, description="Kept with the offer; the received value is 0."
    )
    amount = amount("Cost", required=False, description=_COST_HELP)
    currency = currency()
    priced_on = day("Price of", required=False, description=_PRICED_HELP)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        if self.is_declined and len(self.reason.data or "") < 3:
            self.refuse(_("Say who declined it and why."), field="reason")
            return False
        return is_valid

    def for_editing(self) -> None:
        """What is already there is declined by a step of its own."""
        self.decision.choices = [
            SelectChoice(value, said(words)) for value, words in _DECISIONS if value != "declined"
        ]

    @property
    def is_declined(self) -> bool:
        return bool(self.decision.data == "declined")

    @property
    def costs(self) -> dict[str, Any]:
        """The part of the details that is about money."""
        return {
            "cost": money_of(self), "priced_on": self.priced_on.data, "is_estimate": self.decision.data == "estimated",
        }  # fmt: skip


class TripForm(BaseForm):
    """The days we look after, and what the person wishes."""

    from_on = day("From")
    to_on = day("To")
    wished_class = choice("Wished class", words_of(TravelClass), required=False)
    direct_minutes = whole(
        "Direct flight, minutes", least=10, most=1500, required=False,
        description="Between home and event; class rules look at it. Left empty, it is estimated from the airports.",
    )  # fmt: skip
    wish = prose(
        "Wish", required=False, description="In the person's own words: airport, times, seat, train instead."
    )

    def details(self) -> TripDetails:
        return TripDetails(
            from_on=self.from_on.data, to_on=self.to_on.data, wish=self.wish.data or "",
            wished_class=TravelClass(self.wished_class.data) if self.wished_class.data else None,
            direct_minutes=self.direct_minutes.data,
        )  # fmt: skip


class LegForm(CostForm):
    """One flight, train or drive; each time on the clock of its own place."""

    places = (("origin", "departs_zone"), ("destination", "arrives_zone"))

    mode = choice("By", words_of(LegMode))
    carrier = line("Carrier", required=False)
    number = line("Number", required=False, longest=20)
    origin = line("From", description=PLACE_HELP)
    departs_zone = zone_of_place("Time zone there")
    departs_at = moment("Leaves, local time", zone_field="departs_zone")
    departs_terminal = line("Terminal", required=False, longest=40)
    destination = line("To", description=PLACE_HELP)
    arrives_zone = zone_of_place("Time zone at arrival")
    arrives_at = moment("Arrives, local time", zone_field="arrives_zone")
    arrives_terminal = line("Terminal at arrival", required=False, longest=40)
    travel_class = choice("Class", words_of(TravelClass))
    booking_reference = line(
        "Booking reference",
        required=False,
        longest=40,
        description="Seen by coordinators only; never in a calendar.",
    )
    fare_leg_id = choice(
        "Covered by the fare of", [], required=False, description="For the way back of a return ticket."
    )

    def offer(self, trip: Trip, but: Leg | None = None) -> "LegForm":
        """The legs whose fare may cover this one."""
        legs = [
            leg for leg in trip.legs if leg is not but and not leg.is_cancelled and leg.fare_leg_id is None
        ]
        self.fare_leg_id.choices = [SelectChoice("", "—")] + [
            SelectChoice(
                str(leg.id),
                _(
                    "%(origin)s to %(destination)s",
                    origin=place_words(leg.origin),
                    destination=place_words(leg.destination),
                ),
            )
            for leg in legs
        ]
        return self

    def details(self) -> LegDetails:
        return LegDetails(
            mode=LegMode(self.mode.data), carrier=self.carrier.data or "", number=self.number.data or "",
            origin=self.origin.data, departs_zone=self.departs_zone.data,
            departs_at=instant_of(self, "departs_at", self.departs_zone.data), destination=self.destination.data,
            arrives_zone=self.arrives_zone.data, arrives_at=instant_of(self, "arrives_at", self.arrives_zone.data),
            departs_terminal=self.departs_terminal.data or "", arrives_terminal=self.arrives_terminal.data or "",
            travel_class=TravelClass(self.travel_class.data), booking_reference=self.booking_reference.data or "",
            fare_leg_id=int(self.fare_leg_id.data) if self.fare_leg_id.data else None, **self.costs,
        )  # fmt: skip


class StayForm(CostForm):
    """Nights in one hotel."""

    hotel = line("Hotel")
    city = line("City")
    country = country()
    check_in_on = day("Arrives on")
    check_out_on = day("Leaves on", description="The morning of leaving.")
    stars = whole("Stars", least=1, most=5, required=False)
    room_type = choice("Kind of room", words_of(RoomType), required=False)
    room = line("Room", required=False, description="Its number, or what was asked for.")
    is_early_check_in = BooleanField("Arrives early", description="Before the hotel's check-in hour.")
    is_late_check_out = BooleanField("Leaves late", description="After the hotel's check-out hour.")
    is_late_arrival = BooleanField("Comes in the night", description="The hotel keeps the room.")
    shares_with_id = choice(
        "Shares the room of", [], required=False,
        description="Leave the cost empty: the bill is split when it is entered.",
    )  # fmt: skip
    confirmation = line(
        "Confirmation of the hotel",
        required=False,
        longest=40,
        description="Seen by coordinators only; never in a calendar.",
    )

    def offer(self, trip: Trip) -> "StayForm":
        """Rooms of others at the event that could be shared."""
        self.shares_with_id.choices = [SelectChoice("", "—")] + [
            SelectChoice(str(row.id), f"{row.trip.person.name}, {row.hotel}")
            for row in sharing.choices_for(trip, Stay)
        ]
        return self

    def details(self) -> StayDetails:
        return StayDetails(
            hotel=self.hotel.data, city=self.city.data, country=self.country.data, check_in_on=self.check_in_on.data,
            check_out_on=self.check_out_on.data, stars=self.stars.data, room=self.room.data or "",
            room_type=RoomType(self.room_type.data) if self.room_type.data else None,
            shares_with_id=number_of(self.shares_with_id.data), is_early_check_in=self.is_early_check_in.data,
            is_late_check_out=self.is_late_check_out.data, is_late_arrival=self.is_late_arrival.data,
            confirmation=self.confirmation.data or "", **self.costs,
        )  # fmt: skip


class SettleForm(BaseForm):
    """What was really paid, and on which day it became value."""

    amount = amount("Really paid", description="As on the receipt.")
    currency = currency()
    value_on = day("Day of value")


class ReasonForm(BaseForm):
    """A word why."""

    reason = line("Reason")


class ChargeForm(ReasonForm):
    """A word why, and what is charged although nothing is received."""

    amount = amount(
        "Charged all the same",
        required=False,
        description="Our own cost: nobody received it, so it is no value of the person. Empty when nothing is charged.",
    )
    currency = currency()


class ExceptionForm(BaseForm):
    """Asking whom a rule names to let it be crossed."""

    rule = choice("Rule", [])
    reason = prose("Reason", description="It is decided by it; at least ten characters.")
    expires_on = day("Until", description="After that day the rule holds again.")

    def offer(self, rules: Sequence[tuple[str, str]]) -> "ExceptionForm":
        self.rule.choices = [SelectChoice(value, words) for value, words in rules]
        return self

    def details(self, trip: Trip) -> ExceptionDetails:
        # A cap is weighed over everything, so its exception cannot be for one trip only.
        is_cap = str(self.rule.data).startswith("cap:")
        rule, _, approver = (self.rule.data, "", "") if is_cap else str(self.rule.data).partition(":")
        return ExceptionDetails(
            person_id=trip.person_id, rule=rule, approver=Approver(approver or Approver.COMPLIANCE),
            reason=self.reason.data, expires_on=self.expires_on.data,
            subject_kind="" if is_cap else "travel", subject_id=None if is_cap else trip.id,
        )  # fmt: skip


def number_of(text: str | None) -> int | None:
    """The number of a row chosen from a list; None for the empty line."""
    return int(text) if text and text.isdecimal() else None


# -- rows back into forms --------------------------------------------------------------------------------


def typed_trip(trip: Trip) -> dict[str, Any]:
    """A trip as its form shows it."""
    return {
        "from_on": trip.from_on, "to_on": trip.to_on, "wish": trip.wish, "wished_class": trip.wished_class or "",
        "direct_minutes": trip.direct_minutes, "version": str(trip.version),
    }  # fmt: skip


def typed_leg(leg: Leg) -> dict[str, Any]:
    """The fields of a leg but its cost."""
    names = (
        "carrier",
        "number",
        "origin",
        "departs_zone",
        "destination",
        "arrives_zone",
        "departs_terminal",
        "arrives_terminal",
        "booking_reference",
    )
    return {name: getattr(leg, name) for name in names} | {
        "mode": leg.mode.value, "travel_class": leg.travel_class.value, "fare_leg_id": str(leg.fare_leg_id or ""),
        "departs_at": wall_time(leg.departs_at, leg.departs_zone), "arrives_at": wall_time(leg.arrives_at, leg.arrives_zone),
    }  # fmt: skip


def typed_stay(stay: Stay) -> dict[str, Any]:
    """The fields of a stay but its cost."""
    names = (
        "hotel", "city", "country", "check_in_on", "check_out_on", "stars", "room", "is_early_check_in", "is_late_check_out",
        "is_late_arrival",
        "confirmation",
    )  # fmt: skip
    return {name: getattr(stay, name) for name in names} | {
        "room_type": stay.room_type or "", "shares_with_id": str(stay.shares_with_id or ""),
    }  # fmt: skip


def typed_cost(part: Part) -> dict[str, Any]:
    """The cost of a part as its form shows it."""
    cost = part.cost
    return {
        "decision": "estimated" if part.cost_stage is CostStage.ESTIMATED else "committed",
        "amount": f"{cost.amount:f}" if cost else "",
        "currency": cost.currency if cost else part.trip.event.program.currency,
        "priced_on": part.priced_on,
        "version": str(part.version),
    }
