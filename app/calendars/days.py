"""What lies in time laid out by day: what begins on a day, and what goes on."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from msgspec import Struct

from app.core.forms import FIRST_YEAR, LAST_YEAR
from app.core.wall_times import day_in
from app.events.layers import Entry, Layer

FIRST, LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 1, 1)
#: What the list shows; when people are not free is for their own pages and for warnings.
SHOWN = (Layer.EVENTS, Layer.SHOWS, Layer.MEETINGS)


class DaysFilter(Struct, frozen=True):
    """What the list is narrowed to; empty: everything."""

    layer: str = ""
    country: str = ""
    audience: str = ""

    @property
    def layers(self) -> Collection[Layer]:
        """The layers to read; one that does not exist is no narrowing."""
        return [layer for layer in SHOWN if layer == self.layer] or SHOWN

    def narrowed(self, entries: Sequence[Entry]) -> list[Entry]:
        """What is left. Meetings have neither country nor audience; they are left out where one is asked for."""
        return [
            entry
            for entry in entries
            if (not self.country or entry.country == self.country)
            and (not self.audience or self.audience in entry.audiences)
        ]


class Day(Struct, frozen=True):
    """One day on which something begins; `going_on` began before and is not over."""

    on: date
    entries: Sequence[Entry]
    going_on: Sequence[Entry]


def by_day(entries: Sequence[Entry], first: date, last: date, zone: str) -> list[Day]:
    """Days on which something begins, or that are the first of the list while something goes on."""
    spans = [(entry, *_days_of(entry, zone)) for entry in entries]
    found = []
    on = first
    while on <= last:
        begins = [entry for entry, from_on, _to in spans if from_on == on]
        goes_on = [entry for entry, from_on, to_on in spans if from_on < on <= to_on]
        if begins or (goes_on and on == first):
            found.append(Day(on, begins, goes_on))
        on += timedelta(days=1)
    return found


def _days_of(entry: Entry, zone: str) -> tuple[date, date]:
    """A meeting stands on the reader's day; what has days of its own, on those."""
    if entry.layer is Layer.MEETINGS:
        return day_in(entry.starts_at, zone), day_in(entry.ends_at, zone)
    return entry.from_on, entry.to_on


def day_asked(text: str, today: date) -> date:
    """The day in the URL ("2026-10-13"); today when it cannot be read."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today
    return asked if FIRST <= asked <= LAST else today
