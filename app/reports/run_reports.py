"""Runs and their differences as reports: the same page, files and interface show them as show a report of now (O6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from flask_babel import force_locale, ngettext, pgettext
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import User
from app.core.i18n import amount, colon, day, number, per_cent, when
from app.core.i18n import said as spoken
from app.core.money import Money
from app.core.sheets import Cell, Column
from app.ledger.queries import SignedHead
from app.periods.rows import Mark
from app.reports import queries_runs
from app.reports.asking import require_asked
from app.reports.differences import FigureChange, GridChange, RowChange, compare, step_between
from app.reports.gallery import Counted, Figure, Grid, Line, Ref, Report
from app.reports.gallery_all import get_report
from app.reports.home import Link
from app.reports.models import ReportRun
from app.reports.policies_saved import RunRefused
from app.reports.runs import Kept, Namer, keep, unpacked
from app.reports.value import Note

#: The other side of a comparison that is no kept run.
NOW = "now"


class Then(Struct, frozen=True):
    """What was asked of a run, or of two."""

    args: Mapping[str, str]


class Side(Struct, frozen=True):
    """One side of a comparison: a kept run, or the report as it is now with the settings of the other side."""

    run: ReportRun | None
    kept: Kept
    about: str
    as_of: datetime
    checkpoint: SignedHead
    args: Mapping[str, str]
    period: str


# -- a run -----------------------------------------------------------------------------------------


def as_report(run: ReportRun, by: User) -> Counted:
    """A kept run as a report: its numbers as they were, names as `by` may see them now."""
    kept = queries_runs.kept_of(run)
    names = queries_runs.namer(by, kept, more=[run.person_id] if run.person_id else [])
    notes = [Note(spoken(title), spoken(text)) for title, text in run.methodology["notes"]]
    return Counted(
        about=about_of(run, names), as_of=run.as_of, asked_as_of=run.asked_as_of,
        figures=[
            Figure(one.key, spoken(one.label), unpacked(one.value, names, ""), kind=one.kind, is_share=one.is_share)
            for one in kept.figures
        ],
        grids=[_kept_grid(kept, at, names) for at in range(len(kept.grids))],
        methodology=[*notes, Note(_("Names and words"), _run_method())], checkpoint=_head(run), period=run.period,
        person_id=run.person_id,
    )  # fmt: skip


def about_of(run: ReportRun, names: Namer) -> str:
    """Of what a run is: a person by the name they have now."""
    return names(Ref("person", run.person_id)) if run.person_id is not None else run.about


def _kept_grid(kept: Kept, at: int, names: Namer) -> Grid:
    grid = kept.grids[at]
    lines = [
        Line(
            [unpacked(cell, names, _words()) for cell in row.cells], key=row.key, person_id=row.person_id,
            links={grid.columns[0].key: _person(row.person_id)} if row.person_id is not None else {},
        )
        for row in grid.rows
    ]  # fmt: skip
    notes = []
    if grid.n_gone:
        notes.append(
            ngettext("%(num)s line was erased since", "%(num)s lines were erased since", grid.n_gone)
        )
    empty = (
        _("The %(n)s lines were too many to keep; the figures were kept.", n=number(grid.n_rows))
        if not grid.is_whole
        else ""
    )
    return Grid(
        grid.key,
        spoken(grid.title),
        [replace(one, label=spoken(one.label)) for one in grid.columns],
        lines,
        note="; ".join(notes),
        empty=empty,
        kinds=grid.kinds,
        widths=grid.widths,
    )


def _person(id: int) -> Link:
    return Link("people.show", {"id": id})


def _words() -> str:
    return str(_("(words not kept)"))


def _run_method() -> str:
    return str(
        _(
            "Numbers are those of the moment the run was kept. Names are looked up when it is read, as far as the reader may "
            "see them; of free words only a print was kept, which tells that they changed. Lines about people who were "
            "erased since are gone."
        )
    )


def _head(run: ReportRun) -> SignedHead:
    return SignedHead(**run.checkpoint)


# -- two runs --------------------------------------------------------------------------------------


def side_of(run: ReportRun, by: User) -> Side:
    """A kept run as a side."""
    kept = queries_runs.kept_of(run)
    names = queries_runs.namer(by, more=[run.person_id] if run.person_id else [])
    return Side(run, kept, about_of(run, names), run.as_of, _head(run), run.args, run.period)


def side_of_now(run: ReportRun, by: User) -> Side:
    """The report as it is at this moment, asked what the run was asked; days that follow the calendar are those of today."""
    report = get_report(run.report)
    settings = {name: value for name, value in run.settings.items() if name != "as_of"}
    with force_locale("en"):  # as runs are kept
        asked = require_asked(report, settings, by)
        counted = report.count(asked)
    kept = keep(counted, queries_runs.print_of)
    return Side(None, kept, counted.about, counted.as_of, counted.checkpoint, asked.args, counted.period)


def difference(before: Side, after: Side, by: User) -> Counted:
    """What changed between two runs of one report. RunRefused for runs of two reports."""
    reports = {side.run.report for side in (before, after) if side.run is not None}
    if len(reports) != 1:
        raise RunRefused(_("These are runs of two different reports; compare two of the same one."))
    names = queries_runs.namer(by, before.kept, after.kept)
    refs = queries_runs.survivors_of({Ref("person", id) for id in _people_in(before.kept, after.kept)})
    figures, grids = compare(before.kept, after.kept, refs)
    n_figures = sum(one.is_changed for one in figures)
    marks = {mark: sum(grid.n(mark) for grid in grids) for mark in (Mark.NEW, Mark.CHANGED, Mark.REMOVED)}
    told = [
        Figure("figures_changed", _("Figures changed"), n_figures, _("of %(n)s", n=len(figures))),
        Figure("rows_new", _("Lines new"), marks[Mark.NEW]), Figure("rows_changed", _("Lines changed"), marks[Mark.CHANGED]),
        Figure("rows_removed", _("Lines removed"), marks[Mark.REMOVED]),
        Figure("rows_unchanged", _("Lines unchanged"), sum(grid.n_unchanged for grid in grids)),
    ]  # fmt: skip
    return Counted(
        about=after.about, as_of=after.as_of, asked_as_of=None, figures=told,
        grids=[*_figure_grids(figures), *(_row_grid(grid, names) for grid in grids)],
        methodology=_notes(before, after), checkpoint=after.checkpoint,
    )  # fmt: skip


def difference_spec(key: str) -> Report:
    """The report a difference is shown and filed as."""
    report = get_report(key)
    return replace(
        report, key=f"{key}-difference", title=lambda: str(_("%(report)s, what changed", report=report.title())),
        what=lambda: str(_("Two runs of this report beside each other")), paper="landscape",
    )  # fmt: skip


def _people_in(*kept: Kept) -> set[int]:
    return {
        row.person_id for one in kept for grid in one.grids for row in grid.rows if row.person_id is not None
    }


# -- figures beside each other ---------------------------------------------------------------------


def _figure_grids(figures: Sequence[FigureChange]) -> list[Grid]:
    """Amounts, counts and shares in a table each, because a column has one kind."""
    kinds: dict[str, list[FigureChange]] = {"money": [], "integer": [], "ratio": [], "text": []}
    for one in figures:
        kinds[_kind(one)].append(one)
    titles = {
        "money": ("amounts", _("Amounts")), "integer": ("counts", _("Counts")), "ratio": ("shares", _("Shares and ratios")),
        "text": ("others", _("Other figures")),
    }  # fmt: skip
    return [_figure_grid(*titles[kind], kind, found) for kind, found in kinds.items() if found]


def _kind(one: FigureChange) -> str:
    values = [unpacked(side, lambda _ref: "", "") for side in (one.before, one.after)]
    told = [value for value in values if value is not None]
    if told and all(isinstance(value, Money) for value in told):
        return "money"
    if one.is_share:
        return "ratio"
    return "integer" if told and all(isinstance(value, int) for value in told) else "text"


def _figure_grid(key: str, title: str, kind: str, figures: Sequence[FigureChange]) -> Grid:
    columns = (
        Column("figure", _("Figure")), Column("before", _("Before"), kind), Column("after", _("After"), kind),  # type: ignore[arg-type]
        Column("step", _("Difference"), kind),  # type: ignore[arg-type]
    )  # fmt: skip
    lines = []
    for one in figures:
        before, after = (unpacked(side, lambda _ref: "", "") for side in (one.before, one.after))
        step = step_between(before, after)
        cells = (before, after, step) if kind != "text" else tuple(map(_plain, (before, after, step)))
        lines.append(Line((one.label, *cells), key=one.key))
    return Grid(key, title, columns, lines, widths={"figure": 40})


def _plain(value: Cell) -> str:
    return "" if value is None else str(value)


# -- lines beside each other -----------------------------------------------------------------------


def _row_grid(grid: GridChange, names: Namer) -> Grid:
    columns = (
        Column("line", _("Line")), Column("mark", pgettext("noun", "Change")),
        Column("what", _("What")), Column("before", _("Before")),
        Column("after", _("After")),
    )  # fmt: skip
    lines = [line for one in grid.rows for line in _row_lines(one, grid, names)] if grid.is_told else []
    return Grid(
        f"rows_{grid.key}", grid.title, columns, lines, note=_row_note(grid), empty=_nothing(grid),
        widths={"mark": 10, "line": 25, "what": 15, "before": 25, "after": 25},
    )  # fmt: skip


def _row_note(grid: GridChange) -> str:
    if not grid.is_told:
        return ""
    said = _(
        "%(new)s new, %(changed)s changed, %(removed)s removed, %(unchanged)s unchanged",
        new=number(grid.n(Mark.NEW)), changed=number(grid.n(Mark.CHANGED)), removed=number(grid.n(Mark.REMOVED)),
        unchanged=number(grid.n_unchanged),
    )  # fmt: skip
    if not grid.n_gone:
        return str(said)
    gone = ngettext("%(num)s line was erased since", "%(num)s lines were erased since", grid.n_gone)
    return f"{said}; {gone}"


def _nothing(grid: GridChange) -> str:
    if grid.is_told:
        return str(_("Every line is as it was."))
    return str(_("One of the runs had too many lines to keep, so only the figures can be compared."))


def _row_lines(one: RowChange, grid: GridChange, names: Namer) -> list[Line]:
    """A line for each cell that changed; of a row that is new or gone one line with all in it that is not nothing."""
    columns = grid.columns(one.after is not None)
    cells = dict(zip((column.key for column in columns), one.row.cells, strict=True))
    label = said(unpacked(cells[columns[0].key], names, _words()), columns[0])
    links = {"line": _person(one.row.person_id)} if one.row.person_id is not None else {}
    if one.mark is not Mark.CHANGED:
        whole = " · ".join(
            f"{column.label}{colon()}{text}"
            for column in columns[1:]
            if (value := unpacked(cells[column.key], names, _words())) and (text := said(value, column))
        )
        sides = ("", whole) if one.mark is Mark.NEW else (whole, "")
        return [Line((label, one.mark.value, "", *sides), links, one.row.key, one.row.person_id)]
    assert one.before is not None  # noqa: S101 -- it changed
    olds = dict(zip((column.key for column in grid.columns(False)), one.before.cells, strict=True))
    labels = {column.key: column for column in (*grid.columns(False), *columns)}
    return [
        Line(
            (label, one.mark.value, labels[key].label,
             *(said(unpacked(side.get(key), names, _words()), labels[key]) for side in (olds, cells))),
            links, f"{one.row.key}/{key}", one.row.person_id,
        )
        for key in one.cells
    ]  # fmt: skip


def said(value: Cell, column: Column) -> str:
    """A value in words, exact, the same on every copy."""
    if value is None or value == "":
        return ""
    if isinstance(value, Money):
        return f"{value.currency} {amount(value)}"
    if isinstance(value, datetime):
        return when(value, "UTC")
    if isinstance(value, Decimal) and column.kind == "ratio":
        return per_cent(value)
    if isinstance(value, int):
        return number(value)
    return day(value) if column.kind == "date" else str(value)  # type: ignore[arg-type]


# -- what stands beside it -------------------------------------------------------------------------


def _notes(before: Side, after: Side) -> list[Note]:
    return [
        Note(_("Before"), _side_words(before)), Note(_("After"), _side_words(after)),
        Note(_("How lines are compared"), _(
            "A line is the same one when it is about the same record, whatever it says; somebody whose records were merged is "
            "one person. Of free words only a print is compared. Lines about people who were erased since are in neither "
            "run any more and count as nothing."
        )),
    ]  # fmt: skip


def _side_words(side: Side) -> str:
    asked = ", ".join(f"{name} {value}" for name, value in side.args.items())
    kept = (
        _(
            "kept by %(name)s on %(instant)s",
            name=side.run.made_by.name,
            instant=when(side.run.made_at, "UTC"),
        )
        if side.run
        else _("counted now")
    )
    told = [
        f"{side.about}, {kept}",
        asked,
        side.period,
        _("ledger checkpoint %(id)s", id=side.checkpoint.words),
    ]
    return ". ".join(part for part in told if part) + "."
