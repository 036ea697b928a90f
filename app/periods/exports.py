"""Reports of a period as CSV and XLSX, a person's statement as PDF: bytes made from one frozen report."""

import io
from collections.abc import Mapping
from typing import Any, Literal

from flask import current_app
from flask_babel import gettext as _

from app.core import branding
from app.core.i18n import locale_dir, locale_tag, marked, words
from app.core.money import Money
from app.core.paper import REPORT_STYLES, on_paper, require_paper
from app.core.pdf import PdfAttachment
from app.core.sheets import Cell, Column, Sheet, write_csv, write_xlsx
from app.ledger import queries as ledger
from app.ledger.exports import signed_head
from app.periods import methodology, queries
from app.periods.queries import Report, stands
from app.periods.rows import Mark, Row
from app.periods.statements import Statement

Format = Literal["csv", "xlsx", "pdf"]

#: Laying out paper costs 6 to 12 ms a row: of longer reports the rest is in the CSV the document carries.
MOST_PAPER_ROWS = 500

_COLUMNS = (
    Column("mark", marked("Change")),
    Column("entry", marked("Entry"), "integer"),
    Column("first_entry", marked("First entry"), "integer"),
    Column("name", marked("Recipient")),
    Column("value_on", marked("Given on"), "date"),
    Column("category", marked("What it was")),
    Column("form", marked("How it was given")),
    Column("leg", marked("Leg")),
    Column("basis", marked("Valued by")),
    Column("unit", marked("Unit")),
    Column("quantity", marked("Quantity"), "integer"),
    Column("original", marked("As billed"), "money"),
    Column("currency", marked("Currency")),
    Column("received", marked("Received"), "money"),
    Column("reporting_currency", marked("Reporting currency")),
    Column("received_before", marked("Received, in the report before"), "money"),
    Column("declined", marked("Declined"), "money"),
    Column("dispute", marked("Dispute")),
    Column("entered_on", marked("Entered on"), "date"),
    Column("is_late", marked("Late")),
)


def report_file(report: Report, format: Format) -> bytes:
    """The lines of a report with their marks; the notes stand in a sheet of their own in XLSX, and at the end of a PDF."""
    if format == "pdf":
        return _paper(report)
    sheet = Sheet(_("Lines"), _COLUMNS, [_cells(report, row) for row in report.rows])
    if format == "csv":
        return b"".join(write_csv(sheet))
    target = io.BytesIO()
    write_xlsx(target, [sheet], created=report.as_of, notes=notes_of(report))
    return target.getvalue()


def _paper(report: Report) -> bytes:
    """The report on paper, as it is handed out: the lines as CSV and the signed head inside."""
    require_paper(_("Use the spreadsheet instead."))
    notes = dict(notes_of(report))
    checkpoint = notes.pop(_("Signed checkpoint"))
    title = (
        _("%(period)s: report %(issue)s", period=report.period.name, issue=report.issue.number)
        if report.issue
        else _("%(period)s: lines as they stand", period=report.period.name)
    )
    name = file_name(report, "csv")
    template = current_app.jinja_env.get_template("print/period_report.html")
    html = template.render(
        report=report, title=title, rows=report.rows[:MOST_PAPER_ROWS], n_rest=max(0, len(report.rows) - MOST_PAPER_ROWS),
        sums=report.sums, attested=queries.attestations(report.period, report.content_hash), csv_name=name,
        notes=[(label, text) for label, text in notes.items() if text], checkpoint=checkpoint, lang=locale_tag(),
        dir=locale_dir(), company=branding.name(), paper="landscape",
    )  # fmt: skip
    attachments = [
        signed_head(checkpoint),
        PdfAttachment(name, report_file(report, "csv"), _("Every line of this report"), "Data"),
    ]
    return on_paper(html, title, styles=REPORT_STYLES, attachments=attachments)


def _cells(report: Report, row: Row) -> tuple[Cell, ...]:
    line, was = row.line, row.was
    before = Money(was.reporting_minor, was.reporting_currency).amount if was is not None else None
    name = report.names.get(line.subject_id, _("Erased"))
    return (
        row.mark.value.upper(), row.seq, row.key, name, line.value_on, words(line.category), words(line.form),
        words(line.leg), words(line.basis), words(line.unit), line.quantity, row.original.amount, line.currency,
        row.received.amount, line.reporting_currency, before if row.mark is Mark.CHANGED else None, row.declined.amount,
        words(row.dispute) if row.dispute else "", line.entered_on, "yes" if line.kind.value == "late" else "no",
    )  # fmt: skip


def file_name(report: Report, format: Format) -> str:
    """For example "period-q4-2026-report-2.csv"."""
    plain = "-".join(report.period.name.lower().split())
    which = f"report-{report.issue.number}" if report.issue else f"as-of-{report.as_of.date().isoformat()}"
    return f"period-{plain}-{which}.{format}"


def notes_of(report: Report) -> list[tuple[str, str]]:
    """What stands beside every copy: period, instant, hash of the lines, method, head of the book."""
    issue = report.issue
    method = (
        issue.methodology["notes"]
        if issue
        else methodology.note_of(report.period, stands(report.period, as_of=report.as_of))
    )
    return [
        (
            _("Period"),
            _(
                "%(period)s: %(from_on)s to %(to_on)s",
                period=report.period.name,
                from_on=report.period.from_on.isoformat(),
                to_on=report.period.to_on.isoformat(),
            ),
        ),
        (
            _("Report"),
            _("number %(issue)s", issue=issue.number) if issue else _("not issued: the lines as they stand"),
        ),
        (_("As of"), report.as_of.isoformat().replace("+00:00", "Z")),
        (_("Issued again because"), issue.reason if issue else ""),
        (_("SHA-256 of the lines"), report.content_hash),
        *((str(title), str(text)) for title, text in method),
        (_("Signed checkpoint"), issue.checkpoint if issue else ledger.current_checkpoint().note),
    ]


def statement_pdf(
    statement: Statement, title: str, said: Mapping[str, Mapping[Any, str]] | None = None
) -> bytes:
    """A person's statement on paper, in the language of the page it was asked from.

    `said`: the words for categories, forms, bases, units and disputes, where they are not those of the book.
    """
    require_paper(_("Use the page instead."))
    # Not render_template: a person at their own door has no frame of staff around them.
    template = current_app.jinja_env.get_template("print/statement.html")
    html = template.render(
        statement=statement, title=title, lang=locale_tag(), dir=locale_dir(), company=branding.name(),
        checkpoint=ledger.current_checkpoint(), paper="landscape", said=said,
    )  # fmt: skip
    return on_paper(html, title)
