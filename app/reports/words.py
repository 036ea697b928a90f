"""How lines, categories, units and legs are called in reports."""

from statistics import median
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.i18n import number
from app.ledger.models import Leg, ReportLine, Unit
from app.ledger.units import unit_label
from app.reports.value import ValueReport

#: Column keys of files; labels below may be translated, these never change.
UNIT_KEYS = {
    Unit.EXECUTIVE_MINUTE: "executive_minutes",
    Unit.FRONT_SEAT: "front_seats",
    Unit.EARLY_MINUTE: "early_minutes",
    Unit.ANALYST_SESSION: "analyst_sessions",
}


def line_label(line: ReportLine) -> str:
    """A line of the report."""
    return {
        ReportLine.TRAVEL: str(_("Travel")),
        ReportLine.LODGING: str(_("Lodging")),
        ReportLine.TRANSFERS: str(_("Transfers")),
        ReportLine.MEALS: str(_("Meals")),
        ReportLine.GIFTS_AND_LOANS: str(_("Gifts and loans")),
        ReportLine.ACCESS: str(_("Access")),
        ReportLine.FEES: str(_("Fees")),
        ReportLine.EXPENSES: str(_("Expenses")),
        ReportLine.OTHER: str(_("Other")),
    }[line]


def leg_label(leg: Leg) -> str:
    """A leg of value."""
    return str(_("Non-cash")) if leg is Leg.NON_CASH else str(_("Cash"))


def unit_items(report: ValueReport) -> list[dict[str, Any]]:
    """Access as key figures: the sum of each unit, how many people received it, and the middle of them."""
    items = []
    for unit, quantity in report.units.items():
        given = [one.units[unit] for one in report.people if one.units.get(unit)]
        people = ngettext("%(num)s person", "%(num)s people", len(given))
        middle = _(
            "%(least)s to %(most)s, median %(median)s",
            least=min(given),
            most=max(given),
            median=f"{median(given):g}",
        )
        note = f"{people}, {middle}" if min(given) != max(given) else people
        items.append(
            {
                "unit": unit,
                "label": unit_label(unit),
                "value": number(quantity),
                "kind": "units",
                "note": note,
            }
        )
    return items
