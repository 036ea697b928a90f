"""Reading sessions out of a calendar file, item by item, so that a damaged one is named by its lines and the rest is taken."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import icalendar
import icalendar.error
from flask_babel import gettext as _

from app.core.ics_frame import why_no_calendar
from app.core.vtimezone import NonexistentTime, local_instant, zone_from_tzid
from app.events.schedule_reading import (
    MAX_ITEMS,
    Clocks,
    ItemRefused,
    Left,
    Raw,
    Reading,
    ScheduleRefused,
    line_of,
    settle,
)

#: An item of a schedule is a page of text at most; the parser is not fed with more.
_MOST_LINES: Final = 2_000
_MOST_CHARACTERS: Final = 100_000
_TIME = re.compile(r"(?i)(?:DTSTART|DTEND|RECURRENCE-ID)[;:]")
_TZID = re.compile(r"(?i);TZID=")
_ZONE: Final = "X-OUR-ZONE"


def read_ics(text: str, zone: str) -> Reading:
    """The sessions in a file; floating times are those of `zone`. ScheduleRefused with the reason."""
    lines = text.splitlines()
    n_items = sum(line[:12].upper() == "BEGIN:VEVENT" for line in lines)
    if said := why_no_calendar(text[:4096].encode(), text[-4096:].encode(), n_items, MAX_ITEMS):
        raise ScheduleRefused(said, field="file")
    name = _calendar_name(lines)
    reading = Reading("calendar file", name, name)
    clocks = Clocks(zone)
    raws: list[Raw] = []
    for first, last, block in _items(lines):
        where = _("Lines %(first)s–%(last)s", first=first, last=last)
        try:
            raws.append(_raw(block, where, clocks))
        except ItemRefused as refusal:
            title = _said_in(block, "SUMMARY")
            words = f"{where}, “{title[:80]}”" if title else where
            reading.left.append(Left(words, str(refusal), _said_in(block, "UID")))
    if not n_items:
        raise ScheduleRefused(_("This calendar file holds no event."), field="file")
    return settle(raws, clocks, reading)


def _calendar_name(lines: list[str]) -> str:
    """What the calendar calls itself, before its first item."""
    for line in lines[:200]:
        if line.upper().startswith("BEGIN:VEVENT"):
            break
        if line.upper().startswith(("X-WR-CALNAME", "NAME:", "NAME;")):
            return line_of(line.partition(":")[2].replace("\\,", ",")) or _("Calendar file")
    return str(_("Calendar file"))


def _items(lines: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Each VEVENT with the numbers of its first and last line; what stands between is skipped."""
    begins, depth = -1, 0
    for number, line in enumerate(lines):
        word = line[:40].strip().upper()
        if begins < 0:
            if word == "BEGIN:VEVENT":
                begins, depth = number, 0
        elif word.startswith("BEGIN:"):
            depth += 1
            if depth > 3:
                raise ScheduleRefused(
                    _("Components are nested too deep at line %(number)s.", number=number + 1), field="file"
                )
        elif word == "END:VEVENT":
            yield begins + 1, number + 1, lines[begins : number + 1]
            begins = -1
        elif word.startswith("END:"):
            depth -= 1
    if begins >= 0:
        raise ScheduleRefused(
            _("The event that begins at line %(begins)s has no end.", begins=begins + 1), field="file"
        )


def _said_in(block: list[str], name: str) -> str:
    """A value of an item that cannot be read as a whole."""
    found = next(
        (
            line
            for line in _unfolded(block[:_MOST_LINES])
            if line.upper().startswith((f"{name}:", f"{name};"))
        ),
        "",
    )
    return line_of(found.partition(":")[2])


def _raw(block: list[str], where: str, clocks: Clocks) -> Raw:
    if len(block) > _MOST_LINES or sum(map(len, block)) > _MOST_CHARACTERS:
        raise ItemRefused(_("It is far longer than an item of a schedule."))
    try:
        item = icalendar.Event.from_ical("\r\n".join(_unfolded(block)))
    except (ValueError, IndexError, KeyError) as error:
        raise ItemRefused(_("It cannot be read: %(error)s", error=str(error)[:120])) from None
    if any(name in item for name in ("RRULE", "RDATE", "EXRULE")):
        raise ItemRefused(
            _("It repeats. An agenda holds single sessions; ask for a file with one item per occurrence.")
        )
    if item.get("DTSTART") is None:
        raise ItemRefused(_("It does not say when it begins."))
    starts_at = _instant(item, "DTSTART", clocks)
    has_end = item.get("DTEND") is not None
    ends_at = _instant(item, "DTEND", clocks) if has_end else starts_at + _duration(item)
    occurrence = item.get("RECURRENCE-ID")
    key = _text(item, "UID") + (f"@{_text_of(occurrence)}" if occurrence is not None else "")
    title = _text(item, "SUMMARY")
    return Raw(
        where=f"{where}, “{line_of(title)[:80]}”", key=key, title=title, description=_text(item, "DESCRIPTION"),
        place=_text(item, "LOCATION"), date=starts_at.isoformat(), end=ends_at.isoformat(),
        is_cancelled=_text(item, "STATUS").strip().upper() == "CANCELLED",
    )  # fmt: skip


def _unfolded(block: list[str]) -> Iterator[str]:
    """Whole lines, zones of times under a name of our own: the library would guess at them, on zone data of its own."""
    whole: list[str] = []
    for line in block:
        if line[:1] in {" ", "\t"} and whole:
            whole[-1] += line[1:]
        else:
            whole.append(line)
    for line in whole:
        yield _TZID.sub(rf";{_ZONE}=", line, count=1) if _TIME.match(line) else line


def _instant(item: Any, name: str, clocks: Clocks) -> datetime:
    """An instant of a property, on our own time zone data whatever the file brings along."""
    value = item[name]
    if isinstance(value, list):
        raise ItemRefused(_("It has several %(name)s.", name=name))
    try:
        at = getattr(value, "dt", None)
    except icalendar.error.BrokenCalendarProperty:
        raise ItemRefused(
            _("Its %(name)s cannot be read: “%(value)s”.", name=name, value=line_of(str(value))[:40])
        ) from None
    if not isinstance(at, datetime):
        raise ItemRefused(_("It takes whole days; an agenda holds sessions with times."))
    tzid = str(value.params.get(_ZONE, "") or "")
    if at.tzinfo is not None and at.utcoffset() == timedelta(0) and not tzid:
        return at.astimezone(UTC)
    wall = at.replace(tzinfo=None)
    if not tzid:
        return clocks.instant(wall)
    zone = zone_from_tzid(tzid)
    if zone is None:
        raise ItemRefused(_("Its time zone “%(tzid)s” is not known here.", tzid=line_of(tzid)[:60]))
    try:
        return local_instant(wall, zone)
    except NonexistentTime as error:
        raise ItemRefused(str(error)) from None
    except ValueError as error:
        raise ItemRefused(_("Its time cannot be read: %(error)s", error=error)) from None


def _duration(item: Any) -> timedelta:
    span = getattr(item.get("DURATION"), "dt", None)
    if not isinstance(span, timedelta):
        raise ItemRefused(_("It says neither how long it is nor when it ends."))
    return span


def _text(item: Any, name: str) -> str:
    return _text_of(item.get(name))


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = value[0]
    return str(value.dt) if hasattr(value, "dt") else str(value)
