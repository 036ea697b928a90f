"""The register of exceptions: what was asked in some days, how it was answered, until when it holds (L8, c19)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext as _

from app.core import clock
from app.core.i18n import words
from app.core.sheets import Column
from app.ledger import queries as ledger
from app.ledger.models import ExceptionState
from app.ledger.queries import RegisterFilter, Stood
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted
from app.reports.home import Link
from app.reports.queries_quarter import name_of_days


def count(asked: Asked) -> Counted:
    """Requests of these days by answer and by rule; a fixed number of queries."""
    assert asked.days is not None  # noqa: S101 -- the report asks for them
    days, rules = asked.days, ledger.rule_words()
    found = ledger.list_register(RegisterFilter(from_on=days.from_on, to_on=days.to_on), clock.today())
    rows, on = ledger.stood_at(found, asked.as_of), (asked.as_of or clock.now()).date()
    span = {"from_on": days.from_on.isoformat(), "to_on": days.to_on.isoformat()}
    grids = [_by_rule(rows, rules, None if asked.as_of else span), _register(rows, rules, on)]
    return as_counted(
        asked, name_of_days(days), _figures(rows, None if asked.as_of else span), grids, _method()
    )


def _figures(rows: Sequence[Stood], span: Mapping[str, str] | None) -> list[Figure]:
    """Each leads to the register, which is of now: none does as of a moment that has passed."""
    n_by = Counter(one.state for one in rows)
    return [
        Figure(
            state.value, words(state), n_by[state],
            link=Link("ledger.exceptions.index", {**span, "state": state.value}) if span else None,
        )
        for state in ExceptionState
    ]  # fmt: skip


def _by_rule(rows: Sequence[Stood], rules: Mapping[str, str], span: Mapping[str, str] | None) -> Grid:
    columns = (
        Column("rule", _("Rule")), Column("asked", _("Asked"), "integer"), Column("granted", _("Granted"), "integer"),
    )  # fmt: skip
    granted = Counter(one.row.rule for one in rows if one.state is ExceptionState.GRANTED)
    lines = [
        Line(
            (rules.get(rule, rule), n, granted[rule]),
            {"asked": Link("ledger.exceptions.index", {**span, "rule": rule})} if span else {}, rule,
        )
        for rule, n in Counter(one.row.rule for one in rows).most_common()
    ]  # fmt: skip
    return Grid(
        "rules", _("By rule"), columns, lines, empty=_none(), widths={"rule": 50, "asked": 25, "granted": 25}
    )


def _register(rows: Sequence[Stood], rules: Mapping[str, str], on: date) -> Grid:
    columns = (
        Column("number", _("Number"), "integer"), Column("person", _("Person")), Column("rule", _("Rule")),
        Column("reason", _("Reason")), Column("asked_by", _("Asked by")), Column("asked_on", _("Asked"), "date"),
        Column("state", _("State")), Column("decided_by", _("Decided by")), Column("until", _("Until"), "date"),
    )  # fmt: skip
    widths = (8, 12, 15, 15, 10, 10, 10, 10, 10)
    return Grid(
        "register", _("Register"), columns, [_line(one, rules, on) for one in rows], empty=_none(), prose=frozenset({"reason"}),
        widths={column.key: width for column, width in zip(columns, widths, strict=True)},
    )  # fmt: skip


def _line(one: Stood, rules: Mapping[str, str], on: date) -> Line:
    row, decided_by = one.row, one.row.decided_by if one.is_answered else None
    is_expired = one.state is ExceptionState.GRANTED and row.expires_on < on
    cells = (
        row.id, row.person.name, rules.get(row.rule, row.rule), (one.is_answered and row.decision_reason) or row.reason,
        row.asked_by.name, row.asked_at.date(), _("expired") if is_expired else words(one.state),
        decided_by.name if decided_by else "", row.expires_on,
    )  # fmt: skip
    named = {
        "person": [Ref("person", row.person_id)], "asked_by": [Ref("user", row.asked_by_id)],
        "decided_by": [Ref("user", decided_by.id)] if decided_by else [],
    }  # fmt: skip
    links = {
        "number": Link("ledger.exceptions.show", {"id": row.id}), "person": Link("people.show", {"id": row.person_id}),
    }  # fmt: skip
    return Line(cells, links, f"exception:{row.id}", row.person_id, named)


def _none() -> str:
    return str(_("Nobody asked for an exception in these days."))


def _method() -> str:
    return str(
        _(
            "Requests by the day they were asked, each version one: what was changed after it was approved is void and is asked "
            "again. Nothing is removed from the register."
        )
    )


EXCEPTIONS = Report(
    "exceptions", lambda: _("Exceptions register"),
    lambda: _("What was asked beyond a rule, who answered how, and until when it holds"), (Ask.DAYS, Ask.AS_OF), count,
    paper="landscape",
)  # fmt: skip
