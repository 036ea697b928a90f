"""The value report as CSV, XLSX, JSON and PDF: bytes made from the one frozen report (O6)."""

import io
import json
from functools import partial
from typing import Any, Literal

from flask import current_app
from flask_babel import gettext as _

from app.core import branding
from app.core.charts import PRINT
from app.core.i18n import locale_tag, marked, said, words
from app.core.money import Money
from app.core.paper import REPORT_STYLES, on_paper, require_paper
from app.core.pdf import PdfAttachment
from app.core.sheets import Cell, Column, Sheet, write_csv, write_xlsx
from app.ledger.exports import signed_head
from app.ledger.models import Leg, ReportLine
from app.ledger.queries_benchmark import N_STAYS
from app.ledger.units import unit_label
from app.reports.charts import charts_of
from app.reports.value import PersonFigure, StayFigure, ValueReport
from app.reports.words import UNIT_KEYS, leg_label, line_label, unit_items

Format = Literal["pdf", "xlsx", "csv", "json"]

#: The layout of paper costs 6 to 12 ms a row: more people than this are one row there, and all of them in the CSV it carries.
MOST_PAPER_ROWS = 200


def value_file(report: ValueReport, format: Format) -> bytes:
    """The report as a file; Unavailable when this server cannot make a PDF of it."""
    if format == "csv":
        return b"".join(write_csv(_one_table(report)))
    if format == "json":
        return json.dumps(as_document(report), ensure_ascii=False, indent=1).encode()
    if format == "xlsx":
        return _workbook(report)
    return _paper(report)


def file_name(report: ValueReport, format: Format) -> str:
    """For example "value-global-kol-2026-11-22.pdf"."""
    name = plain_name(report.program, report.program_id)
    return f"value-{name}-{report.as_of.date().isoformat()}.{format}"


def plain_name(program: str, program_id: int) -> str:
    """A program in the name of a file: ASCII letters and digits, its number where it has none of them."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in program.lower())
    return ("-".join(part for part in plain.split("-") if part) or str(program_id))[:60]


# -- tables ----------------------------------------------------------------------------------------


def people_sheet(report: ValueReport) -> Sheet:
    """A row per person and one for the total; a column per line and leg, the legs never added."""
    money = partial(Column, kind="money", currency=report.currency)
    lines = [(leg, line) for leg in Leg for line in report.used_lines(leg)]
    columns = [
        Column("row", marked("Row")), Column("person_id", marked("Person number"), "integer"), Column("name", marked("Name")),
        Column("country", marked("Country code")),
        *(money(f"{leg.value}_{line.value}", f"{leg_label(leg)}: {line_label(line)}") for leg, line in lines),
        money("non_cash", leg_label(Leg.NON_CASH)), money("cash", leg_label(Leg.CASH)),
        Column("n", marked("Pieces received"), "integer"),
        *(Column(UNIT_KEYS[unit], unit_label(unit), "integer") for unit in report.units),
        money("declined", marked("Declined offers")), Column("n_declined", marked("Offers declined"), "integer"),
    ]  # fmt: skip
    rows = [_row(report, one, lines) for one in report.people]
    return Sheet(_("People"), columns, [*rows, _total_row(report, lines)])


def stays_sheet(report: ValueReport) -> Sheet:
    """A row per stay that is held against the benchmark of its place and month; amounts are of one night (L10)."""
    columns = [
        Column("entry", marked("Entry"), "integer"),
        Column("person_id", marked("Person number"), "integer"),
        Column("name", marked("Name")),
        Column("on", marked("Day"), "date"),
        Column("nights", marked("Nights"), "integer"),
        Column("place", marked("Benchmark of")),
        Column("table", marked("Table")),
        Column("currency", marked("Currency")),
        Column("paid", marked("Paid a night"), "money"),
        Column("usual", marked("Benchmark"), "money"),
        Column("ratio", marked("Ratio")),
    ]
    rows = [
        (
            one.seq, one.person_id, one.name or "erased person", one.on, one.n_nights, _benchmark_place(one), one.rate.source,
            one.paid.currency, one.paid.amount, one.usual.amount, one.ratio,
        )
        for one in report.stays
    ]  # fmt: skip
    return Sheet(_("Lodging"), columns, rows)


def _benchmark_place(one: StayFigure) -> str:
    return (
        _("%(country)s, rest of the country", country=one.rate.country)
        if one.rate.is_rest
        else one.rate.place
    )


def _one_table(report: ValueReport) -> Sheet:
    """Everything a file of one table can hold: the people, and behind the total a row of its own kind for each stay."""
    people, stays = people_sheet(report), stays_sheet(report)
    if not report.stays:
        return people
    more = [
        Column(f"stay_{column.key}", _("Stay: %(column)s", column=said(column.label)), column.kind)
        for column in stays.columns[3:]
    ]
    empty: tuple[Cell, ...] = (None,) * (len(people.columns) - 3)
    rows = [("stay", row[1], row[2], *empty, row[0], *row[3:]) for row in stays.rows]
    columns = [*people.columns, Column("stay_entry", marked("Stay: Entry"), "integer"), *more]
    return Sheet(_("Value"), columns, [*((*row, *(None,) * (len(more) + 1)) for row in people.rows), *rows])


def _row(report: ValueReport, one: PersonFigure, lines: list[tuple[Leg, ReportLine]]) -> tuple[Cell, ...]:
    nothing = Money(0, report.currency)
    amounts = [
        (one.lines if leg is Leg.NON_CASH else one.cash_lines).get(line, nothing) for leg, line in lines
    ]
    kind = "erased" if one.person_id is None else "person"
    return (
        kind, one.person_id, one.name, one.country, *amounts, one.non_cash, one.cash, one.n,
        *(one.units.get(unit, 0) for unit in report.units), one.declined, one.n_declined,
    )  # fmt: skip


def _total_row(report: ValueReport, lines: list[tuple[Leg, ReportLine]]) -> tuple[Cell, ...]:
    amounts = [
        report.line(line).non_cash if leg is Leg.NON_CASH else report.line(line).cash for leg, line in lines
    ]
    return (
        "total", None, "Total", "", *amounts, report.non_cash, report.cash, report.n, *report.units.values(),
        report.declined, report.n_declined,
    )  # fmt: skip


def _sheets(report: ValueReport) -> list[Sheet]:
    money = partial(Column, kind="money", currency=report.currency)
    n, received = Column("n", marked("Pieces received"), "integer"), money("received", marked("Received"))
    legs = (money("non_cash", leg_label(Leg.NON_CASH)), money("cash", leg_label(Leg.CASH)))
    declined = (money("declined", _("Declined")), Column("n_declined", _("Offers declined"), "integer"))
    lines = [(line_label(one.line), one.non_cash, one.cash, one.n) for one in report.lines]
    categories = [
        (words(one.category), leg_label(one.leg), one.received, one.n, one.declined, one.n_declined)
        for one in report.categories
    ]
    access = [(unit_label(unit), quantity) for unit, quantity in report.units.items()]
    years = [(one.year, one.non_cash, one.cash, one.n) for one in report.years]
    sheets = [
        people_sheet(report),
        Sheet(_("Lines"), (Column("line", _("Line")), *legs, n), lines),
        Sheet(
            _("Categories"),
            (Column("category", _("Category")), Column("leg", _("Leg")), received, n, *declined),
            categories,
        ),
        Sheet(_("Access"), (Column("unit", _("Unit")), Column("quantity", _("Quantity"), "integer")), access),
        Sheet(_("Years"), (Column("year", _("Year"), "integer"), *legs, n), years),
    ]
    if report.stays:
        sheets.append(stays_sheet(report))
    for name, figures in (
        (_("Forms as imported"), report.native_forms),
        (_("Natures as imported"), report.native_natures),
    ):
        if figures:
            rows = [(one.name, one.received, one.n) for one in figures]
            sheets.append(Sheet(name, (Column("name", _("Name")), received, n), rows))
    return sheets


def _workbook(report: ValueReport) -> bytes:
    target = io.BytesIO()
    write_xlsx(target, _sheets(report), created=report.as_of, notes=notes_of(report))
    return target.getvalue()


def notes_of(report: ValueReport) -> list[tuple[str, str]]:
    """What stands beside every copy of the report: program, instant, method, the head of the book."""
    return [
        (_("Report"), _("Value report: %(program)s", program=report.program)),
        (_("As of"), report.as_of.isoformat().replace("+00:00", "Z")),
        *((note.title, note.text) for note in report.methodology),
        (_("Ledger checkpoint"), report.checkpoint.short),
        (_("Signed checkpoint"), report.checkpoint.note),
    ]


# -- JSON ------------------------------------------------------------------------------------------


def as_document(report: ValueReport) -> dict[str, Any]:
    """The report as JSON-able values: amounts as exact decimal text beside one currency, instants in UTC."""
    return {
        "report": "value",
        "program": {"id": report.program_id, "name": report.program},
        "currency": report.currency,
        "as_of": report.as_of.isoformat().replace("+00:00", "Z"),
        "n": report.n,
        "n_people": report.n_people,
        "n_lines": report.n_lines,
        "non_cash": _plain(report.non_cash),
        "cash": _plain(report.cash),
        "declined": {"n": report.n_declined, "amount": _plain(report.declined)},
        "units": {UNIT_KEYS[unit]: quantity for unit, quantity in report.units.items()},
        "lines": [
            {"line": one.line.value, "non_cash": _plain(one.non_cash), "cash": _plain(one.cash), "n": one.n}
            for one in report.lines
        ],
        "categories": [
            {
                "category": one.category.value, "leg": one.leg.value, "n": one.n, "received": _plain(one.received),
                "n_declined": one.n_declined, "declined": _plain(one.declined),
            }
            for one in report.categories
        ],
        "years": [
            {"year": one.year, "n": one.n, "non_cash": _plain(one.non_cash), "cash": _plain(one.cash)} for one in report.years
        ],
        "native_forms": [{"name": one.name, "n": one.n, "received": _plain(one.received)} for one in report.native_forms],
        "native_natures": [
            {"name": one.name, "n": one.n, "received": _plain(one.received)} for one in report.native_natures
        ],
        "stays": [
            {
                "entry": one.seq, "person_id": one.person_id, "name": one.name, "on": one.on.isoformat(), "nights": one.n_nights,
                "place": _benchmark_place(one), "table": one.rate.source, "currency": one.paid.currency,
                "paid": _plain(one.paid), "usual": _plain(one.usual), "ratio": one.ratio,
            }
            for one in report.stays
        ],
        "people": [_person(one) for one in report.people],
        "methodology": [{"title": note.title, "text": note.text} for note in report.methodology],
        "ledger": {"last_seq": report.last_seq, "checkpoint": report.checkpoint.note},
    }  # fmt: skip


def _person(one: PersonFigure) -> dict[str, Any]:
    return {
        "person_id": one.person_id, "name": one.name, "country": one.country, "n": one.n,
        "non_cash": _plain(one.non_cash), "cash": _plain(one.cash),
        "lines": {line.value: _plain(money) for line, money in one.lines.items()},
        "cash_lines": {line.value: _plain(money) for line, money in one.cash_lines.items()},
        "units": {UNIT_KEYS[unit]: quantity for unit, quantity in one.units.items()},
        "declined": {"n": one.n_declined, "amount": _plain(one.declined)},
    }  # fmt: skip


def _plain(money: Money) -> str:
    return f"{money.amount:f}"


# -- paper -----------------------------------------------------------------------------------------


def _paper(report: ValueReport) -> bytes:
    require_paper(_("Use the page and the spreadsheet instead."))
    name = file_name(report, "csv")
    attachments = [
        signed_head(report.checkpoint.note),
        PdfAttachment(name, value_file(report, "csv"), _("The table by person, every row"), "Data"),
    ]
    title = _("Value report: %(program)s", program=report.program)
    return on_paper(paper_html(report), title, styles=REPORT_STYLES, attachments=attachments)


def paper_html(report: ValueReport) -> str:
    """The report as a printable document."""
    # Not render_template: the frame of the screen asks who is signed in, and the command line has nobody.
    template = current_app.jinja_env.get_template("print/value_report.html")
    shown = report.people if len(report.people) <= MOST_PAPER_ROWS else report.people[:MOST_PAPER_ROWS]
    return template.render(
        report=report, charts=charts_of(report), people=shown, rest=rest_of(report, len(shown)), lines=report.used_lines(),
        n_stays=N_STAYS,
        lang=locale_tag(), company=branding.name(), csv_name=file_name(report, "csv"), PRINT=PRINT, Leg=Leg,
        line_label=line_label, leg_label=leg_label, unit_items=unit_items,
    )  # fmt: skip


def rest_of(report: ValueReport, n_shown: int) -> PersonFigure | None:
    """One row for the people behind the first `n_shown`, so that a shortened table still adds up."""
    rest = report.people[n_shown:]
    if not rest:
        return None
    nothing = Money(0, report.currency)
    lines = {
        line: sum((one.lines.get(line, nothing) for one in rest), nothing) for line in report.used_lines()
    }
    cash_lines = {
        line: sum((one.cash_lines.get(line, nothing) for one in rest), nothing)
        for line in report.used_lines(Leg.CASH)
    }
    units = {unit: sum(one.units.get(unit, 0) for one in rest) for unit in report.units}
    return PersonFigure(
        person_id=None, name=str(len(rest)), country="", lines=lines, cash_lines=cash_lines, units=units,
        non_cash=sum((one.non_cash for one in rest), nothing), cash=sum((one.cash for one in rest), nothing),
        n=sum(one.n for one in rest), declined=sum((one.declined for one in rest), nothing),
        n_declined=sum(one.n_declined for one in rest),
    )  # fmt: skip
