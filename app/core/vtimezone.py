"""Times of calendar items and the IANA zones they need, as RFC 5545 writes them (VTIMEZONE).

Debian's zone files and the `tzdata` package are updated at different times and disagree on some zones
(Europe/Chisinau in 2025b and 2026.6), so names, offsets and daylight-saving rules all come from the package alone:
`get_zone` opens the same file whose transitions and POSIX footer `vtimezone` writes out.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON
from msgspec import Struct
from msgspec.structs import replace

# Before 1971 some zones still kept local mean time; after 2199 a date is a typing error.
FIRST_YEAR, LAST_YEAR = 1971, 2199

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  naive: counts wall-clock seconds
_DAY = 86_400
# Names of UTC itself: written with a trailing Z, which needs no VTIMEZONE.
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")  # in POSIX order

Zones = dict[str, tuple[int, int]]
"""The zones used in one calendar, each with the first and the last year (in UTC) it is used in."""


class ZonedTime(NamedTuple):
    """An instant (`at`: aware, in UTC) and the IANA zone in whose wall time people at that place read it."""

    at: datetime
    zone: str


class UnknownZone(ValueError):
    """The name is not an IANA zone of the installed tzdata package."""


class NonexistentTime(ValueError):
    """A wall time inside a daylight-saving gap: the clocks of `zone` never show it.

    `next_valid` is the naive wall time at which the clocks continue.
    """

    def __init__(self, wall: datetime, zone: str, next_valid: datetime) -> None:
        self.wall, self.zone, self.next_valid = wall, zone, next_valid
        super().__init__(
            f"{wall:%Y-%m-%d %H:%M} does not exist in {zone}, where the clocks go forward: "
            f"the next valid time is {next_valid:%Y-%m-%d %H:%M}."
        )


@cache
def zone_names() -> frozenset[str]:
    """All IANA names of the package but Factory, which means "zone not set"."""
    return frozenset(_package_file("zones").decode().split()) - {"Factory"}


@cache
def get_zone(name: str) -> ZoneInfo:
    """The zone from the package file; raises UnknownZone."""
    with (resources.files("tzdata") / "zoneinfo" / _known(name)).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def local_instant(wall: datetime, zone: str) -> datetime:
    """The UTC instant at which the clocks of `zone` show the naive `wall`.

    A wall time that occurs twice (clocks go back) is its first occurrence, whatever `wall.fold` says.
    Raises NonexistentTime inside a gap, which parsers read as different instants; UnknownZone; ValueError
    for a `wall` with a zone of its own or outside FIRST_YEAR..LAST_YEAR.
    """
    if wall.tzinfo is not None:
        raise ValueError("A wall time carries no zone of its own.")
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise ValueError(f"The year {wall.year} is outside {FIRST_YEAR} to {LAST_YEAR}.")
    tz = get_zone(zone)
    instant = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == wall.replace(fold=0):
        return instant
    # PEP 495: a time in a gap is read with the offset before it, so the instant lies just behind the change.
    change = _timeline(zone).last_before(int(instant.timestamp()))
    raise NonexistentTime(wall, zone, change.onset + timedelta(seconds=change.after - change.before))


def zone_from_tzid(tzid: str) -> str | None:
    """The IANA zone meant by another program's TZID, or None: the caller asks a person.

    Knows IANA names, Windows names (also "Eastern Standard Time 1"), vendor prefixes such as
    "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", and "Europe_Berlin". "Customized Time Zone" is None.
    """
    text = tzid.strip().strip('"')
    candidates = [text, WINDOWS_TO_OLSON.get(re.sub(r" \d+$", "", text), ""), text.replace("_", "/", 1)]
    if text.startswith("/"):
        parts = text.split("/")
        candidates += ["/".join(parts[start:]) for start in range(1, len(parts))]
    return next((name for name in candidates if name in zone_names()), None)


def time_problems(starts: ZonedTime | date, ends: ZonedTime | date) -> Iterator[str]:
    """What keeps two times from being the start and the (exclusive) end of an item, as sentences."""
    problems = [*_own_problems("start", starts), *_own_problems("end", ends)]
    yield from problems
    if problems:
        return
    if isinstance(starts, ZonedTime) and isinstance(ends, ZonedTime):
        is_ordered = starts.at.replace(microsecond=0) < ends.at.replace(microsecond=0)
    elif isinstance(starts, ZonedTime) or isinstance(ends, ZonedTime):
        yield "One of start and end is a whole day, the other has a time."
        return
    else:
        is_ordered = starts < ends
    if not is_ordered:
        yield "The end is not after the start."


def _own_problems(label: str, when: ZonedTime | date) -> Iterator[str]:
    if isinstance(when, datetime):
        yield f"The {label} has no time zone name."
    elif isinstance(when, ZonedTime):
        if when.zone not in zone_names():
            yield f"The time zone of the {label} is unknown: {when.zone!a}."
        if not is_utc(when.at):
            yield f"The {label} is not in UTC."
    if not FIRST_YEAR <= (when.at if isinstance(when, ZonedTime) else when).year <= LAST_YEAR:
        yield f"The year of the {label} is outside {FIRST_YEAR} to {LAST_YEAR}."


def zoned_line(name: str, when: ZonedTime | date, zones: Zones) -> str:
    """A content line such as DTSTART, as a date, in UTC or with a TZID, which is then added to `zones`."""
    if not isinstance(when, ZonedTime):
        return f"{name};VALUE=DATE:{when:%Y%m%d}"
    if when.zone in _UTC_NAMES:
        return f"{name}:{utc_text(when.at)}"
    wall = when.at.astimezone(get_zone(when.zone))
    if wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset():
        # The clocks show this time twice; parsers differ in which one they take, so name the instant itself.
        return f"{name}:{utc_text(when.at)}"
    add_zone(zones, when.zone, when.at.year)
    return f"{name};TZID={when.zone}:{wall:%Y%m%dT%H%M%S}"


def add_zone(zones: Zones, zone: str, year: int) -> None:
    first, last = zones.get(zone, (year, year))
    zones[zone] = min(first, year), max(last, year)


def utc_text(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}"


def is_utc(instant: datetime) -> bool:
    return instant.utcoffset() == timedelta(0)


@lru_cache(maxsize=2048)
def vtimezone(zone: str, first_year: int, last_year: int) -> tuple[str, ...]:
    """Content lines of a VTIMEZONE that is exact from `first_year` to `last_year`, years in UTC.

    Three shapes, simplest first: one fixed block; two yearly RRULE blocks in the only form Microsoft promises
    to read (FREQ=YEARLY with BYMONTH and one BYDAY, [MS-OXCICAL] 2.1.3.1.1.19.2); one block per transition where
    the rule does not fit that form (onset at 24:00 or later, Ramadan) or is younger than the window. Never RDATE:
    ical.js reads the first value only and Outlook none. Raises UnknownZone.
    """
    timeline = _timeline(zone)
    opens, closes = _seconds(date(first_year, 1, 1)), _seconds(date(last_year + 1, 1, 1))
    rules_begin = min(timeline.yearly[0].at, closes) if timeline.yearly else closes
    singles = [t for t in timeline.transitions if opens < t.at < rules_begin and t.before != t.after]
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}"]
    in_force = timeline.last_before(opens)
    if rules_begin == closes and not singles:
        lines += _block(
            replace(in_force, at=-in_force.after, before=in_force.after, is_dst=False, was_dst=False)
        )
    elif opens < rules_begin:
        lines += _block(in_force)
    for transition in singles:
        lines += _block(transition)
    if rules_begin < closes:
        for transition, rule in zip(timeline.yearly, timeline.rules, strict=True):
            lines += _block(transition, rule)
    return (*lines, "END:VTIMEZONE")


class _Transition(Struct, frozen=True):
    """The clocks of a zone change: `at` in Unix seconds, UTC offsets `before` and `after` in seconds."""

    at: int
    before: int
    after: int
    was_dst: bool
    is_dst: bool
    name: str

    @property
    def onset(self) -> datetime:
        """Wall time shown just before the change: the DTSTART of its block (RFC 5545, 3.6.5)."""
        return _EPOCH + timedelta(seconds=self.at + self.before)

    @property
    def kind(self) -> str:
        """The block's name. Dublin declares winter as the exception, but readers expect DAYLIGHT in summer."""
        if self.is_dst != self.was_dst:
            return "DAYLIGHT" if self.after > self.before else "STANDARD"
        return "DAYLIGHT" if self.is_dst else "STANDARD"

    @property
    def change(self) -> tuple[int, int, int]:
        return self.at, self.before, self.after


class _Timeline(Struct, frozen=True):
    """All transitions of a zone up to LAST_YEAR in order; `initial` stands for the time before the first.

    From `yearly` on (two of the transitions, or none) everything follows `rules`, the matching RRULE values.
    """

    initial: _Transition
    transitions: tuple[_Transition, ...]
    yearly: tuple[_Transition, ...] = ()
    rules: tuple[str, ...] = ()

    def last_before(self, instant: int) -> _Transition:
        """The transition whose offset is in force at `instant` (Unix seconds)."""
        index = bisect_right(self.transitions, instant, key=lambda transition: transition.at)
        return self.transitions[index - 1] if index else self.initial


class _Rule(Struct, frozen=True):
    """One `Mm.w.d/time` of a POSIX TZ string; `time` in seconds from local midnight may be negative or past 24 h."""

    month: int
    week: int
    weekday: int
    time: int

    @classmethod
    def parse(cls, text: str) -> "_Rule":
        match = re.fullmatch(r"M(\d+)\.(\d)\.(\d)(?:/(.+))?", text)
        if match is None:
            raise ValueError(f"Unsupported rule in a POSIX TZ string: {text}")
        month, week, weekday, time = match.groups()
        return cls(int(month), int(week), int(weekday), _posix_seconds(time or "2"))

    @property
    def rrule(self) -> str | None:
        """The RRULE value, or None where the onset leaves the named weekday so that no BYDAY can express it."""
        if not 0 <= self.time < _DAY:
            return None
        week = -1 if self.week == 5 else self.week
        return f"FREQ=YEARLY;BYMONTH={self.month};BYDAY={week}{_WEEKDAYS[self.weekday]}"

    def onset(self, year: int) -> int:
        """Wall time of the change in `year`, in seconds since 1970-01-01T00:00 of the same clock."""
        first = date(year, self.month, 1)
        day = first + timedelta(days=(self.weekday - first.isoweekday()) % 7 + 7 * (self.week - 1))
        if day.month != self.month:  # week 5 means the last one, which may be the fourth
            day -= timedelta(days=7)
        return _seconds(day) + self.time


@cache
def _timeline(zone: str) -> _Timeline:
    initial, recorded, footer = _read_tzif(_package_file(f"zoneinfo/{_known(zone)}"))
    generated, rules = _read_footer(footer)
    last = recorded[-1].at if recorded else initial.at
    transitions = (*recorded, *(transition for transition in generated if transition.at > last))
    if None in rules:
        return _Timeline(initial, transitions)
    n_regular = 0
    for actual, regular in zip(reversed(transitions), reversed(generated), strict=False):
        if actual.change != regular.change:
            break
        n_regular += 1
    start = len(generated) - n_regular
    yearly = tuple(generated[start : start + 2])
    # Rules are in the order of `generated`, two a year; the zone may have adopted them in mid-year.
    ordered = rules if start % 2 == 0 else rules[::-1]
    return _Timeline(initial, transitions, yearly, tuple(rule for rule in ordered if rule))


def _read_tzif(content: bytes) -> tuple[_Transition, list[_Transition], str]:
    """The pseudo-transition before all others, the recorded transitions and the footer of a TZif file (RFC 9636)."""
    # The first, 32-bit block is skipped; every file of the package has the second one.
    isut, isstd, leap, n_times, n_types, n_chars = struct.unpack(">6l", content[20:44])
    second = 44 + n_times * 5 + n_types * 6 + n_chars + leap * 8 + isstd + isut
    isut, isstd, leap, n_times, n_types, n_chars = struct.unpack(">6l", content[second + 20 : second + 44])
    start = second + 44
    times = struct.unpack_from(f">{n_times}q", content, start)
    indexes = content[start + n_times * 8 : start + n_times * 9]
    start += n_times * 9
    kinds = list(struct.iter_unpack(">l?B", content[start : start + n_types * 6]))
    names = content[start + n_types * 6 : start + n_types * 6 + n_chars]
    footer = content[start + n_types * 6 + n_chars + leap * 12 + isstd + isut :].decode().strip()

    def name(at: int) -> str:
        return names[at : names.index(b"\0", at)].decode()

    offset, is_dst, label = kinds[0]
    initial = _Transition(-offset, offset, offset, is_dst, is_dst, name(label))
    transitions: list[_Transition] = []
    for at, index in zip(times, indexes, strict=True):
        before, was_dst = offset, is_dst
        offset, is_dst, label = kinds[index]
        transitions.append(_Transition(at, before, offset, was_dst, is_dst, name(label)))
    return initial, transitions, footer


def _read_footer(footer: str) -> tuple[list[_Transition], tuple[str | None, ...]]:
    """Transitions of 1900..LAST_YEAR by the POSIX TZ string, and the RRULE of the first and second of each year."""
    name = r"<[^>]+>|[A-Za-z]+"
    match = re.fullmatch(rf"({name})([-+\d:]+)(?:({name})([-+\d:]*),([^,]+),([^,]+))?", footer)
    if match is None:
        raise ValueError(f"Unsupported POSIX TZ string: {footer}")
    standard_name, standard_text, summer_name, summer_text, starts, ends = match.groups()
    if summer_name is None:
        return [], (None, None)
    standard = -_posix_seconds(standard_text)
    summer = -_posix_seconds(summer_text) if summer_text else standard + 3600
    start, end = _Rule.parse(starts), _Rule.parse(ends)
    transitions: list[_Transition] = []
    for year in range(1900, LAST_YEAR + 1):
        begin = _Transition(
            start.onset(year) - standard, standard, summer, False, True, summer_name.strip("<>")
        )
        finish = _Transition(
            end.onset(year) - summer, summer, standard, True, False, standard_name.strip("<>")
        )
        transitions += sorted((begin, finish), key=lambda transition: transition.at)
    return transitions, (start.rrule, end.rrule) if start.month < end.month else (end.rrule, start.rrule)


def _block(transition: _Transition, rule: str | None = None) -> list[str]:
    return [
        f"BEGIN:{transition.kind}",
        f"DTSTART:{transition.onset:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset(transition.before)}",
        f"TZOFFSETTO:{_offset(transition.after)}",
        f"TZNAME:{transition.name}",
        *([f"RRULE:{rule}"] if rule else []),
        f"END:{transition.kind}",
    ]


def _offset(seconds: int) -> str:
    """`+0545`, or `-004430` where a zone counts seconds."""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}{minutes % 60:02}" + (
        f"{rest:02}" if rest else ""
    )


def _posix_seconds(text: str) -> int:
    """`[+-]h[h][h][:mm[:ss]]` of a POSIX TZ string in seconds, its own sign kept (west is positive there)."""
    hours, minutes, seconds = [*map(int, text.lstrip("+-").split(":")), 0, 0][:3]
    return (hours * 3600 + minutes * 60 + seconds) * (-1 if text.startswith("-") else 1)


def _seconds(day: date) -> int:
    return (day - _EPOCH.date()).days * _DAY


def _known(name: str) -> str:
    # The name becomes part of a path, so it must be one of the list and not merely look like one.
    if name not in zone_names():
        raise UnknownZone(f"“{name}” is not a known time zone.")
    return name


def _package_file(path: str) -> bytes:
    return (resources.files("tzdata") / path).read_bytes()
