"""J9: the reviewer opens the value report, follows a number to its rows, takes it away as files, verifies the book."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.core import pdf
from app.core.db import db, transaction
from app.ledger import queries as ledger
from app.ledger.models import ExceptionState, RuleException
from tests.journeys.walking import Walker


def test_every_output_of_the_report_says_the_same(london_as: Callable[[str], FlaskClient]) -> None:
    """O6: page, CSV, XLSX and JSON agree to the cent, and each number opens its rows."""
    helga = london_as("helga")
    page = Walker(helga).open("/reports/value/1")
    for amount in ("51,972.43", "6,500.00", "27,109.53", "21,800.00", "1,680.00", "1,382.90", "4,624.80"):
        assert amount in page
    document = json.loads(helga.get("/reports/value/1/export/json").get_data())
    assert "51972.43" in json.dumps(document)
    rows = list(
        csv.reader(io.StringIO(helga.get("/reports/value/1/export/csv").get_data().decode("utf-8-sig")))
    )
    assert any("51972.43" in row for row in rows)
    workbook = CalamineWorkbook.from_filelike(
        io.BytesIO(helga.get("/reports/value/1/export/xlsx").get_data())
    )
    cells = {
        cell
        for name in workbook.sheet_names
        for row in workbook.get_sheet_by_name(name).to_python()
        for cell in row
    }
    assert 51972.43 in cells


@pytest.mark.skipif(pdf.is_switched_off(), reason="PDF is switched off here")
def test_the_pdf_carries_the_signed_checkpoint(
    london_as: Callable[[str], FlaskClient], tmp_path: Path
) -> None:
    answer = london_as("helga").get("/reports/value/1/export/pdf")
    assert answer.mimetype == "application/pdf"
    path = tmp_path / "report.pdf"
    path.write_bytes(answer.get_data())
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "51,972.43" in text
    assert ledger.current_checkpoint().short in " ".join(text.split())


def test_the_bundle_is_verified_without_us(london_as: Callable[[str], FlaskClient], tmp_path: Path) -> None:
    """L1: an outsider needs nothing but Python; a changed byte is found."""
    path = tmp_path / "bundle.zip"
    answer = Walker(london_as("helga"))
    answer.open("/ledger/verify")
    bundle = answer.browser.post("/ledger/bundle")
    path.write_bytes(bundle.get_data())
    bundle.close()
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "bundle")
    script = tmp_path / "bundle" / "verify_ledger.py"
    command = [sys.executable, "-I", "-S", str(script), str(tmp_path / "bundle")]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout + good.stderr
    entries = tmp_path / "bundle" / "entries.jsonl"
    entries.write_bytes(
        entries.read_bytes().replace(b"504804", b"504805", 1).replace(b"503808", b"503809", 1)
    )
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bad.returncode == 1


def test_a_changed_entry_is_named(london_as: Callable[[str], FlaskClient]) -> None:
    """L1: whoever gets past the triggers is found by the chain, at the entry."""
    dialect = db.engine.dialect.name
    with transaction():
        if dialect == "sqlite":
            db.session.execute(sa.text("DROP TRIGGER ledger_entry_no_update"))
        else:
            db.session.execute(sa.text("ALTER TABLE ledger_entry DISABLE TRIGGER ALL"))
        db.session.execute(
            sa.text("UPDATE ledger_entry SET reporting_minor = reporting_minor - 1 WHERE seq = 89")
        )
    found = ledger.verify()
    assert found.first_broken == 89
    helga = Walker(london_as("helga"))
    helga.press("/ledger/verify", "verify")
    assert "89" in helga.follow()


def test_compliance_creates_no_value(london_as: Callable[[str], FlaskClient]) -> None:
    """R1"""
    assert london_as("helga").get("/ledger/new").status_code == 403


def test_an_asked_exception_is_decided_by_another_person(london_as: Callable[[str], FlaskClient]) -> None:
    """L8, R1: whoever asked has no form to decide with; compliance grants, with a reason, once."""
    asked = db.session.scalars(sa.select(RuleException).filter_by(state=ExceptionState.ASKED)).one()
    page = Walker(london_as("ruth")).open(f"/ledger/exceptions/{asked.id}")
    assert 'name="decision"' not in page
    Walker(london_as("helga")).fill(
        f"/ledger/exceptions/{asked.id}", decision="grant", reason="A talk on arrival."
    )
    db.session.refresh(asked)
    assert asked.decided_by is not None
    assert (asked.state, asked.decided_by.email) == (ExceptionState.GRANTED, "helga@lumen.example")
