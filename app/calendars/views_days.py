"""The list of days: own events, shows of others and meetings, day by day."""

from datetime import date, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.calendars import days
from app.calendars.views import bp
from app.core import clock
from app.core.forms import args_without
from app.core.i18n import country_name, words
from app.events import layers
from app.events.layers import Window
from app.events.models import Audience

#: So many days stand on one page.
N_DAYS = 35


@bp.get("/calendars/days")
@requires("calendars:read")
def days_ahead() -> ResponseReturnValue:
    """Five weeks, day by day, from the day in the URL."""
    by = acting_user()
    today = clock.today(by.zone)
    first = days.day_asked(request.args.get("from", ""), today)
    last = first + timedelta(days=N_DAYS - 1)
    asked = days.DaysFilter(*(request.args.get(name, "")[:40] for name in ("layer", "country", "audience")))
    window = Window(
        from_at=clock.start_of(first, by.zone), to_at=clock.end_of(last, by.zone), by=by, zone=by.zone
    )  # fmt: skip
    found = layers.list_entries(window, asked.layers)
    countries = sorted({entry.country for entry in found if entry.country})
    return render_template(
        "calendars/days.html", days=days.by_day(asked.narrowed(found), first, last, by.zone), filter=asked, zone=by.zone,
        first=first, last=last, today=today, earlier=_page(first, -N_DAYS), later=_page(first, N_DAYS),
        layers=[(layer.value, words(layer)) for layer in days.SHOWN],
        countries=[(code, country_name(code)) for code in countries],
        audiences=[(one.value, words(one)) for one in Audience], args=args_without("from"),
    )  # fmt: skip


def _page(first: date, n_days: int) -> date:
    return min(max(first + timedelta(days=n_days), days.FIRST), days.LAST)
