"""Calendars of others as bytes: the times they hold, read with bounds; whatever cannot be read is named with the reason.

A file is hostile until it was read: its size, its items, its recurrences and the time spent on them have limits, zones
mean what tzdata says, and an item that two programs would read differently is refused instead of guessed at.
"""

import hashlib
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from flask_babel import gettext as _
from icalendar import Calendar, Component, Event
from msgspec import Struct, field

from app.core.ics_clocks import BROKEN, Clocks, ItemRefused, ReadTime, clean, text_in, without_known_zones
from app.core.ics_frame import why_no_calendar
from app.core.ics_recurring import TooMuch, UnreadableRule, walls_of
from app.core.vtimezone import FIRST_YEAR, LAST_YEAR
from app.core.wall_times import DaysTouched

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_ITEMS: Final = 5_000
_MOST_REFUSED = 200
_MOST_SECONDS = 15.0


class UnreadableCalendar(ValueError):
    """The bytes are no calendar, or more of one than is read; the words are for the person at the screen."""


class ReadItem(DaysTouched, Struct, frozen=True, kw_only=True):
    """One thing at one time. `key` names it for life within its calendar and says nothing else (a hash)."""

    key: str
    title: str
    place: str
    link: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    is_all_day: bool
    #: The calendar says that it takes up no time (TRANSP:TRANSPARENT).
    is_free: bool
    #: It has no end of its own: an hour was assumed.
    is_end_assumed: bool


class RefusedItem(Struct, frozen=True):
    """Something that cannot be taken, and why."""

    title: str
    reason: str


class Reading(Struct):
    """What a calendar holds between two days."""

    name: str = ""
    items: list[ReadItem] = field(default_factory=list)
    refused: list[RefusedItem] = field(default_factory=list)
    n_cancelled: int = 0
    n_outside: int = 0
    #: Series of which only the first part was taken.
    n_cut: int = 0

    def refuse(self, title: str, reason: str) -> None:
        """Note why something is not taken; a file full of nonsense is not repeated in full."""
        if len(self.refused) < _MOST_REFUSED:
            self.refused.append(RefusedItem(title or _("An item without a title"), reason))


def read_calendar(data: bytes, *, zone: str, from_on: date, to_on: date) -> Reading:
    """Everything between two days; `zone` is where floating times and whole days are read unless the file says.

    UnreadableCalendar when it is none, or too large.
    """
    found = parse_calendars(data)
    window = _Window(from_on, to_on, time.monotonic() + _MOST_SECONDS)
    reading = Reading()
    for calendar in found:
        reading.name = reading.name or text_in(calendar, "NAME") or text_in(calendar, "X-WR-CALNAME")
        _Reader(calendar, zone, window, reading).read()
    # The same thing written twice is one thing.
    once = {item.key: item for item in reading.items}
    reading.items = sorted(once.values(), key=lambda item: (item.starts_at, item.title, item.key))
    return reading


def parse_calendars(
    data: bytes, *, most_bytes: int = MOST_BYTES, most_items: int = MOST_ITEMS
) -> list[Component]:
    """The VCALENDARs of a file, within bounds; UnreadableCalendar when there is none, or too much of one."""
    if len(data) > most_bytes:
        raise UnreadableCalendar(
            _("This calendar is larger than %(most_bytes)s MB.", most_bytes=most_bytes // 1024 // 1024)
        )
    n_items = data.upper().count(b"BEGIN:VEVENT")
    if said := why_no_calendar(data[:4096], data[-4096:], n_items, most_items):
        raise UnreadableCalendar(said)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names of zones are ours to judge
            found = Calendar.from_ical(without_known_zones(data), multiple=True)
    except BROKEN as error:
        raise UnreadableCalendar(
            _("This calendar cannot be read: %(value)s.", value=clean(str(error)) or "it is damaged")
        ) from None
    return list(found)


class _Window(Struct, frozen=True):
    from_on: date
    to_on: date
    until: float

    def has(self, item: ReadItem) -> bool:
        return item.from_on <= self.to_on and item.to_on >= self.from_on


class _Reader:
    """One VCALENDAR."""

    def __init__(self, calendar: Component, zone: str, window: _Window, reading: Reading) -> None:
        self.calendar, self.window, self.reading = calendar, window, reading
        self.clocks = Clocks(calendar, zone)

    def read(self) -> None:
        events = [row for row in self.calendar.walk("VEVENT") if isinstance(row, Event)]
        masters = [row for row in events if row.get("RECURRENCE-ID") is None]
        parts: dict[str, list[Event]] = defaultdict(list)
        for row in events:
            if row.get("RECURRENCE-ID") is not None:
                parts[text_in(row, "UID")].append(row)
        times = Counter(text_in(row, "UID") for row in masters)
        for row in masters:
            uid = text_in(row, "UID")
            self._attempt(row, uid, parts.pop(uid, []), is_alone=bool(uid) and times[uid] == 1)
        for uid, rows in parts.items():  # the series itself is not in the file
            for row in rows:
                self._attempt(row, uid, [], is_alone=False)

    def _attempt(self, row: Event, uid: str, parts: list[Event], *, is_alone: bool) -> None:
        title = clean(text_in(row, "SUMMARY"))
        try:
            if time.monotonic() > self.window.until:
                raise ItemRefused(
                    _("The calendar takes too long to work out; this was not looked at any more.")
                )
            found = list(self._items_of(row, uid, parts, is_alone=is_alone))
        except (ItemRefused, UnreadableRule) as refusal:
            self.reading.refuse(title, str(refusal))
            return
        except TooMuch:
            self.reading.refuse(title, _("It is repeated so often that it cannot be worked out."))
            return
        except BROKEN as error:
            self.reading.refuse(
                title, _("It cannot be read: %(error)s.", error=clean(str(error)) or _("it is damaged"))
            )
            return
        for item in found:
            if len(self.reading.items) >= MOST_ITEMS:
                raise UnreadableCalendar(
                    _(
                        "This calendar holds more than %(most_items)s items at these times.",
                        most_items=f"{MOST_ITEMS:,}",
                    )
                )
            if self.window.has(item):
                self.reading.items.append(item)
            else:
                self.reading.n_outside += 1

    # -- one item, or a series ------------------------------------------------------------------------

    def _items_of(self, row: Event, uid: str, parts: list[Event], *, is_alone: bool) -> Iterator[ReadItem]:
        if text_in(row, "STATUS").upper() in {"CANCELLED", "CANCELED"}:
            self.reading.n_cancelled += 1
            return
        starts = self._start_of(row)
        length, is_assumed = self._length_of(row, starts)
        ref = "" if is_alone else f"{starts.at.isoformat()} {text_in(row, 'SUMMARY')}"
        if row.get("RRULE") is None and row.get("RDATE") is None:
            yield self._item(row, uid, ref, starts, starts.at, starts.at + length, is_assumed)
            return
        replaced = {self.clocks.time(part.get("RECURRENCE-ID")).at: part for part in parts}
        left_out = self._instants_in(row, "EXDATE")
        for at in self._starts_of_series(row, starts, length):
            if at in replaced or at in left_out:
                continue
            ends_at = (
                self._end_of_day(starts, at, length) if not isinstance(starts.wall, datetime) else at + length
            )
            yield self._item(row, uid, f"{ref}/{at.isoformat()}", starts, at, ends_at, is_assumed)
        for at, part in replaced.items():
            yield from self._items_of_part(part, uid, f"{ref}/{at.isoformat()}")

    def _items_of_part(self, part: Event, uid: str, ref: str) -> Iterator[ReadItem]:
        """One of a series that was moved or called off by itself."""
        if text_in(part, "STATUS").upper() in {"CANCELLED", "CANCELED"}:
            self.reading.n_cancelled += 1
            return
        starts = self._start_of(part)
        length, is_assumed = self._length_of(part, starts)
        yield self._item(part, uid, ref, starts, starts.at, starts.at + length, is_assumed)

    def _starts_of_series(self, row: Event, starts: ReadTime, length: timedelta) -> Iterator[datetime]:
        first = (
            starts.wall
            if isinstance(starts.wall, datetime)
            else datetime.combine(starts.wall, datetime.min.time())
        )
        begin = datetime.combine(self.window.from_on, datetime.min.time()) - length - timedelta(days=1)
        end = datetime.combine(self.window.to_on, datetime.max.time())
        seen: set[datetime] = set()
        rule = row.get("RRULE")
        if isinstance(rule, list):
            raise ItemRefused(_("It has several rules of recurrence; give it one."))
        if rule is not None:
            walls, is_cut = walls_of(rule, first, starts.tz, begin, end)
            self.reading.n_cut += is_cut
            seen.update(starts.on(wall) for wall in walls)
        elif begin <= first <= end:
            seen.add(starts.at)
        low, high = starts.on(begin), starts.on(end)
        seen.update(at for at in self._instants_in(row, "RDATE") if low <= at <= high)
        yield from sorted(seen)

    def _end_of_day(self, starts: ReadTime, at: datetime, length: timedelta) -> datetime:
        """Whole days last until midnight, whatever the clocks do on the way."""
        n_days = round(length / timedelta(days=1))
        wall = at.astimezone(starts.tz).replace(tzinfo=None)
        return starts.on(datetime.combine(wall.date() + timedelta(days=n_days), datetime.min.time()))

    def _item(
        self,
        row: Event,
        uid: str,
        ref: str,
        starts: ReadTime,
        at: datetime,
        ends_at: datetime,
        is_assumed: bool,
    ) -> ReadItem:
        if not (FIRST_YEAR <= at.year <= LAST_YEAR and ends_at.year <= LAST_YEAR):
            raise ItemRefused(
                _(
                    "It lies outside the years %(first_year)s to %(last_year)s.",
                    first_year=FIRST_YEAR,
                    last_year=LAST_YEAR,
                )
            )
        if ends_at - at > timedelta(days=400):
            raise ItemRefused(_("It lasts longer than a year."))
        link = clean(text_in(row, "URL"))
        return ReadItem(
            key=hashlib.sha256(f"{uid or text_in(row, 'SUMMARY')}\n{ref}".encode("utf-8", "replace")).hexdigest(),
            title=clean(text_in(row, "SUMMARY")), place=clean(text_in(row, "LOCATION")),
            link=link if link.startswith(("https://", "http://")) else "", starts_at=at, ends_at=ends_at, zone=starts.zone,
            is_all_day=not isinstance(starts.wall, datetime), is_free=text_in(row, "TRANSP").upper() == "TRANSPARENT",
            is_end_assumed=is_assumed,
        )  # fmt: skip

    # -- times ----------------------------------------------------------------------------------------

    def _start_of(self, row: Event) -> ReadTime:
        if row.get("DTSTART") is None:
            raise ItemRefused(_("It has no begin."))
        return self.clocks.time(row.get("DTSTART"))

    def _length_of(self, row: Event, starts: ReadTime) -> tuple[timedelta, bool]:
        """How long it lasts, and whether that is an assumption."""
        is_day = not isinstance(starts.wall, datetime)
        if row.get("DTEND") is not None:
            ends = self.clocks.time(row.get("DTEND"))
            if is_day != (not isinstance(ends.wall, datetime)):
                raise ItemRefused(_("Its begin is a whole day and its end a time, or the other way round."))
            if ends.at < starts.at:
                raise ItemRefused(_("It ends before it begins."))
            if ends.at > starts.at:
                return ends.at - starts.at, False
        if row.get("DURATION") is not None:
            length = getattr(row.get("DURATION"), "dt", None)
            if isinstance(length, timedelta) and length > timedelta(0):
                return length, False
        if is_day:
            return self._end_of_day(starts, starts.at, timedelta(days=1)) - starts.at, False
        return timedelta(hours=1), True

    def _instants_in(self, row: Event, name: str) -> set[datetime]:
        value = row.get(name)
        lists = value if isinstance(value, list) else [value] if value is not None else []
        return {
            self.clocks.read(one.dt, str(each.params.get("TZID", ""))).at
            for each in lists
            for one in each.dts
        }
