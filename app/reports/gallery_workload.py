"""Who looks after how much: people, open asks, silences, planned contacts, events (P1)."""

from flask_babel import gettext as _

from app.core import clock
from app.core.charts import Bar, BarChart, Kind
from app.core.i18n import number
from app.core.sheets import Column
from app.reports.gallery import Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted
from app.reports.home import Link
from app.reports.queries_workload import list_loads


def count(asked: Asked) -> Counted:
    """One line for everybody who can look after people; a fixed number of queries."""
    loads = list_loads(clock.now())
    board = Link("handovers.workload")
    figures = [
        Figure("people", _("People looked after"), sum(one.n_people for one in loads), link=board),
        Figure(
            "asks",
            _("Open asks"),
            sum(one.n_asks for one in loads),
            link=Link("outreach.index", {"asks": "open"}),
        ),
        Figure(
            "silent",
            _("Gone quiet"),
            sum(one.n_silent for one in loads),
            _("longer than their cadence"),
            board,
        ),
        Figure("away", _("Away today"), sum(one.absence is not None for one in loads), link=board),
    ]
    columns = (
        Column("owner", _("Owner")), Column("people", _("People"), "integer"), Column("asks", _("Open asks"), "integer"),
        Column("silent", _("Gone quiet"), "integer"), Column("planned", _("Planned"), "integer"),
        Column("events", _("Events"), "integer"), Column("away_until", _("Away until"), "date"),
    )  # fmt: skip
    lines = [
        Line(
            (one.name, one.n_people, one.n_asks, one.n_silent, one.n_planned, one.n_events,
             one.absence.to_on if one.absence else None),
            {"people": Link("people.index", {"owner": one.id})}, f"user:{one.id}", named={"owner": [Ref("user", one.id)]},
        )
        for one in loads
    ]  # fmt: skip
    most = sorted((one for one in loads if one.n_people), key=lambda one: (-one.n_people, one.name))
    drawing = BarChart(
        title=_("Who looks after how many"), subtitle=_("People by owner"), headers=(_("Owner"), _("People")),
        bars=[Bar(one.name, one.n_people, number(one.n_people), Kind.NEUTRAL) for one in most[:15]],
    )  # fmt: skip
    grids = [Grid("owners", _("By owner"), columns, lines, widths={"owner": 25})]
    return as_counted(asked, _("everybody"), figures, grids, _method(), [drawing], is_now_only=True)


def _method() -> str:
    return str(
        _(
            "Everybody who can look after people, those without anything too. A person counts for the owner at this moment; "
            "who is in a program and was not in touch for longer than its cadence has gone quiet."
        )
    )


WORKLOAD = Report(
    "workload",
    lambda: _("Owner workload"),
    lambda: _("Who looks after how many people, asks, silences and events"),
    (),
    count,
)
