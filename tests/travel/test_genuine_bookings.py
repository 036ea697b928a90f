"""Calendar files as airlines, railways, hotels and rental houses really send them: read, with both clocks, and nothing lost."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.travel.details import LegDetails, StayDetails
from app.travel.reservations_ics import read_ics
from app.travel.reservations_schema import Around

AROUND = Around(("Europe/London",), "London", "GB")
#: Title, when it leaves and arrives (UTC), the clocks at both ends, whether it is called off.
WAYS = {
    "db_praha_vienna": [
        ("RJ 79, Praha hl.n. to Wien Hbf", (2022, 7, 26, 9, 56), (2022, 7, 26, 14, 49), "Europe/Berlin", "Europe/Berlin", False),
    ],
    "flight_cancelled": [
        ("UA 110, SFO to JFK", (2027, 3, 5, 4, 15), (2027, 3, 5, 11, 30), "America/Los_Angeles", "America/New_York", True),
    ],
    "flight_two_tz": [
        ("AB 8075, HEL to TXL", (2017, 9, 20, 12, 5), (2017, 9, 20, 14, 0), "Europe/Helsinki", "Europe/Berlin", False),
    ],
    "rentalcar": [
        ("Hertz, Hertz San Diego Airport to Hertz LAX", (2027, 8, 5, 23, 0), (2027, 8, 7, 3, 0), "America/Los_Angeles",
         "America/Los_Angeles", False),
    ],
    "train": [
        ("TGV 5186, Nîmes Gare to Lyon Part-Dieu", (2017, 9, 29, 16, 26), (2017, 9, 29, 17, 52), "Europe/Paris", "Europe/Paris", False),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_a_way_is_read_with_the_clocks_of_both_ends(shared_data: Path, name: str) -> None:
    """T1: local times in their own zones; what is called off says so."""
    found = read_ics((shared_data / "ics" / f"travel_{name}.ics").read_bytes(), AROUND)
    assert found.left == []
    read = []
    for one in found.found:
        assert isinstance(one.part, LegDetails)
        way = one.part
        read.append(
            (one.title, way.departs_at, way.arrives_at, way.departs_zone, way.arrives_zone, one.is_cancelled)
        )
    assert read == [
        (title, datetime(*leaves, tzinfo=UTC), datetime(*arrives, tzinfo=UTC), here, there, is_off)
        for title, leaves, arrives, here, there, is_off in WAYS[name]
    ]


def test_both_ways_of_one_booking_are_two_parts(shared_data: Path) -> None:
    found = read_ics((shared_data / "ics" / "travel_flight_to_be_cancelled.ics").read_bytes(), AROUND)
    assert [(one.title, one.reference or getattr(one.part, "booking_reference", "")) for one in found.found] == [
        ("UA 110, SFO to JFK", "RXJ34P"), ("UA 110, JFK to SFO", "RXJ34P"),
    ]  # fmt: skip


def test_a_night_of_whole_days_is_a_stay(shared_data: Path) -> None:
    (one,) = read_ics((shared_data / "ics" / "travel_hotel_allday.ics").read_bytes(), AROUND).found
    assert isinstance(one.part, StayDetails)
    stay = one.part
    assert (stay.hotel, stay.city, stay.country, stay.check_in_on, stay.check_out_on, stay.confirmation) == (
        "Glo Hotel Sello", "Espoo", "FI", date(2017, 9, 19), date(2017, 9, 20), "1234567890",
    )  # fmt: skip


def test_every_file_of_a_journey_gives_something(shared_data: Path) -> None:
    files = sorted((shared_data / "ics").glob("travel_*.ics"))
    assert len(files) >= 8
    for path in files:
        found = read_ics(path.read_bytes(), AROUND)
        assert found.found, path.name
        assert found.left == [], path.name
