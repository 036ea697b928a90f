"""Bookings of others: what calendar files and schema.org say, whose they are, and how they become parts of a trip."""

import html
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.travel.details import LegDetails, StayDetails, TransferDetails
from app.travel.models import Leg, LegMode, Stay, TravelClass, Trip
from app.travel.policies_itineraries import Standing, Whose, match, number_of, whose
from app.travel.reservations import MOST_BYTES, Booking, Bookings, ReadingRefused, taken
from app.travel.reservations_ics import read_ics
from app.travel.reservations_schema import Around, read_schema
from tests.conftest import fresh
from tests.factories import events, ledger
from tests.factories import travel as make

SignIn = Callable[..., FlaskClient]
AROUND = Around(("Europe/London", "Australia/Sydney"), "London", "GB")


def flight(**changes: Any) -> dict[str, Any]:
    """Jack's way there as an airline writes it."""
    way = {
        "@type": "Flight", "flightNumber": "1", "airline": {"@type": "Airline", "name": "Southern Cross", "iataCode": "SX"},
        "departureAirport": {"iataCode": "SYD"}, "departureTime": "2026-10-11T06:00:00+11:00",
        "arrivalAirport": {"iataCode": "LHR"}, "arrivalTime": "2026-10-11T19:10:00+01:00",
    } | changes.pop("way", {})  # fmt: skip
    return {
        "@context": "http://schema.org", "@type": "FlightReservation", "reservationNumber": "QK7ZPD",
        "reservationStatus": "http://schema.org/ReservationConfirmed", "underName": {"@type": "Person", "name": "Jack"},
        "airplaneSeatClass": {"name": "Business"}, "ticketNumber": "999-12345", "airplaneSeat": "2A", "reservationFor": way,
    } | changes  # fmt: skip


def hotel(**changes: Any) -> dict[str, Any]:
    return {
        "@type": "LodgingReservation", "reservationNumber": "H1", "checkinTime": "2026-10-12T15:00:00+01:00",
        "checkoutTime": "2026-10-16T11:00:00+01:00", "totalPrice": "2,080.00", "priceCurrency": "GBP",
        "underName": {"name": "Jack"}, "reservationFor": {
            "@type": "LodgingBusiness", "name": "The Meridian Wharf",
            "address": {"addressLocality": "London", "addressCountry": "United Kingdom"},
        },
    } | changes  # fmt: skip


def read(value: Any) -> Bookings:
    return read_schema(value if isinstance(value, str) else json.dumps(value), AROUND)


def only(value: Any) -> Booking:
    found = read(value)
    assert (len(found.found), found.left) == (1, [])
    return found.found[0]


def ics(*lines: str, head: tuple[str, ...] = ()) -> bytes:
    rows = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        *head,
        "BEGIN:VEVENT",
        "UID:1@x",
        "DTSTAMP:20260901T000000Z",
        *lines,
    ]
    return "\r\n".join([*rows, "END:VEVENT", "END:VCALENDAR", ""]).encode()


# -- schema.org ----------------------------------------------------------------------------------------


def test_a_flight_is_understood_with_zones_class_and_code() -> None:
    booking = only(flight())
    part = booking.part
    assert isinstance(part, LegDetails)
    assert (part.mode, part.carrier, part.number, part.origin, part.destination) == (
        LegMode.AIR, "Southern Cross", "SX 1", "SYD", "LHR",
    )  # fmt: skip
    assert (part.departs_at, part.departs_zone) == (
        datetime(2026, 10, 10, 19, tzinfo=UTC),
        "Australia/Sydney",
    )
    assert (part.arrives_at, part.arrives_zone) == (
        datetime(2026, 10, 11, 18, 10, tzinfo=UTC),
        "Europe/London",
    )
    assert (part.travel_class, part.booking_reference, booking.traveller) == (
        TravelClass.BUSINESS,
        "QK7ZPD",
        "Jack",
    )


def test_nothing_is_kept_that_a_trip_does_not_need() -> None:
    """No ticket, no bar code, no seat, no card."""
    more = {
        "ticketToken": "qrCode:M1JACK",
        "payment": {"cardNumber": "4111111111111111"},
        "url": "https://x.example/?auth=1",
    }
    kept = only(flight(**more)).model_dump_json()
    assert [secret for secret in ("999-12345", "2A", "M1JACK", "4111", "auth=1") if secret in kept] == []


SHAPES = [
    ("alone", lambda node: json.dumps(node)),
    ("list", lambda node: json.dumps([node])),
    ("graph", lambda node: json.dumps({"@context": "https://schema.org", "@graph": [{"@type": "Order"}, node]})),
    ("package", lambda node: json.dumps({"@type": "ReservationPackage", "subReservation": [node]})),
    ("page", lambda node: f"<html><p>Hi</p><script type='application/ld+json'>{json.dumps(node)}</script></html>"),
    ("cdata", lambda node: f'<SCRIPT TYPE="application/ld+json"><![CDATA[{json.dumps(node)}]]></SCRIPT>'),
    ("text", lambda node: f"Dear Jack,\n\nyour booking:\n{json.dumps(node, indent=1)}\n\nBest"),
    ("mail", lambda node: "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
     f"<script type=\"application/ld+json\">{json.dumps(node)}</script>"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shape"), SHAPES, ids=[name for name, _ in SHAPES])
def test_a_booking_is_found_wherever_it_stands(name: str, shape: Callable[[Any], str]) -> None:
    assert only(shape(flight())).title == "SX 1, SYD to LHR"


def test_a_quoted_printable_mail_is_read() -> None:
    import quopri

    body = f'<script type="application/ld+json">{json.dumps(flight())}</script>'
    head = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    assert only(head + quopri.encodestring(body.encode()).decode()).reference == "QK7ZPD"


def test_a_hotel_counts_nights_by_its_own_days_and_reads_its_price_exactly() -> None:
    part = only(hotel()).part
    assert isinstance(part, StayDetails)
    assert (part.check_in_on, part.check_out_on, part.country) == (
        date(2026, 10, 12),
        date(2026, 10, 16),
        "GB",
    )
    assert (part.cost, part.confirmation) == (Money(208_000, "GBP"), "H1")


def test_trains_coaches_cars_and_taxis() -> None:
    train = {
        "@type": "TrainReservation", "reservationFor": {
            "trainName": "TGV", "trainNumber": "9031", "departureStation": {"name": "Paris Nord"},
            "arrivalStation": {"name": "London St Pancras"}, "departureTime": {"@value": "2026-10-12T09:00:00+02:00", "timezone": "Europe/Paris"},
            "arrivalTime": "2026-10-12T10:30:00+01:00",
        },
    }  # fmt: skip
    coach = {
        "@type": "BusReservation", "reservationFor": {
            "busNumber": "X90", "departureBusStop": {"name": "Oxford"}, "arrivalBusStop": {"name": "London Victoria"},
            "departureTime": "2026-10-12T09:00:00", "arrivalTime": "2026-10-12T11:00:00",
        },
    }  # fmt: skip
    taxi = {
        "@type": "TaxiReservation", "pickupLocation": {"name": "LHR"}, "dropoffLocation": {"name": "The Meridian Wharf"},
        "pickupTime": "2026-10-12T20:10:00+01:00",
    }  # fmt: skip
    car = {
        "@type": "RentalCarReservation", "pickupLocation": {"name": "Oxford"}, "dropoffLocation": {"name": "Oxford"},
        "pickupTime": "2026-10-12T09:00:00+01:00", "dropoffTime": "2026-10-13T09:00:00+01:00",
    }  # fmt: skip
    found = read([train, coach, taxi, car])
    assert [type(one.part) for one in found.found] == [LegDetails, LegDetails, TransferDetails]
    first, second = found.found[0].part, found.found[1].part
    assert isinstance(first, LegDetails)
    assert isinstance(second, LegDetails)
    assert (first.departs_zone, first.arrives_zone, first.number) == (
        "Europe/Paris",
        "Europe/London",
        "TGV 9031",
    )
    assert (second.mode, "no time zone" in found.found[1].remarks[0]) == (LegMode.ROAD, True)
    assert [one.reason for one in found.left] == [
        "It comes back to where it was fetched, so it is no way from one place to another."
    ]


def test_a_cancelled_reservation_says_so() -> None:
    assert only(flight(reservationStatus="https://schema.org/ReservationCancelled")).is_cancelled


LEFT = [
    ("unknown airport", {"departureAirport": {"iataCode": "QQQ"}}, "No airport has the code QQQ."),
    ("no arrival", {"arrivalTime": None}, "It does not say when it arrives. Enter it by hand."),
    ("no times", {"departureTime": ""}, "It does not say when it leaves. Enter it by hand."),
    ("no such day", {"departureTime": "2026-02-30T10:00:00"}, "There is no such time"),
    ("gap hour", {"arrivalTime": "2026-03-29T01:30:00"}, "does not exist in Europe/London"),
    ("no clock", {"departureTime": "2026-10-11T06:00:00+23:00"}, "No clock has the offset"),
    ("words", {"departureTime": "tomorrow"}, "Its time cannot be read: tomorrow."),
    ("another age", {"departureTime": "0001-01-01T00:00:00Z"}, "outside the years"),
    ("no way", {"departureAirport": {}}, "It does not say from where to where."),
    ("far zone", {"departureAirport": {"name": "Town"}, "departureTime": "2026-10-11T06:00:00+05:45"}, "not which time zone"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "way", "words"), LEFT, ids=[row[0] for row in LEFT])
def test_what_cannot_be_taken_is_left_with_the_reason(name: str, way: dict[str, Any], words: str) -> None:
    found = read(flight(way=way))
    assert found.found == []
    assert words in found.left[0].reason


def test_an_offset_that_is_not_the_places_is_said() -> None:
    assert (
        "is 06:00 on the clocks of SYD"
        in only(flight(way={"departureTime": "2026-10-10T21:00:00+02:00"})).remarks[0]
    )


BOMBS = [
    ("nested lists", "[" * 200_000), ("nested objects", '{"a":' * 100_000), ("deep page", "<div>" * 100_000),
    ("many scripts", '<script type="application/ld+json">{' * 20_000), ("half tags", "<script" * 100_000),
    ("many begins", '{"@type":' * 80_000), ("wide", json.dumps([[]] * 200_000)), ("big number", '{"@type":"FlightReservation","x":' + "9" * 500_000 + "}"),
    ("mail of parts", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n" + "--x\n\n" * 100_000),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), BOMBS, ids=[name for name, _ in BOMBS])
def test_hostile_texts_end_quickly(name: str, text: str) -> None:
    started = time.monotonic()
    with suppress(ReadingRefused):
        read_schema(taken(text.encode()), AROUND)
    assert time.monotonic() - started < 10


def test_more_than_a_megabyte_is_not_read() -> None:
    with pytest.raises(ReadingRefused, match="larger than 1 MB"):
        taken(b"x" * (MOST_BYTES + 1))


def test_only_so_many_bookings_are_read() -> None:
    found = read([flight(reservationNumber=f"R{n}") for n in range(60)])
    assert (len(found.found), found.left[-1].reason) == (40, "Only the first 40 bookings are read.")


# -- calendar files ------------------------------------------------------------------------------------


def test_an_airlines_calendar_file() -> None:
    """UTC times are told on the clocks of the airports."""
    data = ics(
        "DTSTART:20261201T131300Z", "DTEND:20261201T214400Z", "SUMMARY:Your flight from FRA to EWR",
        "DESCRIPTION:Booking reference: 123XYZ\\nFlight number: LH 123\\nPassenger: JACK TARROWBY",
    )  # fmt: skip
    [booking] = read_ics(data, AROUND).found
    part = booking.part
    assert isinstance(part, LegDetails)
    assert (part.number, part.departs_zone, part.arrives_zone, booking.reference, booking.traveller) == (
        "LH 123", "Europe/Berlin", "America/New_York", "123XYZ", "JACK TARROWBY",
    )  # fmt: skip


def test_a_railways_calendar_file() -> None:
    data = ics(
        "SUMMARY:Praha hl.n. -> Wien Hbf", "DTSTART;TZID=Europe/Berlin:20260726T115600", "DTEND;TZID=Europe/Berlin:20260726T164900",
        "DESCRIPTION:odj. 11:56 Praha hl.n.  (RJ    79)",
    )  # fmt: skip
    [booking] = read_ics(data, AROUND).found
    assert isinstance(booking.part, LegDetails)
    assert (booking.title, booking.part.mode) == ("RJ 79, Praha hl.n. to Wien Hbf", LegMode.RAIL)


def test_schema_org_inside_a_calendar_file_is_believed_before_its_words() -> None:
    data = ics(
        "DTSTART:20261011T000000Z",
        "SUMMARY:Something",
        "X-KDE-KITINERARY-RESERVATION:" + json.dumps([flight()]).replace(",", "\\,"),
    )
    assert [one.title for one in read_ics(data, AROUND).found] == ["SX 1, SYD to LHR"]


def test_whole_days_are_nights_and_the_last_one_is_the_morning_of_leaving() -> None:
    """Facts: 19 Sep to the exclusive 21 Sep is one night."""
    data = ics(
        "DTSTART;VALUE=DATE:20170919", "DTEND;VALUE=DATE:20170921", "SUMMARY:Hotel reservation: Glo Hotel",
        "LOCATION:Street 1\\, FI-02600 Espoo\\, Finland",
    )  # fmt: skip
    part = read_ics(data, AROUND).found[0].part
    assert isinstance(part, StayDetails)
    assert (part.hotel, part.city, part.country, part.check_out_on) == (
        "Glo Hotel",
        "Espoo",
        "FI",
        date(2017, 9, 20),
    )


@pytest.mark.parametrize(("lines", "head"), [(("STATUS:CANCELLED",), ()), ((), ("METHOD:CANCEL",))])
def test_a_cancelled_entry_says_so(lines: tuple[str, ...], head: tuple[str, ...]) -> None:
    data = ics(
        "DTSTART:20261201T131300Z",
        "DTEND:20261201T214400Z",
        "SUMMARY:Flight LH 1 FRA to EWR",
        *lines,
        head=head,
    )
    assert read_ics(data, AROUND).found[0].is_cancelled


ENTRIES = [
    ("no end", ("DTSTART:20261201T131300Z", "SUMMARY:Flight LH 1 from FRA to EWR"), "It has no end"),
    ("no begin", ("SUMMARY:Flight LH 1 from FRA to EWR",), "It does not say when it begins."),
    ("unknown airport", ("DTSTART:20261201T131300Z", "DTEND:20261201T141300Z", "SUMMARY:Flight LH 1 from FRA to QQQ"), "No airport has the code QQQ."),
    ("gap hour", ("DTSTART:20260329T013000", "DTEND:20260329T050000", "SUMMARY:Flight LH 1 from LHR to FRA"), "does not exist in Europe/London"),
    ("no zone", ("DTSTART;TZID=Customized Time Zone:20261201T131300", "DTEND:20261201T191300Z", "SUMMARY:Flight LH 1 from FRA to EWR"), "Nobody knows the time zone"),
    ("a party", ("DTSTART:20261201T131300Z", "DTEND:20261201T141300Z", "SUMMARY:Garden party"), "It names no two airports"),
    ("two begins", ("DTSTART:20261201T131300Z", "DTSTART:20261201T151300Z", "SUMMARY:Flight FRA to EWR"), "two begins"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "lines", "words"), ENTRIES, ids=[row[0] for row in ENTRIES])
def test_an_entry_that_cannot_be_taken_says_why(name: str, lines: tuple[str, ...], words: str) -> None:
    found = read_ics(ics(*lines), AROUND)
    assert (found.found, words in found.left[0].reason) == ([], True)


def test_windows_names_and_floating_times() -> None:
    windows = ics(
        "DTSTART;TZID=W. Europe Standard Time:20261201T131300", "DTEND;TZID=W. Europe Standard Time:20261201T171300",
        "SUMMARY:Berlin -> Paris Est",
    )  # fmt: skip
    part = read_ics(windows, AROUND).found[0].part
    assert isinstance(part, LegDetails)
    assert part.departs_at == datetime(2026, 12, 1, 12, 13, tzinfo=UTC)
    floating = ics("DTSTART:20261201T060000", "DTEND:20261201T191000", "SUMMARY:Flight SX 1 from SYD to LHR")
    part = read_ics(floating, AROUND).found[0].part
    assert isinstance(part, LegDetails)
    assert (part.departs_at, part.arrives_at) == (
        datetime(2026, 11, 30, 19, tzinfo=UTC), datetime(2026, 12, 1, 19, 10, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    "data", [b"", b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAR\r\n" + b"x" * 99, b"\x00\xff" * 400]
)
def test_what_is_no_calendar_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(ReadingRefused):
        read_ics(data, AROUND)


# -- whose, and known ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traveller", "names", "said"),
    [
        ("TARROWBY/JACK MR", ["Jack Tarrowby"], Whose.THEIRS), ("TARROWBY/JACKMR", ["Jack Tarrowby"], Whose.THEIRS),
        ("jack tarrowby", ["Jack M. Tarrowby"], Whose.THEIRS), ("Inès Moréau", ["Ines Moreau"], Whose.THEIRS),
        ("Eva Green", ["Jack Tarrowby"], Whose.ANOTHER), ("Jack Green", ["Jack Tarrowby"], Whose.ANOTHER),
        ("", ["Jack"], Whose.UNNAMED), ("Mr", ["Jack"], Whose.UNNAMED), ("SEO/HANA", ["서하나", "Seo, Hana"], Whose.THEIRS),
        ("SEO/HANA", ["서하나"], Whose.ANOTHER),
    ],
)  # fmt: skip
def test_whose_a_booking_is(traveller: str, names: list[str], said: Whose) -> None:
    assert whose(traveller, names) is said


@pytest.mark.parametrize(
    ("text", "said"),
    [("QT 084", "QT84"), ("qt84", "QT84"), ("9W 0117", "9W117"), ("Night train", "NIGHT TRAIN")],
)
def test_numbers_are_the_same_however_written(text: str, said: str) -> None:
    assert number_of(text) == said


@pytest.fixture
def trip(app: Flask) -> Iterator[Trip]:
    """Jack's, with nothing booked yet."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        yield make.trip(events.accepted(events.event(), "Jack"))


def test_a_known_leg_is_recognised_by_code_number_or_day(trip: Trip) -> None:
    make.leg(trip)
    here = db.session.merge(trip)
    db.session.refresh(here)
    same = only(flight())
    later = only(
        flight(way={"departureTime": "2026-10-11T12:00:00+11:00", "arrivalTime": "2026-10-12T01:10:00+01:00"})
    )
    other = only(
        flight(
            reservationNumber="ZZZ999",
            way={
                "flightNumber": "3",
                "departureTime": "2026-10-14T06:00:00+11:00",
                "arrivalTime": "2026-10-14T19:10:00+01:00",
            },
        )
    )
    off = only(flight(reservationStatus="ReservationCancelled"))
    found = [match(one, here, ["Jack"]) for one in (same, later, other, off)]
    assert [one.standing for one in found] == [
        Standing.KNOWN,
        Standing.CHANGED,
        Standing.NEW,
        Standing.CANCELLED,
    ]
    assert [one.label for one in found[1].differences] == ["Leaves", "Arrives"]


# -- the pages -----------------------------------------------------------------------------------------


@pytest.fixture
def ruth(trip: Trip, signed_in: SignIn) -> FlaskClient:
    return signed_in(events.ruth())


def paste(browser: FlaskClient, trip: Trip, value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    return browser.post(f"/travel/{trip.id}/bookings", data={"text": text, "zone": "Europe/London"})


def form_in(page: str) -> dict[str, str]:
    """What a browser sends when nobody touches the form."""
    sent = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    }
    for tag in re.findall(r"<input [^>]+>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("name", "").startswith("rows-") and (
            'type="checkbox"' not in tag or " checked" in tag
        ):
            sent[attributes["name"]] = html.unescape(attributes.get("value", "y"))
    for name, inside in re.findall(r'<select [^>]*name="(rows-[^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', inside)
        sent[name] = chosen[1] if chosen else ""
    return sent


def test_a_pasted_booking_is_looked_over_and_attached(trip: Trip, ruth: FlaskClient) -> None:
    """No second upload: the page keeps what was understood, the database nothing."""
    shown = paste(ruth, trip, [flight(), hotel()])
    assert shown.status_code == 200
    page = html.unescape(shown.text)
    for words in ("SX 1, SYD to LHR", "London (LHR)", "The Meridian Wharf", "06:00", "19:10"):
        assert words in page
    assert db.session.scalar(sa.select(sa.func.count(Leg.id))) == 0
    assert (
        db.session.scalar(
            sa.select(sa.func.count(AuditEvent.id)).where(AuditEvent.action == "travel.booking_tried")
        )
        == 0
    )
    sent = form_in(shown.text) | {"rows-0-amount": "9,840.00", "rows-0-currency": "AUD"}
    done = ruth.post(f"/travel/{trip.id}/bookings/take", data=sent)
    assert done.status_code == 303, re.findall(r"<li>([^<]+)</li>", done.text)
    leg, stay = db.session.scalars(sa.select(Leg)).one(), db.session.scalars(sa.select(Stay)).one()
    assert (leg.cost, leg.travel_class, leg.booking_reference) == (
        Money(984_000, "AUD"),
        TravelClass.BUSINESS,
        "QK7ZPD",
    )
    assert leg.verdict.startswith("Rule 10: “Business from 6 hours of flight.”")
    assert (stay.cost, stay.n_nights) == (Money(208_000, "GBP"), 4)
    again = paste(ruth, trip, [flight(), hotel()])
    assert again.text.count("Known already") == 2
    assert "Attach it" not in again.text


def test_a_booking_of_another_traveller_needs_a_reason(trip: Trip, ruth: FlaskClient) -> None:
    shown = paste(ruth, trip, flight(underName={"name": "Eva Green"}))
    assert "This names another traveller" in shown.text
    sent = form_in(shown.text)
    assert "rows-0-take" not in sent
    refused = ruth.post(f"/travel/{trip.id}/bookings/take", data=sent | {"rows-0-take": "y"})
    assert (refused.status_code, "is booked for Eva Green" in refused.text) == (422, True)
    sent = form_in(refused.text) | {"rows-0-take": "y", "reason": "Her maiden name."}
    assert ruth.post(f"/travel/{trip.id}/bookings/take", data=sent).status_code == 303
    row = db.session.scalars(sa.select(AuditEvent).filter_by(action="travel.bookings_taken")).one()
    assert row.reason.startswith("Her maiden name.")


def test_a_changed_flight_leads_to_what_it_touches(trip: Trip, ruth: FlaskClient) -> None:
    make.leg(trip)
    page = paste(
        ruth,
        trip,
        flight(
            way={"departureTime": "2026-10-11T12:00:00+11:00", "arrivalTime": "2026-10-12T01:10:00+01:00"}
        ),
    ).text
    address = re.search(r'href="(/travel/\d+/change\?change=[^"]+)"', page)
    assert address is not None
    ripple = ruth.get(html.unescape(address[1]))
    assert (ripple.status_code, "Confirm all that is ticked" in ripple.text) == (200, True)


def test_all_or_none_and_nothing_typed_is_lost(trip: Trip, ruth: FlaskClient) -> None:
    sent = form_in(paste(ruth, trip, [flight(), hotel()]).text)
    sent |= {
        "rows-0-travel_class": "first",
        "rows-0-amount": "100",
        "rows-0-currency": "GBP",
        "rows-1-amount": "1999",
    }
    refused = ruth.post(f"/travel/{trip.id}/bookings/take", data=sent)
    assert (
        refused.status_code,
        "First class is always an exception" in refused.text,
        "1999" in refused.text,
    ) == (422, True, True)
    assert db.session.scalar(sa.select(sa.func.count(Stay.id))) == 0


def test_what_lies_outside_the_trip_cannot_be_ticked(trip: Trip, ruth: FlaskClient) -> None:
    way = {"departureTime": "2026-12-11T06:00:00+11:00", "arrivalTime": "2026-12-11T19:10:00+00:00"}
    page = html.unescape(paste(ruth, trip, flight(way=way)).text)
    assert ("lies outside the trip" in page, "Attach it" in page) == (True, False)


def test_a_file_is_read_like_a_text(trip: Trip, ruth: FlaskClient) -> None:
    data = ics("DTSTART:20261010T190000Z", "DTEND:20261011T181000Z", "SUMMARY:Flight SX 1 from SYD to LHR")
    given = {"file": (io.BytesIO(data), "flight.ics"), "text": "", "zone": "Europe/London"}
    shown = ruth.post(f"/travel/{trip.id}/bookings", data=given, content_type="multipart/form-data")
    assert (shown.status_code, "SX 1, SYD to LHR" in shown.text, "Names nobody" in shown.text) == (
        200,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Choose a file, or paste"),
        ("Dear Jack, see you", "No booking was found"),
        ("{", "no JSON"),
        ("[]", "No booking was found"),
    ],
)
def test_what_holds_no_booking_is_refused_and_kept(
    trip: Trip, ruth: FlaskClient, text: str, words: str
) -> None:
    page = paste(ruth, trip, text)
    assert (
        page.status_code,
        words in html.unescape(page.text),
        html.escape(text, quote=True) in page.text,
    ) == (422, True, True)


def test_ten_megabytes_are_refused_in_words(trip: Trip, ruth: FlaskClient) -> None:
    given = {"file": (io.BytesIO(b"BEGIN:VCALENDAR" + b"x" * 10_000_000), "big.ics"), "zone": "Europe/London"}
    page = ruth.post(f"/travel/{trip.id}/bookings", data=given, content_type="multipart/form-data")
    assert (page.status_code, "larger than 1 MB" in page.text) == (422, True)


@pytest.mark.parametrize(
    "kept", ["", "[", "[{}]", "null", '[{"title":"x","part":{"mode":"air"}}]', "[" * 5000]
)
def test_a_page_that_was_tampered_with_is_refused(trip: Trip, ruth: FlaskClient, kept: str) -> None:
    page = ruth.post(f"/travel/{trip.id}/bookings/take", data={"kept": kept, "rows-0-take": "y"})
    assert (page.status_code, "not whole any more" in page.text) == (422, True)


def test_only_who_arranges_travel_reads_bookings(trip: Trip, signed_in: SignIn) -> None:
    from app.accounts.models import Role

    assert signed_in(Role.RELATIONS).get(f"/travel/{trip.id}/bookings").status_code == 403


def test_reading_twice_is_no_double_click(trip: Trip, ruth: FlaskClient) -> None:
    """Going back and reading something else works."""
    assert paste(ruth, trip, flight()).status_code == paste(ruth, trip, hotel()).status_code == 200
    with transaction():
        assert fresh(trip).legs == []
