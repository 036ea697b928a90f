"""Reservations of schema.org as parts of a trip: flights, trains, coaches, ferries, cars, taxis, hotels."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from babel import Locale
from flask_babel import gettext as _
from pydantic import ValidationError

from app.core.i18n import marked, said, words
from app.core.ics_clocks import ItemRefused, clean
from app.core.money import Money
from app.core.vtimezone import UnknownZone
from app.travel.details import LegDetails, StayDetails, TransferDetails
from app.travel.models import LegMode, TravelClass
from app.travel.reservations import MOST_BOOKINGS, Booking, Bookings, Node, inner, kind_of, nodes_in, word
from app.travel.reservations_times import Place, Timed, day_of, place_of, time_of

#: How long a taxi takes that says only when it comes.
_TAXI = timedelta(hours=1)
_CLASSES: Mapping[str, TravelClass] = {
    "first": TravelClass.FIRST, "business": TravelClass.BUSINESS, "premium": TravelClass.PREMIUM_ECONOMY,
    "economy": TravelClass.ECONOMY, "coach": TravelClass.ECONOMY, "standard": TravelClass.STANDARD,
    "second": TravelClass.STANDARD,
}  # fmt: skip


class Around:
    """What is known before anything is read: the zones clocks may show, and where the event is."""

    def __init__(self, clocks: tuple[str, ...], city: str, country: str) -> None:
        self.clocks, self.city, self.country = clocks, city, country


def read_schema(text: str, around: Around) -> Bookings:
    """Every reservation in a text, in its order; what cannot be taken stands beside it with the reason."""
    found = Bookings()
    for number, node in enumerate(nodes_in(text)):
        if number >= MOST_BOOKINGS:
            found.leave(
                _("Everything further"),
                _("Only the first %(most_bookings)s bookings are read.", most_bookings=MOST_BOOKINGS),
            )
            break
        read_node(node, around, found)
    return found


def read_node(node: Node, around: Around, found: Bookings) -> None:
    """One reservation."""
    kind = kind_of(node)
    title = f"{said(_NAMES.get(kind, kind))} {word(node, 'reservationNumber') or word(node, 'reservationId')}".strip()
    reader = _READERS.get(kind)
    if reader is None:
        if kind != "ReservationPackage":
            found.leave(title, _("This kind of booking is no part of a trip."))
        return
    try:
        found.add(reader(node, around))
    except (ItemRefused, UnknownZone) as refusal:
        found.leave(title, str(refusal))
    except ValidationError as error:
        found.leave(title, _("It cannot be taken: %(error)s.", error=clean(str(error.errors()[0]["msg"]))))
    except (ValueError, OverflowError):
        found.leave(title, _("Its times cannot be read."))


# -- the kinds -----------------------------------------------------------------------------------------


def _flight(node: Node, around: Around) -> Booking:
    way = inner(node, "reservationFor")
    code, number = (
        word(way, "airline", "iataCode").upper(),
        word(way, "flightNumber").upper().replace(" ", ""),
    )
    carrier = word(way, "airline", "name") or code or word(way, "provider", "name")
    named = f"{code} {number.removeprefix(code)}".strip() if number else ""
    ends = place_of(way, "departureAirport"), place_of(way, "arrivalAirport")
    return _leg(node, way, LegMode.AIR, (carrier, named), ends, around)


def _train(node: Node, around: Around) -> Booking:
    way = inner(node, "reservationFor")
    named = f"{word(way, 'trainName')} {word(way, 'trainNumber')}".strip()
    ends = place_of(way, "departureStation"), place_of(way, "arrivalStation")
    return _leg(node, way, LegMode.RAIL, (word(way, "provider", "name"), named), ends, around)


def _coach(node: Node, around: Around) -> Booking:
    way = inner(node, "reservationFor")
    named = f"{word(way, 'busName')} {word(way, 'busNumber')}".strip()
    ends = (
        place_of(way, "departureBusStop", "departureStation"),
        place_of(way, "arrivalBusStop", "arrivalStation"),
    )
    carrier = word(way, "busCompany", "name") or word(way, "provider", "name")
    return _leg(node, way, LegMode.ROAD, (carrier, named), ends, around)


def _ferry(node: Node, around: Around) -> Booking:
    way = inner(node, "reservationFor")
    ends = place_of(way, "departureBoatTerminal"), place_of(way, "arrivalBoatTerminal")
    return _leg(node, way, LegMode.SEA, (word(way, "provider", "name"), word(way, "name")), ends, around)


def _car(node: Node, around: Around) -> Booking:
    """A hired car that is brought back elsewhere is a way; one that comes back to where it was is none."""
    here, there = place_of(node, "pickupLocation"), place_of(node, "dropoffLocation")
    if here.name == there.name:
        raise ItemRefused(
            _("It comes back to where it was fetched, so it is no way from one place to another.")
        )
    carrier = word(node, "reservationFor", "rentalCompany", "name") or word(node, "provider", "name")
    way = {"departureTime": node.get("pickupTime"), "arrivalTime": node.get("dropoffTime")}
    return _leg(node, way, LegMode.ROAD, (carrier, ""), (here, there), around)


def _taxi(node: Node, around: Around) -> Booking:
    here = place_of(node, "pickupLocation")
    try:
        there = place_of(node, "dropoffLocation")
    except ItemRefused:
        raise ItemRefused(_("It does not say where to. Enter it as a transfer by hand.")) from None
    starts = time_of(node, "pickupTime", here, around.clocks, "comes")
    ends, remarks = (
        starts.at + _TAXI,
        (*starts.remarks, _("It does not say how long it takes; an hour is assumed.")),
    )
    if node.get("dropoffTime"):
        stops = time_of(node, "dropoffTime", there, around.clocks, "arrives")
        ends, remarks = stops.at, (*starts.remarks, *stops.remarks)
    part = TransferDetails(
        origin=here.name,
        destination=there.name,
        starts_at=starts.at,
        ends_at=ends,
        zone=starts.zone,
        cost=_cost(node),
    )
    return _booking(node, _("Taxi %(here)s to %(there)s", here=here.name, there=there.name), part, remarks)


def _lodging(node: Node, around: Around) -> Booking:
    hotel = inner(node, "reservationFor")
    name = word(hotel, "name")
    if not name:
        raise ItemRefused(_("It does not say which hotel."))
    city = word(hotel, "address", "addressLocality")
    country = country_of(word(hotel, "address", "addressCountry"))
    remarks = (
        ()
        if city and country
        else (_("It does not say where the hotel is; %(city)s is assumed.", city=around.city),)
    )
    part = StayDetails(
        hotel=name, city=city or around.city or name, country=country or around.country, room=word(node, "lodgingUnitType"),
        check_in_on=day_of(node, "checkinTime", "checkinDate"), check_out_on=day_of(node, "checkoutTime", "checkoutDate"),
        confirmation=_reference(node), cost=_cost(node),
    )  # fmt: skip
    return _booking(node, name, part, remarks)


_READERS: Mapping[str, Callable[[Node, Around], Booking]] = {
    "FlightReservation": _flight, "TrainReservation": _train, "BusReservation": _coach, "BoatReservation": _ferry,
    "RentalCarReservation": _car, "TaxiReservation": _taxi, "LodgingReservation": _lodging,
}  # fmt: skip
_NAMES = {
    "FlightReservation": marked("Flight"),
    "TrainReservation": marked("Train"),
    "BusReservation": marked("Coach"),
    "BoatReservation": marked("Ferry"),
    "RentalCarReservation": marked("Hired car"),
    "TaxiReservation": marked("Taxi"),
    "LodgingReservation": marked("Hotel"),
}


# -- what they share -----------------------------------------------------------------------------------


def _leg(
    node: Node, way: Node, mode: LegMode, named: tuple[str, str], ends: tuple[Place, Place], around: Around
) -> Booking:
    carrier, number = named
    here, there = ends
    leaves: Timed = time_of(way, "departureTime", here, around.clocks, "leaves")
    lands: Timed = time_of(way, "arrivalTime", there, around.clocks, "arrives")
    travel_class, remarks = class_of(node, mode)
    part = LegDetails(
        mode=mode, carrier=carrier, number=number[:20], origin=here.name, destination=there.name, departs_at=leaves.at,
        departs_zone=leaves.zone, arrives_at=lands.at, arrives_zone=lands.zone, travel_class=travel_class,
        booking_reference=_reference(node), cost=_cost(node),
    )  # fmt: skip
    title = _(
        "%(what)s, %(origin)s to %(destination)s",
        what=number or carrier or words(mode),
        origin=here.name,
        destination=there.name,
    )
    return _booking(node, title, part, (*leaves.remarks, *lands.remarks, *remarks))


def class_of(node: Node, mode: LegMode) -> tuple[TravelClass, tuple[str, ...]]:
    """The class a reservation names; the plain one, with a remark, where it names none."""
    ticket = inner(node, "reservedTicket", "ticketedSeat")
    said = (
        word(node, "airplaneSeatClass") or word(ticket, "seatingType") or word(node, "bookingClass")
    ).lower()
    found = next((cls for start, cls in _CLASSES.items() if start in said), None)
    if found is not None:
        return found, ()
    plain = TravelClass.ECONOMY if mode is LegMode.AIR else TravelClass.STANDARD
    return plain, (_("It does not say which class; look it over."),)


def _booking(
    node: Node, title: str, part: LegDetails | StayDetails | TransferDetails, remarks: tuple[str, ...]
) -> Booking:
    status = word(node, "reservationStatus").lower()
    under = inner(node, "underName")
    traveller = word(under, "name") or f"{word(under, 'givenName')} {word(under, 'familyName')}".strip()
    return Booking(
        title=title, part=part, traveller=traveller, reference=_reference(node),
        is_cancelled=status.endswith(("cancelled", "canceled")), remarks=remarks,
    )  # fmt: skip


def _reference(node: Node) -> str:
    said = word(node, "reservationNumber") or word(node, "reservationId") or word(node, "confirmationNumber")
    return said.replace(" ", "")[:40]


def _cost(node: Node) -> Money | None:
    """The price, where it can be read exactly; otherwise it is typed from the bill."""
    for amount, currency in (("totalPrice", "priceCurrency"), ("price", "priceCurrency")):
        said, code = word(node, amount), word(node, currency).upper()
        try:
            money = Money.parse(said, code) if said and code else None
        except ValueError:
            continue
        if money is not None and money.minor > 0:
            return money
    return None


def country_of(said: str) -> str:
    """The code of a country that is written as a code or as an English name; empty when neither is known."""
    names = Locale("en").territories
    if len(said) == 2 and said.upper() in names:
        return said.upper()
    return next(
        (code for code, name in names.items() if len(code) == 2 and name.casefold() == said.casefold()), ""
    )
