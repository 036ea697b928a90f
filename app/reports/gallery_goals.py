"""Goals with what speaks for them: people, what they told us and what of it was adopted, what came of it (G1, G8, G9)."""

from collections import Counter
from collections.abc import Sequence

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.i18n import words
from app.core.sheets import Column
from app.outreach import queries_insights as outreach
from app.programs import queries as programs
from app.programs.models import Goal
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Report, as_counted
from app.reports.home import Link


def count(asked: Asked) -> Counted:
    """One line for every goal of a program; queries grow with its goals only."""
    program = asked.program
    assert program is not None  # noqa: S101 -- the report asks for it
    goals = programs.list_goals(program)
    late = {goal.id for goal in programs.list_goals_after_names(program)}
    insights, outcomes = (
        outreach.list_insights(asked.by, program=program),
        outreach.list_outcomes(asked.by, program),
    )
    told = Counter(row.goal_id for row in insights)
    adopted = Counter(row.goal_id for row in insights if row.is_adopted)
    came = Counter(row.goal_id for row in outcomes)
    n_bare = sum(not goal.evidence.strip() and not came[goal.id] and not told[goal.id] for goal in goals)
    figures = [
        Figure("goals", _("Goals"), len(goals), link=Link("programs.show", {"id": program.id})),
        Figure("after_names", _("Written after names"), len(late), tone="warn" if late else "ok"),
        Figure("without", _("Without any evidence"), n_bare, tone="warn" if n_bare else "ok"),
        Figure("told", _("What people told us"), sum(told.values()), _("with or without a goal")),
        Figure(
            "outcomes", _("Outcomes"), sum(came.values()), link=Link("outreach.outcomes", {"id": program.id})
        ),
    ]
    lines = [_line(goal, late, (told, adopted, came), asked.by) for goal in goals]
    widths = {
        "goal": 18, "kind": 8, "metric": 12, "target": 12, "people": 6, "told": 6, "adopted": 6, "outcomes": 6, "evidence": 10,
        "after_names": 6, "review_on": 10,
    }  # fmt: skip
    grids = [
        Grid(
            "goals",
            _("Goal by goal"),
            _columns(),
            lines,
            widths=widths,
            prose=frozenset({"evidence"}),
            empty=_("This program has no goal yet."),
        )
    ]
    return as_counted(asked, program.name, figures, grids, _method(), is_now_only=True)


def _columns() -> tuple[Column, ...]:
    return (
        Column("goal", _("Goal")), Column("kind", _("Kind")), Column("metric", _("Measured by")),
        Column("target", _("From, to")), Column("people", _("People"), "integer"), Column("told", _("Told us"), "integer"),
        Column("adopted", _("Adopted"), "integer"), Column("outcomes", _("Outcomes"), "integer"),
        Column("evidence", _("Evidence")), Column("after_names", _("After names")), Column("review_on", _("Review"), "date"),
    )  # fmt: skip


def _line(goal: Goal, late: set[int], counted: Sequence[Counter[int | None]], by: User) -> Line:
    told, adopted, came = (counter[goal.id] for counter in counted)
    people = programs.people_of_goal(goal, by)
    whose = {one.person_id for one in people.members} | {one.person_id for one in people.enrolments}
    cells = (
        goal.statement, words(goal.kind), goal.metric, f"{goal.baseline} → {goal.target}", len(whose), told, adopted, came,
        goal.evidence, _("yes") if goal.id in late else "", goal.review_on,
    )  # fmt: skip
    return Line(cells, {"goal": Link("programs.goal", {"id": goal.id})}, f"goal:{goal.id}")


def _method() -> str:
    return str(
        _(
            "People are those of the goal's places in cohorts and enrolments. What they told us and what came of it counts for "
            "a goal when it names it. A goal is written after names when somebody was shortlisted for it before it was written."
        )
    )


GOALS = Report(
    "goals", lambda: _("Goal evidence"), lambda: _("Each goal with its people, insights, outcomes and evidence"),
    (Ask.PROGRAM,), count, paper="landscape",
)  # fmt: skip
