"""The proximity report as CSV, XLSX, JSON and PDF: bytes made from the one frozen report (O4, O6)."""

import io
import json
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.core import branding
from app.core.i18n import locale_dir, locale_tag, marked
from app.core.money import Money
from app.core.paper import REPORT_STYLES, on_paper, require_paper
from app.core.pdf import PdfAttachment
from app.core.sheets import Column, Sheet, write_csv, write_xlsx
from app.ledger.exports import signed_head
from app.reports import charts_proximity
from app.reports.exports import MOST_PAPER_ROWS, Format
from app.reports.proximity import PairFigure, ProximityReport, Within


def proximity_file(report: ProximityReport, format: Format) -> bytes:
    """The report as a file; Unavailable when this server cannot make a PDF of it."""
    if format == "csv":
        return b"".join(write_csv(pairs_sheet(report)))
    if format == "json":
        return json.dumps(as_document(report), ensure_ascii=False, indent=1).encode()
    if format == "pdf":
        return _paper(report)
    target = io.BytesIO()
    sheets = [pairs_sheet(report), _times_sheet(report), _distances_sheet(report)]
    write_xlsx(target, sheets, created=report.as_of, notes=_notes(report))
    return target.getvalue()


def file_name(report: ProximityReport, format: Format) -> str:
    """For example "proximity-90-days-2026-11-22.csv"."""
    return f"proximity-{report.n_days}-days-{report.as_of.date().isoformat()}.{format}"


def pairs_sheet(report: ProximityReport) -> Sheet:
    """A row for each person, provider and currency."""
    columns = (
        Column("person_id", marked("Person number"), "integer"),
        Column("name", marked("Name")),
        Column("provider", marked("Provider")),
        Column("provider_name", marked("Provider in words")),
        Column("currency", marked("Currency")),
        Column("n_fees", marked("Fees"), "integer"),
        Column("fees", marked("Fees, amount"), "money"),
        Column("n_value", marked("Pieces of value before"), "integer"),
        Column("value", marked("Value before"), "money"),
        Column("least_days", marked("Fewest days between"), "integer"),
    )
    return Sheet(_("Pairs"), columns, [_row(one) for one in report.pairs])


def _row(one: PairFigure) -> tuple[Any, ...]:
    return (
        one.person_id, one.name, one.provider, one.provider_name, one.fees.currency, one.n_fees, one.fees.amount,
        one.n_value, one.value.amount, one.least_days,
    )  # fmt: skip


def _times_sheet(report: ProximityReport) -> Sheet:
    columns = (
        Column("n_days", marked("Days"), "integer"),
        Column("n_fees", marked("Fees"), "integer"),
        Column("n_pairs", marked("Pairs"), "integer"),
        Column("currency", marked("Currency")),
        Column("fees", marked("Fees, amount"), "money"),
    )
    rows: list[tuple[Any, ...]] = []
    for one in report.compared:
        amounts: list[Money | None] = [*one.amounts] or [None]
        rows += [
            (
                one.n_days,
                one.n_fees,
                one.n_pairs,
                money.currency if money else "",
                money.amount if money else None,
            )
            for money in amounts
        ]
    return Sheet(_("Days compared"), columns, rows)


def _distances_sheet(report: ProximityReport) -> Sheet:
    columns = (
        Column("from_days", marked("From day"), "integer"),
        Column("to_days", marked("To day"), "integer"),
        Column("n_fees", marked("Fees"), "integer"),
    )
    return Sheet(
        _("Days between"), columns, [(one.from_days, one.to_days, one.n_fees) for one in report.distances]
    )


def _notes(report: ProximityReport) -> list[tuple[str, str]]:
    return [
        (
            _("Report"),
            _("Fees within %(n_days)s days after in-kind value of the same provider", n_days=report.n_days),
        ),
        (_("Program"), report.program or _("All programs")),
        (_("As of"), report.as_of.isoformat().replace("+00:00", "Z")),
        (_("Value counted"), _counted(report)),
        *((note.title, note.text) for note in report.methodology),
        (_("Ledger checkpoint"), report.checkpoint.short),
        (_("Signed checkpoint"), report.checkpoint.note),
    ]


def _counted(report: ProximityReport) -> str:
    return str(
        _("any non-cash value")
        if report.is_any
        else _("travel, lodging, gifts, loans and entertainment, in kind")
    )


def as_document(report: ProximityReport) -> dict[str, Any]:
    """The report as JSON-able values: amounts as exact decimal text beside their currency, instants in UTC."""
    return {
        "report": "proximity",
        "program": {"id": report.program_id, "name": report.program} if report.program_id else None,
        "as_of": report.as_of.isoformat().replace("+00:00", "Z"),
        "n_days": report.n_days,
        "value_counted": "any" if report.is_any else "hospitality",
        "n_all_fees": report.n_all_fees,
        "n_fees": report.chosen.n_fees,
        "n_pairs": report.chosen.n_pairs,
        "n_people": report.n_people,
        "fees": [_plain(one) for one in report.chosen.amounts],
        "value_before": {"n": report.n_value, "amounts": [_plain(one) for one in report.value]},
        "days_compared": [_within(one) for one in report.compared],
        "days_between": [
            {"from_days": one.from_days, "to_days": one.to_days, "n_fees": one.n_fees} for one in report.distances
        ],
        "pairs": [_pair(one) for one in report.pairs],
        "methodology": [{"title": note.title, "text": note.text} for note in report.methodology],
        "ledger": {"checkpoint": report.checkpoint.note},
    }  # fmt: skip


def _within(one: Within) -> dict[str, Any]:
    return {
        "n_days": one.n_days, "n_fees": one.n_fees, "n_pairs": one.n_pairs,
        "fees": [_plain(money) for money in one.amounts],
    }  # fmt: skip


def _pair(one: PairFigure) -> dict[str, Any]:
    return {
        "person_id": one.person_id, "name": one.name, "provider": one.provider, "n_fees": one.n_fees, "fees": _plain(one.fees),
        "n_value": one.n_value, "value": _plain(one.value), "least_days": one.least_days,
    }  # fmt: skip


def _plain(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


# -- paper -----------------------------------------------------------------------------------------


def _paper(report: ProximityReport) -> bytes:
    require_paper(_("Use the page and the spreadsheet instead."))
    attachments = [
        signed_head(report.checkpoint.note),
        PdfAttachment(
            file_name(report, "csv"), proximity_file(report, "csv"), _("Every pair of this report"), "Data"
        ),
        PdfAttachment(
            file_name(report, "json"), proximity_file(report, "json"), _("The whole report"), "Data"
        ),
    ]
    title = _("Fees soon after value: %(program)s", program=report.program or _("all programs"))
    return on_paper(paper_html(report), title, styles=REPORT_STYLES, attachments=attachments)


def paper_html(report: ProximityReport) -> str:
    """The report as a printable document."""
    template = current_app.jinja_env.get_template("print/proximity.html")
    return template.render(
        report=report, pairs=report.pairs[:MOST_PAPER_ROWS], n_rest=max(0, len(report.pairs) - MOST_PAPER_ROWS),
        csv_name=file_name(report, "csv"), drawing=charts_proximity.by_distance(report), lang=locale_tag(), dir=locale_dir(),
        company=branding.name(),
    )  # fmt: skip
