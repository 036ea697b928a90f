"""Reading schedule.json: frab and pretalx (rooms by day) and the hub's second version (a list of events)."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.core.i18n import number as number_words
from app.events.schedule_reading import (
    MAX_ITEMS,
    Clocks,
    ItemRefused,
    Left,
    Raw,
    Reading,
    ScheduleRefused,
    clock_of,
    line_of,
    settle,
    zone_named,
)


def read_json(text: str, zone: str) -> Reading:
    """The schedule in a file; times without a zone are those of `zone`. ScheduleRefused with the reason."""
    try:
        whole = json.loads(text)
    except RecursionError:
        raise ScheduleRefused(_("This JSON is nested too deep to be a schedule."), field="file") from None
    except ValueError as error:
        raise ScheduleRefused(
            _("This JSON cannot be read: %(error)s", error=error)[:200] + ".", field="file"
        ) from None
    schedule = _dict(_dict(whole).get("schedule"))
    conference = _dict(schedule.get("conference"))
    days = conference.get("days")
    if not schedule or not conference or not isinstance(days, list):
        raise ScheduleRefused(
            _("This JSON is no schedule: schedule > conference > days is missing."), field="file"
        )
    title = line_of(_words(conference.get("title"))) or "Schedule"
    named = zone_named(_words(conference.get("time_zone_name")))
    reading = Reading(
        "schedule.json",
        line_of(_words(conference.get("acronym"))) or title,
        title,
        line_of(_words(schedule.get("version"))),
    )
    if named is not None and named != zone:
        reading.remarks.append(
            _("The file names its own zone, %(named)s; the agenda shows %(zone)s.", named=named, zone=zone)
        )
    clocks = Clocks(named or zone)
    if isinstance(schedule.get("events"), list):
        reading.form = "schedule.json, version 2"
        raws = list(_second(schedule["events"], days, clocks, reading))
    else:
        _require_shape(schedule)
        raws = list(_first(days, reading))
        reading.day_change_hour = _change_hour(days)
    return settle(raws, clocks, reading)


def _require_shape(schedule: dict[str, Any]) -> None:
    if "rooms" in schedule:
        raise ScheduleRefused(
            _("This schedule.json is not valid: “rooms” stands beside “conference”, where the format has it inside. "
            "The publisher has to put it right; nothing was guessed."), field="file",
        )  # fmt: skip


def _first(days: list[Any], reading: Reading) -> Iterator[Raw]:
    """Items by day and room, as frab and pretalx write them."""
    n = 0
    for day in map(_dict, days):
        rooms = day.get("rooms")
        if not isinstance(rooms, dict):
            raise ScheduleRefused(_("This schedule.json is not valid: a day has no rooms."), field="file")
        for room, items in rooms.items():
            for given in map(_dict, items if isinstance(items, list) else []):
                n += 1
                if n > MAX_ITEMS:
                    raise ScheduleRefused(
                        _("The file holds more than %(max_items)s items.", max_items=number_words(MAX_ITEMS)),
                        field="file",
                    )
                number, title = given.get("id"), _words(given.get("title"))
                where = _(
                    "Event %(number)s, “%(title)s”", number=_words(number) or n, title=line_of(title)[:80]
                )
                if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
                    reading.left.append(
                        Left(
                            line_of(where),
                            _("Its id is not a whole number, as the format wants it."),
                            _key(given),
                        )
                    )
                    continue
                yield Raw(
                    where, _words(given.get("guid")) or _words(number), title, _words(given.get("subtitle")),
                    _words(given.get("abstract")), _words(given.get("description")), _words(given.get("room")) or room,
                    _words(day.get("date")), _words(given.get("date")), _words(given.get("start")), _words(given.get("end")),
                    _words(given.get("duration")), _names(given.get("persons"), "public_name", "name"),
                )  # fmt: skip


def _second(events: list[Any], days: list[Any], clocks: Clocks, reading: Reading) -> Iterator[Raw]:
    """Items in one list with room and track by reference, as the hub writes them."""
    spans = list(_spans(days, clocks))
    for number, given in enumerate(map(_dict, events), 1):
        title, start = _words(given.get("title")), _words(given.get("start"))
        key = _words(given.get("guid")) or _words(given.get("code"))
        where = _(
            "Event %(number)s, “%(title)s”",
            number=_words(given.get("code")) or number,
            title=line_of(title)[:80],
        )
        try:
            day = next((on for on, begins, ends in spans if begins <= clocks.stamp(start) < ends), "")
        except ItemRefused as refusal:
            reading.left.append(Left(line_of(where), str(refusal), line_of(key)))
            continue
        yield Raw(
            where, key, title, _words(given.get("subtitle")), _words(given.get("abstract")), _words(given.get("description")),
            _words(_dict(given.get("room")).get("name")), day, "", start, _words(given.get("end")),
            _words(given.get("duration")), _names(given.get("participants"), "name", "public_name"),
        )  # fmt: skip


def _spans(days: list[Any], clocks: Clocks) -> Iterator[tuple[str, datetime, datetime]]:
    for day in map(_dict, days):
        try:
            yield (
                _words(day.get("date")),
                clocks.stamp(_words(day.get("start"))),
                clocks.stamp(_words(day.get("end"))),
            )
        except ItemRefused:
            continue


def _change_hour(days: list[Any]) -> int | None:
    """The hour at which the first day ends, if it ends in the night."""
    end = _words(_dict(days[0]).get("day_end")) if days else ""
    at = clock_of(end[11:16])
    return None if at is None else at.hour + (at.minute > 0) if at.hour < 12 else None


def _key(given: dict[str, Any]) -> str:
    return line_of(_words(given.get("guid")) or _words(given.get("id")))


def _names(persons: object, *keys: str) -> list[str]:
    """The public names of persons; a person may be a name alone."""
    names = []
    for person in persons if isinstance(persons, list) else []:
        given = _dict(person)
        names.append(
            next((_words(given[key]) for key in keys if given.get(key)), "") if given else _words(person)
        )
    return names


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> str:
    """Text of a value: text itself, a number, or the English (else the first) of several languages."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _words(value.get("en") or next(iter(value.values()), "")) if len(value) < 50 else ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**18 else ""
    return ""
