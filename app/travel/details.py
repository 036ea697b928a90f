"""What the operations of this room take: frozen, checked, the same for screens and the API."""

from datetime import date, datetime
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, field_validator

from app.core.checked import Checked
from app.core.mail import BadAddress, clean_address
from app.core.money import Money
from app.core.vtimezone import zone_names
from app.ledger.models import Approver
from app.people.details import CountryCode, LineText, NeededLine, NeededText, Text
from app.people.models import OrganisationKind
from app.travel.models import Beyond, LegMode, RoomType, TravelClass, VisaState


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(_("This time needs a time zone."))
    return instant


def _known_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError(_("This is not a time zone. Use a name such as Europe/London."))
    return name


def mail_address(text: str) -> str:
    """The address in its usual form, or none; ValueError."""
    if not text.strip():
        return ""
    try:
        return clean_address(text)
    except BadAddress:
        raise ValueError(_("This is not a mail address.")) from None


Instant = Annotated[datetime, AfterValidator(_aware)]
ZoneText = Annotated[str, AfterValidator(_known_zone)]
Reference = Annotated[str, Field(max_length=40)]
Address = Annotated[str, Field(max_length=320), AfterValidator(mail_address)]


class TripDetails(Checked):
    """The travel of one person to one event: the days we look after, and what the person wishes."""

    from_on: date
    to_on: date
    wish: Text = ""
    wished_class: TravelClass | None = None
    #: Minutes of a direct flight between home and event; None: estimated from the airports.
    direct_minutes: Annotated[int, Field(ge=10, le=1500)] | None = None


class VisaDetails(Checked):
    """How far a visa has got, and how many days the consulate takes (None: as the event says)."""

    state: VisaState
    lead_days: Annotated[int, Field(ge=0, le=730)] | None = None


class Costs(Checked):
    """What a part of a trip costs, in the currency of the bill.

    No amount: it is covered by another fare, or not paid by us. `priced_on` is the day of the exchange rate (today
    when left out). An estimate plans the value; otherwise it is committed.
    """

    cost: Money | None = None
    priced_on: date | None = None
    is_estimate: bool = False


class LegDetails(Costs):
    """One flight, train or drive. Origin and destination are IATA codes or places; times are instants."""

    mode: LegMode
    origin: NeededLine
    departs_at: Instant
    departs_zone: ZoneText
    destination: NeededLine
    arrives_at: Instant
    arrives_zone: ZoneText
    travel_class: TravelClass
    departs_terminal: Reference = ""
    arrives_terminal: Reference = ""
    carrier: LineText = ""
    number: Annotated[str, Field(max_length=20)] = ""
    booking_reference: Reference = ""
    #: The leg whose fare covers this one (a return ticket).
    fare_leg_id: int | None = None

    @field_validator("origin", "destination")
    @classmethod
    def _codes_in_capitals(cls, place: str) -> str:
        text = place.strip()
        return text.upper() if len(text) == 3 and text.isascii() and text.isalpha() else text


class StayDetails(Costs):
    """Nights in one hotel; the cost is for all nights together."""

    hotel: NeededLine
    city: NeededLine
    country: CountryCode
    check_in_on: date
    check_out_on: date
    stars: Annotated[int, Field(ge=1, le=5)] | None = None
    room: LineText = ""
    room_type: RoomType | None = None
    #: The stay of another guest of the event, who holds the room.
    shares_with_id: int | None = None
    is_early_check_in: bool = False
    is_late_check_out: bool = False
    is_late_arrival: bool = False
    confirmation: Reference = ""


class TransferDetails(Costs):
    """A car from one place to another, at times in one zone."""

    origin: NeededLine
    destination: NeededLine
    starts_at: Instant
    ends_at: Instant
    zone: ZoneText
    driver_phone: Reference = ""
    driver_email: Address = ""
    #: The flight or train it meets or leads to.
    leg_id: int | None = None
    #: With a leg: minutes after it arrives (before it departs when negative); the times then follow the leg.
    offset_minutes: Annotated[int, Field(ge=-1440, le=1440)] | None = None
    #: The transfer of another guest of the event whose car this one rides in.
    shares_with_id: int | None = None
    vehicle: LineText = ""
    seats: Annotated[int, Field(ge=1, le=60)] | None = None


class TravelRuleDetails(Checked):
    """A class or lodging rule; the first that matches in the order of `place` decides and is quoted (T2)."""

    place: Annotated[int, Field(ge=1, le=10_000)]
    text: NeededText
    effective_from_on: date
    effective_to_on: date | None = None
    program_id: int | None = None
    organisation_id: int | None = None
    employer_kind: OrganisationKind | None = None
    is_for_officials: bool = False
    mode: LegMode | None = None
    country: CountryCode | None = None
    city: LineText = ""
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    min_minutes: Annotated[int, Field(ge=0, le=6000)] = 0
    max_class: TravelClass | None = None
    max_night: Money | None = None
    beyond: Beyond = Beyond.APPROVAL
    approver: Approver = Approver.COMPLIANCE
