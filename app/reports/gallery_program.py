"""The objectivity card of a program: who got how much and why, who was heard, what was promised, who was asked again (O1, O2)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median_low, quantiles
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.charts import Bar, BarChart, DistributionStrip, Dot, Kind, Mark, Tick, nice_ticks
from app.core.i18n import amount, country_name, number, words
from app.core.money import Money
from app.core.sheets import Column
from app.events.queries_close import list_in
from app.events.queries_promises import Promised, promised_of
from app.executives.queries_minutes import MarketMinutes, markets
from app.ledger.models import Leg, Unit
from app.ledger.queries import By, Scope, Total, totals
from app.outreach.queries_insights import lead_times
from app.reports.charts import by_month
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted, share_of
from app.reports.home import Link
from app.reports.links import rows_of
from app.reports.quarter import QuarterReport, Share
from app.reports.queries_quarter import quarter_report
from app.reports.queries_value import ERASED

#: Nobody is an outlier among fewer people than this.
LEAST_FOR_OUTLIERS = 8
#: Fences of Tukey: this many times the distance between the quartiles above the upper one.
_FENCE = Decimal("1.5")
#: So many people are drawn at most; the tables name all.
_MOST_DRAWN = 400


def count(asked: Asked) -> Counted:
    """Some days of a program; queries grow with its events and launches only."""
    program, days = asked.program, asked.days
    assert program is not None  # noqa: S101 -- the report asks for it
    assert days is not None  # noqa: S101
    report = quarter_report(program, days, as_of=asked.as_of)
    people = [one for one in report.people if one.person_id is not None and one.non_cash.minor > 0]
    fence, later = fence_of([one.non_cash for one in people]), _paid_later(report)
    months, minutes = totals([By.MONTH, By.LEG], Scope(**_book(report))), _minutes(report)
    drawings = [
        by_month(months, report.currency), _strip(people, fence), _fairness(minutes),
    ]  # fmt: skip
    about = f"{report.program}, {report.name}"
    figures = [*_concentration(report, people, fence, later), *_conduct(report)]
    distribution, access, again = (
        _distribution(report, people, fence, later),
        _access(minutes),
        _again(report),
    )
    if asked.as_of is not None:
        without = _("Promises kept and lead times are left out: what they are counted from is written over.")
        return as_counted(
            asked, about, figures, [distribution, access, again], _method(), drawings, left_out=without
        )
    promised = [(event.id, event.name, promised_of(event, asked.by)) for event in list_in(report.span)]
    leads = [
        (launch.id, launch.name, launch.on, [row.lead.n_days for row in rows])
        for launch, rows in lead_times(asked.by, program)
    ]
    grids = [distribution, access, _promised(promised), again, _leads(leads)]
    return as_counted(asked, about, [*figures, *_kept(promised, leads)], grids, _method(), drawings)


def fence_of(amounts: Sequence[Money]) -> Money | None:
    """Above this somebody received far more than the others: Tukey's upper fence; None among too few to say."""
    if len(amounts) < LEAST_FOR_OUTLIERS:
        return None
    lower, _middle, upper = quantiles([Decimal(one.minor) for one in amounts], n=4, method="inclusive")
    return Money(int(upper + _FENCE * (upper - lower)), amounts[0].currency)


def _is_out(one: Share, fence: Money | None) -> bool:
    return fence is not None and one.non_cash.minor > fence.minor


def _paid_later(report: QuarterReport) -> frozenset[int]:
    """Those who were paid by anybody in the house on or after the first day of these, having been given something in them."""
    scope = Scope(leg=Leg.CASH, from_on=report.from_on, as_of=report.asked_as_of)
    paid = {row["person"] for row in totals([By.PERSON], scope) if row.reporting_minor > 0}
    return frozenset(
        one.person_id for one in report.people if one.person_id in paid and one.person_id is not None
    )


# -- figures ---------------------------------------------------------------------------------------


def _concentration(
    report: QuarterReport, people: Sequence[Share], fence: Money | None, later: frozenset[int]
) -> list[Figure]:
    book = _book(report)
    middle = median_low([one.non_cash.minor for one in people]) if people else None
    n_out = sum(_is_out(one, fence) for one in people)
    top, n_later = report.top_share, sum(one.person_id in later for one in people)
    return [
        Figure("non_cash", _("Non-cash"), report.non_cash, ngettext("for %(num)s person", "for %(num)s people", report.n_people),
               rows_of(**book, leg=Leg.NON_CASH), "non_cash"),
        Figure("top_three", _("Share of the top three"), share_of(top.numerator, top.denominator) if top is not None else None,
               ", ".join(one.name for one in report.top), is_share=True),
        Figure("median", _("Middle of all"), None if middle is None else Money(middle, report.currency), kind="non_cash"),
        Figure("outliers", _("Far above the others"), n_out if fence else None,
               _("more than %(money)s", money=fence) if fence else _("too few to conclude"), tone="warn" if n_out else ""),
        Figure("paid_later", _("Later paid"), n_later, _("of %(n)s who were given something", n=len(people))),
    ]  # fmt: skip


_Leads = Sequence[tuple[int, str, date, Sequence[int | None]]]


def _book(report: QuarterReport) -> dict[str, Any]:
    """The lines of the book behind the figures, as of the same moment."""
    return {
        "program_id": report.program_id, "from_on": report.from_on, "to_on": report.to_on, "as_of": report.asked_as_of,
    }  # fmt: skip


def _quarter(report: QuarterReport) -> dict[str, str]:
    """The parts of an address of the quarter with the same figures."""
    instant = {"as_of": report.asked_as_of.isoformat()} if report.asked_as_of else {}
    return {"program": str(report.program_id), "days": f"{report.from_on}..{report.to_on}", **instant}


def _conduct(report: QuarterReport) -> list[Figure]:
    span = report.span.address()
    return [
        Figure("declined", _("Offers declined"), report.n_declined, _("worth %(money)s", money=report.declined),
               rows_of(**_book(report), is_declined=True)),
        Figure("label_rate", _("Label rate"), share_of(report.labels.n_right, report.labels.n_links),
               ngettext("of %(num)s link", "of %(num)s links", report.labels.n_links),
               Link("disclosures.publications", span), is_share=True),
        Figure("drafts", _("Drafts asked for"), report.labels.n_drafts, link=Link("disclosures.drafts", span)),
        Figure("disputes", _("Disputes"), report.disputes.n_opened, link=Link("periods.disputes.index", span)),
        Figure("stopped", _("Contacts stopped"), report.stops.n_stopped,
               _("%(n)s let through by the owner", n=report.stops.n_overridden), Link("outreach.stops", span)),
        Figure("goals_after", _("Goals after names"), report.n_goals_after, _("of %(n)s", n=report.n_goals),
               Link("reports.quarter_goals", _quarter(report))),
    ]  # fmt: skip


def _kept(promised: Sequence[tuple[int, str, Promised]], leads: _Leads) -> list[Figure]:
    n_kept, n_missed = (
        sum(one.n_kept for _id, _name, one in promised), sum(len(one.misses) for _id, _name, one in promised)
    )  # fmt: skip
    days = [n for _id, _name, _on, each in leads for n in each if n is not None]
    return [
        Figure("kept", _("Promises kept"), share_of(n_kept, n_kept + n_missed),
               _("%(n)s judged by those they were made to", n=n_kept + n_missed), is_share=True),
        Figure("lead", _("Days before a launch"), median_low(days) if days else None,
               _("middle of first contacts; negative is after it") if days else _("no launch yet")),
    ]  # fmt: skip


# -- tables ----------------------------------------------------------------------------------------


def _distribution(
    report: QuarterReport, people: Sequence[Share], fence: Money | None, later: frozenset[int]
) -> Grid:
    money = (
        Column("non_cash", _("Non-cash"), "money", report.currency),
        Column("cash", _("Cash"), "money", report.currency),
    )
    columns = (
        Column("person", _("Person")), Column("country", _("Country")), *money, Column("share", _("Share"), "ratio"),
        Column("paid_later", _("Later paid")), Column("why", _("Far above the others because of")),
    )  # fmt: skip
    out = [one for one in people if _is_out(one, fence)]
    countries = {code: country_name(code) for code in {one.country for one in report.people}}
    why, lines, book = _reasons(report, out), list[Line](), _book(report)
    for one in report.people:
        whose = {"person_id": one.person_id} if one.person_id is not None else {"is_erased": True}
        links = {
            "non_cash": rows_of(**book, **whose, leg=Leg.NON_CASH),
            "cash": rows_of(**book, **whose, leg=Leg.CASH),
        }
        if one.person_id is not None:
            links["person"] = Link("reports.show", {"key": "person", "person": one.person_id})
        share = share_of(one.non_cash.minor, report.non_cash.minor) if one.non_cash.minor > 0 else None
        cells = (
            one.name if one.person_id is not None else ERASED, countries[one.country], one.non_cash,
            one.cash, share, _("yes") if one.person_id in later else "", why.get(one.person_id or 0, ""),
        )  # fmt: skip
        named = {"person": [Ref("person", one.person_id)]} if one.person_id is not None else {}
        lines.append(Line(cells, links, "" if named else "erased", one.person_id, named))
    return Grid(
        "people", _("By person"), columns, lines, note=_("the most received first"),
        kinds={"non_cash": "non_cash", "cash": "cash"},
        widths={"person": 20, "country": 12, "non_cash": 15, "cash": 12, "share": 8, "paid_later": 8, "why": 25},
    )  # fmt: skip


def _reasons(report: QuarterReport, out: Sequence[Share]) -> Mapping[int, str]:
    """By person, the two categories that make most of it: "Air travel 5,038.08, Lodging 2,080.00"."""
    wanted = tuple(one.person_id for one in out if one.person_id is not None)
    scope = Scope(**_book(report), leg=Leg.NON_CASH, person_ids=wanted)
    by_person: dict[int, list[Total]] = defaultdict(list)
    for row in totals([By.PERSON, By.CATEGORY], scope) if wanted else ():
        by_person[row["person"]].append(row)
    return {
        id: ", ".join(
            f"{words(row['category'])} {amount(row.received)}"
            for row in sorted(rows, key=lambda row: -row.reporting_minor)
        )[:200]
        for id, rows in by_person.items()
    }


def _minutes(report: QuarterReport) -> list[MarketMinutes]:
    """Minutes by home country of everybody the book has anything for in these days; never by a declared facet (X3, P7)."""
    scope = Scope(**_book(report), unit=Unit.EXECUTIVE_MINUTE)
    given = {row["person"]: row.quantity for row in totals([By.PERSON], scope)}
    return markets(
        (one.country, given.get(one.person_id, 0)) for one in report.people if one.person_id is not None
    )


def _access(minutes: Sequence[MarketMinutes]) -> Grid:
    columns = (
        Column("market", _("Market")), Column("people", _("People"), "integer"),
        Column("minutes", _("Executive minutes"), "integer"), Column("each", _("For each person")),
        Column("without", _("Without any"), "integer"),
    )  # fmt: skip
    lines = [
        Line(
            (_market(one), one.n_people, one.n_minutes, f"{one.per_person:.1f}", one.n_without),
            key=one.country or "unknown",
        )
        for one in minutes
    ]
    note = _("the least for each person first")
    return Grid("access", _("Access by market"), columns, lines, kinds={"minutes": "units"}, note=note)


def _market(one: MarketMinutes) -> str:
    return country_name(one.country) if one.country else str(_("unknown"))


def _promised(promised: Sequence[tuple[int, str, Promised]]) -> Grid:
    columns = (
        Column("event", _("Event")), Column("asked", _("Asked"), "integer"), Column("answered", _("Answered"), "integer"),
        Column("kept", _("Kept"), "integer"), Column("missed", _("Not kept"), "integer"),
    )  # fmt: skip
    lines = [
        Line((name, one.n_asked, one.n_answered, one.n_kept, len(one.misses)), {"event": Link("events.show", {"id": id})},
             f"event:{id}")
        for id, name, one in promised
    ]  # fmt: skip
    return Grid("promises", _("Promised and delivered"), columns, lines, empty=_("No event in these days."))


def _again(report: QuarterReport) -> Grid:
    """O2: invited again, of those who said no or disputed, and of all others."""
    columns = (
        Column("group", _("Group")), Column("people", _("People"), "integer"), Column("again", _("Invited again"), "integer"),
        Column("rate", _("Rate"), "ratio"), Column("says", _("What it says")),
    )  # fmt: skip
    says = "" if report.is_telling else _("too few to conclude")
    args = _quarter(report)
    groups = (
        ("decliners", _("Declined, disputed or criticised"), report.decliners),
        ("others", _("All others"), report.others),
    )
    lines = [
        Line((label, one.n_people, one.n_again, share_of(one.n_again, one.n_people), says),
             {"people": Link("reports.quarter_invited", {**args, "group": key})}, key)
        for key, label, one in groups
    ]  # fmt: skip
    return Grid("again", _("Invited again"), columns, lines, note=_("nobody may be left out for saying no"))


def _leads(leads: _Leads) -> Grid:
    columns = (
        Column("launch", _("Launch")), Column("on", _("Day"), "date"), Column("people", _("People"), "integer"),
        Column("never", _("Never contacted"), "integer"), Column("middle", _("Middle, days before"), "integer"),
        Column("least", _("Fewest"), "integer"),
    )  # fmt: skip
    lines = []
    for id, name, on, each in leads:
        days = [n for n in each if n is not None]
        middle, least = (median_low(days), min(days)) if days else (None, None)
        lines.append(Line((name, on, len(each), len(each) - len(days), middle, least), key=f"launch:{id}"))
    return Grid("leads", _("Lead times"), columns, lines, empty=_("No launch is planned."))


# -- drawings --------------------------------------------------------------------------------------


def _strip(people: Sequence[Share], fence: Money | None) -> DistributionStrip:
    amounts = [one.non_cash for one in people]
    drawn = drawn_of(people)
    dots = [
        Dot(one.name, one.non_cash.minor, amount(one.non_cash), Kind.NON_CASH, _is_out(one, fence))
        for one in drawn
    ]  # fmt: skip
    marks, ticks, currency = list[Mark](), list[Tick](), ""
    if amounts:
        currency = amounts[0].currency
        middle = Money(median_low([one.minor for one in amounts]), currency)
        marks.append(Mark(middle.minor, _("middle %(money)s", money=amount(middle))))
        ticks = [
            Tick(n, amount(Money(round(n), currency)))
            for n in nice_ticks(0, max(one.minor for one in amounts))
        ]
    subtitle = _("Non-cash value by person, %(currency)s", currency=currency)
    if len(drawn) < len(people):
        subtitle += " · " + _("%(n)s of %(all)s drawn", n=number(len(drawn)), all=number(len(people)))
    return DistributionStrip(
        title=_("How it lies over people"), subtitle=subtitle, dots=dots,
        marks=marks, ticks=ticks, headers=(_("Person"), _("Non-cash")),
    )  # fmt: skip


def drawn_of(people: Sequence[Share]) -> Sequence[Share]:
    """Whom a drawing shows: all, or of very many those with most, and of the others evenly many from top to bottom."""
    if len(people) <= _MOST_DRAWN:
        return people
    most, others = people[: _MOST_DRAWN // 2], people[_MOST_DRAWN // 2 :]
    step = Fraction(len(others), _MOST_DRAWN // 2)
    return [*most, *(others[int(n * step)] for n in range(_MOST_DRAWN // 2))]


def _fairness(found: Sequence[MarketMinutes]) -> BarChart:
    bars = [
        Bar(_market(one), Decimal(one.n_minutes) / one.n_people, f"{one.per_person:.1f}", Kind.UNITS,
            ngettext("%(num)s person", "%(num)s people", one.n_people))
        for one in found[:15]
    ]  # fmt: skip
    return BarChart(
        title=_("Who was heard"), subtitle=_("Executive minutes for each person, by market, the least first"), bars=bars,
        headers=(_("Market"), _("Minutes")),
    )  # fmt: skip


def _method() -> str:
    return str(
        _(
            "The figures of value, labels, disputes, contacts and goals are those of the quarter for review over the same days. "
            "Far above the others is more than one and a half times the distance between the quartiles above the upper one, "
            "among at least %(n)s people. Later paid is a fee of anybody in the house since the first of these days. Rates of "
            "small groups say nothing and are marked. Market is the home country; declared facets are not in this report.",
            n=LEAST_FOR_OUTLIERS,
        )
    )


PROGRAM_CARD = Report(
    "program", lambda: _("Objectivity of a program"),
    lambda: _("Concentration, outliers with reasons, access by market, promises, who was asked again"),
    (Ask.PROGRAM, Ask.DAYS, Ask.AS_OF), count,
    paper="landscape",
)  # fmt: skip
