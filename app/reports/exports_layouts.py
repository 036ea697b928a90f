"""Open Payments and EFPIA as CSV and XLSX: the layout alone in CSV, with what was left out beside it in XLSX (c13)."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Literal

from flask_babel import gettext as _

from app.core.i18n import marked
from app.core.sheets import Cell, Column, Sheet, csv_safe, write_csv, write_xlsx
from app.reports import layouts
from app.reports.layouts import Profile
from app.reports.queries_layouts import Efpia, Laid, LeftOut

LayoutFormat = Literal["csv", "xlsx"]
EFPIA_KEY = "efpia"
EFPIA_LABEL = "EFPIA, individuals"
PROFILES = {one.key: one for one in (layouts.OPEN_PAYMENTS_2014, layouts.OPEN_PAYMENTS_2024)}


def open_payments_file(laid: Laid, profile: Profile, format: LayoutFormat, *, made_at: datetime) -> bytes:
    """The rows under the published names of the columns."""
    if format == "csv":
        target = io.StringIO(newline="")
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(profile.columns)
        # Amounts and numbers stand as the layout wants them; free text cannot become a formula.
        writer.writerows([csv_safe(text) for text in row.values()] for row in laid.rows)
        return target.getvalue().encode()
    columns = [Column(name, name) for name in profile.columns]
    sheets = [
        Sheet("Lines", columns, [tuple(map(str, row.values())) for row in laid.rows]), left_sheet(laid.left),
        Sheet("Removed", (Column("record_id", "Record_ID", "integer"),), [(number,) for number in laid.removed]),
    ]  # fmt: skip
    return _workbook(sheets, made_at, [("Layout", profile.label)])


def efpia_file(found: Efpia, format: LayoutFormat, *, made_at: datetime) -> bytes:
    """Individuals by name, then the aggregate with number and percentage; event costs and fees are not added up."""
    if format == "csv":
        return b"".join(write_csv(_template(found)))
    money = partial(Column, kind="money", currency=found.currency)
    columns = (Column("name", "Full name"), Column("country", "Country of principal practice"),
               *(money(name, name) for name in layouts.EFPIA_COLUMNS))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (name, country, *amounts.values()) for name, country, amounts in found.named
    ]
    aggregate = (Column("column", "Column"), money("amount", "Amount of those not named"),
                 Column("n", "Recipients in the aggregate", "integer"),
                 Column("share", "Of all recipients", "ratio"))  # fmt: skip
    lines: list[tuple[Cell, ...]] = [
        (name, found.unnamed[name], found.n_unnamed[name], _ratio(found.shares[name]))
        for name in layouts.EFPIA_COLUMNS
    ]
    lines.append((layouts.RESEARCH, found.research, None, None))
    sheets = [
        Sheet("Individuals", columns, rows),
        Sheet("Aggregate", aggregate, lines),
        left_sheet(found.left),
    ]
    note = _(
        "Costs of events and fees stand apart; no total adds them. What has no column is in the sheet Left out."
    )
    return _workbook(
        sheets, made_at, [("Layout", EFPIA_LABEL), ("Currency", found.currency), ("Columns", note)]
    )


def _template(found: Efpia) -> Sheet:
    """One row a person, then the rows of the aggregate as the template has them; amounts as exact decimal text."""
    columns = [Column("part", "Part"), Column("full_name", "Full name"), Column("country", "Country")]
    columns += [Column(name, name) for name in (*layouts.EFPIA_COLUMNS, layouts.RESEARCH, "Currency")]
    rows: list[tuple[Cell, ...]] = [
        ("individual", name, country, *(f"{one.amount:f}" for one in amounts.values()), "", found.currency)
        for name, country, amounts in found.named
    ]
    empty = [""] * len(layouts.EFPIA_COLUMNS)
    rows += [
        (
            "aggregate_amount",
            "",
            "",
            *(f"{one.amount:f}" for one in found.unnamed.values()),
            "",
            found.currency,
        ),
        ("aggregate_number", "", "", *(str(n) for n in found.n_unnamed.values()), "", ""),
        (
            "aggregate_percentage",
            "",
            "",
            *(f"{100 * _ratio(one):f}" for one in found.shares.values()),
            "",
            "",
        ),
        ("research", "", "", *empty, f"{found.research.amount:f}", found.currency),
    ]
    return Sheet("EFPIA", columns, rows)


def left_sheet(left: Iterable[LeftOut]) -> Sheet:
    """What has no place in a layout, line by line, and why."""
    columns = (
        Column("entry", marked("Entry"), "integer"),
        Column("name", marked("Recipient")),
        Column("what", marked("What it was")),
        Column("value_on", marked("Given on"), "date"),
        Column("received", marked("Received"), "money"),
        Column("currency", marked("Currency")),
        Column("reason", marked("Why it is left out")),
    )
    rows = [
        (one.seq, one.name, one.what, one.value_on, one.received.amount, one.received.currency, one.reason)
        for one in left
    ]
    return Sheet("Left out", columns, rows)


def _ratio(share: Fraction) -> Decimal:
    return round(Decimal(share.numerator) / share.denominator, 4)


def _workbook(sheets: Sequence[Sheet], made_at: datetime, notes: list[tuple[str, str]]) -> bytes:
    target = io.BytesIO()
    write_xlsx(target, sheets, created=made_at, notes=notes)
    return target.getvalue()
