"""Times as calendar files write them: zones by any name, floating times, whole days; nothing is guessed at."""

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from flask_babel import gettext as _
from icalendar import Component, Timezone
from msgspec import Struct

from app.core.lines import one_line
from app.core.vtimezone import get_zone, zone_from_tzid, zone_names

#: What the parser raises over broken files, beside what it says it raises.
BROKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError)
_LONGEST = 320
_ZONE_BLOCK = re.compile(rb"BEGIN:VTIMEZONE\b.*?END:VTIMEZONE[ \t]*\r?\n", re.DOTALL | re.IGNORECASE)
_RULE = re.compile(rb"^BEGIN:(?:STANDARD|DAYLIGHT)", re.MULTILINE | re.IGNORECASE)
_TZID = re.compile(rb"^TZID[^:\r\n]*:([^\r\n]{1,200})", re.MULTILINE | re.IGNORECASE)


class ItemRefused(Exception):
    """Why an item is not taken."""


class ReadTime(Struct, frozen=True):
    """A time of the file: what the clocks show, in which zone, and the instant; `wall` is a date for a whole day."""

    wall: datetime | date
    zone: str
    tz: tzinfo
    at: datetime

    def on(self, wall: datetime) -> datetime:
        """The instant of another wall time there. In a gap the offset before it holds (RFC 5545)."""
        return wall.replace(tzinfo=self.tz, fold=0).astimezone(UTC)


class Clocks:
    """The zones of one VCALENDAR; `zone` is where floating times and whole days are read unless the file says."""

    def __init__(self, calendar: Component, zone: str) -> None:
        self.zone = zone_from_tzid(text_in(calendar, "X-WR-TIMEZONE")) or zone
        self.own_zones: dict[str, Timezone] = {
            str(row.get("TZID", "")): row for row in calendar.walk("VTIMEZONE") if isinstance(row, Timezone)
        }

    def time(self, value: Any) -> ReadTime:
        """The value of DTSTART, DTEND or RECURRENCE-ID; ItemRefused."""
        if isinstance(value, list):
            raise ItemRefused(_("It has two begins or two ends."))
        return self.read(value.dt, str(value.params.get("TZID", "")))

    def read(self, given: object, tzid: str) -> ReadTime:
        """A date, a time or a period as the parser gives it, in the zone the file names; ItemRefused."""
        if isinstance(given, tuple):  # a period: its begin
            given = given[0]
        if isinstance(given, datetime):
            wall = given.replace(tzinfo=None, fold=0)
            if given.tzinfo is UTC or (not tzid and given.tzinfo is not None):
                return ReadTime(wall, self.zone, UTC, wall.replace(tzinfo=UTC))
            zone, tz = self._zone_of(tzid, wall)
            return ReadTime(wall, zone, tz, wall.replace(tzinfo=tz).astimezone(UTC))
        if isinstance(given, date):
            tz = get_zone(self.zone)
            midnight = datetime.combine(given, datetime.min.time())
            return ReadTime(given, self.zone, tz, midnight.replace(tzinfo=tz).astimezone(UTC))
        raise ItemRefused(_("It has no date that can be read."))

    def _zone_of(self, tzid: str, wall: datetime) -> tuple[str, tzinfo]:
        """The zone a name means: tzdata's, or the rules in the file; where the two disagree, nobody can tell."""
        if not tzid:
            return self.zone, get_zone(self.zone)
        known, own = zone_from_tzid(tzid), self.own_zones.get(tzid)
        told = own.to_tz(lookup_tzid=False) if own is not None else None
        if known is None and told is None:
            raise ItemRefused(
                _(
                    "Nobody knows the time zone “%(tzid)s”, and the file does not describe it.",
                    tzid=clean(tzid)[:80],
                )
            )
        if known is None and told is not None:
            return self.zone, told
        tz = get_zone(str(known))
        if told is not None and wall.replace(tzinfo=told).utcoffset() != wall.replace(tzinfo=tz).utcoffset():
            raise ItemRefused(
                _(
                    "The file says “%(tzid)s” but describes other clocks than those of %(known)s: it could be"
                    " two times.",
                    tzid=clean(tzid)[:80],
                    known=known,
                )
            )
        return str(known), tz


def text_in(row: Component, name: str) -> str:
    """The first value of a property as it stands; empty without one."""
    value = row.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return str(value) if value is not None else ""


def clean(text: str) -> str:
    """The words of a file on one line, no longer than a title may be."""
    return one_line(text, _LONGEST)


def without_known_zones(data: bytes) -> bytes:
    """Leave out zones we know by their IANA name, which tzdata knows better, and zones without rules: both break the parser."""

    def judge(block: re.Match[bytes]) -> bytes:
        named = _TZID.search(block.group())
        name = named.group(1).decode("utf-8", "replace").strip() if named is not None else ""
        is_known = name in zone_names() or (name.startswith("/") and zone_from_tzid(name) is not None)
        says_nothing = not _RULE.search(block.group())  # the parser gives the whole file up over such a block
        return b"" if is_known or says_nothing else block.group()

    return _ZONE_BLOCK.sub(judge, data.removeprefix(b"\xef\xbb\xbf"))
