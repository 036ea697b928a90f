"""J9.3: the reviewer's quarter: every figure of it exact, each opens exactly its rows, page and files say the same."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.accounts.models import AuditEvent, User
from app.core import clock, pdf
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import queries as ledger
from app.ledger.models import Entry
from app.periods import operations as periods
from app.periods.details import ChangeDetails, DisputeDetails, LineChange, PeriodDetails
from app.periods.models import Period, PeriodKind
from app.programs.queries import get_program
from app.reports import queries_again
from app.reports.policies import Days
from app.reports.quarter import QuarterReport
from app.reports.queries_quarter import quarter_report
from app.reports.words_quarter import figure_rows
from tests.journeys.test_j08_dispute import person, rides
from tests.journeys.walking import Walker


def user(name: str) -> User:
    return db.session.scalars(sa.select(User).filter_by(email=f"{name}@lumen.example")).one()


@pytest.fixture
def quarter(london: Flask) -> Period:
    """Three months from the first of the month of the first flight: whatever day the demo is told on, all is in it."""
    first = db.session.scalar(sa.select(sa.func.min(Entry.value_on)).where(Entry.program_id == 1))
    assert first is not None
    with transaction():
        return periods.open_period(
            PeriodDetails(kind=PeriodKind.QUARTER, from_on=first.replace(day=1)), by=user("helga")
        )


def days_of(period: Period) -> Days:
    return Days(period.from_on, period.to_on)


def dispute_and_decide(period: Period) -> datetime:
    """J8.4: Amal disputes a shared car; on day 6 all four lines change. When it was decided."""
    opened = datetime.combine(period.to_on, time(9), ZoneInfo("UTC"))
    mine, hers = rides("amal"), rides("hana")
    with clock.fixed_at(opened), transaction():
        dispute = periods.dispute_line(
            person("amal"),
            DisputeDetails(
                entry_seq=mine[0].seq, reason="I shared the car with Hana.", proposed=Money(3_500, "GBP")
            ),
        )
    decided = opened + timedelta(days=6)
    with clock.fixed_at(decided), transaction():
        changes = tuple(LineChange(entry_seq=line.seq, money=Money(3_500, "GBP")) for line in (*mine, *hers))
        periods.change_lines(
            dispute, ChangeDetails(answer="All four lines say so now.", changes=changes), by=user("mei")
        )
    db.session.expire_all()
    return decided


#: Figures in the words of the page, before anybody disputed anything, and after J8.4.
BEFORE = {
    "received": "51,972.43 GBP", "cash": "0.00 GBP", "top": "37%", "declined": "3 offers", "disputes": "0 of 0",
    "labels": "21 of 23", "reminders": "2", "drafts": "0", "stopped": "14", "overridden": "2", "goals_after": "0 of 2",
    "again_decliners": "4 of 5", "again_others": "10 of 11",
}  # fmt: skip
AFTER = BEFORE | {
    "received": "51,832.43 GBP", "disputes": "1 of 1", "again_decliners": "5 of 6", "again_others": "9 of 10",
}  # fmt: skip


def shown(report: QuarterReport) -> dict[str, str]:
    return {row.key: row.text for row in figure_rows(report)}


def test_every_figure_of_the_quarter_is_exact(london: Flask, quarter: Period) -> None:
    """J9.3, O1, O2, L14: before the dispute, after it, and again as it was known before."""
    program = get_program(1)
    before = quarter_report(program, days_of(quarter))
    assert shown(before) == BEFORE
    assert (before.n_people, str(before.declined)) == (12, "4,624.80 GBP")
    decided = dispute_and_decide(quarter)
    with clock.fixed_at(decided + timedelta(hours=1)):
        after = quarter_report(program, days_of(quarter))
        assert shown(after) == AFTER
        notes = {row.key: row.note for row in figure_rows(after)}
        assert notes["received"] == "for 12 people"
        assert notes["declined"] == "worth 4,624.80 GBP"
        assert notes["disputes"] == "decided in 6 days"
        assert notes["again_decliners"] == notes["again_others"] == "too few to conclude"
        assert notes["top"] == "Jack Tarrowby, Mateus Carvalhedo, 서하나"
        then = quarter_report(program, days_of(quarter), as_of=decided - timedelta(days=7))
        # Some were invited again only later; every other figure is what it was.
        assert {key: text for key, text in shown(then).items() if "again" not in key} == {
            key: text for key, text in BEFORE.items() if "again" not in key
        }


def test_who_said_no_and_who_was_invited_again(london: Flask, quarter: Period) -> None:
    """O2: the reasons, and the one of each group who was not invited again."""
    dispute_and_decide(quarter)
    span = quarter_report(get_program(1), days_of(quarter)).span
    found = queries_again.invited_in(span)
    assert len(found) == 16
    assert {one.name.split()[0]: one.reasons for one in found if one.is_decliner} == {
        "أمل": ("dispute",), "Jack": ("offer",), "Priya": ("offer",), "Marta": ("invitation",), "Chidi": ("invitation",),
        "Yusra": ("invitation",),
    }  # fmt: skip
    assert [one.name.split()[0] for one in found if one.again is None] == ["Kerem", "Chidi"]


@pytest.fixture
def helga(london_as: Callable[[str], FlaskClient], quarter: Period) -> Iterator[Walker]:
    decided = dispute_and_decide(quarter)
    with clock.fixed_at(decided + timedelta(hours=1)):
        yield Walker(london_as("helga"))


def test_each_figure_opens_exactly_its_rows(helga: Walker, quarter: Period) -> None:
    """O6: the links of the page, followed; sums and numbers of rows are those of the figures."""
    page = helga.open(f"/reports/quarter?program=1&days={days_of(quarter)}")
    for text in (
        "51,832.43",
        "37%",
        "4,624.80",
        "1 of 1",
        "decided in 6 days",
        "21 of 23",
        "5 of 6",
        "9 of 10",
    ):
        assert text in page
    report = quarter_report(get_program(1), days_of(quarter))
    book = ledger.Scope(program_id=1, from_on=quarter.from_on, to_on=quarter.to_on)
    entries = db.session.scalars(ledger.entries_in(book)).all()
    non_cash = [entry for entry in entries if entry.leg == "non_cash"]
    assert sum(entry.reporting_minor for entry in non_cash) == report.non_cash.minor
    assert sum(entry.declined_minor for entry in entries) == report.declined.minor
    opens = {label: address for address, label in LINK.findall(page)}
    assert {key: _n_rows(helga.open(unescape(opens[label]))) for key, (label, _n) in ROWS.items()} == {
        key: n for key, (_label, n) in ROWS.items()
    }
    right = unescape(opens["Links with a right label"]) + "&verdict=evidenced"
    assert _n_rows(helga.open(right)) == 21


#: Where the number of a figure leads, and its label.
LINK = re.compile(r'<a href="([^"]+)">[^<]*<span class="visually-hidden"> ([^<]+)</span>')
#: Figure: its label, and how many rows it opens.
ROWS = {
    "disputes": ("Disputes decided", 1), "labels": ("Links with a right label", 23), "reminders": ("Reminders sent", 2),
    "drafts": ("Drafts asked for", 0), "stopped": ("Contacts stopped", 14), "overridden": ("Stops overridden", 2),
    "goals_after": ("Goals after names", 0), "decliners": ("Invited again, of those who said no", 6),
    "others": ("Invited again, of all others", 10),
}  # fmt: skip


def _n_rows(page: str) -> int:
    """Rows of the first table of a page."""
    body = re.search(r"<tbody[^>]*>(.*?)</tbody>", page, re.DOTALL)
    return body.group(1).count("<tr") if body else 0


def test_files_say_what_the_page_says(helga: Walker, quarter: Period) -> None:
    """O6, R4: CSV, XLSX and JSON of the same frozen object; each is written into the trail."""
    address = "/reports/quarter/export/{}?program=1&days=" + str(days_of(quarter))

    def file(format: str) -> bytes:
        answer = helga.browser.get(address.format(format))
        assert answer.status_code == 200, format
        return bytes(answer.get_data())

    table = {row["key"]: row for row in csv.DictReader(io.StringIO(file("csv").decode("utf-8-sig")))}
    assert {key: row["text"] for key, row in table.items()} == AFTER
    assert (table["received"]["amount"], table["received"]["n"]) == ("51832.43", "12")
    assert (table["disputes"]["n"], table["disputes"]["of"], table["disputes"]["days"]) == ("1", "1", "6")
    assert table["top"]["share"] == "0.3704"
    said = json.loads(file("json"))
    assert (said["received"]["non_cash"], said["received"]["n_people"], said["declined"]) == (
        "51832.43", 12, {"n": 3, "amount": "4624.80"},
    )  # fmt: skip
    assert said["invited_again"] == {
        "decliners": {"n": 6, "again": 5}, "others": {"n": 10, "again": 9}, "is_telling": False,
    }  # fmt: skip
    assert sum(Money.parse(one["non_cash"], "GBP").minor for one in said["people"]) == 5_183_243
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(file("xlsx")))
    cells = {
        cell
        for name in workbook.sheet_names
        for row in workbook.get_sheet_by_name(name).to_python()
        for cell in row
    }
    assert {51832.43, 4624.8, "21 of 23", "Invited again"} <= cells
    exported = sa.select(AuditEvent.reason).filter_by(action="reports.exported").order_by(AuditEvent.id)
    assert db.session.scalars(exported).all() == ["csv", "json", "xlsx"]


@pytest.mark.skipif(pdf.is_switched_off(), reason="PDF is switched off here")
def test_the_pdf_is_tagged_and_carries_its_data(helga: Walker, quarter: Period) -> None:
    """PDF/UA-1: title, language, table headers with their scope; the figures as CSV and JSON inside."""
    answer = helga.browser.get(f"/reports/quarter/export/pdf?program=1&days={days_of(quarter)}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    with pikepdf.open(io.BytesIO(answer.get_data())) as document:
        assert document.open_metadata()["pdfuaid:part"] == "1"
        assert document.Root.Lang == "en"
        assert len(document.attachments) == 3
        assert {"Table", "TH", "TD", "H1", "H2"} <= set(_structure(document.Root.StructTreeRoot))


def _structure(node: pikepdf.Object) -> Iterator[str]:
    """The names of the structure, from the top down."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _structure(one)
    elif isinstance(node, pikepdf.Dictionary) and "/K" in node:
        if "/S" in node:
            yield str(node.S).removeprefix("/")
        yield from _structure(node.K)


@pytest.mark.parametrize(
    "query",
    ["days=2026-02-30..2026-03-31", "days=2026-03-31", "days=2026-03-31..2026-01-01", "days=2020-01-01..2026-01-01", "days=..", "days=0001-01-01..0001-03-31", "as_of=2999-01-01", "as_of=soon"],
)  # fmt: skip
def test_days_that_cannot_be_used_are_refused_with_words(
    london_as: Callable[[str], FlaskClient], query: str
) -> None:
    answer = london_as("helga").get(f"/reports/quarter?{query}")
    assert (answer.status_code, "This cannot be used" in answer.get_data(as_text=True)) == (422, True)
