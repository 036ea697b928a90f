"""A report of the gallery as CSV, XLSX, JSON and PDF: bytes made from what was counted once (O6)."""

import io
import json
from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _

from app.core import branding
from app.core.charts import PRINT
from app.core.errors import DomainError, NotFound
from app.core.i18n import locale_dir, locale_tag, marked, number
from app.core.money import Money
from app.core.paper import REPORT_STYLES, on_paper, require_paper
from app.core.pdf import PdfAttachment
from app.core.sheets import MAX_XLSX_COLUMNS, Cell, Column, Sheet, write_csv, write_xlsx
from app.ledger.exports import signed_head
from app.reports.exports import MOST_PAPER_ROWS, Format, plain_name
from app.reports.gallery import Counted, Grid, Parameters, Report, as_document

#: Wider tables are unreadable on paper: it says so and carries them as files.
MOST_PAPER_COLUMNS = 14


def gallery_file(
    report: Report, counted: Counted, asked: Parameters, format: Format, table: str = ""
) -> bytes:
    """The report as a file; `table` chooses one for CSV, the first without it. NotFound for a table it has not."""
    if format == "csv":
        return b"".join(write_csv(sheet_of(_grid(counted, table))))
    if format == "json":
        return json.dumps(as_document(report, counted, asked), ensure_ascii=False, indent=1).encode()
    if format == "pdf":
        return _paper(report, counted, asked)
    target = io.BytesIO()
    sheets = [figures_sheet(counted), *map(sheet_of, counted.grids)]
    _require_narrow(sheets)
    write_xlsx(target, sheets, created=counted.as_of, notes=notes_of(report, counted, asked))
    return target.getvalue()


class TooLarge(DomainError):
    """A table that a kind of file cannot hold."""


def _require_narrow(sheets: Sequence[Sheet]) -> None:
    """Refuse, with words, what a worksheet would cut off."""
    for sheet in sheets:
        if len(sheet.columns) > MAX_XLSX_COLUMNS:
            raise TooLarge(
                _(
                    "“%(sheet)s” has %(n)s columns; a spreadsheet holds %(max_xlsx_columns)s. Take the CSV "
                    "file or JSON, which hold them all.",
                    sheet=sheet.name,
                    n=number(len(sheet.columns)),
                    max_xlsx_columns=number(MAX_XLSX_COLUMNS),
                )
            )


def file_name(report: Report, counted: Counted, format: Format, table: str = "") -> str:
    """For example "settlement-future-networks-2026-11-22.csv"."""
    parts = (report.key, plain_name(counted.about, 0), table, counted.as_of.date().isoformat())
    return f"{'-'.join(part for part in parts if part)}.{format}"


def sheet_of(grid: Grid) -> Sheet:
    """A table of the report as a table of a file; amounts of several currencies get a column that names each."""
    mixed = {column.key for column in grid.columns if column.kind == "money" and not column.currency}
    lines = list(grid.lines)  # each is written once
    columns, rows = list[Column](), [list[Cell]() for _line in lines]
    for at, column in enumerate(grid.columns):
        cells = [line.cells[at] for line in lines]
        if column.key in mixed:
            columns.append(Column(f"{column.key}_currency", marked("Currency")))
            for row, cell in zip(rows, cells, strict=True):
                row.append(cell.currency if isinstance(cell, Money) else "")
        columns.append(column)
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell.amount if isinstance(cell, Money) and column.key in mixed else cell)
    return Sheet(grid.title, columns, rows)


def figures_sheet(counted: Counted) -> Sheet:
    """The figures, one a row: amounts apart from numbers, because a column has one kind."""
    columns = (
        Column("figure", marked("Figure")),
        Column("label", marked("What")),
        Column("value", marked("Value")),
        Column("currency", marked("Currency")),
        Column("amount", marked("Amount"), "money"),
        Column("note", marked("Note")),
    )
    rows = []
    for one in counted.figures:
        money = one.value if isinstance(one.value, Money) else None
        value = "" if money is not None or one.value is None else str(one.value)
        currency, amount = (money.currency, money.amount) if money is not None else ("", None)
        rows.append((one.key, one.label, value, currency, amount, one.note))
    return Sheet(_("Figures"), columns, rows)


def notes_of(report: Report, counted: Counted, asked: Parameters) -> Sequence[tuple[str, str]]:
    """What stands beside every copy: what it is of, what was asked, the instant, the method, the head of the book."""
    return [
        (_("Report"), f"{report.title()}: {counted.about}"),
        (_("Asked"), ", ".join(f"{name} {value}" for name, value in asked.args.items())),
        (_("As of"), counted.as_of.isoformat().replace("+00:00", "Z")),
        *((note.title, note.text) for note in counted.methodology),
        (_("Ledger checkpoint"), counted.checkpoint.short),
        (_("Signed checkpoint"), counted.checkpoint.note),
    ]


def _grid(counted: Counted, key: str) -> Grid:
    found = next((grid for grid in counted.grids if grid.key == key or not key), None)
    if found is None:
        raise NotFound(_("This report has no such table."))
    return found


def _paper(report: Report, counted: Counted, asked: Parameters) -> bytes:
    require_paper(_("Use the page and the spreadsheet instead."))
    attachments = [
        signed_head(counted.checkpoint.note),
        PdfAttachment(
            file_name(report, counted, "json"), gallery_file(report, counted, asked, "json"), _("The whole report"), "Data"
        ),
        *(
            PdfAttachment(
                file_name(report, counted, "csv", grid.key), gallery_file(report, counted, asked, "csv", grid.key),
                _("Every row of “%(grid)s”", grid=grid.title), "Data",
            )
            for grid in counted.grids
            if grid.lines
        ),
    ]  # fmt: skip
    title = f"{report.title()}: {counted.about}"
    return on_paper(paper_html(report, counted), title, styles=REPORT_STYLES, attachments=attachments)


def paper_html(report: Report, counted: Counted) -> str:
    """The report as a printable document."""
    template = current_app.jinja_env.get_template("print/gallery.html")
    return template.render(
        report=counted, spec=report, paper=report.paper, n_most=MOST_PAPER_ROWS, n_widest=MOST_PAPER_COLUMNS, palette=PRINT,
        csv_name=lambda grid: file_name(report, counted, "csv", grid.key), lang=locale_tag(), dir=locale_dir(),
        company=branding.name(),
    )  # fmt: skip
