"""Lodging against its benchmark stands in every form of the value report, and in copies of an earlier moment (L10, L14, O6)."""

import csv
import io
import json
from datetime import timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.db import db, transaction
from app.ledger import operations
from app.ledger.models import Entry, Unit
from app.programs.models import Program
from app.reports import exports
from app.reports.queries import value_report
from app.reports.value import ValueReport
from tests.factories import ledger


@pytest.fixture
def stay(app: Flask) -> Entry:
    """2,080.00 GBP for four nights in London; a dollar is 0.7480 by the treasury's list."""
    ledger.treasury_rates()
    return ledger.post(ledger.stay(unit=Unit.NIGHT, quantity=4)).entry


def report(stay: Entry, **asked: object) -> ValueReport:
    return value_report(db.session.get_one(Program, stay.program_id), **asked)  # type: ignore[arg-type]


def test_files_tell_the_ratio_of_the_page(stay: Entry) -> None:
    found = report(stay)
    [one] = found.stays
    assert (one.seq, one.n_nights, one.paid, one.ratio) == (stay.seq, 4, ledger.gbp("520"), "1.64")
    rows = list(csv.DictReader(io.StringIO(exports.value_file(found, "csv").decode("utf-8-sig"))))
    person, _total, told = rows
    assert [row["row"] for row in rows] == ["person", "total", "stay"]
    assert (told["stay_entry"], told["stay_paid"], told["stay_ratio"]) == (str(stay.seq), "520.00", "1.64")
    # No amount of the report stands twice, so whoever adds a column up gets what they got before.
    plain = {name: value for name, value in told.items() if value and not name.startswith("stay")}
    assert plain == {"row": "stay", "person_id": person["person_id"], "name": person["name"]}
    [stayed] = json.loads(exports.value_file(found, "json"))["stays"]
    assert (stayed["entry"], stayed["paid"], stayed["usual"], stayed["ratio"]) == (
        stay.seq,
        "520.00",
        "317.15",
        "1.64",
    )
    assert "Lodging" in [sheet.name for sheet in exports._sheets(found)]
    assert "1.64" in exports.paper_html(found)


def test_an_earlier_moment_shows_what_stood_then(stay: Entry) -> None:
    """L14: before it was entered there was none, while it stood there was one, taken back it is gone."""
    entered = stay.at
    with clock.fixed_at(entered + timedelta(days=1)), transaction():
        operations.reverse_entry(db.session.merge(stay), reason="wrong_amount", by=None)
    moments = (entered - timedelta(seconds=1), entered + timedelta(hours=1), None)
    found = [[one.ratio for one in report(stay, as_of=moment).stays] for moment in moments]
    assert found == [[], ["1.64"], []]


def test_a_report_without_stays_has_the_columns_it_had(app: Flask) -> None:
    entry = ledger.post(ledger.stay()).entry
    found = report(entry)
    assert found.stays == []
    assert b"Stay" not in exports.value_file(found, "csv")
