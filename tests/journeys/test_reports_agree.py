"""O6 over every report of the gallery: screen, CSV, XLSX, JSON, PDF and interface say the same, to the cent."""

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.accounts import operations_tokens
from app.accounts.models import AuditEvent, User
from app.core import clock
from app.core.db import db, transaction
from app.core.i18n import day, number, per_cent
from app.core.money import Money
from app.core.sheets import Column
from app.events.models import Event
from app.people.models import Person
from app.programs.models import Program
from app.reports.asking import require_asked
from app.reports.gallery import Ask, Counted, Report
from app.reports.gallery_all import REPORTS

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[[str], FlaskClient]

TAGS = re.compile(r"<[^>]+>")


def words_of(markup: str) -> str:
    """What is read, without what is only heard."""
    heard = re.sub(r'<span class="visually-hidden">.*?</span>', "", markup)
    return " ".join(unescape(TAGS.sub("", heard)).replace("\xa0", " ").split())


def said(value: Any, column: Column | None = None, *, is_share: bool = False) -> str:
    """A value as the screen prints it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Money):
        amount = f"{abs(value.amount):,}"
        amount = f"({amount})" if value.minor < 0 else amount
        return amount if column is not None and column.currency else f"{value.currency} {amount}"
    if is_share or (column is not None and column.kind == "ratio"):
        return per_cent(value)
    if isinstance(value, datetime):
        return ""
    if isinstance(value, date):
        return day(value)
    return number(value) if isinstance(value, int | Decimal) else " ".join(str(value).split())


@pytest.fixture
def args() -> Callable[[Report], dict[str, str]]:
    """What is asked: London, Ines, the year up to today."""

    def of(report: Report) -> dict[str, str]:
        today = clock.today()
        program = db.session.scalars(
            sa.select(Program).where(Program.is_books_only.is_(False)).order_by(Program.id)
        ).first()
        event = db.session.scalars(
            sa.select(Event).order_by(Event.starts_at).where(Event.name.contains("London"))
        ).first()
        ines = db.session.scalars(
            sa.select(Person).where(Person.name.contains("Ines")).order_by(Person.id)
        ).first()
        assert program is not None
        assert event is not None
        assert ines is not None
        known = {
            Ask.PROGRAM: str(program.id), Ask.EVENT: str(event.id), Ask.PERSON: str(ines.id),
            Ask.DAYS: f"{today - timedelta(days=364)}..{today}",
        }  # fmt: skip
        return {ask.value: known[ask] for ask in report.asks if ask in known}

    return of


@pytest.fixture
def still(at: At) -> Iterator[datetime]:
    """A clock that stands: every copy is made at one moment."""
    now = clock.now().replace(microsecond=0)
    with at(now):
        yield now


@pytest.mark.parametrize("key", REPORTS)
def test_every_copy_says_the_same(
    key: str, london_as: SignIn, args: Callable[[Report], dict[str, str]], still: datetime, tmp_path: Path
) -> None:
    browser, report = london_as("helga"), REPORTS[key]
    asked = args(report)
    document = json.loads(browser.get(f"/reports/gallery/{key}/export/json", query_string=asked).data)
    counted = _counted(report, asked)
    assert not counted.is_empty, "a report the demo has nothing for shows nothing of whether its copies agree"
    _compare_document(document, counted)
    _compare_interface(browser, key, asked, document)
    for grid in counted.grids:
        _compare_csv(browser, key, asked, grid.key, document["tables"][grid.key])
    _compare_workbook(browser, key, asked, counted)
    _compare_page(browser.get(f"/reports/gallery/{key}", query_string=asked).text, counted)
    _compare_paper(
        browser.get(f"/reports/gallery/{key}/export/pdf", query_string=asked).data, counted, tmp_path
    )
    taken = db.session.scalars(sa.select(AuditEvent.reason).filter_by(subject_kind=f"report_{key}")).all()
    assert {"json", "csv", "xlsx", "pdf", "api"} <= {one.split()[0] for one in taken}


def _counted(report: Report, asked: dict[str, str]) -> Counted:
    return report.count(require_asked(report, asked, _helga()))


def _helga() -> User:
    return db.session.scalars(sa.select(User).filter_by(email="helga@lumen.example")).one()


def _compare_document(document: dict[str, Any], counted: Counted) -> None:
    assert [*document["figures"]] == [one.key for one in counted.figures]
    assert [*document["tables"]] == [grid.key for grid in counted.grids]
    for grid in counted.grids:
        assert len(document["tables"][grid.key]) == len(grid.lines)
    assert len({column.key for grid in counted.grids for column in grid.columns}) > 1
    assert document["ledger"]["checkpoint"] == counted.checkpoint.note


def _compare_interface(
    browser: FlaskClient, key: str, asked: dict[str, str], document: dict[str, Any]
) -> None:
    with transaction():
        secret = operations_tokens.make_token("script", by=_helga()).secret
    found = browser.get(
        "/api/v1/reports/gallery",
        query_string={"report": key, **asked},
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert found.status_code == 200, found.text
    got = found.get_json()
    for part in ("figures", "tables", "about", "parameters"):
        assert got[part] == document[part], part


def _compare_csv(
    browser: FlaskClient, key: str, asked: dict[str, str], table: str, rows: list[dict[str, Any]]
) -> None:
    data = browser.get(f"/reports/gallery/{key}/export/csv", query_string={**asked, "table": table}).data
    found = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [[_flat(value) for value in row.values()] for row in rows] == [
        [row[name].removeprefix("'") for name in wanted] for row, wanted in zip(found, rows, strict=True)
    ]


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["amount"])
    return "" if value is None else str(value).removeprefix("'")


def _compare_workbook(browser: FlaskClient, key: str, asked: dict[str, str], counted: Counted) -> None:
    data = browser.get(f"/reports/gallery/{key}/export/xlsx", query_string=asked).data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    figures = book.get_sheet_by_index(0).to_python()[1:]
    assert [(row[0], row[3], row[4]) for row in figures] == [
        (one.key, one.value.currency, float(one.value.amount))
        if isinstance(one.value, Money)
        else (one.key, "", "")
        for one in counted.figures
    ]
    for at, grid in enumerate(counted.grids, start=1):
        rows = book.get_sheet_by_index(at).to_python()[1:]
        assert len(rows) == len(grid.lines), grid.key
        for row, line in zip(rows, grid.lines, strict=True):
            wanted = [float(cell.amount) if isinstance(cell, Money) else cell for cell in line.cells]
            numbers = [float(value) for value in wanted if isinstance(value, int | float | Decimal)]
            assert [value for value in row if isinstance(value, float)] == numbers, grid.key


def _compare_page(page: str, counted: Counted) -> None:
    figures = [
        words_of(one)
        for one in re.findall(
            r'<span class="figure">(.*?)</span>\s*(?:<span class="note|</dd>)', page, re.DOTALL
        )
    ]
    assert figures == [said(one.value, is_share=one.is_share) for one in counted.figures]
    tables = {
        words_of(caption): rows
        for caption, rows in re.findall(
            r'<table class="tbl[^>]*role="table".*?<caption[^>]*>(.*?)</caption>.*?<tbody[^>]*>(.*?)</tbody>',
            page,
            re.DOTALL,
        )
    }
    for grid in counted.grids:
        if not grid.lines:
            continue
        rows = re.findall(r"<tr.*?</tr>", tables[grid.title], re.DOTALL)
        shown = [
            [words_of(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows
        ]
        wanted = [
            [said(cell, column) for cell, column in zip(line.cells, grid.columns, strict=True)]
            for line in grid.lines[:50]
        ]
        assert shown == wanted, grid.key


def _compare_paper(data: bytes, counted: Counted, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(data)
    text = subprocess.run(
        ["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout
    printed = re.sub(r"\s+", "", text)
    for one in counted.figures:
        if one.value is not None:
            assert re.sub(r"\s+", "", said(one.value, is_share=one.is_share)) in printed, one.key
    for grid in counted.grids:
        for line in grid.lines[:200]:
            for cell, column in zip(line.cells, grid.columns, strict=True):
                if isinstance(cell, Money):
                    assert said(cell, column).split()[-1] in printed, (grid.key, cell)
