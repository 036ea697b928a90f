"""A reviewer's quarter as CSV, XLSX, JSON and PDF: bytes made from the one frozen report (J9.3, O6)."""

import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.core import branding
from app.core.i18n import locale_dir, locale_tag, marked
from app.core.money import Money
from app.core.paper import REPORT_STYLES, on_paper, require_paper
from app.core.pdf import PdfAttachment
from app.core.sheets import Cell, Column, Sheet, write_csv, write_xlsx
from app.ledger.exports import signed_head
from app.reports.exports import MOST_PAPER_ROWS, Format, plain_name
from app.reports.gallery import ratio_of
from app.reports.quarter import Again, QuarterReport, Share
from app.reports.words_quarter import FigureRow, figure_rows, n_days


def quarter_file(report: QuarterReport, format: Format) -> bytes:
    """The report as a file; Unavailable when this server cannot make a PDF of it."""
    if format == "csv":
        return b"".join(write_csv(figures_sheet(report)))
    if format == "json":
        return json.dumps(as_document(report), ensure_ascii=False, indent=1).encode()
    if format == "xlsx":
        target = io.BytesIO()
        write_xlsx(
            target,
            [figures_sheet(report), people_sheet(report)],
            created=report.as_of,
            notes=notes_of(report),
        )
        return target.getvalue()
    return paper(report)


def file_name(report: QuarterReport, format: Format) -> str:
    """For example "quarter-global-kol-2026-07-01-2026-09-30.pdf"."""
    name = plain_name(report.program, report.program_id)
    instant = f"-as-of-{report.as_of.date().isoformat()}" if report.asked_as_of else ""
    return f"quarter-{name}-{report.from_on.isoformat()}-{report.to_on.isoformat()}{instant}.{format}"


# -- tables ----------------------------------------------------------------------------------------


def figures_sheet(report: QuarterReport) -> Sheet:
    """A row per figure; what does not apply to it is empty."""
    columns = (
        Column("key", marked("Key")),
        Column("label", marked("Figure")),
        Column("text", marked("As shown")),
        Column("amount", marked("Amount"), "money", report.currency),
        Column("n", marked("How many"), "integer"),
        Column("of", "Of", "integer"),
        Column("days", marked("Days"), "integer"),
        Column("share", marked("Share"), "ratio"),
        Column("note", marked("Note")),
    )
    return Sheet(_("Figures"), columns, [_figure(row) for row in figure_rows(report)])


def _figure(row: FigureRow) -> tuple[Cell, ...]:
    return (row.key, row.label, row.text, row.money, row.n, row.of, row.days, ratio_of(row.share), row.note)


def people_sheet(report: QuarterReport) -> Sheet:
    """A row per person and one for the total."""
    money = partial(Column, kind="money", currency=report.currency)
    columns = (
        Column("row", marked("Row")),
        Column("person_id", marked("Person number"), "integer"),
        Column("name", marked("Name")),
        Column("country", marked("Country code")),
        Column("n", marked("Pieces received"), "integer"),
        money("non_cash", marked("Non-cash")),
        money("cash", marked("Cash")),
        Column("n_declined", marked("Offers declined"), "integer"),
        money("declined", marked("Declined offers")),
    )
    rows: list[tuple[Cell, ...]] = [
        ("person" if one.person_id else "erased", one.person_id, one.name, one.country, one.n, one.non_cash, one.cash,
         one.n_declined, one.declined)
        for one in report.people
    ]  # fmt: skip
    total = (
        "total", None, "Total", "", report.n, report.non_cash, report.cash, report.n_declined, report.declined,
    )  # fmt: skip
    return Sheet(_("People"), columns, [*rows, total])


def notes_of(report: QuarterReport) -> list[tuple[str, str]]:
    """What stands beside every copy of the report."""
    return [
        (_("Report"), f"{report.name}: {report.program}"),
        (
            _("Days"),
            _("%(from_on)s to %(to_on)s", from_on=report.from_on.isoformat(), to_on=report.to_on.isoformat()),
        ),
        (_("As of"), report.as_of.isoformat().replace("+00:00", "Z")),
        *((note.title, note.text) for note in report.methodology),
        (_("Ledger checkpoint"), report.checkpoint.short),
        (_("Signed checkpoint"), report.checkpoint.note),
    ]


# -- JSON ------------------------------------------------------------------------------------------


def as_document(report: QuarterReport) -> dict[str, Any]:
    """The report as JSON-able values: amounts as exact decimal text beside one currency, instants in UTC."""
    share = report.top_share
    return {
        "report": "quarter", "name": report.name, "program": {"id": report.program_id, "name": report.program},
        "from_on": report.from_on.isoformat(), "to_on": report.to_on.isoformat(),
        "as_of": report.as_of.isoformat().replace("+00:00", "Z"), "currency": report.currency,
        "received": {"non_cash": _plain(report.non_cash), "cash": _plain(report.cash), "n": report.n,
                     "n_people": report.n_people},
        "top": {
            "share": None if share is None else str(ratio_of(share)),
            "people": [{"person_id": one.person_id, "name": one.name, "non_cash": _plain(one.non_cash)} for one in report.top],
        },
        "declined": {"n": report.n_declined, "amount": _plain(report.declined)},
        "disputes": {
            "opened": report.disputes.n_opened, "decided": report.disputes.n_resolved, "withdrawn": report.disputes.n_withdrawn,
            "waiting": report.disputes.n_waiting, "days": n_days(report.disputes),
        },
        "labels": {"links": report.labels.n_links, "right": report.labels.n_right, "reminders": report.labels.n_reminders,
                   "drafts": report.labels.n_drafts},
        "contacts": {"stopped": report.stops.n_stopped, "overridden": report.stops.n_overridden},
        "goals": {"n": report.n_goals, "after_names": report.n_goals_after},
        "invited_again": {"decliners": _again(report.decliners), "others": _again(report.others),
                          "is_telling": report.is_telling},
        "people": [_person(one) for one in report.people],
        "methodology": [{"title": note.title, "text": note.text} for note in report.methodology],
        "ledger": {"checkpoint": report.checkpoint.note},
    }  # fmt: skip


def _again(group: Again) -> dict[str, int]:
    return {"n": group.n_people, "again": group.n_again}


def _person(one: Share) -> dict[str, Any]:
    return {
        "person_id": one.person_id, "name": one.name, "country": one.country, "n": one.n, "non_cash": _plain(one.non_cash),
        "cash": _plain(one.cash), "declined": {"n": one.n_declined, "amount": _plain(one.declined)},
    }  # fmt: skip


def _plain(money: Money) -> str:
    return f"{money.amount:f}"


# -- paper -----------------------------------------------------------------------------------------


def paper(
    report: QuarterReport, *, n_most: int = MOST_PAPER_ROWS, told: Callable[[int], None] | None = None
) -> bytes:
    """The report on paper with so many people at most; the files it carries hold all. `told` hears of every page."""
    require_paper(_("Use the page and the spreadsheet instead."))
    attachments = [
        signed_head(report.checkpoint.note),
        PdfAttachment(
            file_name(report, "csv"), quarter_file(report, "csv"), _("Every figure of this report"), "Data"
        ),
        PdfAttachment(
            file_name(report, "json"),
            quarter_file(report, "json"),
            _("The whole report, by person"),
            "Data",
        ),
    ]
    return on_paper(
        paper_html(report, n_most), f"{report.name}: {report.program}", styles=REPORT_STYLES, attachments=attachments,
        told=told,
    )  # fmt: skip


def paper_html(report: QuarterReport, n_most: int = MOST_PAPER_ROWS) -> str:
    """The report as a printable document."""
    template = current_app.jinja_env.get_template("print/quarter.html")
    return template.render(
        report=report, figures=figure_rows(report), people=report.people[:n_most],
        n_rest=max(0, len(report.people) - n_most), json_name=file_name(report, "json"), lang=locale_tag(),
        dir=locale_dir(), company=branding.name(),
    )  # fmt: skip
