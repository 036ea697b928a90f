"""Reports with a page and files of their own, as reports that can be kept, compared and sent every month (O6).

Each is counted by the one function its page and its files are made from; here its figures only get the shape of the gallery.
"""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from app.core.sheets import Cell, Column
from app.ledger.models import Leg, Unit
from app.ledger.units import unit_label
from app.programs.models import Program
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, ratio_of
from app.reports.home import Link
from app.reports.policies import DaysRefused
from app.reports.proximity import DEFAULT_DAYS, PairFigure, ProximityReport
from app.reports.quarter import QuarterReport, Share
from app.reports.queries_periods import states_of
from app.reports.queries_proximity import proximity_report
from app.reports.queries_quarter import first_program, quarter_report
from app.reports.queries_value import ERASED, value_report
from app.reports.value import Note, PersonFigure, ValueReport
from app.reports.words import UNIT_KEYS, leg_label, line_label
from app.reports.words_quarter import FigureRow, figure_rows

_KINDS = {"non_cash": "non_cash", "cash": "cash", "fees": "cash", "value": "non_cash"}
#: Rows of erased people have no number to be told apart by.
_ERASED = "erased"


def _money(key: str, label: str, currency: str) -> Column:
    return Column(key, label, "money", currency)


def _about_person(person_id: int | None, cells: Sequence[Cell], key: str = "") -> Line:
    """A row whose first cell names somebody."""
    if person_id is None:
        return Line(cells, key=key or _ERASED)
    link = Link("people.show", {"id": person_id})
    return Line(cells, {"name": link}, key, person_id, {"name": [Ref("person", person_id)]})


# -- value -----------------------------------------------------------------------------------------


def count_value(asked: Asked) -> Counted:
    """The value report of a program."""
    assert asked.program is not None  # noqa: S101 -- the report asks for it
    report = value_report(asked.program, as_of=asked.as_of)
    return Counted(
        about=report.program, as_of=report.as_of, asked_as_of=report.asked_as_of, figures=_value_figures(report),
        grids=[_lines_grid(report), _people_grid(report)], methodology=report.methodology, checkpoint=report.checkpoint,
    )  # fmt: skip


def _value_figures(report: ValueReport) -> list[Figure]:
    return [
        Figure("non_cash", leg_label(Leg.NON_CASH), report.non_cash, kind="non_cash"),
        Figure("cash", leg_label(Leg.CASH), report.cash, kind="cash"),
        Figure("n", _("Pieces received"), report.n),
        Figure("n_people", _("People"), report.n_people),
        *(Figure(UNIT_KEYS[unit], unit_label(unit), n, kind="units") for unit, n in report.units.items()),
        Figure("n_declined", _("Offers declined"), report.n_declined),
        Figure("declined", _("Declined offers"), report.declined),
        Figure("top_share", _("Share of the top three"), ratio_of(report.top_share()), is_share=True),
    ]  # fmt: skip


def _lines_grid(report: ValueReport) -> Grid:
    columns = (
        Column("line", _("Line")), _money("non_cash", leg_label(Leg.NON_CASH), report.currency),
        _money("cash", leg_label(Leg.CASH), report.currency), Column("n", _("Pieces"), "integer"),
    )  # fmt: skip
    lines = [
        Line((line_label(one.line), one.non_cash, one.cash, one.n), key=one.line.value)
        for one in report.lines
    ]
    return Grid("lines", _("By line"), columns, lines, note=report.currency, kinds=_KINDS)


def _people_grid(report: ValueReport) -> Grid:
    columns = (
        Column("name", _("Person")), _money("non_cash", leg_label(Leg.NON_CASH), report.currency),
        _money("cash", leg_label(Leg.CASH), report.currency), Column("n", _("Pieces"), "integer"),
        *(Column(UNIT_KEYS[unit], unit_label(unit), "integer") for unit in UNIT_KEYS),
        _money("declined", _("Declined"), report.currency),
    )  # fmt: skip
    lines = [_value_line(one) for one in report.people]
    return Grid("people", _("By person"), columns, lines, note=report.currency, kinds=_KINDS)


def _value_line(one: PersonFigure) -> Line:
    units: Mapping[Unit, int] = one.units
    given = [units.get(unit, 0) for unit in UNIT_KEYS]
    cells: tuple[Cell, ...] = (one.name or ERASED, one.non_cash, one.cash, one.n, *given, one.declined)
    return _about_person(one.person_id, cells)


# -- quarter ---------------------------------------------------------------------------------------


def count_quarter(asked: Asked) -> Counted:
    """Some days of a program, for their reviewer."""
    program, days = program_or_first(asked), asked.days
    assert days is not None  # noqa: S101 -- the usual ones stand in
    if program is None:
        raise DaysRefused(_("There is no program to report on."))
    report = quarter_report(program, days, as_of=asked.as_of)
    period = states_of(days)
    notes = [*report.methodology, *([Note(_("Period"), period)] if period else [])]
    figures = [figure for row in figure_rows(report) for figure in _quarter_figures(row)]
    return Counted(
        about=f"{report.name}: {report.program}", as_of=report.as_of, asked_as_of=report.asked_as_of, figures=figures,
        grids=[_shares_grid(report)], methodology=notes, checkpoint=report.checkpoint, period=period,
    )  # fmt: skip


def program_or_first(asked: Asked) -> Program | None:
    """The program that was asked for, else the first there is; None in a house without any."""
    return asked.program or first_program()


def _quarter_figures(row: FigureRow) -> list[Figure]:
    """One figure for each number of a row; "3 of 4" is two of them."""
    found = list[Figure]()
    if row.money is not None:
        found.append(Figure(f"{row.key}_amount", row.label, row.money, kind=_KINDS.get(row.key, "")))
    if row.key == "top":
        return [Figure(row.key, row.label, ratio_of(row.share), is_share=True)]
    if row.n is not None:
        label = _("%(figure)s, number", figure=row.label) if row.money is not None else row.label
        found.append(Figure(row.key, str(label), row.n))
    if row.of is not None:
        found.append(Figure(f"{row.key}_of", str(_("%(figure)s, of", figure=row.label)), row.of))
    if row.days is not None:
        found.append(Figure(f"{row.key}_days", str(_("%(figure)s, days", figure=row.label)), row.days))
    return found or [Figure(row.key, row.label, None, row.note)]


def _shares_grid(report: QuarterReport) -> Grid:
    columns = (
        Column("name", _("Person")), Column("n", _("Pieces"), "integer"),
        _money("non_cash", leg_label(Leg.NON_CASH), report.currency), _money("cash", leg_label(Leg.CASH), report.currency),
        Column("n_declined", _("Offers declined"), "integer"), _money("declined", _("Declined"), report.currency),
    )  # fmt: skip
    lines = [_share_line(one) for one in report.people]
    return Grid("people", _("By person"), columns, lines, note=report.currency, kinds=_KINDS)


def _share_line(one: Share) -> Line:
    cells = (one.name or ERASED, one.n, one.non_cash, one.cash, one.n_declined, one.declined)
    return _about_person(one.person_id, cells)


# -- fees soon after value -------------------------------------------------------------------------


def count_proximity(asked: Asked) -> Counted:
    """Fees soon after value, of one program or of all."""
    n_days = DEFAULT_DAYS if asked.within is None else asked.within
    report = proximity_report(asked.program, n_days, is_any=asked.counting == "any", as_of=asked.as_of)
    return Counted(
        about=report.program or str(_("All programs")), as_of=report.as_of, asked_as_of=report.asked_as_of,
        figures=_proximity_figures(report), grids=[_times_grid(report), _pairs_grid(report)],
        methodology=report.methodology, checkpoint=report.checkpoint,
    )  # fmt: skip


def _proximity_figures(report: ProximityReport) -> list[Figure]:
    chosen = report.chosen
    return [
        Figure("n_fees", _("Fees near value"), chosen.n_fees, kind="cash"),
        Figure("n_all_fees", _("All fees"), report.n_all_fees, kind="cash"),
        *(Figure(f"fees_{one.currency}", _("Paid in them"), one, kind="cash") for one in chosen.amounts),
        Figure("n_pairs", _("Pairs"), chosen.n_pairs), Figure("n_people", _("People"), report.n_people),
        Figure("n_value", _("Pieces of value before them"), report.n_value, kind="non_cash"),
        *(Figure(f"value_{one.currency}", _("Value before them"), one, kind="non_cash") for one in report.value),
    ]  # fmt: skip


def _times_grid(report: ProximityReport) -> Grid:
    columns = (
        Column("n_days", _("Within days"), "integer"), Column("n_fees", _("Fees"), "integer"),
        Column("n_pairs", _("Pairs"), "integer"),
    )  # fmt: skip
    lines = [Line((one.n_days, one.n_fees, one.n_pairs), key=str(one.n_days)) for one in report.compared]
    return Grid("times", _("Days compared"), columns, lines)


def _pairs_grid(report: ProximityReport) -> Grid:
    columns = (
        Column("name", _("Person")), Column("provider", _("Provider")), Column("least_days", _("Days between"), "integer"),
        Column("n_value", _("Pieces before"), "integer"), Column("value", _("Value before"), "money"),
        Column("n_fees", _("Fees"), "integer"), Column("fees", _("Paid"), "money"),
    )  # fmt: skip
    return Grid(
        "pairs", _("By person and provider"), columns, [_pair_line(one) for one in report.pairs], kinds=_KINDS
    )


def _pair_line(one: PairFigure) -> Line:
    cells = (one.name, one.provider_name, one.least_days, one.n_value, one.value, one.n_fees, one.fees)
    whose = "" if one.person_id else f"{_ERASED} {one.subject_id} "
    return _about_person(one.person_id, cells, f"{whose}{one.provider} {one.fees.currency}")


VALUE = Report(
    "value", lambda: _("Value report"), lambda: _("Everything of value in a program, the legs and the units apart"),
    (Ask.PROGRAM, Ask.AS_OF), count_value, paper="landscape", page="reports.value", page_names={Ask.PROGRAM: "id"},
)  # fmt: skip
QUARTER = Report(
    "quarter", lambda: _("Quarter for review"), lambda: _("Some days of a program with every figure its reviewer signs"),
    (Ask.PROGRAM, Ask.DAYS, Ask.AS_OF), count_quarter, frozenset({Ask.PROGRAM}), page="reports.quarter",
)  # fmt: skip
PROXIMITY = Report(
    "proximity", lambda: _("Fees soon after value"),
    lambda: _("Fees within so many days after value of the same provider to the same person"),
    (Ask.PROGRAM, Ask.WITHIN, Ask.COUNTING, Ask.AS_OF), count_proximity, frozenset({Ask.PROGRAM}), paper="landscape",
    page="reports.proximity", page_names={Ask.PROGRAM: "program_id", Ask.WITHIN: "days"},
)  # fmt: skip
