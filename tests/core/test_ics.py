"""Feeds, downloads and invitations, read back by parsers that we did not write."""

import email
import email.policy
import hashlib
import json
import os
import random
import re
import subprocess
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.core.ics import (
    BusyStatus,
    CalendarItem,
    InvalidItem,
    Method,
    Party,
    Skipped,
    Status,
    Wording,
    attach_calendar,
    build_items,
    fold,
    render_feed,
    render_item,
    render_request,
)
from app.core.vtimezone import UnknownZone, ZonedTime, get_zone, local_instant, vtimezone, zone_names

SHARED_DATA = Path(
    os.environ.get("RAPPORT_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
REVISED = datetime(2026, 5, 4, 8, 15, 30, 987654, tzinfo=UTC)
ZONES = [
    "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu",
    "Europe/Dublin", "Asia/Gaza", "America/Nuuk", "UTC",
]  # fmt: skip
NASTY = [
    "Plain",
    'Semi; comma, back\\slash \\n "quotes" \'n colon: done',
    "two\r\nlines\nthree\rfour\u2028five\u0085six",
    "tab\tnul\x00bell\x07del\x7fc1\x9b",
    "日本語のとても長いタイトルは七十五オクテットの境界をまたいで折り返されます、絵文字も👩🏽‍🚀🇦🇹",
    "שלום עולם " * 12 + "مرحبا بالعالم",
    "BEGIN:VEVENT\r\nATTENDEE:mailto:x@example.com",
    "👨‍👩‍👧‍👦" * 20 + "e\u0301" * 40,
    "half \ud83d pair",
]
LIBICAL = """
import json, sys, gi
gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib
root = ICalGLib.Component.new_from_string(sys.stdin.buffer.read().decode())
kind, events = ICalGLib.ComponentKind.VEVENT_COMPONENT, {}
event = root.get_first_component(kind)
while event:
    times = [time.as_timet_with_zone(time.get_timezone()) for time in (event.get_dtstart(), event.get_dtend())]
    events[event.get_uid()] = [*times, event.get_summary()]
    event = root.get_next_component(kind)
print(json.dumps({"events": events, "errors": root.count_errors(), "is_allowed": bool(root.check_restrictions())}))
"""
Reading = dict[str, tuple[datetime, datetime, str]]
Reader = Callable[[bytes], Reading]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(text: str, zone: str) -> ZonedTime:
    return ZonedTime(local_instant(wall(text), zone), zone)


def hour_at(instant: datetime, zone: str) -> dict[str, ZonedTime]:
    return {"starts": ZonedTime(instant, zone), "ends": ZonedTime(instant + timedelta(hours=1), zone)}


def item(uid: str = "uid-1", **changes: Any) -> CalendarItem:
    fields: dict[str, Any] = {
        "uid": uid,
        "revised_at": REVISED,
        "starts": at("2026-07-01 09:00", "Europe/Vienna"),
        "ends": at("2026-07-01 09:30", "Europe/Vienna"),
        "summary": "Briefing",
    }
    return CalendarItem(**fields | changes)


def lines_of(content: bytes) -> list[str]:
    """Unfolded content lines."""
    assert content.endswith(b"\r\n")
    return content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def line(content: bytes, name: str) -> str:
    """The one line of that property outside the time zones."""
    outside = re.sub(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE", "", "\n".join(lines_of(content)), flags=re.DOTALL)
    [found] = [text for text in outside.split("\n") if re.match(rf"{name}[;:]", text)]
    return found


def read_icalendar(content: bytes) -> Reading:
    events = icalendar.Calendar.from_ical(content).events
    return {
        str(e["UID"]): (e.start.astimezone(UTC), e.end.astimezone(UTC), str(e["SUMMARY"])) for e in events
    }


def read_ical(content: bytes) -> Reading:
    stream = pytest.importorskip("ical.calendar_stream", reason="the parser `ical` is not installed")
    events = stream.IcsCalendarStream.calendar_from_ics(content.decode()).events
    return {e.uid: (e.dtstart.astimezone(UTC), e.dtend.astimezone(UTC), e.summary) for e in events}


def ask_libical(content: bytes) -> dict[str, Any]:
    try:
        answer = subprocess.run(
            ["/usr/bin/python3", "-c", LIBICAL], input=content, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as reason:
        pytest.skip(
            f"no libical: apt-get install python3-gi gir1.2-ical-3.0 ({getattr(reason, 'stderr', reason)!r:.120})"
        )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def read_libical(content: bytes) -> Reading:
    found = ask_libical(content)
    assert (found["errors"], found["is_allowed"]) == (0, True)
    return {
        uid: (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), summary)
        for uid, (start, end, summary) in found["events"].items()
    }


READERS = pytest.mark.parametrize("read", [read_icalendar, read_ical, read_libical])


@pytest.fixture
def same_tzdata() -> Iterator[None]:
    """Readers that look zones up by name take the tzdata package too, not the system's older files."""
    saved = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(to=saved)
    zoneinfo.ZoneInfo.clear_cache()


def masked(content: bytes) -> bytes:
    """The calendar with zone names that nobody knows, so that readers must use its VTIMEZONEs."""
    return re.sub(
        rb"TZID([=:])([^:\r]+)",
        lambda found: b"TZID" + found[1] + b"X-" + found[2].replace(b"/", b"-"),
        content,
    )


def expected(items: list[CalendarItem]) -> Reading:
    found: Reading = {}
    for one in items:
        assert isinstance(one.starts, ZonedTime)
        assert isinstance(one.ends, ZonedTime)
        found[one.uid] = (one.starts.at, one.ends.at, one.summary)
    return found


FEED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Rapport//Rapport Calendar//EN
CALSCALE:GREGORIAN
NAME:Mara\\, autumn
X-WR-CALNAME:Mara\\, autumn
DESCRIPTION:All of it
X-WR-CALDESC:All of it
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
{vtimezone}
BEGIN:VEVENT
UID:b6e0c3f4-0000
DTSTAMP:20260504T081530Z
LAST-MODIFIED:20260504T081530Z
SEQUENCE:0
DTSTART;VALUE=DATE:20261013
DTEND;VALUE=DATE:20261015
SUMMARY:Hotel
STATUS:CONFIRMED
TRANSP:TRANSPARENT
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
END:VEVENT
BEGIN:VEVENT
UID:b6e0c3f4-0001
DTSTAMP:20260504T081530Z
LAST-MODIFIED:20260504T081530Z
SEQUENCE:3
DTSTART:20261014T103000Z
DTEND:20261014T110000Z
SUMMARY:Call\\, with Ms. Öz\\; Q&A
STATUS:TENTATIVE
TRANSP:OPAQUE
DESCRIPTION:Agenda:\\n1. Road map\\n\\nJoin: https://meet.example/1\\;2?a=b\\,c
LOCATION:https://meet.example/1\\;2?a=b\\,c
URL:https://meet.example/1;2?a=b,c
CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL="Join":https://meet.example/1;2?a=
 b,c
CATEGORIES:A\\,B,C
END:VEVENT
BEGIN:VEVENT
UID:b6e0c3f4-0002
DTSTAMP:20260504T081530Z
LAST-MODIFIED:20260504T081530Z
SEQUENCE:4
DTSTART;TZID=Europe/Vienna:20260701T090000
DTEND;TZID=Europe/Vienna:20260701T093000
SUMMARY:Cancelled: Briefing
STATUS:CANCELLED
TRANSP:TRANSPARENT
LOCATION:Room 4
GEO:48.208200;-16.370000
X-MICROSOFT-CDO-BUSYSTATUS:FREE
END:VEVENT
END:VCALENDAR
"""


def test_a_feed_is_exactly_these_bytes() -> None:
    call = item(
        "b6e0c3f4-0001",
        sequence=3,
        starts=at("2026-10-14 10:30", "UTC"),
        ends=at("2026-10-14 11:00", "UTC"),
        summary="Call, with Ms. Öz; Q&A",
        description="Agenda:\n1. Road map",
        conference_url="https://meet.example/1;2?a=b,c",
        categories=("A,B", "C"),
        status=Status.TENTATIVE,
    )
    stay = item(
        "b6e0c3f4-0000", starts=date(2026, 10, 13), ends=date(2026, 10, 15), summary="Hotel", transparent=True
    )
    gone = item(
        "b6e0c3f4-0002",
        sequence=4,
        status=Status.CANCELLED,
        busy_status=BusyStatus.OOF,
        location="Room 4",
        geo=(48.2082, -16.37),
    )
    feed = render_feed(
        [call, gone, stay], name="Mara, autumn", description="All of it", default_zone="Asia/Tokyo"
    )
    zone = "\n".join(vtimezone("Europe/Vienna", 2026, 2026))
    assert feed.content.decode() == FEED.format(vtimezone=zone).replace("\n", "\r\n")
    assert feed.etag == f'"{hashlib.sha256(feed.content).hexdigest()}"'
    assert feed.skipped == ()


def test_the_order_of_the_items_does_not_change_a_byte() -> None:
    end = ZonedTime(REVISED.replace(year=2027), "Asia/Tokyo")
    starts = [at(f"2026-{1 + n % 12:02}-01 09:00", ZONES[n % 9]) for n in range(60)]
    items = [item(f"uid-{n}", sequence=n % 3, starts=start, ends=end) for n, start in enumerate(starts)]
    shuffled = [*items, replace(items[0], summary="An older title", revised_at=REVISED - timedelta(days=1))]
    random.Random(4).shuffle(shuffled)
    assert render_feed(shuffled, name="Feed").etag == render_feed(items, name="Feed").etag
    assert render_feed(items[1:], name="Feed").etag != render_feed(items, name="Feed").etag


def test_bad_items_are_reported_and_the_rest_is_served() -> None:
    def build(summary: str) -> CalendarItem:
        return item(summary or "uid-9", summary=summary)

    feed = render_feed(
        [*build_items(build, ["one", "", "two"]), item("two", summary="old", sequence=0)], name="Feed"
    )
    assert feed.skipped == (
        Skipped("two", "Another item has the same UID and is at least as new."),
        Skipped("uid-9", "The title is empty."),
    )
    assert sorted(read_icalendar(feed.content)) == ["one", "two"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"uid": ""}, "The UID is empty, too long or has control characters."),
        ({"uid": "a\r\nb"}, "The UID is empty, too long or has control characters."),
        ({"summary": " \x07\n"}, "The title is empty."),
        ({"sequence": -1}, "The sequence number is out of range."),
        ({"sequence": 2**31}, "The sequence number is out of range."),
        ({"revised_at": wall("2026-01-01 00:00")}, "The time of the last change is not in UTC."),
        ({"starts": utc("2026-07-01 07:00")}, "The start has no time zone name."),
        ({"starts": ZonedTime(wall("2026-07-01 00:00"), "UTC")}, "The start is not in UTC."),
        ({"ends": ZonedTime(datetime(2026, 8, 1, tzinfo=get_zone("Asia/Tokyo")), "Asia/Tokyo")}, "The end is not in UTC."),
        ({"ends": ZonedTime(REVISED.replace(year=2027), "Mars/Base")}, "The time zone of the end is unknown: 'Mars/Base'."),
        ({"ends": ZonedTime(REVISED.replace(year=9999), "UTC")}, "The year of the end is outside 1971 to 2199."),
        ({"ends": at("2026-07-01 09:00", "Europe/Vienna")}, "The end is not after the start."),
        ({"ends": date(2026, 7, 2)}, "One of start and end is a whole day, the other has a time."),
        ({"starts": date(2026, 7, 2), "ends": date(2026, 7, 2)}, "The end is not after the start."),
        ({"url": "javascript:alert(1)"}, "“javascript:alert(1)” is not a web link."),
        ({"url": "https://x.example/\r\nATTENDEE:a@b.example"}, "“https://x.example/\nATTENDEE:a@b.example” is not a web link."),
        ({"conference_url": "https:///nohost"}, "“https:///nohost” is not a web link."),
        ({"url": "https://[::1"}, "“https://[::1” is not a web link."),
        ({"geo": (91.0, 0.0)}, "The coordinates are not a place on Earth."),
        ({"geo": (float("nan"), 0.0)}, "The coordinates are not a place on Earth."),
    ],
)  # fmt: skip
def test_an_item_that_calendars_would_misread_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidItem) as refusal:
        item(**changes)
    assert refusal.value.reasons == (reason,)


def test_all_reasons_come_at_once() -> None:
    with pytest.raises(InvalidItem) as refusal:
        item(summary="", sequence=-1, url="x")
    assert (
        str(refusal.value)
        == "The sequence number is out of range. The title is empty. “x” is not a web link."
    )


@READERS
def test_readers_agree_on_instants_and_titles(read: Reader, same_tzdata: None) -> None:
    texts = ["2026-07-01 09:00", "2026-01-15 09:00", "2026-10-25 02:30", "2027-12-31 23:30"]
    items = [item(f"{zone} {text}", **hour_at(at(text, zone).at, zone)) for zone in ZONES for text in texts]
    assert read(render_feed(items, name="Feed").content) == expected(items)


@pytest.mark.parametrize("read", [read_icalendar, read_libical])
def test_readers_who_know_no_zone_agree_for_every_zone_in_the_world(read: Reader) -> None:
    instants = [utc("2024-04-01 00:00"), utc("2026-07-01 09:00"), utc("2030-11-03 06:30")]
    items = [item(f"{zone} {i:%Y}", **hour_at(i, zone)) for zone in zone_names() for i in instants]
    assert read(masked(render_feed(items, name="Feed").content)) == expected(items)


def test_ical_without_zone_data_agrees_for_zones_with_rules() -> None:
    # Version 14.3.1 reads VTIMEZONE blocks without RRULE as UTC, but only for names that zoneinfo does not know.
    zones = ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin"]
    items = [item(zone, **hour_at(utc("2026-07-01 09:00"), zone)) for zone in zones]
    assert read_ical(masked(render_feed(items, name="Feed").content)) == expected(items)


@READERS
def test_a_time_that_the_clock_shows_twice_is_written_in_utc(read: Reader) -> None:
    first = ZonedTime(utc("2026-10-25 00:30"), "Europe/Vienna")
    second = ZonedTime(utc("2026-10-25 01:30"), "Europe/Vienna")
    content = render_item(item(starts=first, ends=second))
    assert (line(content, "DTSTART"), line(content, "DTEND")) == (
        "DTSTART:20261025T003000Z",
        "DTEND:20261025T013000Z",
    )
    assert content.count(b"BEGIN:VTIMEZONE") == 0
    assert read(content) == {"uid-1": (first.at, second.at, "Briefing")}


@READERS
def test_a_landing_earlier_than_the_take_off_on_the_wall_is_right(read: Reader, same_tzdata: None) -> None:
    starts, ends = at("2026-10-14 19:30", "Pacific/Auckland"), at("2026-10-14 12:15", "America/Los_Angeles")
    content = render_item(item(starts=starts, ends=ends))
    assert line(content, "DTSTART") == "DTSTART;TZID=Pacific/Auckland:20261014T193000"
    assert line(content, "DTEND") == "DTEND;TZID=America/Los_Angeles:20261014T121500"
    assert read(content) == {"uid-1": (utc("2026-10-14 06:30"), utc("2026-10-14 19:15"), "Briefing")}


def test_london_and_sydney_read_the_same_call() -> None:
    def in_sydney(text: str) -> str:
        return f"{at(text, 'Europe/London').at.astimezone(get_zone('Australia/Sydney')):%d %b %H:%M}"

    slot = item(starts=at("2026-10-14 10:30", "Europe/London"), ends=at("2026-10-14 11:00", "Europe/London"))
    assert read_icalendar(render_item(slot)) == {
        "uid-1": (utc("2026-10-14 09:30"), utc("2026-10-14 10:00"), "Briefing")
    }
    assert in_sydney("2026-10-14 10:30") == "14 Oct 20:30"
    # Sydney went forward on 4 October; London goes back on the 25th.
    assert in_sydney("2026-10-21 09:00") == "21 Oct 19:00"
    assert in_sydney("2026-10-28 09:00") == "28 Oct 20:00"


def test_every_zone_used_is_there_once_and_no_other() -> None:
    items = [
        item(f"uid-{n}", ends=ZonedTime(REVISED.replace(year=2027), zone)) for n, zone in enumerate(ZONES * 2)
    ]
    content = render_feed(items, name="Feed", default_zone="Asia/Tokyo").content
    assert [text for text in lines_of(content) if text.startswith("TZID")] == [
        f"TZID:{z}" for z in sorted(ZONES) if z != "UTC"
    ]


def test_a_zone_covers_the_years_of_all_items_that_use_it() -> None:
    years = {"a": 2026, "b": 2024, "c": 2027, "d": 2025}
    items = [item(uid, **hour_at(REVISED.replace(year=year), "Asia/Gaza")) for uid, year in years.items()]
    content = render_feed(items, name="Feed").content
    lines = lines_of(content)
    written = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE") + 1]
    assert written == list(vtimezone("Asia/Gaza", 2024, 2027))


@READERS
@pytest.mark.parametrize("zone", ["Europe/London", "UTC", "Africa/Casablanca"])
def test_an_empty_feed_is_valid(read: Reader, zone: str) -> None:
    content = render_feed([], name="Feed", default_zone=zone).content
    assert read(content) == {}
    assert [text for text in lines_of(content) if text.startswith("TZID")] == [f"TZID:{zone}"]
    with pytest.raises(UnknownZone):
        render_feed([], name="Feed", default_zone="Europe/Wien")


@pytest.mark.parametrize(
    ("refresh", "text"),
    [
        (timedelta(hours=26), "PT26H"),
        (timedelta(minutes=90), "PT90M"),
        (timedelta(hours=1, seconds=5), "PT3605S"),
    ],
)
def test_the_refresh_interval_is_a_duration(refresh: timedelta, text: str) -> None:
    content = render_feed([], name="Feed", refresh=refresh).content
    assert line(content, "REFRESH-INTERVAL") == f"REFRESH-INTERVAL;VALUE=DURATION:{text}"
    with pytest.raises(ValueError, match="positive"):
        render_feed([], name="Feed", refresh=timedelta(0))


def cleaned(text: str) -> str:
    """What a reader should see of a text: line ends as LF, tabs as spaces, no controls, no half pairs."""
    text = re.sub("\r\n|[\r\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    kept = [c for c in text if c == "\n" or not (ord(c) < 32 or 127 <= ord(c) < 160)]
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in kept)


PARTS = st.one_of(st.text(), st.sampled_from(NASTY), st.sampled_from(list('\\;,:"\n\r\t\u2028 n')))


@pytest.mark.parametrize("read", [read_icalendar, read_ical])
@given(st.lists(PARTS, max_size=30))
def test_any_text_comes_back_from_the_parsers(read: Reader, parts: list[str]) -> None:
    text = "a" + "".join(parts) + "z"
    content = render_item(item(summary=text, description=text))
    physical = content.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, physical)) <= 75
    assert [part for part in physical if part.decode("utf-8", "replace").encode() != part] == []
    assert [found[2] for found in read(content).values()] == [cleaned(text)]


@READERS
def test_titles_that_broke_other_programs_come_back(read: Reader, same_tzdata: None) -> None:
    items = [item(f"uid-{n}", summary=text) for n, text in enumerate(NASTY)]
    feed = render_feed(items, name="Feed")
    assert [found[2] for _, found in sorted(read(feed.content).items())] == [cleaned(text) for text in NASTY]
    assert [text for text in lines_of(feed.content) if text.startswith("ATTENDEE")] == []


def test_folding_keeps_what_readers_see_as_one_character() -> None:
    family = "👨‍👩‍👧‍👦"  # 25 octets
    assert fold("x" * 75) == "x" * 75
    assert fold("x" * 150) == f"{'x' * 75}\r\n {'x' * 74}\r\n x"
    assert fold("x" * 60 + family) == f"{'x' * 60}\r\n {family}"
    assert fold("x" * 70 + "🇦🇹") == f"{'x' * 70}\r\n 🇦🇹"
    assert fold("x" * 74 + "e\u0301") == f"{'x' * 74}\r\n e\u0301"
    assert [len(part.encode()) for part in fold("e" + "\u0301" * 60).split("\r\n ")] == [75, 46]


def test_real_titles_in_many_scripts_come_back() -> None:
    path = SHARED_DATA / "ics" / "text_languages.ics"
    if not path.exists():
        pytest.skip(f"no real calendar files: {path} is missing (set RAPPORT_SHARED_DATA)")
    titles = [
        str(event["SUMMARY"])
        for event in icalendar.Calendar.from_ical(path.read_text(encoding="utf-8")).events
    ]
    feed = render_feed([item(f"uid-{n:03}", summary=title) for n, title in enumerate(titles)], name="Feed")
    assert [found[2] for _, found in sorted(read_icalendar(feed.content).items())] == titles


def test_words_of_ours_are_in_the_language_of_the_reader() -> None:
    gone = item(
        status=Status.CANCELLED, conference_url="https://meet.example/ä|b", url="https://x.example/%C3%A4?q=ö"
    )
    content = render_item(gone, wording=Wording(cancelled="Abgesagt: ", join="Beitreten: "))
    assert line(content, "SUMMARY") == "SUMMARY:Abgesagt: Briefing"
    assert line(content, "DESCRIPTION") == "DESCRIPTION:Beitreten: https://meet.example/ä|b"
    assert line(content, "URL") == "URL:https://x.example/%C3%A4?q=%C3%B6"
    assert line(content, "CONFERENCE").endswith('LABEL="Beitreten":https://meet.example/%C3%A4%7Cb')
    assert [text for text in lines_of(content) if re.match("METHOD|ORGANIZER|ATTENDEE|NAME|X-WR", text)] == []


ORGANIZER, GUEST = (
    Party("events@rapport.example", 'Events; "R&D"'),
    Party("o'brien+x%y@kol.example", "Mara O'Brien"),
)


@pytest.mark.parametrize(
    ("method", "parameters", "status"),
    [(Method.REQUEST, ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "CONFIRMED"), (Method.CANCEL, "", "CANCELLED")],
)
def test_an_invitation_names_one_guest_and_reads_the_same_after_the_mail(
    method: Method, parameters: str, status: str
) -> None:
    content = render_request(
        item(sequence=2),
        organizer=ORGANIZER,
        attendee=GUEST,
        made_at=REVISED + timedelta(days=1),
        method=method,
    )
    names = ["METHOD", "ORGANIZER", "ATTENDEE", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "STATUS"]
    role = f"CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT{parameters}"
    assert [line(content, name) for name in names] == [
        f"METHOD:{method}",
        "ORGANIZER;CN=\"Events; 'R&D'\":mailto:events@rapport.example",
        f"ATTENDEE;{role};CN=\"Mara O'Brien\":mailto:o'brien+x%25y@kol.example",
        "DTSTAMP:20260505T081530Z",
        "LAST-MODIFIED:20260504T081530Z",
        "SEQUENCE:2",
        f"STATUS:{status}",
    ]
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"], message["To"] = "Briefing", GUEST.address
    with pytest.raises(ValueError, match="needs its text"):
        attach_calendar(message, content, method)
    message.set_content("Please come.")
    message.add_alternative("<p>Please come.</p>", subtype="html")
    attach_calendar(message, content, method)
    received = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    parts = list(received.iter_parts())
    assert received.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    assert dict(parts[2]["Content-Type"].params) == {"method": str(method), "charset": "UTF-8"}
    assert parts[2].get_payload(decode=True) == content


@READERS
@pytest.mark.parametrize("method", list(Method))
def test_readers_accept_an_invitation(read: Reader, method: Method, same_tzdata: None) -> None:
    made = {"organizer": ORGANIZER, "attendee": GUEST, "method": method, "made_at": REVISED}
    title = {Method.REQUEST: "Briefing", Method.CANCEL: "Cancelled: Briefing"}[method]
    assert read(render_request(item(sequence=1), **made)) == {
        "uid-1": (utc("2026-07-01 07:00"), utc("2026-07-01 07:30"), title)
    }


def test_what_cannot_be_an_invitation_is_refused() -> None:
    people: dict[str, Any] = {"organizer": ORGANIZER, "attendee": GUEST}
    with pytest.raises(ValueError, match="sent as CANCEL"):
        render_request(item(status=Status.CANCELLED), made_at=REVISED, **people)
    with pytest.raises(ValueError, match="must be in UTC"):
        render_request(item(), made_at=wall("2026-01-01 00:00"), **people)
    message = EmailMessage()
    message.set_content("Text")
    with pytest.raises(ValueError, match="not a CANCEL"):
        attach_calendar(message, render_request(item(), made_at=REVISED, **people), Method.CANCEL)
    for address in [
        "",
        "Mara <m@k.eu>",
        "mailto:m@k.eu",
        "m@k.eu\r\nX:1",
        "m@k.eu,n@k.eu",
        "ö@k.eu",
        "m@k.eu\n",
    ]:
        with pytest.raises(ValueError, match="not a plain mail address"):
            Party(address)
