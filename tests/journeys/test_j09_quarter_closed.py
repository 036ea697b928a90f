"""J9.4: Helga closes the quarter with Mei; later corrections are adjustments; the report is issued again with marks."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.core import clock
from app.core.db import db
from app.ledger import queries as ledger
from app.ledger.models import EntryKind
from app.periods import queries
from app.periods.models import Period, PeriodState
from tests.journeys.test_j08_dispute import period, rides, total
from tests.journeys.walking import Walker

__all__ = ["period"]


def test_the_quarter_is_closed_by_two_and_corrected_by_an_adjustment(
    london: Flask,
    london_as: Callable[[str], FlaskClient],
    period: Period,
) -> None:
    """J9.4, c40, c41: the list, two attestations, the lock with its hash; a late line; NEW, then ADDED and UNCHANGED."""
    helga, mei = Walker(london_as("helga")), Walker(london_as("mei"))
    page = f"/periods/{period.id}/close"
    closing = datetime.combine(period.closes_on, time(9), ZoneInfo("UTC"))
    with clock.fixed_at(closing):
        assert "Estimates to replace" in helga.open(page)
        helga.press(page, "/attest")
        assert "You have attested" in _refused(helga, f"/periods/{period.id}/attest", page)
        mei.press(page, "/attest")
        helga.press(page, "/lock")
        report = helga.follow()
    db.session.expire_all()
    (issue,) = queries.list_issues(queries.get_period(period.id))
    assert issue.content_hash in report
    assert queries.get_period(period.id).state is PeriodState.LOCKED
    marks = {row["mark"] for row in _rows(helga, period, 1)}
    assert marks == {"NEW"}
    before = total()

    on = rides("amal")[0].value_on
    with clock.fixed_at(closing + timedelta(days=3)):
        values = {
            "person_id": "1", "program_id": "1", "category": "meal", "form": "in_kind_vendor", "basis": "actual_cost",
            "value_on": str(on), "amount": "40.00", "currency": "GBP", "context": "Lunch on the way",
        }  # fmt: skip
        refused = mei.fill("/ledger/new", status=422, **values).get_data(as_text=True)
        assert f"lies in {period.name}, which is locked" in refused
        assert total() == before
        mei.fill("/ledger/new", late_reason="The receipt came with the post.", external_ref="RC-81", **values)
        entry = ledger.get_entry(mei.number())
        assert "adjustment in the open period" in mei.follow()
        assert (entry.kind, entry.value_on) == (EntryKind.LATE, on)
        assert "Missing receipts" in helga.open(page)
        receipt = {"file": (io.BytesIO(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"), "lunch.pdf")}
        mei.browser.post(f"/ledger/{entry.seq}/evidence", data=receipt, content_type="multipart/form-data")
        helga.press(page, "/attest")
        mei.press(page, "/attest")
        helga.fill(page, action="/reissue", reason="A lunch came late.")
    rows = _rows(helga, period, 2)
    assert [row["entry"] for row in rows if row["mark"] == "ADDED"] == [str(entry.seq)]
    assert {row["mark"] for row in rows} == {"ADDED", "UNCHANGED"}
    assert {row["mark"] for row in _rows(helga, period, 1)} == {"NEW"}
    workbook = CalamineWorkbook.from_filelike(
        io.BytesIO(helga.browser.get(f"/periods/{period.id}/report/export/xlsx?issue=2").get_data())
    )
    cells = {
        cell
        for name in workbook.sheet_names
        for row in workbook.get_sheet_by_name(name).to_python()
        for cell in row
    }
    assert {"ADDED", "Valuation order", "A lunch came late."} <= cells
    assert ledger.verify().is_ok


def _rows(who: Walker, period: Period, number: int) -> list[dict[str, str]]:
    answer = who.browser.get(f"/periods/{period.id}/report/export/csv?issue={number}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def _refused(who: Walker, target: str, page: str) -> str:
    """The same button pressed again, from a page that is open still."""
    token = who.typed("/periods/new")
    answer = who.browser.post(target, data={"csrf_token": token["csrf_token"], "form_key": "again"})
    assert answer.status_code == 422, page
    return str(answer.get_data(as_text=True))
