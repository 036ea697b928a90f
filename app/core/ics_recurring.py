"""Recurrence rules of calendars of others, worked out between two times and with an end, whatever they say."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from dateutil.rrule import rrulestr
from flask_babel import gettext as _
from icalendar import vRecur

#: Of one series so many are taken; so many steps are made to find them.
MOST_OF_ONE: Final = 500
_MOST_STEPS = 40_000
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: Parts that only make sense within a year or a month; with days or weeks they can keep a reader busy for ever.
_RARE = ("BYYEARDAY", "BYWEEKNO", "BYSETPOS")


class UnreadableRule(ValueError):
    """A rule that says nothing, or nothing that can be worked out."""


class TooMuch(ValueError):
    """More steps than anybody waits for."""


def walls_of(
    rule: Mapping[str, Any], first: datetime, tz: tzinfo, begin: datetime, end: datetime
) -> tuple[list[datetime], bool]:
    """The wall times of a series between two wall times, at most MOST_OF_ONE, and whether there were more."""
    parts = {str(name).upper(): value if isinstance(value, list) else [value] for name, value in rule.items()}
    _check(parts)
    until = _wall_until(parts.pop("UNTIL", [None])[0], tz)
    written: bytes = vRecur(parts).to_ical()  # type: ignore[no-untyped-call]
    series = rrulestr(written.decode(), dtstart=first)
    last = end if until is None else min(until, end)
    if "COUNT" not in parts:
        series = series.replace(until=last)
    found: list[datetime] = []
    for n_steps, wall in enumerate(series):
        if n_steps > _MOST_STEPS:
            raise TooMuch
        if wall > last:
            break
        if wall >= begin:
            if len(found) == MOST_OF_ONE:
                return found, True
            found.append(wall)
    return found, False


def _check(parts: Mapping[str, list[Any]]) -> None:
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    if frequency not in _FREQUENCIES:
        raise UnreadableRule(
            _("It is repeated every hour or oftener, or by no rule at all; that is not read.")
        )
    if any(int(number) < 1 for name in ("INTERVAL", "COUNT") for number in parts.get(name, [])):
        raise UnreadableRule(_("Its rule of recurrence goes round in a circle."))
    if any(int(number) > 1_000 for number in parts.get("INTERVAL", [])):
        raise UnreadableRule(_("Its rule of recurrence leaps over centuries."))
    if frequency in {"DAILY", "WEEKLY"} and any(name in parts for name in _RARE):
        raise UnreadableRule(
            _("Its rule of recurrence mixes days with positions in a year; that is not read.")
        )
    months = [int(month) for month in parts.get("BYMONTH", [])]
    days = [int(day) for day in parts.get("BYMONTHDAY", [])]
    if (
        months
        and days
        and not any(abs(day) <= _LONGEST_MONTHS[(month - 1) % 12] for month in months for day in days)
    ):
        raise UnreadableRule(_("Its rule of recurrence names a day that no calendar has."))


def _wall_until(until: object, tz: tzinfo) -> datetime | None:
    if isinstance(until, datetime):
        if until.tzinfo is None:
            return until
        return until.astimezone(UTC).astimezone(tz).replace(tzinfo=None)
    if isinstance(until, date):
        return datetime.combine(until, datetime.max.time())
    return None
