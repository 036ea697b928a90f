"""What came of contact, by market, the markets no goal named among them (G8)."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.core.charts import Bar, BarChart, Kind
from app.core.i18n import country_name, number, words
from app.core.sheets import Column
from app.outreach import queries_insights as outreach
from app.outreach.queries_insights import MarketFigure
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted
from app.reports.home import Link

#: More bars than this are no drawing; the table has them all.
N_BARS = 15


def count(asked: Asked) -> Counted:
    """Markets and outcomes of a program; three queries whatever their number."""
    program = asked.program
    assert program is not None  # noqa: S101 -- the report asks for it
    markets, outcomes = (
        outreach.outcomes_by_market(asked.by, program),
        outreach.list_outcomes(asked.by, program),
    )
    unexpected = [one for one in markets if one.is_unexpected]
    rows = Link("outreach.outcomes", {"id": program.id})
    figures = [
        Figure("outcomes", _("Outcomes"), sum(one.n for one in markets), link=rows),
        Figure("markets", _("Markets"), len(markets), link=rows),
        Figure("unexpected", _("Markets no goal named"), len(unexpected),
               ", ".join(country_name(one.country) for one in unexpected)),
    ]  # fmt: skip
    by_market = [
        Line(
            (country_name(one.country), one.n, one.n_people, _("yes") if one.is_unexpected else "", one.first_on, one.last_on),
            {"outcomes": Link("outreach.outcomes", {"id": program.id, "market": one.country})}, one.country,
        )
        for one in markets
    ]  # fmt: skip
    each = [
        Line(
            (row.on, country_name(row.country), words(row.kind), row.person.name, row.statement,
             row.goal.statement if row.goal else ""),
            {"person": Link("people.show", {"id": row.person_id})}, f"outcome:{row.id}", row.person_id,
            {"person": [Ref("person", row.person_id)]},
        )
        for row in outcomes
    ]  # fmt: skip
    grids = [
        Grid("by_market", _("By market"), _market_columns(), by_market, widths={"market": 25, "unexpected": 20}),
        Grid(
            "each", _("Each outcome"), _columns(), each, note=_("the latest first"), widths={"what": 30, "goal": 20},
            prose=frozenset({"what"}),
        ),
    ]  # fmt: skip
    return as_counted(asked, program.name, figures, grids, _method(), [_drawing(markets)], is_now_only=True)


def _market_columns() -> tuple[Column, ...]:
    return (
        Column("market", _("Market")), Column("outcomes", _("Outcomes"), "integer"), Column("people", _("People"), "integer"),
        Column("unexpected", _("No goal named it")), Column("first", _("First"), "date"), Column("last", _("Last"), "date"),
    )  # fmt: skip


def _columns() -> tuple[Column, ...]:
    return (
        Column("on", _("Day"), "date"), Column("market", _("Market")), Column("kind", _("Kind")), Column("person", _("Person")),
        Column("what", _("What")), Column("goal", _("Goal")),
    )  # fmt: skip


def _drawing(markets: Sequence[MarketFigure]) -> BarChart:
    bars = [
        Bar(
            country_name(one.country), one.n, number(one.n), Kind.WARN if one.is_unexpected else Kind.UNITS,
            _("no goal named it") if one.is_unexpected else "",
        )
        for one in markets[:N_BARS]
    ]  # fmt: skip
    return BarChart(
        title=_("Where it came from"),
        subtitle=_("Outcomes by market"),
        bars=bars,
        headers=(_("Market"), _("Outcomes")),
    )


def _method() -> str:
    return str(
        _(
            "An outcome is a quote, a lead, a change to a product or a signal of a market that came of a recorded contact at "
            "most 24 months before. A market is unexpected when no goal of the program names it or a region it lies in."
        )
    )


OUTCOMES = Report(
    "outcomes", lambda: _("Outcomes by market"),
    lambda: _("What came of contact, where, and from markets nobody had planned for"), (Ask.PROGRAM,), count,
)  # fmt: skip
