"""Clock times that come twice or never, and zones as people say them."""

from datetime import datetime

import pytest

from app.core.vtimezone import NonexistentTime, local_instant
from app.core.wall_times import gap_words, said_twice
from app.core.zone_choice import NotOneZone, zone_meant


@pytest.mark.parametrize(
    ("wall", "zone", "words"),
    [
        ("2027-03-28T02:30", "Europe/Berlin", "Give 01:30 or 03:30 instead."),
        ("2027-03-28T01:30", "Europe/London", "Give 00:30 or 02:30 instead."),
        # Half an hour is missing on Lord Howe Island, a whole day was in Samoa.
        ("2026-10-04T02:15", "Australia/Lord_Howe", "Give 01:45 or 02:45 instead."),
        ("2011-12-30T12:00", "Pacific/Apia", "Give 29 December, 12:00 or 31 December, 12:00 instead."),
    ],
)
def test_a_time_that_does_not_exist_names_the_two_that_may_be_meant(wall: str, zone: str, words: str) -> None:
    with pytest.raises(NonexistentTime) as refused:
        local_instant(datetime.fromisoformat(wall), zone)
    said = gap_words(refused.value)
    assert (words in said, f"does not exist in {zone}" in said) == (True, True), said


@pytest.mark.parametrize(
    ("wall", "zone", "words"),
    [
        (
            "2026-10-25T02:30",
            "Europe/Berlin",
            "taken as the first one, UTC+02:00; the second would be UTC+01:00",
        ),
        (
            "2026-11-01T01:30",
            "America/New_York",
            "taken as the first one, UTC-04:00; the second would be UTC-05:00",
        ),
        ("2026-10-25T03:00", "Europe/Berlin", ""),
        ("2027-03-28T02:30", "Europe/Berlin", ""),  # it does not exist at all
        ("2026-10-25T02:30", "Asia/Kolkata", ""),
        ("2026-10-25T02:30", "Nowhere", ""),
    ],
)
def test_a_time_that_comes_twice_says_which_it_is_taken_as(wall: str, zone: str, words: str) -> None:
    said = said_twice(zone, datetime.fromisoformat(wall), None)
    assert bool(said) == bool(words)
    assert all(words in one for one in said)


@pytest.mark.parametrize(
    ("text", "country", "zone"),
    [
        ("Europe/London", "", "Europe/London"),
        ("sydney", "", "Australia/Sydney"),
        ("São Paulo", "BR", None),
        ("Sao Paulo", "", "America/Sao_Paulo"),
        ("  new york ", "US", "America/New_York"),
        ("europe/lisbon", "", "Europe/Lisbon"),
        ("", "PT", None),  # three of them: the islands have their own
        ("", "GB", "Europe/London"),
        ("", "AE", "Asia/Dubai"),
        ("", "", None),
        ("", "ZZ", None),
        ("Mars/Olympus", "GB", None),
        ("US/Eastern", "", "US/Eastern"),
    ],
)
def test_a_zone_is_meant_by_its_name_a_city_or_the_country(text: str, country: str, zone: str | None) -> None:
    if zone is not None:
        assert zone_meant(text, country) == zone
        return
    with pytest.raises(NotOneZone):
        zone_meant(text, country)


def test_several_zones_are_named() -> None:
    with pytest.raises(
        NotOneZone,
        match=r"There are several: Europe/Lisbon, Atlantic/Madeira, Atlantic/Azores\. Choose one\.",
    ):
        zone_meant("", "PT")
