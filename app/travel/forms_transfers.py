"""The form of a transfer: at a time of its own, following a leg, or along in somebody else's car."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, SelectChoice
from wtforms.validators import ValidationError as FieldError

from app.core.forms import choice, instant_of, line, moment, wall_time, whole
from app.core.i18n import marked
from app.travel import sharing
from app.travel.airports import place_words
from app.travel.details import TransferDetails, mail_address
from app.travel.forms import (
    PLACE_HELP,
    CostForm,
    number_of,
    typed_cost,
    typed_leg,
    typed_stay,
    zone_of_place,
)
from app.travel.models import Leg, Stay, Transfer, Trip
from app.travel.policies import minutes_between
from app.travel.queries import Part
from app.travel.routing import pick_up

_WHEN = [
    ("after", marked("so many minutes after the leg arrives")),
    ("before", marked("so many minutes before the leg departs")),
]


class TransferForm(CostForm):
    """A car from one place to another."""

    places = (("origin", "zone"),)

    shares_with_id = choice(
        "Rides in the car of", [], required=False,
        description="Places and times are those of that car. Leave the cost empty: the bill is split when it is entered.",
    )  # fmt: skip
    origin = line("From", required=False, description=PLACE_HELP)
    destination = line("To", required=False, description=PLACE_HELP)
    leg_id = choice("Meets or leads to", [], required=False)
    timing = choice(
        "Pick-up", _WHEN, required=False,
        description="It then moves with the leg. Left empty, it is at the times below and stays there.",
    )  # fmt: skip
    minutes = whole("Minutes", most=1440, required=False)
    under_way = whole("Minutes under way", least=1, most=720, required=False)
    zone = zone_of_place("Time zone")
    starts_at = moment("Pick-up, local time", required=False)
    ends_at = moment("There by, local time", required=False)
    vehicle = line("Vehicle", required=False)
    seats = whole("Seats for guests", least=1, most=60, required=False)
    driver_phone = line("Driver's telephone", required=False, longest=40)
    driver_email = line(
        "Mail of the driver, or of the company",
        required=False,
        description="Written to when the time changes.",
    )

    def offer(self, trip: Trip) -> "TransferForm":
        """The legs a car can meet or lead to, and the cars of others one can ride in."""
        self._legs = {str(leg.id): leg for leg in trip.legs if not leg.is_cancelled}
        self._cars = {str(row.id): row for row in sharing.choices_for(trip, Transfer)}
        self.leg_id.choices = [SelectChoice("", "—")] + [
            SelectChoice(
                id,
                _(
                    "%(origin)s to %(destination)s",
                    origin=place_words(leg.origin),
                    destination=place_words(leg.destination),
                ),
            )
            for id, leg in self._legs.items()
        ]
        self.shares_with_id.choices = [SelectChoice("", "—")] + [
            SelectChoice(
                id,
                _(
                    "%(person)s: %(origin)s to %(destination)s",
                    person=car.trip.person.name,
                    origin=place_words(car.origin),
                    destination=place_words(car.destination),
                ),
            )
            for id, car in self._cars.items()
        ]
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """What was left empty is filled in from the leg or the car; what was typed is checked, then follows them too."""
        followed = self._followed()
        for name, value in followed.items():
            field = self[name]
            if not field.data and not "".join(field.raw_data or ()).strip():
                field.data = value
        is_valid = super().validate(extra_validators)
        if is_valid:
            for name, value in followed.items():
                self[name].data = value
        for field in (self.origin, self.destination, self.starts_at, self.ends_at):
            if not field.data and not field.errors:
                self.refuse(_("This is needed."), field=field.name)
                is_valid = False
        return is_valid

    def validate_driver_email(self, field: Field) -> None:
        try:
            mail_address(field.data or "")
        except ValueError as refusal:
            raise FieldError(str(refusal)) from None

    def _followed(self) -> dict[str, Any]:
        """The fields that are those of the car, or follow from the leg; none for a transfer at a time of its own."""
        car = self._cars.get(str(self.shares_with_id.data or ""))
        if car is not None:
            times = {name: wall_time(getattr(car, name), car.zone) for name in ("starts_at", "ends_at")}
            return times | {name: getattr(car, name) for name in ("origin", "destination", "zone")}
        leg, offset = self._legs.get(str(self.leg_id.data or "")), self._offset
        if leg is None or offset is None:
            return {}
        instant, zone = pick_up(leg, offset)
        starts_at = wall_time(instant, zone)
        found: dict[str, Any] = {"zone": zone, "starts_at": starts_at}
        place, at_leg = ("origin", leg.destination) if offset >= 0 else ("destination", leg.origin)
        found[place] = self[place].data or at_leg
        if self.under_way.data:
            found["ends_at"] = starts_at + timedelta(minutes=self.under_way.data)
        return found

    @property
    def _offset(self) -> int | None:
        """The signed minutes from the leg; None for a time of its own."""
        if (
            self.shares_with_id.data
            or self.minutes.data is None
            or self.timing.data not in ("after", "before")
        ):
            return None
        minutes = int(self.minutes.data)
        # Zero minutes before a leg departs is no offset a leg knows from zero after it arrives.
        return minutes if self.timing.data == "after" else -max(minutes, 1)

    def details(self) -> TransferDetails:
        zone = self.zone.data
        return TransferDetails(
            origin=self.origin.data, destination=self.destination.data, zone=zone,
            starts_at=instant_of(self, "starts_at", zone), ends_at=instant_of(self, "ends_at", zone),
            driver_phone=self.driver_phone.data or "",
            driver_email=self.driver_email.data or "", leg_id=number_of(self.leg_id.data), offset_minutes=self._offset,
            shares_with_id=number_of(self.shares_with_id.data), vehicle=self.vehicle.data or "", seats=self.seats.data,
            **self.costs,
        )  # fmt: skip


def typed_part(part: Part) -> dict[str, Any]:
    """A leg, stay or transfer as its form shows it: times on the clocks of their places."""
    own = (
        typed_leg(part)
        if isinstance(part, Leg)
        else typed_stay(part)
        if isinstance(part, Stay)
        else typed_transfer(part)
    )
    return own | typed_cost(part)


def typed_transfer(transfer: Transfer) -> dict[str, Any]:
    """The fields of a transfer but its cost."""
    names = ("origin", "destination", "zone", "driver_phone", "driver_email", "vehicle", "seats")
    offset = transfer.offset_minutes
    return {name: getattr(transfer, name) for name in names} | {
        "starts_at": wall_time(transfer.starts_at, transfer.zone), "ends_at": wall_time(transfer.ends_at, transfer.zone),
        "leg_id": str(transfer.leg_id or ""), "shares_with_id": str(transfer.shares_with_id or ""),
        "timing": "" if offset is None else "after" if offset >= 0 else "before",
        "minutes": None if offset is None else abs(offset),
        "under_way": None if offset is None else minutes_between(transfer.starts_at, transfer.ends_at),
    }  # fmt: skip
