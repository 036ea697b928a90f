"""Published schedules as one neutral shape: what was found, what was refused and why, how doubtful times were read."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from flask_babel import gettext as _
from msgspec import Struct, field
from msgspec.structs import asdict

from app.core.errors import DomainError
from app.core.forms import FIRST_YEAR, LAST_YEAR
from app.core.i18n import number
from app.core.lines import one_line
from app.core.vtimezone import NonexistentTime, UnknownZone, get_zone, local_instant, zone_from_tzid

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_ITEMS: Final = 5_000
MAX_DEPTH: Final = 24
LONGEST_LINE: Final = 320
LONGEST_TEXT: Final = 20_000
LONGEST: Final = timedelta(days=7)


class ScheduleRefused(DomainError):
    """A file that is no schedule we can read; nothing of it is taken."""


class ItemRefused(Exception):
    """One item that cannot stand on an agenda; the rest of the file is taken."""


class Raw(Struct):
    """An item as the file words it; every value may be empty."""

    where: str = ""
    key: str = ""
    title: str = ""
    subtitle: str = ""
    abstract: str = ""
    description: str = ""
    place: str = ""
    day: str = ""
    date: str = ""
    start: str = ""
    end: str = ""
    duration: str = ""
    speakers: list[str] = field(default_factory=list)
    is_cancelled: bool = False


class Found(Struct, frozen=True):
    """An item that can stand on an agenda; `day` is the day of the schedule, which may run past midnight."""

    key: str
    title: str
    description: str
    place: str
    starts_at: datetime
    ends_at: datetime
    day: date | None = None
    speakers: tuple[str, ...] = ()
    is_cancelled: bool = False

    @property
    def published(self) -> dict[str, Any]:
        """The values as they are kept beside the session."""
        return {
            "title": self.title, "description": self.description, "place": self.place,
            "starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat(),
            "speakers": list(self.speakers), "is_cancelled": self.is_cancelled,
        }  # fmt: skip


class Left(Struct, frozen=True):
    """An item that was left out; by its key, if it has one, the session it was before is known not to be gone."""

    where: str
    reason: str
    key: str = ""


class Reading(Struct):
    """A file as it was read."""

    form: str
    key: str
    title: str
    version: str = ""
    day_change_hour: int | None = None
    found: list[Found] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    #: How doubtful things were read, as sentences.
    remarks: list[str] = field(default_factory=list)

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        rows = [
            one.published | {"key": one.key, "day": one.day.isoformat() if one.day else ""}
            for one in self.found
        ]
        return {
            "form": self.form, "key": self.key, "title": self.title, "version": self.version,
            "day_change_hour": self.day_change_hour, "found": rows, "left": [asdict(one) for one in self.left],
            "remarks": self.remarks,
        }  # fmt: skip

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Reading":
        """Back from JSON."""
        found = [found_of(row) for row in kept["found"]]
        left = [Left(**row) for row in kept["left"]]
        return cls(**{**kept, "found": found, "left": left})


def found_of(row: Mapping[str, Any]) -> Found:
    """One item back from JSON."""
    return Found(
        row["key"], row["title"], row["description"], row["place"], datetime.fromisoformat(row["starts_at"]),
        datetime.fromisoformat(row["ends_at"]), date.fromisoformat(row["day"]) if row["day"] else None,
        tuple(row["speakers"]), row["is_cancelled"],
    )  # fmt: skip


# -- words -----------------------------------------------------------------------------------------

# Among them the signs that turn the direction of writing, and broken halves of a character.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAK = re.compile(r"(?i)<br\s*/?>|</(?:p|div|li|h[1-6]|tr|blockquote|pre)>")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,1000}>")
#: A shorter text, such as a subtitle, may stand in a longer one by chance.
_REPEATED: Final = 40
_MANY_LINES = re.compile(r"\n\s*\n\s*")


def line_of(text: str) -> str:
    """Words on one line, of a length an agenda can show."""
    return one_line(text, LONGEST_LINE)


def prose_of(*texts: str) -> str:
    """Paragraphs as plain text: markup becomes line breaks or nothing."""
    parts = list(dict.fromkeys(filter(None, map(_plain, filter(None, texts)))))
    if len(parts) > 1:  # many abstracts stand in the description once more
        parts = [part for part in parts if len(part) < _REPEATED or not _stands_in_another(part, parts)]
    return "\n\n".join(parts)[:LONGEST_TEXT]


def _stands_in_another(part: str, parts: list[str]) -> bool:
    return any(part in other for other in parts if other is not part)


def _plain(text: str) -> str:
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "&" in text:
        text = html.unescape(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Most text can be printed as a whole, which is known ten times sooner than the expression has looked for more.
    if not text.replace("\n", "").isprintable():
        text = _UNPRINTABLE.sub("", text)
    text = text.strip()
    return _MANY_LINES.sub("\n\n", text) if "\n\n" in text or "\n " in text else text


# -- times -----------------------------------------------------------------------------------------

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def clock_of(text: str) -> time | None:
    """ "09:30" or "09:30:00"; None for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def span_of(text: str) -> timedelta | None:
    """A duration: "00:25", "01:00:00", "1:02:00:00" (with days) or minutes."""
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) < 6:
        return timedelta(minutes=int(text))
    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not all(
        part.isascii() and part.isdecimal() and len(part) < 4 for part in parts
    ):
        return None
    numbers = [int(part) for part in parts]
    if len(numbers) == 2:
        return timedelta(hours=numbers[0], minutes=numbers[1])
    days = numbers[0] if len(numbers) == 4 else 0
    hours, minutes, seconds = numbers[-3:]
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


class Clocks:
    """Reads times on the clocks of one zone, and counts what it had to decide."""

    def __init__(self, zone: str, day_change: time | None = None) -> None:
        self.zone, self.day_change = zone, day_change
        self.n_floating = self.n_twice = 0
        self._zone = get_zone(zone)
        self._known: dict[datetime, datetime] = {}  # items of one schedule begin at few different times

    def instant(self, wall: datetime) -> datetime:
        """The instant of a wall time; ItemRefused in a gap."""
        self.n_floating += 1
        if wall in self._known:
            return self._known[wall]
        try:
            found = self._known[wall] = local_instant(wall, self.zone)
        except NonexistentTime as error:
            raise ItemRefused(str(error)) from None
        except ValueError as error:
            raise ItemRefused(_("Its time cannot be read: %(error)s", error=error)) from None
        if wall.replace(tzinfo=self._zone).utcoffset() != wall.replace(tzinfo=self._zone, fold=1).utcoffset():
            self.n_twice += 1
        return found

    def stamp(self, text: str) -> datetime:
        """An ISO 8601 time, with an offset or on the clocks of the zone."""
        try:
            given = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ItemRefused(_("“%(text)s” is not a date and time.", text=text[:40])) from None
        if given.tzinfo is None:
            return self.instant(given)
        if not FIRST_YEAR <= given.year <= LAST_YEAR:
            raise ItemRefused(
                _(
                    "It lies outside the years %(first_year)s to %(last_year)s.",
                    first_year=FIRST_YEAR,
                    last_year=LAST_YEAR,
                )
            )
        return given.astimezone(UTC)

    def begin(self, raw: Raw) -> datetime:
        """When an item begins: its own date, else the day of the schedule and the clock."""
        if raw.date and "T" in raw.date:
            return self.stamp(raw.date)
        at = clock_of(raw.start)
        if at is None:
            if "T" in raw.start:
                return self.stamp(raw.start)
            raise ItemRefused(
                _("It does not say when it begins.")
                if not raw.start
                else _("“%(start)s” is not a time.", start=raw.start[:40])
            )
        try:
            on = date.fromisoformat(raw.date or raw.day)
        except ValueError:
            raise ItemRefused(_("“%(value)s” is not a date.", value=(raw.date or raw.day)[:40])) from None
        # A day runs until it changes: 00:30 on the second day of the schedule is the third on the calendar.
        late = not raw.date and self.day_change is not None and at < self.day_change
        return self.instant(datetime.combine(on + timedelta(days=1) if late else on, at))

    def end(self, raw: Raw, starts_at: datetime) -> datetime:
        """When it ends: said, or after its duration."""
        if raw.end and "T" in raw.end:
            return self.stamp(raw.end)
        if not raw.duration:
            raise ItemRefused(_("It says neither how long it is nor when it ends."))
        span = span_of(raw.duration)
        if span is None:
            raise ItemRefused(_("“%(duration)s” is not a duration.", duration=raw.duration[:40]))
        return starts_at + span

    def remarks(self) -> Iterable[str]:
        """What was decided about times."""
        if self.n_floating:
            yield _(
                "Times without a zone of their own (%(n_floating)s) were read on the clocks of %(zone)s.",
                n_floating=self.n_floating,
                zone=self.zone,
            )
        if self.n_twice:
            yield _(
                "Times that occur twice because the clocks go back: %(n_twice)s. The first was taken.",
                n_twice=self.n_twice,
            )


def zone_named(name: str) -> str | None:
    """The zone a file names for all its times; ScheduleRefused when nobody knows it."""
    if not name.strip():
        return None
    found = zone_from_tzid(name)
    if found is None:
        raise ScheduleRefused(
            _("The file says its times are those of “%(name)s”, which is no time zone.", name=name[:60]),
            field="file",
        )
    return found


# -- from words to items ---------------------------------------------------------------------------


def settle(raws: Iterable[Raw], clocks: Clocks, reading: Reading) -> Reading:
    """Turn raw items into found and refused ones; keys that several items share are made their own."""
    raws = list(raws)
    if len(raws) > MAX_ITEMS:
        raise ScheduleRefused(
            _("The file holds more than %(max_items)s items.", max_items=number(MAX_ITEMS)), field="file"
        )
    shared = {key for key, n in Counter(raw.key for raw in raws).items() if n > 1 and key}
    seen: set[str] = set()
    n_shared = n_roomless = 0
    for raw in raws:
        try:
            found = _found(raw, clocks, raw.key in shared)
        except (ItemRefused, UnknownZone) as refusal:
            reading.left.append(
                Left(line_of(raw.where or raw.title or "An item"), str(refusal), line_of(raw.key))
            )
            continue
        if found.key in seen:
            reading.left.append(
                Left(line_of(raw.where or raw.title), _("The same item stands in the file twice."))
            )
            continue
        seen.add(found.key)
        n_shared += raw.key in shared
        n_roomless += not found.place
        reading.found.append(found)
    if n_shared:
        reading.remarks.append(
            _(
                "Items that share an identifier with others: %(n_shared)s. They are told apart by "
                "title, begin and room.",
                n_shared=n_shared,
            )
        )
    if n_roomless:
        reading.remarks.append(
            _("Items without a room: %(n_roomless)s. They stand under “No room”.", n_roomless=n_roomless)
        )
    reading.remarks.extend(clocks.remarks())
    return reading


def _found(raw: Raw, clocks: Clocks, is_shared: bool) -> Found:
    title = line_of(raw.title)
    if not title:
        raise ItemRefused(_("It has no title."))
    starts_at = clocks.begin(raw)
    ends_at = clocks.end(raw, starts_at)
    if not FIRST_YEAR <= starts_at.year <= LAST_YEAR:
        raise ItemRefused(
            _(
                "It lies outside the years %(first_year)s to %(last_year)s.",
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )
        )
    if ends_at == starts_at:
        raise ItemRefused(_("It has no duration: it ends when it begins."))
    if ends_at < starts_at:
        raise ItemRefused(_("It ends before it begins."))
    if ends_at - starts_at > LONGEST:
        raise ItemRefused(_("It lasts longer than seven days."))
    place = line_of(raw.place)
    key = line_of(raw.key)
    if is_shared or not key:
        key = f"{key}|{starts_at:%Y%m%dT%H%MZ}|{place[:60]}|{title}"[:LONGEST_LINE]
    description = prose_of(raw.subtitle, raw.abstract, raw.description)
    speakers = tuple(dict.fromkeys(name for name in map(line_of, raw.speakers[:100]) if name))
    try:
        day = date.fromisoformat(raw.day) if raw.day else None
    except ValueError:
        day = None
    return Found(key, title, description, place, starts_at, ends_at, day, speakers, raw.is_cancelled)


def day_change_of(found: Iterable[Found], zone: str, said: int | None) -> int | None:
    """The hour at which the days of a schedule change, so that each item keeps the day it is published under.

    None when every item lies on the calendar day it is published under, so that nothing needs to be said.
    """
    tz = get_zone(zone)
    walls = [(one.starts_at.astimezone(tz), one.day) for one in found if one.day is not None]
    late = [wall.hour for wall, day in walls if wall.date() == day + timedelta(days=1)]
    if not late:
        return None
    least = max(late) + 1
    early = min((wall.hour for wall, day in walls if wall.date() == day), default=24)
    if said is not None and least <= said <= early and said <= 12:
        return said
    return least if least <= 12 else None
