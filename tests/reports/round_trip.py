"""A genuine Open Payments file against the layout made of the book it was read into: byte for byte (c13)."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from app.core.sheets import csv_safe, read_csv
from app.programs.models import Program
from app.reports import queries_layouts
from app.reports.exports_layouts import open_payments_file
from app.reports.layouts import OPEN_PAYMENTS_2014
from app.reports.policies import Days

#: What the book keeps of a line; recipients and record numbers are its own, drugs and names of payers are not kept.
KEPT = (
    "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_ID", "Total_Amount_of_Payment_USDollars", "Date_of_Payment",
    "Form_of_Payment_or_Transfer_of_Value", "Nature_of_Payment_or_Transfer_of_Value",
    "Name_of_Third_Party_Entity_Receiving_Payment_or_Transfer_of_Value", "Contextual_Information",
)  # fmt: skip


def check_round_trip(file: Path, program: Program) -> None:
    """Same header, as many lines, in their order, equal in every field that is kept; no line left out."""
    days = Days(date(2013, 8, 1), date(2015, 12, 31))
    laid = queries_layouts.open_payments(program, days, OPEN_PAYMENTS_2014)
    assert (laid.left, laid.removed) == ([], [])
    made = open_payments_file(laid, OPEN_PAYMENTS_2014, "csv", made_at=datetime(2026, 11, 29, tzinfo=UTC))
    rows = csv.DictReader(io.StringIO(made.decode()))
    differing = Counter[str]()
    with file.open("rb") as stream:
        reading = read_csv(stream)
        assert list(reading.columns) == rows.fieldnames
        for record, row in zip(reading, rows, strict=True):
            differing.update(name for name in KEPT if csv_safe(record.values[name]) != row[name])
    assert differing == {}
