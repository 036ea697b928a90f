"""Calendars of others: every genuine file is read to the instant, hostile ones are refused or bounded."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.core.ics_reading import MOST_BYTES, MOST_ITEMS, Reading, UnreadableCalendar, read_calendar
from app.core.ics_recurring import MOST_OF_ONE

EVER = (date(2000, 1, 1), date(2030, 12, 31))


def calendar(*lines: str, head: tuple[str, ...] = ()) -> bytes:
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *head, *lines, "END:VCALENDAR", ""]
    return "\r\n".join(body).encode()


def event(*lines: str, uid: str = "one@test", title: str = "A show") -> tuple[str, ...]:
    return ("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", *lines, "END:VEVENT")


def read(data: bytes, zone: str = "UTC", days: tuple[date, date] = EVER) -> Reading:
    return read_calendar(data, zone=zone, from_on=days[0], to_on=days[1])


def genuine(shared_data: Path, name: str) -> bytes:
    path = shared_data / "ics" / name
    if not path.is_file():
        pytest.skip(f"no genuine calendar {name}")
    return path.read_bytes()


# Items, refused, the first begin, its zone.
GENUINE = [
    ("cal_discourse_no_dtend.ics", 4, 0, datetime(2019, 1, 17, 17, 0, 25, tzinfo=UTC), "Europe/Berlin"),
    ("cal_fablab_cottbus.ics", 183, 0, datetime(2016, 12, 3, 13, 0, tzinfo=UTC), "Europe/Berlin"),
    ("cal_machbar_2019.ics", 3339, 0, datetime(2017, 6, 29, 17, 0, tzinfo=UTC), "Europe/Berlin"),
    ("cal_thunderbird_issue_223.ics", 5, 0, datetime(2025, 4, 23, 8, 0, tzinfo=UTC), "Europe/London"),
    ("tz_globally_unique_slash.ics", 3, 0, datetime(2020, 4, 26, 12, 0, tzinfo=UTC), "Europe/Berlin"),
    ("tz_many_timezones.ics", 12, 0, datetime(2014, 4, 9, 7, 30, tzinfo=UTC), "Europe/Berlin"),
    ("tz_office365_custom.ics", 51, 0, datetime(2024, 5, 2, 9, 0, tzinfo=UTC), "Europe/Warsaw"),
    ("tz_office365_extended.ics", 1, 0, datetime(2024, 4, 26, 12, 0, tzinfo=UTC), "Europe/Berlin"),
    ("tz_two_tz_event.ics", 1, 0, datetime(2014, 4, 9, 7, 30, tzinfo=UTC), "Europe/Berlin"),
]


@pytest.mark.parametrize(("name", "n_items", "n_refused", "first", "zone"), GENUINE)
def test_genuine_calendars_are_read_to_the_instant(
    shared_data: Path, name: str, n_items: int, n_refused: int, first: datetime, zone: str
) -> None:
    reading = read(genuine(shared_data, name))
    assert (len(reading.items), len(reading.refused)) == (n_items, n_refused)
    assert (reading.items[0].starts_at, reading.items[0].zone) == (first, zone)
    assert len({item.key for item in reading.items}) == n_items


def test_every_genuine_calendar_is_named_above(shared_data: Path) -> None:
    found = {
        path.name for pattern in ("cal_*.ics", "tz_*.ics") for path in (shared_data / "ics").glob(pattern)
    }
    oracles = {name for name in found if name.startswith("tz_oracle_")}
    assert found - oracles - {"tz_windows_names.ics"} == {row[0] for row in GENUINE}


@pytest.mark.parametrize(
    "name", ["tz_oracle_casablanca.ics", "tz_oracle_lord_howe.ics", "tz_oracle_nuuk.ics"]
)
def test_a_calendar_of_zones_alone_holds_nothing(shared_data: Path, name: str) -> None:
    assert read(genuine(shared_data, name)) == Reading()


def test_a_windows_name_with_the_clocks_of_another_zone_is_refused(shared_data: Path) -> None:
    """Two programs read different instants from this file; whoever has it is told, nobody guesses."""
    reading = read(genuine(shared_data, "tz_windows_names.ics"))
    assert reading.items == []
    [refused] = reading.refused
    assert "describes other clocks than those of Pacific/Auckland" in refused.reason


def test_two_ends_in_two_zones_are_two_instants(shared_data: Path) -> None:
    [item] = read(genuine(shared_data, "tz_two_tz_event.ics")).items
    assert (item.starts_at, item.ends_at) == (
        datetime(2014, 4, 9, 7, 30, tzinfo=UTC),
        datetime(2014, 4, 9, 14, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("lines", "starts", "ends"),
    [
        (
            ("DTSTART;VALUE=DATE:20261013", "DTEND;VALUE=DATE:20261017"),
            "2026-10-12T22:00",
            "2026-10-16T22:00",
        ),
        (("DTSTART;VALUE=DATE:20261013",), "2026-10-12T22:00", "2026-10-13T22:00"),
        (("DTSTART:20261013T090000",), "2026-10-13T07:00", "2026-10-13T08:00"),
        (("DTSTART:20261013T090000Z", "DURATION:PT90M"), "2026-10-13T09:00", "2026-10-13T10:30"),
        # Whole days last until midnight, also when an hour is missing.
        (("DTSTART;VALUE=DATE:20260329",), "2026-03-28T23:00", "2026-03-29T22:00"),
        # In a gap the offset before it holds (RFC 5545), the second of two hours is not the first.
        (
            ("DTSTART;TZID=Europe/Berlin:20260329T023000", "DURATION:PT1H"),
            "2026-03-29T01:30",
            "2026-03-29T02:30",
        ),
        (
            ("DTSTART;TZID=Europe/Berlin:20261025T023000", "DURATION:PT1H"),
            "2026-10-25T00:30",
            "2026-10-25T01:30",
        ),
        # It takes off in London and lands in New York "two hours later".
        (
            ("DTSTART;TZID=Europe/London:20261013T100000", "DTEND;TZID=America/New_York:20261013T120000"),
            "2026-10-13T09:00",
            "2026-10-13T16:00",
        ),
    ],
)
def test_begins_and_ends(lines: tuple[str, ...], starts: str, ends: str) -> None:
    [item] = read(calendar(*event(*lines)), "Europe/Berlin").items
    assert (f"{item.starts_at:%Y-%m-%dT%H:%M}", f"{item.ends_at:%Y-%m-%dT%H:%M}") == (starts, ends)


DAY = "DTSTART:20261013T090000Z"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("DTEND:20261013T090000Z",), "It has no begin."),
        ((DAY, "DTEND:20261013T080000Z"), "It ends before it begins."),
        ((DAY, "DTEND;VALUE=DATE:20261014"), "Its begin is a whole day and its end a time"),
        (("DTSTART;TZID=Nowhere/At All:20261013T090000",), "Nobody knows the time zone"),
        (("DTSTART:18990101T090000Z",), "outside the years 1971 to 2199"),
        ((DAY, "DTEND:20291013T090000Z"), "It lasts longer than a year."),
        ((DAY, "RRULE:FREQ=SECONDLY"), "every hour or oftener"),
        ((DAY, "RRULE:FREQ=HOURLY;COUNT=3"), "every hour or oftener"),
        ((DAY, "RRULE:FREQ=DAILY;INTERVAL=0"), "goes round in a circle"),
        ((DAY, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "names a day that no calendar has"),
        ((DAY, "RRULE:FREQ=DAILY;BYYEARDAY=200;BYMONTH=1"), "mixes days with positions in a year"),
        ((DAY, "RRULE:FREQ=YEARLY;INTERVAL=9000"), "leaps over centuries"),
        (("DTSTART:09990101T090000Z", "RRULE:FREQ=DAILY"), "repeated so often"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_is_read(lines: tuple[str, ...], reason: str) -> None:
    data = calendar(*event(*lines), *event(DAY, "DURATION:PT1H", uid="two@test", title="Another"))
    reading = read(data)
    assert [item.title for item in reading.items] == ["Another"]
    [refused] = reading.refused
    assert reason in refused.reason, refused.reason


def test_an_endless_series_is_cut() -> None:
    data = calendar(*event("DTSTART:20200101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
    reading = read(data, days=(date(2026, 1, 1), date(2029, 12, 31)))
    assert (len(reading.items), reading.n_cut) == (MOST_OF_ONE - 1, 1)  # one more lies on the day before
    assert reading.items[0].starts_at == datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


def test_a_series_keeps_its_exceptions_and_its_wall_time() -> None:
    """09:00 in London stays 09:00 when the clocks change; one is left out, one moved, one called off, one added."""
    series = event(
        "DTSTART;TZID=Europe/London:20261016T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=5",
        "EXDATE;TZID=Europe/London:20261023T090000", "RDATE;TZID=Europe/London:20261021T090000", title="Call",
    )  # fmt: skip
    moved = event(
        "RECURRENCE-ID;TZID=Europe/London:20261030T090000", "DTSTART;TZID=Europe/London:20261031T110000", "DURATION:PT1H",
        title="Call, moved",
    )  # fmt: skip
    off = event(
        "RECURRENCE-ID;TZID=Europe/London:20261106T090000", "DTSTART;TZID=Europe/London:20261106T090000",
        "STATUS:CANCELLED",
    )  # fmt: skip
    reading = read(calendar(*series, *moved, *off))
    assert [(f"{item.starts_at:%d %b %H:%M}", item.title) for item in reading.items] == [
        ("16 Oct 08:00", "Call"),
        ("21 Oct 08:00", "Call"),
        ("31 Oct 11:00", "Call, moved"),
        ("13 Nov 09:00", "Call"),
    ]
    assert reading.n_cancelled == 1


def test_keys_stay_when_the_file_is_written_anew() -> None:
    """What is known is found again when its title or place changes; a UID used twice is told apart by its begin."""
    once = read(calendar(*event(DAY, "DURATION:PT1H")))
    again = read(calendar(*event(DAY, "DURATION:PT2H", "LOCATION:Hall 2", title="Another title")))
    assert [item.key for item in once.items] == [item.key for item in again.items]
    twice = read(calendar(*event(DAY), *event("DTSTART:20261014T090000Z")))
    assert len({item.key for item in twice.items}) == 2


def test_words_of_others_are_made_printable() -> None:
    [item] = read(calendar(*event(DAY, "URL:javascript:alert(1)", title="A\\nshow\x07 of\u2028many"))).items
    assert (item.title, item.link) == ("A show of many", "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "This is not a calendar"),
        (b"<html><body>Sign in</body></html>", "This is not a calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "cut off"),
        (b"BEGIN:VCALENDAR\r\n" + b" " * MOST_BYTES, "larger than 5 MB"),
        (calendar(*("BEGIN:VEVENT", "END:VEVENT") * (MOST_ITEMS + 1)), "more than 5,000 items"),
    ],
)
def test_what_is_no_calendar_is_refused_as_a_whole(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableCalendar, match=reason):
        read(data)
