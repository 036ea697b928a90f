"""The drawing of the proximity report: how soon after value the fees came."""

from flask_babel import gettext as _

from app.core.charts import Bar, BarChart, Kind
from app.core.i18n import number
from app.reports.proximity import Distance, ProximityReport


def by_distance(report: ProximityReport) -> BarChart:
    """A bar for each stretch of days since the latest value, and one for the fees without any in the year before."""
    bars = [
        Bar(_label(one), one.n_fees, number(one.n_fees), Kind.NEUTRAL if one.to_days is None else Kind.CASH)
        for one in report.distances
    ]
    return BarChart(
        title=_title(report), subtitle=str(_("Fees by days since the latest value before them")),
        bars=bars if report.has_fees else [], headers=(str(_("Days since value")), str(_("Fees"))),
    )  # fmt: skip


def _label(one: Distance) -> str:
    if one.to_days is None:
        return str(_("none in a year before"))
    return str(_("%(first)s to %(last)s days", first=one.from_days, last=one.to_days))


def _title(report: ProximityReport) -> str:
    if not report.chosen.n_fees:
        return str(_("No fee came within %(n)s days after value", n=report.n_days))
    share = round(100 * report.chosen.n_fees / report.n_all_fees)
    return str(_("%(share)s %% of the fees came within %(n)s days after value", share=share, n=report.n_days))
