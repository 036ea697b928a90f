"""Story point 6: 126,084 genuine records through the command line, to the cent; a second import adds nothing."""

import csv
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db
from app.ledger.models import Entry
from tests.journeys.asked_books import ask

NAME = "Open Payments Iowa"
RAPPORT = Path(sys.executable).with_name("rapport")


def run(app: Flask, *words: str) -> subprocess.CompletedProcess[str]:
    """One command of `rapport` against the database of a test."""
    environment = os.environ | {
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]), "RAPPORT_INSTANCE": str(app.config["INSTANCE"]),
    }  # fmt: skip
    db.session.remove()
    return subprocess.run(
        [str(RAPPORT), *words], capture_output=True, text=True, env=environment, check=False, timeout=600
    )


@pytest.mark.slow
def test_the_genuine_books_are_read_to_the_cent(
    app: Flask, shared_data: Path, tmp_path: Path, signed_in: Callable[..., FlaskClient]
) -> None:
    """L11, c12, c13: dry run writes nothing; count, total, by form, nature and year equal the golden file; O4, O5, c35 when asked."""
    golden = json.loads((shared_data / "golden_open_payments_iowa.json").read_text())
    file = str(shared_data / "open_payments_general_iowa_2013_2015.csv.gz")
    words = ("import", "value", file, "--profile", "open-payments", "--program", NAME)

    dry = run(app, *words, "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    assert "126084" in dry.stdout
    assert (
        run(
            app,
            "report",
            "value",
            "--program",
            NAME,
            "--format",
            "json",
            "--out",
            str(tmp_path / "none.json"),
        ).returncode
        == 2
    )

    first = run(app, *words, "--json")
    assert first.returncode == 0, first.stderr
    second = run(app, *words, "--json")
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout)["added"] == 0

    out = tmp_path / "report.json"
    assert (
        run(app, "report", "value", "--program", NAME, "--format", "json", "--out", str(out)).returncode == 0
    )
    _compare(json.loads(out.read_text()), golden)
    verified = run(app, "ledger", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    ask(NAME, golden, signed_in(Role.COMPLIANCE))


def _compare(report: dict[str, Any], golden: dict[str, Any]) -> None:
    """Count, total, by form, by nature, by year; the report keeps the legs apart, so the total is their sum."""
    assert (report["n"], report["n_people"], report["currency"]) == (
        golden["rows"],
        golden["recipients"],
        "USD",
    )
    assert Decimal(report["non_cash"]) + Decimal(report["cash"]) == Decimal(golden["total_usd"])
    for ours, theirs in (("native_forms", "by_form"), ("native_natures", "by_nature")):
        assert {one["name"]: {"count": one["n"], "usd": one["received"]} for one in report[ours]} == golden[
            theirs
        ]
    years = {
        str(one["year"]): {"count": one["n"], "usd": str(Decimal(one["non_cash"]) + Decimal(one["cash"]))}
        for one in report["years"]
    }
    assert years == golden["by_year"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"Total_Amount_of_Payment_USDollars": "12.345"}, "2"),
        ({"Date_of_Payment": "31/31/2014"}, "31/31/2014 is not a day"),
        ({"Nature_of_Payment_or_Transfer_of_Value": "Treasure"}, "Treasure"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(
    app: Flask, shared_data: Path, tmp_path: Path, line: dict[str, str], said: str
) -> None:
    with gzip.open(shared_data / "open_payments_general_iowa_2013_2015.csv.gz", "rt") as source:
        reader = csv.DictReader(source)
        rows = [next(reader) for _ in range(3)]
        columns = list(reader.fieldnames or [])
    rows[1] |= line
    path = tmp_path / "books.csv"
    with path.open("w", newline="") as target:
        writer = csv.DictWriter(target, columns)
        writer.writeheader()
        writer.writerows(rows)
    answer = run(app, "import", "value", str(path), "--profile", "open-payments", "--program", NAME)
    assert answer.returncode == 1
    assert "line 3" in (answer.stdout + answer.stderr).lower()
    assert said in answer.stdout + answer.stderr
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0
