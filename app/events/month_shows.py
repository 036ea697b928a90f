"""Shows of others on the squares of a month."""

from collections.abc import Sequence
from datetime import date, timedelta

from app.accounts.models import User
from app.core.clock import start_of
from app.core.forms import FIRST_YEAR, LAST_YEAR
from app.events import layers
from app.events.layers import Entry, Layer, Window

#: A month is laid out in whole weeks, so that days of the months around it are seen too.
_AROUND = timedelta(days=7)


def within_years(first: date) -> date:
    """The month asked for, or the first or last that is shown: beyond them a calendar has no weeks to lay out."""
    return min(max(first, date(FIRST_YEAR, 1, 1)), date(LAST_YEAR, 12, 1))


def list_shows_of_month(by: User, first: date) -> Sequence[Entry]:
    """Shows that touch a month as it is laid out, each on its own days."""
    window = Window(
        from_at=start_of(first - _AROUND, "UTC"), to_at=start_of(first + timedelta(days=31) + _AROUND, "UTC"), by=by
    )  # fmt: skip
    return layers.list_entries(window, {Layer.SHOWS})


def shows_by_day(shows: Sequence[Entry], first: date) -> dict[date, list[Entry]]:
    """The shows of each day."""
    days = (first - _AROUND + timedelta(days=number) for number in range(31 + 2 * _AROUND.days))
    by_day = {day: [show for show in shows if show.from_on <= day <= show.to_on] for day in days}
    return {day: found for day, found in by_day.items() if found}


def shows_in(shows: Sequence[Entry], first: date) -> list[Entry]:
    """The shows that touch the month itself, by begin."""
    end = (first + timedelta(days=32)).replace(day=1)
    return [show for show in shows if show.from_on < end and show.to_on >= first]
