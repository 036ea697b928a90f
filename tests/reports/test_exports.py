"""Page, CSV, XLSX, JSON and PDF say the same to the cent, because all are made from the one report (O6)."""

import csv
import io
import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.errors import Unavailable
from app.core.sheets import read_xlsx
from app.reports import exports
from app.reports.queries import value_report
from app.reports.value import ValueReport
from tests.reports.conftest import TOTALS, London


@pytest.fixture
def report(london: London) -> ValueReport:
    return value_report(london.program)


def _csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_csv_holds_each_person_and_the_total_exactly(report: ValueReport) -> None:
    rows = _csv(exports.value_file(report, "csv"))
    assert {row["name"]: row["non_cash"] for row in rows if row["row"] == "person"} == {
        name: f"{Decimal(minor) / 100:.2f}" for name, minor in TOTALS.items()
    }
    total = rows[-1]
    assert {key: total[key] for key in total if key.startswith("non_cash") or key in {"row", "cash", "declined", "n"}} == {
        "row": "total", "non_cash_travel": "27109.53", "non_cash_lodging": "21800.00", "non_cash_transfers": "1680.00",
        "non_cash_meals": "1382.90", "non_cash": "51972.43", "cash": "0.00", "declined": "4384.80", "n": "81",
    }  # fmt: skip
    assert (total["executive_minutes"], total["front_seats"], total["early_minutes"]) == ("405", "12", "360")


def test_the_workbook_holds_the_same_cells(report: ValueReport) -> None:
    book = io.BytesIO(exports.value_file(report, "xlsx"))
    rows = [record.values for record in read_xlsx(book, sheet="People")]
    assert {row["Name"]: Decimal(row["Non-cash (GBP)"]) for row in rows} == {
        **{name: Decimal(minor) / 100 for name, minor in TOTALS.items()}, "Total": Decimal("51972.43"),
    }  # fmt: skip
    lines = [record.values for record in read_xlsx(io.BytesIO(book.getvalue()), sheet="Lines")]
    assert [(row["Line"], Decimal(row["Non-cash (GBP)"])) for row in lines][:4] == [
        ("Travel", Decimal("27109.53")), ("Lodging", Decimal(21800)), ("Transfers", Decimal(1680)), ("Meals", Decimal("1382.9")),
    ]  # fmt: skip


def test_the_workbook_tells_how_it_was_made_and_carries_the_checkpoint(report: ValueReport) -> None:
    book = io.BytesIO(exports.value_file(report, "xlsx"))
    about = {
        record.values["Item"]: record.values["Text"] for record in read_xlsx(book, sheet="About this file")
    }
    assert about["Signed checkpoint"].replace("\r\n", "\n") == report.checkpoint.note
    assert about["Two legs"].startswith("Non-cash value")


def test_the_document_holds_exact_decimal_text(report: ValueReport) -> None:
    found: dict[str, Any] = json.loads(exports.value_file(report, "json"))
    assert (found["non_cash"], found["cash"], found["currency"]) == ("51972.43", "0.00", "GBP")
    assert {one["name"]: one["non_cash"] for one in found["people"]} == {
        name: f"{Decimal(minor) / 100:.2f}" for name, minor in TOTALS.items()
    }
    assert found["units"] == {"executive_minutes": 405, "front_seats": 12, "early_minutes": 360}
    assert found["ledger"] == {"last_seq": 83, "checkpoint": report.checkpoint.note}


@pytest.mark.slow
def test_the_pdf_prints_the_same_and_carries_the_signed_checkpoint(
    report: ValueReport, tmp_path: Path
) -> None:
    """Story 5: the short form in the foot of each page, the note and the rows as attachments."""
    path = tmp_path / "report.pdf"
    path.write_bytes(exports.value_file(report, "pdf"))
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout
    for amount in (
        "51,972.43",
        "27,109.53",
        "21,800.00",
        "1,680.00",
        "1,382.90",
        "4,384.80",
        "7,383.80",
        "5,454.12",
        "265.72",
    ):
        assert amount in text
    pages = text.split("\f")[:-1]
    assert [report.checkpoint.short in page for page in pages] == [True] * len(pages)
    with pikepdf.open(path) as document:
        attached = {name: file.get_file().read_bytes() for name, file in document.attachments.items()}
        assert str(document.Root.Lang) == "en"
    assert attached["ledger-checkpoint.txt"].decode() == report.checkpoint.note
    assert attached[exports.file_name(report, "csv")] == exports.value_file(report, "csv")


def test_the_pdf_is_made_in_french_too(report: ValueReport, app: Flask) -> None:
    """What a file is to the paper is a word of PDF, which no catalogue translates; its foot is in French."""
    with app.test_request_context(), force_locale("fr"):
        made = exports.value_file(report, "pdf")
    with pikepdf.open(io.BytesIO(made)) as document:
        assert {str(one.AFRelationship) for one in document.Root.AF} == {"/Data", "/Supplement"}
        assert str(document.Root.Lang) == "fr"
    said = subprocess.run(
        ["pdftotext", "-", "-"], input=made, capture_output=True, check=True
    ).stdout.decode()
    assert "taille " in said


def test_a_long_table_is_shortened_on_paper_and_still_adds_up(
    report: ValueReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dependencies 2.5: beyond the cap one row stands for the others; the CSV carried along has them all."""
    monkeypatch.setattr(exports, "MOST_PAPER_ROWS", 5)
    rest = exports.rest_of(report, 5)
    assert rest is not None
    assert rest.non_cash.minor + sum(one.non_cash.minor for one in report.people[:5]) == report.non_cash.minor
    page = exports.paper_html(report)
    assert "7 other people" in page
    assert report.people[-1].name not in page.split("By person")[1].split("</table>")[0]


def test_a_server_without_pdf_says_what_to_use_instead(
    app: Flask, report: ValueReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "IS_PDF_ON", False)
    with pytest.raises(Unavailable, match="switched off"):
        exports.value_file(report, "pdf")


def test_names_that_look_like_formulas_stay_text(report: ValueReport) -> None:
    """CSV: no cell becomes a formula."""
    rows = _csv(exports.value_file(report, "csv"))
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_files_are_named_by_program_and_day(report: ValueReport) -> None:
    assert exports.file_name(report, "xlsx") == "value-global-kol-2026-11-22.xlsx"
