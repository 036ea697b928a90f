"""How agencies serve the people they speak for: how many answer, how fast, what the guard had to stop (R3)."""

from flask_babel import gettext as _

from app.core.charts import Kind, Series, StackedBarChart
from app.core.i18n import number
from app.core.sheets import Column
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Report, as_counted, share_of
from app.reports.home import Link
from app.reports.queries_partners import partners_in
from app.reports.queries_quarter import name_of_days


def count(asked: Asked) -> Counted:
    """One line for every agency of these days; a fixed number of queries."""
    days = asked.days
    assert days is not None  # noqa: S101 -- the report asks for them
    rows = partners_in(days.from_on, days.to_on)
    n_sent, n_silent = sum(one.n_sent for one in rows), sum(one.n_silent for one in rows)
    figures = [
        Figure("agencies", _("Agencies"), len(rows)),
        Figure("people", _("People they speak for"), sum(one.n_people for one in rows)),
        Figure("invitations", _("Invitations to them"), n_sent),
        Figure("answered", _("Answered"), share_of(n_sent - n_silent, n_sent), is_share=True),
        Figure("stopped", _("Contacts stopped"), sum(one.n_stopped for one in rows), _("by the contact guard")),
    ]  # fmt: skip
    columns = (
        Column("agency", _("Agency")), Column("people", _("People"), "integer"), Column("sent", _("Invited"), "integer"),
        Column("accepted", _("Accepted"), "integer"), Column("declined", _("Declined"), "integer"),
        Column("silent", _("Silent"), "integer"), Column("hours", _("Hours to the answer"), "integer"),
        Column("contacts", _("Contacts"), "integer"), Column("stopped", _("Stopped"), "integer"),
    )  # fmt: skip
    lines = [
        Line(
            (one.name, one.n_people, one.n_sent, one.n_accepted, one.n_declined, one.n_silent, one.n_hours, one.n_contacts,
             one.n_stopped),
            {"agency": Link("people.organisation", {"id": one.id})}, f"organisation:{one.id}",
        )
        for one in rows
    ]  # fmt: skip
    names = [one.name for one in rows if one.n_sent]
    parts = (
        (_("Accepted"), Kind.OK, [one.n_accepted for one in rows if one.n_sent]),
        (_("Declined"), Kind.NEUTRAL, [one.n_declined for one in rows if one.n_sent]),
        (_("Silent"), Kind.WARN, [one.n_silent for one in rows if one.n_sent]),
    )
    drawing = StackedBarChart(
        title=_("Who answers"), subtitle=_("Invitations to the people of each agency"), labels=names, label_header=_("Agency"),
        series=[Series(name, kind, values, [number(n) for n in values]) for name, kind, values in parts] if names else [],
    )  # fmt: skip
    grids = [
        Grid("agencies", _("By agency"), columns, lines, widths={"agency": 20}, empty=_("No agency spoke for anybody then."))
    ]  # fmt: skip
    return as_counted(asked, name_of_days(days), figures, grids, _method(), [drawing], is_now_only=True)


def _method() -> str:
    return str(
        _(
            "An invitation counts for the agency that spoke for the person when it was sent. Hours run from sending to the "
            "answer; the middle one is shown. Contacts and stops are those of the agency's own users. Nobody's reach is part of "
            "it."
        )
    )


PARTNERS = Report(
    "partners", lambda: _("Partner scorecard"), lambda: _("Agencies: answers to invitations, how fast, contacts stopped"),
    (Ask.DAYS,), count, paper="landscape",
)  # fmt: skip
