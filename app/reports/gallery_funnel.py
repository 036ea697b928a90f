"""Advisory work from proposal to payment: how many came to each step, what it cost, what ended on the way (A5)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from app.advisory.models import Engagement, EngagementState
from app.advisory.queries_funnel import WAY, proposed_in, reached
from app.core.charts import Funnel, Kind, Step
from app.core.i18n import number, words
from app.core.sheets import Column
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted, share_of
from app.reports.home import Link
from app.reports.queries_quarter import name_of_days

_ENDED = (EngagementState.DECLINED, EngagementState.TERMINATED)


def count(asked: Asked) -> Counted:
    """Engagements proposed in these days; three queries whatever their number."""
    days, program = asked.days, asked.program
    assert days is not None  # noqa: S101 -- the report asks for them
    rows = proposed_in(asked.by, days.from_on, days.to_on, program.id if program else None)
    about = f"{program.name if program else _('all programs')}, {name_of_days(days)}"
    if asked.as_of is not None:
        return _then(asked, about, [row for row in rows if row.proposed_at <= asked.as_of], asked.as_of)
    n_paid = sum(row.paid_on is not None for row in rows)
    n_ended = sum(row.state in _ENDED for row in rows)
    figures = [
        Figure("proposed", _("Proposed"), len(rows), link=Link("advisory.index")),
        Figure("paid", _("Paid"), n_paid, link=Link("advisory.index"), kind="cash"),
        Figure("paid_share", _("Came to payment"), share_of(n_paid, len(rows)), is_share=True),
        Figure("ended", _("Declined or ended"), n_ended, _("by us or by the person")),
        Figure("alternatives", _("Alternatives considered"), sum(len(row.alternatives) for row in rows),
               _("besides those proposed")),
    ]  # fmt: skip
    return as_counted(asked, about, figures, [_steps(rows), _each(rows)], _method(), [_drawing(rows)])


def _then(asked: Asked, about: str, rows: Sequence[Engagement], as_of: datetime) -> Counted:
    """The same from the days that steps bear; what has no day is left out."""
    at = [reached(row, as_of) for row in rows]
    n_paid = sum(one is EngagementState.PAID for one in at)
    figures = [
        Figure("proposed", _("Proposed"), len(rows)), Figure("paid", _("Paid"), n_paid, kind="cash"),
        Figure("paid_share", _("Came to payment"), share_of(n_paid, len(rows)), is_share=True),
    ]  # fmt: skip
    dated = [step for step in WAY if step not in (EngagementState.IN_DELIVERY, EngagementState.CLOSED)]
    steps = [
        Line((words(step), sum(WAY.index(one) >= WAY.index(step) for one in at)), key=step.value) for step in dated
    ]  # fmt: skip
    each = [
        Line((row.id, row.need.title, row.person.name, words(one), row.paid_on if one is EngagementState.PAID else None),
             _links(row), f"engagement:{row.id}", row.person_id, {"person": [Ref("person", row.person_id)]})
        for row, one in zip(rows, at, strict=True)
    ]  # fmt: skip
    grids = [
        Grid("steps", _("Step by step"), (Column("step", _("Step")), Column("came", _("Came to it"), "integer")),
             steps if rows else [], empty=_none()),
        Grid("engagements", _("Each engagement"), (
            Column("engagement", _("Number"), "integer"), Column("need", _("For")), Column("person", _("Person")),
            Column("state", _("Had come to")), Column("paid_on", _("Paid on"), "date"),
        ), each, widths={"need": 30}, empty=_none()),
    ]  # fmt: skip
    without = _(
        "Steps count by the day they bear, whenever that was written down. Delivery under way, closing, what was declined or "
        "ended, alternatives and fees bear no day or are written over, and are left out."
    )
    return as_counted(asked, about, figures, grids, _method(), left_out=without)


def _links(row: Engagement) -> dict[str, Link]:
    return {
        "engagement": Link("advisory.show", {"id": row.id}), "person": Link("people.show", {"id": row.person_id}),
        "need": Link("advisory.need", {"id": row.need_id}),
    }  # fmt: skip


def _came_to(rows: Sequence[Engagement]) -> dict[EngagementState, int]:
    """How many came to each step or beyond it."""
    at = Counter(WAY.index(reached(row)) for row in rows)
    return {state: sum(n for place, n in at.items() if place >= step) for step, state in enumerate(WAY)}


def _steps(rows: Sequence[Engagement]) -> Grid:
    columns = (
        Column("step", _("Step")), Column("came", _("Came to it"), "integer"), Column("stand", _("Stand there now"), "integer"),
        Column("ended", _("Ended there"), "integer"),
    )  # fmt: skip
    came, stand = _came_to(rows), Counter(row.state for row in rows)
    ended = Counter(reached(row) for row in rows if row.state in _ENDED)
    lines = [
        Line((words(state), came[state], stand[state], ended[state]), {"stand": Link("advisory.index", {"state": state.value})},
             state.value)
        for state in WAY
    ]  # fmt: skip
    return Grid("steps", _("Step by step"), columns, lines if rows else [], empty=_none())


def _each(rows: Sequence[Engagement]) -> Grid:
    columns = (
        Column("engagement", _("Number"), "integer"), Column("need", _("For")), Column("person", _("Person")),
        Column("state", _("State")), Column("service_on", _("Service on"), "date"),
        Column("alternatives", _("Alternatives"), "integer"),
        Column("fee", _("Fee"), "money"), Column("paid_on", _("Paid on"), "date"),
    )  # fmt: skip
    lines = [
        Line(
            (row.id, row.need.title, row.person.name, words(row.state), row.service_on, len(row.alternatives),
             row.fee, row.paid_on),
            _links(row), f"engagement:{row.id}", row.person_id, {"person": [Ref("person", row.person_id)]},
        )
        for row in rows
    ]  # fmt: skip
    return Grid(
        "engagements",
        _("Each engagement"),
        columns,
        lines,
        kinds={"fee": "cash"},
        widths={"need": 20},
        empty=_none(),
    )


def _drawing(rows: Sequence[Engagement]) -> Funnel:
    ended = Counter(reached(row) for row in rows if row.state in _ENDED)
    steps = [
        Step(words(state), n, number(n), Kind.CASH, lost=_("%(n)s ended here", n=number(ended[state])) if ended[state] else "")
        for state, n in _came_to(rows).items()
    ]  # fmt: skip
    return Funnel(
        title=_("From proposal to payment"), subtitle=_("Engagements that came to each step"), steps=steps if rows else [],
        headers=(_("Step"), _("Came to it"), "", _("Ended")),
    )  # fmt: skip


def _none() -> str:
    return str(_("Nobody was proposed for paid work in these days."))


def _method() -> str:
    return str(
        _(
            "Engagements by the day they were proposed. A step counts everybody who came to it or beyond; what was declined or "
            "ended keeps the step it had come to. Fees are cash and are never added to non-cash value."
        )
    )


FUNNEL = Report(
    "funnel", lambda: _("Advisory funnel"), lambda: _("Paid advice from proposal to payment, and what ended on the way"),
    (Ask.PROGRAM, Ask.DAYS, Ask.AS_OF), count, may_be_all=frozenset({Ask.PROGRAM}), paper="landscape",
)  # fmt: skip
