"""The drawings of the value report, the same for page and paper; each title says the finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from flask_babel import gettext as _

from app.core.charts import Bar, BarChart, Chart, Kind, Series, StackedBarChart
from app.core.charts.bars import Scale, label_room, row_label
from app.core.charts.pen import Pen
from app.core.charts.text import clean, width_of
from app.core.i18n import amount, number
from app.core.money import Money
from app.core.spoken import short_month
from app.ledger.models import Leg
from app.ledger.queries import Total
from app.reports.value import N_DRAWN, PersonFigure, ValueReport
from app.reports.words import leg_label, line_label

#: One kind of value has one colour, so the lines within it differ by shade.
_SHADES = (1.0, 0.62, 0.38, 0.22, 0.8, 0.5, 0.3)
_LIGHT = 0.9


@dataclass(frozen=True, kw_only=True)
class ShadedBarChart(StackedBarChart):
    """Stacks whose parts are shades of one kind, in the order of the series; values are not negative."""

    def draw(self, pen: Pen) -> None:
        """Draw the legend and the stacks."""
        self._legend(pen)
        labels = [clean(label) for label in self.labels]
        totals = [clean(text) for text in self.totals]
        room = label_room(pen, labels)
        beside = max((width_of(text, 12, bold=True) for text in totals), default=0) + 10
        sums = [sum(max(float(part.values[at]), 0.0) for part in self.series) for at in range(len(labels))]
        scale = Scale(0.0, max(*sums, 1e-9), room, max(pen.width - beside, room + 20))
        top = pen.y
        for at, label in enumerate(labels):
            height, middle = row_label(pen, label, room)
            end = self._shades(pen, scale, at, middle)
            if totals:
                pen.text(end + 6, middle + 4, totals[at], weight=600)
            pen.y += height
        pen.line(scale.zero, top, scale.zero, pen.y, "muted")
        pen.y += 4

    def _shades(self, pen: Pen, scale: Scale, at: int, middle: float) -> float:
        """One bar; gives the x where it ends."""
        sofar = 0.0
        for place, part in enumerate(self.series):
            value = max(float(part.values[at]), 0.0)
            start, end = scale(sofar), scale(sofar + value)
            sofar += value
            if end <= start:
                continue
            shade = _SHADES[place % len(_SHADES)]
            text = clean(part.texts[at])
            pen.open(f"{clean(part.name)}: {text}")
            right = max(end - 1, start + 0.75)
            pen.area(_box(start, middle - 10, right, middle + 10), part.kind, opacity=shade)
            pen.close()
            if width_of(text, 11, bold=True) + 8 <= end - start:
                tone = "on" if shade >= _LIGHT else "ink"
                pen.text((start + end) / 2, middle + 4, text, size=11, tone=tone, anchor="middle", weight=600)
        return scale(sofar)

    def _legend(self, pen: Pen) -> None:
        x = 0.0
        for place, part in enumerate(self.series):
            name = clean(part.name)
            needed = 16 + width_of(name, 12)
            if x and x + needed > pen.width:
                x, pen.y = 0.0, pen.y + 18
            shade = _SHADES[place % len(_SHADES)]
            pen.area(_box(x, pen.y + 2, x + 10, pen.y + 12), part.kind, opacity=shade)
            pen.text(x + 16, pen.y + 11, name)
            x += needed + 18
        pen.y += 24


def _box(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def charts_of(report: ValueReport) -> list[Chart]:
    """The drawings of a report that have something to show."""
    found: list[Chart] = [by_person(report), by_leg(report), minutes(report)]
    if len(report.years) > 1:
        found.insert(1, by_year(report))
    return [chart for chart in found if not chart.is_empty]


def by_person(report: ValueReport) -> StackedBarChart:
    """Non-cash value by line of the people who received most; the subtitle says how many others there are."""
    received = [rank for rank in report.people.ranks if rank.non_cash > 0]
    shown = report.people.figures(received[:N_DRAWN])
    series = [
        Series(
            line_label(line), Kind.NON_CASH, [_minor(one, line) for one in shown],
            [_text(_minor(one, line), report.currency) for one in shown],
        )
        for line in report.used_lines(Leg.NON_CASH)
    ]  # fmt: skip
    measure = _("Non-cash value received, %(currency)s", currency=report.currency)
    return ShadedBarChart(
        title=_title_by_person(report), subtitle=f"{measure}{_others(len(received))}",
        description=str(_("A bar for each person, made of the lines of the report.")),
        labels=[one.name for one in shown], series=series, totals=[_money(one.non_cash) for one in shown],
        label_header=str(_("Person")), total_header=str(_("Non-cash")),
    )  # fmt: skip


def _others(n: int) -> str:
    """Says that only the first of many are drawn; empty when all are."""
    if n <= N_DRAWN:
        return ""
    return str(_("; the first %(shown)s of %(n)s people", shown=N_DRAWN, n=number(n)))


def _minor(one: PersonFigure, line: object) -> int:
    found = one.lines.get(line)  # type: ignore[call-overload]
    return found.minor if found is not None else 0


def _title_by_person(report: ValueReport) -> str:
    share = report.top_share()
    if share is None:
        return str(_("No non-cash value yet"))
    if report.n_people <= 3:
        return str(_("Non-cash value by person"))
    return str(_("The top three received %(n)s %% of the non-cash value", n=round(share * 100)))


def by_leg(report: ValueReport) -> BarChart:
    """Received on each leg, and what was declined; three bars that are never added."""
    bars = [
        Bar(leg_label(Leg.NON_CASH), report.non_cash.minor, _money(report.non_cash), Kind.NON_CASH),
        Bar(leg_label(Leg.CASH), report.cash.minor, _money(report.cash), Kind.CASH),
    ]
    if report.declined:
        bars.append(
            Bar(str(_("Declined offers")), report.declined.minor, _money(report.declined), Kind.NEUTRAL)
        )
    title = str(
        _("Non-cash %(non_cash)s, cash %(cash)s", non_cash=_money(report.non_cash), cash=_money(report.cash))
    )
    return BarChart(
        title=title, subtitle=str(_("Value by leg, %(currency)s; the legs are never added", currency=report.currency)),
        bars=bars if report.people else [], headers=(str(_("Leg")), report.currency),
    )  # fmt: skip


def by_year(report: ValueReport) -> BarChart:
    """Each year's value on each leg, side by side."""
    bars: list[Bar] = []
    for year in report.years:
        bars.append(
            Bar(
                f"{year.year} {leg_label(Leg.NON_CASH)}",
                year.non_cash.minor,
                _money(year.non_cash),
                Kind.NON_CASH,
            )
        )
        bars.append(Bar(f"{year.year} {leg_label(Leg.CASH)}", year.cash.minor, _money(year.cash), Kind.CASH))
    most = max(report.years, key=lambda year: year.n, default=None)
    pieces = "" if most is None else number(most.n)
    title = str(_("Most was given in %(year)s: %(n)s pieces", year=most.year if most else "", n=pieces))
    return BarChart(
        title=title, subtitle=str(_("Value by year and leg, %(currency)s", currency=report.currency)), bars=bars,
        headers=(str(_("Year and leg")), report.currency),
    )  # fmt: skip


def by_month(rows: Sequence[Total], currency: str) -> BarChart:
    """Value of some months on each leg, side by side; `rows` are totals by month and leg."""
    bars = [
        Bar(
            f"{short_month(row['month'], with_year=True)}, {leg_label(row['leg'])}", row.reporting_minor, _money(row.received),
            Kind.NON_CASH if row["leg"] is Leg.NON_CASH else Kind.CASH,
        )
        for row in sorted(rows, key=lambda one: (one["month"] or date.min, one["leg"] is Leg.CASH))
        if row["month"] is not None and row.reporting_minor
    ]  # fmt: skip
    return BarChart(
        title=str(_("When it was given")), subtitle=str(_("Value by month and leg, %(currency)s", currency=currency)),
        bars=bars, headers=(str(_("Month and leg")), currency),
    )  # fmt: skip


def minutes(report: ValueReport) -> BarChart:
    """Executive minutes by person, most first."""
    each = report.minutes.each
    counted = _("Executive minutes given; counted, never priced")
    return BarChart(
        title=_title_minutes(each), subtitle=f"{counted}{_others(len(each))}",
        bars=[Bar(name, n, number(n), Kind.UNITS) for name, n in report.minutes.shown],
        headers=(str(_("Person")), str(_("Minutes"))),
    )  # fmt: skip


def _title_minutes(given: Sequence[int]) -> str:
    if not given:
        return str(_("No executive time yet"))
    return str(
        _(
            "%(total)s executive minutes: %(least)s to %(most)s a person, median %(median)s",
            total=number(sum(given)), least=min(given), most=max(given), median=f"{median(given):g}",
        )
    )  # fmt: skip


def _money(money: Money) -> str:
    return amount(money)


def _text(minor: int, currency: str) -> str:
    return amount(Money(minor, currency)) if minor else ""
