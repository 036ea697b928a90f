"""Every zone of the tzdata package, written as a VTIMEZONE and held against zoneinfo."""

import os
import re
import zoneinfo
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from dateutil.rrule import rrulestr

from app.core.vtimezone import (
    NonexistentTime,
    UnknownZone,
    get_zone,
    local_instant,
    vtimezone,
    zone_from_tzid,
    zone_names,
)

SHARED_DATA = Path(
    os.environ.get("RAPPORT_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
WINDOWS = [(2026, 2027), (2005, 2026), (1971, 2037), (2036, 2045)]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Onset(NamedTuple):
    at: datetime
    before: timedelta
    after: timedelta


def blocks(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    """Each STANDARD or DAYLIGHT block as a mapping; its name is under "kind"."""
    block: dict[str, str] = {}
    for line in lines:
        name, value = line.split(":", 1)
        if name == "BEGIN":
            block = {"kind": value}
        elif name == "END":
            if value == block.get("kind"):
                yield block
        else:
            block[name] = value


def offset(text: str) -> timedelta:
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5]), seconds=int(text[5:] or "0"))


def onsets(block: dict[str, str], until: datetime) -> Iterator[Onset]:
    """The UTC onsets of a block, its rule expanded by dateutil."""
    before, after = offset(block["TZOFFSETFROM"]), offset(block["TZOFFSETTO"])
    first = wall(block["DTSTART"])
    walls = [first]
    if "RRULE" in block:
        walls = rrulestr(block["RRULE"], dtstart=first).between(first, until.replace(tzinfo=None), inc=True)
        assert walls[0] == first
    for onset in walls:
        yield Onset((onset - before).replace(tzinfo=UTC), before, after)


@pytest.mark.parametrize(("first_year", "last_year"), WINDOWS)
def test_every_block_of_every_zone_agrees_with_zoneinfo(first_year: int, last_year: int) -> None:
    opens, closes = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    second = timedelta(seconds=1)
    wrong = []
    for name in sorted(zone_names()):
        zone = get_zone(name)
        found = sorted(
            o
            for b in blocks(vtimezone(name, first_year, last_year))
            for o in onsets(b, closes + timedelta(days=400))
        )
        wrong += [
            (name, onset, "does not continue")
            for last, onset in pairwise(found)
            if last.after != onset.before
        ]
        for onset in found:
            # A block of equal offsets stands for "until further notice": it has no change to look at.
            if onset.before == onset.after and onset is found[0]:
                continue
            seen = (onset.at - second).astimezone(zone).utcoffset(), onset.at.astimezone(zone).utcoffset()
            if seen != (onset.before, onset.after) or onset.before == onset.after:
                wrong.append((name, onset, seen))
        instants = [opens + (closes - opens) / 500 * n for n in range(500)]
        starts = [onset.at for onset in found]
        for instant in [*instants, closes - second]:
            index = bisect_right(starts, instant) - 1
            if index < 0 or found[index].after != instant.astimezone(zone).utcoffset():
                wrong.append((name, instant, "offset"))
    assert wrong == []
    assert len(zone_names()) > 590


def test_no_line_of_any_zone_has_what_readers_stumble_over() -> None:
    plain_rule = re.compile(r"RRULE:FREQ=YEARLY;BYMONTH=\d+;BYDAY=(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)")
    lines = [line for name in zone_names() for line in vtimezone(name, 2005, 2030)]
    assert [line for line in lines if line.startswith("RDATE") or "<" in line or len(line) > 75] == []
    assert [line for line in lines if line.startswith("RRULE") and not plain_rule.fullmatch(line)] == []


def test_vienna_is_two_yearly_blocks_with_onsets_in_the_time_before_the_change() -> None:
    assert vtimezone("Europe/Vienna", 2026, 2027) == (
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Vienna",
        "BEGIN:DAYLIGHT",
        "DTSTART:19960331T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19961027T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "END:STANDARD",
        "END:VTIMEZONE",
    )


def test_a_zone_without_changes_is_one_fixed_block() -> None:
    assert list(blocks(vtimezone("Asia/Kathmandu", 2026, 2027))) == [
        {
            "kind": "STANDARD",
            "DTSTART": "19700101T000000",
            "TZOFFSETFROM": "+0545",
            "TZOFFSETTO": "+0545",
            "TZNAME": "+0545",
        }
    ]


@pytest.mark.parametrize(
    "zone", ["Asia/Gaza", "America/Nuuk", "America/Santiago", "Asia/Jerusalem", "Africa/Cairo"]
)
def test_a_rule_that_byday_cannot_say_becomes_single_transitions(zone: str) -> None:
    written = list(blocks(vtimezone(zone, 2026, 2026)))
    assert ["RRULE" in block for block in written] == [False] * 3  # in force on 1 January, then two changes


def test_a_rule_younger_than_the_window_comes_after_the_single_transitions_before_it() -> None:
    written = list(blocks(vtimezone("America/New_York", 2006, 2026)))
    assert [(block["DTSTART"], block.get("RRULE")) for block in written] == [
        ("20051030T020000", None),
        ("20060402T020000", None),
        ("20061029T020000", None),
        ("20070311T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
        ("20071104T020000", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
    ]


def test_dublin_is_daylight_in_summer_although_its_rule_says_winter() -> None:
    kinds = [
        (block["kind"], block["TZOFFSETTO"], block["TZNAME"])
        for block in blocks(vtimezone("Europe/Dublin", 2026, 2026))
    ]
    assert kinds == [("DAYLIGHT", "+0100", "IST"), ("STANDARD", "+0000", "GMT")]


def test_zoneinfo_reads_the_same_offsets_from_the_package() -> None:
    saved = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    try:
        from_package = {name: zoneinfo.ZoneInfo.no_cache(name) for name in zone_names()}
    finally:
        zoneinfo.reset_tzpath(to=saved)
    instants = [
        datetime(year, month, 1, tzinfo=UTC) for year in range(1975, 2040, 4) for month in range(1, 13)
    ]
    different = [
        (name, instant)
        for name, zone in from_package.items()
        for instant in instants
        if instant.astimezone(zone).utcoffset() != instant.astimezone(get_zone(name)).utcoffset()
    ]
    assert different == []


@pytest.mark.parametrize(
    "name", ["", "Factory", "Europe/Wien", "../../../etc/passwd", "europe", "W. Europe Standard Time"]
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    for use in (
        get_zone,
        lambda zone: vtimezone(zone, 2026, 2026),
        lambda zone: local_instant(wall("2026-01-01 00:00"), zone),
    ):
        with pytest.raises(UnknownZone):
            use(name)


@pytest.mark.parametrize(
    ("time", "zone", "instant"),
    [
        (wall("2026-10-14 10:30"), "Europe/London", wall("2026-10-14 09:30")),
        (wall("2026-07-01 09:00"), "Australia/Lord_Howe", wall("2026-06-30 22:30")),
        (wall("2026-07-01 09:00"), "Asia/Kathmandu", wall("2026-07-01 03:15")),
        # Twice on the clock: the first time.
        (wall("2026-10-25 02:30"), "Europe/Vienna", wall("2026-10-25 00:30")),
        (wall("2026-10-25 02:30").replace(fold=1), "Europe/Vienna", wall("2026-10-25 00:30")),
        # The edges of a gap exist.
        (wall("2026-03-29 01:59:59"), "Europe/Vienna", wall("2026-03-29 00:59:59")),
        (wall("2026-03-29 03:00"), "Europe/Vienna", wall("2026-03-29 01:00")),
    ],
)
def test_local_instant_reads_the_wall_clock(time: datetime, zone: str, instant: datetime) -> None:
    assert local_instant(time, zone) == instant.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "zone", "next_valid"),
    [
        (wall("2026-03-29 02:00"), "Europe/Vienna", wall("2026-03-29 03:00")),
        (wall("2026-03-29 02:59:59"), "Europe/Vienna", wall("2026-03-29 03:00")),
        (wall("2027-03-14 02:30").replace(fold=1), "America/New_York", wall("2027-03-14 03:00")),
        (wall("2026-10-04 02:10"), "Australia/Lord_Howe", wall("2026-10-04 02:30")),
        (wall("2050-03-26 23:15"), "America/Nuuk", wall("2050-03-27 00:00")),
        (wall("2011-12-30 12:00"), "Pacific/Apia", wall("2011-12-31 00:00")),
    ],
)
def test_local_instant_refuses_a_time_that_the_clocks_leave_out(
    time: datetime, zone: str, next_valid: datetime
) -> None:
    with pytest.raises(NonexistentTime) as refusal:
        local_instant(time, zone)
    assert (refusal.value.zone, refusal.value.wall, refusal.value.next_valid) == (zone, time, next_valid)
    assert local_instant(next_valid, zone).astimezone(get_zone(zone)).replace(tzinfo=None) == next_valid


def test_the_refusal_says_what_to_enter_instead() -> None:
    with pytest.raises(NonexistentTime) as refusal:
        local_instant(wall("2026-03-29 02:30"), "Europe/Vienna")
    assert str(refusal.value) == (
        "2026-03-29 02:30 does not exist in Europe/Vienna, where the clocks go forward: "
        "the next valid time is 2026-03-29 03:00."
    )


@pytest.mark.parametrize(
    "time", [wall("2026-07-01 09:00").replace(tzinfo=UTC), wall("0001-01-01 00:00"), wall("9999-12-31 23:00")]
)
def test_local_instant_refuses_times_with_a_zone_and_years_that_are_typing_errors(time: datetime) -> None:
    with pytest.raises(ValueError, match=r"zone of its own|outside"):
        local_instant(time, "Pacific/Auckland")


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Vienna", "Europe/Vienna"),
        ('"Europe/Vienna"', "Europe/Vienna"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Standard Time 1", "America/New_York"),
        (
            "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
        ),
        ("/mozilla.org/20070129_1/America/New_York", "America/New_York"),
        ("America_New_York", "America/New_York"),
        ("Customized Time Zone", None),
        ("IndianReunion", None),
        ("/", None),
        ("", None),
    ],
)
def test_zone_from_tzid_knows_the_names_of_other_programs(tzid: str, zone: str | None) -> None:
    assert zone_from_tzid(tzid) == zone


def shared_calendar(name: str) -> str:
    path = SHARED_DATA / "ics" / name
    if not path.exists():
        pytest.skip(f"no real calendar files: {path} is missing (set RAPPORT_SHARED_DATA)")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "zones"),
    [
        ("tz_windows_names.ics", ["Pacific/Auckland"]),
        ("tz_office365_extended.ics", ["Europe/Berlin"]),
        (
            "tz_globally_unique_slash.ics",
            ["America/Argentina/Buenos_Aires", "America/New_York", "Europe/Berlin"],
        ),
        ("tz_two_tz_event.ics", ["America/New_York", "Europe/Berlin"]),
        ("tz_office365_custom.ics", ["Europe/Warsaw"]),
    ],
)
def test_zone_from_tzid_maps_the_zones_of_real_files(file: str, zones: list[str]) -> None:
    tzids = set(re.findall(r"^DT(?:START|END);TZID=([^:;]+)", shared_calendar(file), re.MULTILINE))
    assert sorted({zone_from_tzid(tzid) or tzid for tzid in tzids}) == zones


def vzic_lines(file: str) -> list[str]:
    lines = shared_calendar(file).splitlines()
    return lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE") + 1]


def test_lord_howe_has_the_rules_that_libical_found() -> None:
    """vzic lets rules begin in 1970, we in the year they came into force: the date of DTSTART may differ."""

    def rules(lines: Sequence[str]) -> list[list[str]]:
        names = ("kind", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE")
        return sorted([block["DTSTART"][8:], *(block[name] for name in names)] for block in blocks(lines))

    assert rules(vtimezone("Australia/Lord_Howe", 2026, 2030)) == rules(vzic_lines("tz_oracle_lord_howe.ics"))


def test_casablanca_changes_when_libical_says_in_the_years_both_know() -> None:
    theirs, changes = set(), ("", "")
    for name, value in (line.split(":", 1) for line in vzic_lines("tz_oracle_casablanca.ics")):
        if name == "TZOFFSETFROM":
            changes = (value, "")
        elif name == "TZOFFSETTO":
            changes = (changes[0], value)
        elif name in {"DTSTART", "RDATE"} and "2019" <= value[:4] <= "2025":
            theirs.add((value, *changes))
    ours = {
        (b["DTSTART"], b["TZOFFSETFROM"], b["TZOFFSETTO"])
        for b in blocks(vtimezone("Africa/Casablanca", 2019, 2025))
    }
    assert {change for change in ours if change[0] >= "2019"} == theirs
    assert len(theirs) == 14
