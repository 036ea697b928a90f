"""Some days of a program as a reviewer signs them: each figure from the one counting function of its room (J9.3, O6)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _

from app.core import clock
from app.core.i18n import day
from app.core.money import Money
from app.disclosures.queries_remedies import count_labels
from app.ledger.models import Leg
from app.ledger.queries import By, Scope, Total, current_checkpoint, totals
from app.outreach.queries_stops import count_collisions
from app.periods import queries as periods
from app.periods.models import Issue, Period, PeriodKind
from app.periods.policies import CLOSED, name_of
from app.periods.queries_disputes import count_disputes
from app.programs import queries as programs
from app.programs.models import Goal, Program
from app.programs.queries_spans import Span
from app.reports import policies, queries_again
from app.reports.methodology import methodology
from app.reports.methodology_quarter import quarter_notes
from app.reports.quarter import QuarterReport, Share
from app.reports.queries_value import ERASED, facts_of, names_of

#: So many quarters of the calendar are offered besides the periods that were opened.
N_QUARTERS = 8


def quarter_report(program: Program, days: policies.Days, *, as_of: datetime | None = None) -> QuarterReport:
    """All figures of the reviewer; about twenty queries whatever the number of people, lines and links."""
    span = Span(program.id, days.from_on, days.to_on, as_of)
    scope = Scope(program_id=program.id, from_on=days.from_on, to_on=days.to_on, as_of=as_of)
    rows = totals([By.SUBJECT, By.PERSON, By.LEG], scope)
    people = _shares(rows, program.currency)
    invited = queries_again.invited_in(span)
    decliners, others = queries_again.count_again(invited)
    goals = goals_of(program, span)
    return QuarterReport(
        program_id=program.id, program=program.name, name=name_of_days(days), currency=program.currency,
        from_on=days.from_on, to_on=days.to_on, as_of=as_of or clock.now(), asked_as_of=as_of,
        non_cash=_sum(rows, program.currency, Leg.NON_CASH), cash=_sum(rows, program.currency, Leg.CASH),
        n=sum(row.n for row in rows), n_people=sum(one.n_people for one in people if one.n), people=people,
        declined=Money(sum(row.declined_minor for row in rows), program.currency),
        n_declined=sum(row.n_declined for row in rows),
        disputes=count_disputes(span), labels=count_labels(None, span), stops=count_collisions(span),
        n_goals=len(goals), n_goals_after=len(goals_after(program, span)), decliners=decliners, others=others,
        is_telling=policies.is_telling(decliners.n_people, others.n_people),
        methodology=(*methodology(facts_of(scope, program.currency), as_of), *quarter_notes()),
        checkpoint=current_checkpoint(),
    )  # fmt: skip


def _sum(rows: Sequence[Total], currency: str, leg: Leg) -> Money:
    return Money(sum(row.reporting_minor for row in rows if row["leg"] is leg), currency)


def _shares(rows: Sequence[Total], currency: str) -> list[Share]:
    """One row a person, the most received first; those who were erased together at the end."""
    by_person: dict[int | None, list[Total]] = defaultdict(list)
    for row in rows:
        by_person[row["person"]].append(row)
    names = names_of([id for id in by_person if id is not None])
    shares = [
        Share(
            id, *((ERASED, "") if id is None else names[id][:2]),
            n_people=len({row["subject"] for row in mine if row.n}) if id is None else 1, n=sum(row.n for row in mine),
            non_cash=_sum(mine, currency, Leg.NON_CASH), cash=_sum(mine, currency, Leg.CASH),
            n_declined=sum(row.n_declined for row in mine),
            declined=Money(sum(row.declined_minor for row in mine), currency),
        )
        for id, mine in by_person.items()
    ]  # fmt: skip
    shown = [one for one in shares if one.n or one.n_declined or one.non_cash or one.cash]
    return sorted(
        shown, key=lambda one: (one.person_id is None, -one.non_cash.minor, one.name, one.person_id or 0)
    )


# -- goals ---------------------------------------------------------------------------------------------------------


def goals_after(program: Program, span: Span) -> Sequence[Goal]:
    """Goals written up to the end of these days, after the first of their people was shortlisted (G1)."""
    return programs.list_goals_after_names(program, _end(span))


def goals_of(program: Program, span: Span) -> list[Goal]:
    """The goals that were written up to the end of these days."""
    return [goal for goal in programs.list_goals(program) if goal.made_at < _end(span)]


def _end(span: Span) -> datetime:
    ends = clock.end_of(span.to_on or date.max, "UTC")
    return min(ends, span.as_of) if span.as_of else ends


# -- which days ----------------------------------------------------------------------------------------------------


def name_of_days(days: policies.Days) -> str:
    """ "Q3 2026" for a quarter of the calendar, "2026" for its year, else the days."""
    for kind, from_on in ((PeriodKind.QUARTER, days.from_on), (PeriodKind.YEAR, days.from_on)):
        if policies.quarter_from(from_on, years=kind is PeriodKind.YEAR) == days:
            return name_of(kind, from_on, days.to_on)
    return str(_("%(from_on)s to %(to_on)s", from_on=day(days.from_on), to_on=day(days.to_on)))


def choices(today: date) -> list[policies.Days]:
    """The periods that were opened, and the last quarters of the calendar; the latest first."""
    opened = [policies.Days(one.from_on, one.to_on) for one in periods.list_periods()]
    last = policies.quarters_until(today, N_QUARTERS)
    return sorted({*opened, *last}, key=lambda one: (one.to_on, one.from_on), reverse=True)


def first_program() -> Program | None:
    """The first program that is more than imported books, else the first."""
    known = [row.program for row in programs.list_programs()]
    return next((one for one in known if not one.is_books_only), known[0] if known else None)


def usual_days(today: date) -> policies.Days:
    """What a reviewer looks at first: the earliest period that is still to be closed, else the last quarter that ended."""
    begun = [one for one in periods.list_periods() if one.state not in CLOSED and one.from_on <= today]
    if begun:
        first = min(begun, key=lambda one: (one.closes_on, one.from_on))
        return policies.Days(first.from_on, first.to_on)
    return policies.quarters_until(today, 2)[1]


def issues_of(days: policies.Days) -> Sequence[tuple[Period, Issue]]:
    """The reports issued for exactly these days: what the figures were when they were signed."""
    same = [one for one in periods.list_periods() if (one.from_on, one.to_on) == (days.from_on, days.to_on)]
    return [(period, issue) for period in same for issue in periods.list_issues(period)]
