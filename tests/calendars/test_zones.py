"""Every zone of the world around every change of its clocks: three readers see the very instants that were written (C1)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.core.ics import CalendarItem, render_feed
from app.core.vtimezone import ZonedTime, get_zone, zone_names
from tests.calendars.readers import Read, Reading, read_with_ical, read_with_ical_js, read_with_libical

#: Three years: two of rules as they are, and the one in which the last announced changes lie.
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
REVISED = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def changes_of(zone: str) -> Iterator[datetime]:
    """Every instant at which the clocks of a zone change, as zoneinfo alone sees it: by halving between two days."""
    tz, day = get_zone(zone), timedelta(days=1)
    at = FIRST
    while at < LAST:
        if at.astimezone(tz).utcoffset() != (at + day).astimezone(tz).utcoffset():
            low, high = at, at + day
            while high - low > MINUTE:
                middle = low + (high - low) / 2
                same = middle.astimezone(tz).utcoffset() == at.astimezone(tz).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            yield high.replace(second=0, microsecond=0)
        at += day


def samples(zone: str) -> list[datetime]:
    """Just before, at and after every change, and one day of each year; a zone without changes has its days."""
    around = [
        change + offset * MINUTE
        for change in changes_of(zone)
        for offset in (-181, -61, -1, 0, 1, 59, 61, 181)
    ]
    return [
        *around,
        *(datetime(year, month, 2, 12, tzinfo=UTC) for year in (2026, 2027, 2028) for month in (1, 7)),
    ]


@pytest.fixture(scope="module")
def written() -> tuple[bytes, Reading]:
    """A feed of all zones, and what has to be read from it."""
    items = [
        CalendarItem(
            uid=f"{zone} {number}", revised_at=REVISED, starts=ZonedTime(at, zone), ends=ZonedTime(at + 30 * MINUTE, zone),
            summary=zone,
        )
        for zone in sorted(zone_names())
        for number, at in enumerate(samples(zone))
    ]  # fmt: skip
    expected = {}
    for one in items:
        assert isinstance(one.starts, ZonedTime)
        assert isinstance(one.ends, ZonedTime)
        expected[one.uid] = Read(one.starts.at, one.ends.at, one.summary)
    return render_feed(items, name="The world").content, expected


def test_the_samples_are_many_and_true(written: tuple[bytes, Reading]) -> None:
    content, expected = written
    assert len(zone_names()) > 590
    assert len(expected) > 8000
    assert content.count(b"BEGIN:VTIMEZONE") > 580
    vienna = [at for at in changes_of("Europe/Vienna") if at.year == 2026]
    assert vienna == [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]


def unknown_names(content: bytes) -> bytes:
    """The zones under names no reader knows, so that it has to read what we wrote about them."""
    return re.sub(rb"(TZID[=:])", rb"\1Here-", content)


def differences(read: Reading, expected: Reading) -> list[str]:
    found = [
        f"{uid}: {read.get(uid)} instead of {one}" for uid, one in expected.items() if read.get(uid) != one
    ]
    return found[:10]


def test_libical_reads_every_instant(written: tuple[bytes, Reading]) -> None:
    content, expected = written
    [read] = read_with_libical([unknown_names(content)])
    assert (len(read), differences(read, expected)) == (len(expected), [])


def test_ical_js_reads_every_instant(written: tuple[bytes, Reading]) -> None:
    content, expected = written
    [read] = read_with_ical_js([unknown_names(content)])
    assert (len(read), differences(read, expected)) == (len(expected), [])


def test_ical_reads_every_instant(written: tuple[bytes, Reading], same_tzdata: None) -> None:
    """Under their own names: its version 14.3.1 takes blocks without a rule for UTC where zoneinfo knows no zone."""
    content, expected = written
    [read] = read_with_ical([content])
    assert (len(read), differences(read, expected)) == (len(expected), [])
