"""The gate as a drawing: what was given, the cooling-off time, the day of the service, on one line of days."""

from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.advisory.policies_gate import Gate
from app.core.charts import Kind, Lane, Span, Timeline, TimeTick
from app.core.i18n import day, words
from app.core.spoken import short_month


def gate_timeline(gate: Gate, *, is_stored: bool = False) -> Timeline:
    """Non-cash items, the days that must pass, and the service; as of today, or of the clearing it is stored with."""
    given = [_given(gate, on) for on in sorted({item.ended_on for item in gate.items})]
    service = Span(str(_("Service")), gate.service_on, None, day(gate.service_on), Kind.CASH)
    lanes = [Lane(str(_("Given")), given), Lane(str(_("Paid service")), [service])]
    if gate.last_on is not None and gate.earliest_on is not None:
        label = str(_("%(n)s days", n=gate.n_window))
        kind = Kind.WARN if gate.is_inside else Kind.NEUTRAL
        until = f"{day(gate.last_on)} – {day(gate.earliest_on)}"
        lanes.insert(
            1, Lane(str(_("Cooling-off")), [Span(label, gate.last_on, gate.earliest_on, until, kind)])
        )
    now = str(_("cleared") if is_stored else _("today"))
    return Timeline(
        title=gate.sentence, lanes=lanes if gate.items else [], ticks=_ticks(gate, now),
        headers=(str(_("Lane")), str(_("What")), str(_("When"))),
    )  # fmt: skip


def _given(gate: Gate, on: date) -> Span:
    """Everything that ended on one day, as one moment."""
    items = [item for item in gate.items if item.ended_on == on]
    label = (
        words(items[0].category)
        if len(items) == 1
        else str(ngettext("%(num)s item", "%(num)s items", len(items)))
    )
    return Span(label, on, None, day(on), Kind.UNITS if all(item.units for item in items) else Kind.NON_CASH)


def _ticks(gate: Gate, now: str) -> list[TimeTick]:
    """The first of each month from the first item to the service, and the day the gate was looked at."""
    days = [item.ended_on for item in gate.items] + [gate.service_on, gate.as_of_on]
    if gate.earliest_on is not None:
        days.append(gate.earliest_on)
    month, ticks = date(min(days).year, min(days).month, 1), []
    while month <= max(days):
        if month >= min(days):
            ticks.append(TimeTick(month, short_month(month)))
        month = (month + timedelta(days=32)).replace(day=1)
    return [*ticks, TimeTick(gate.as_of_on, now, is_strong=True)]
