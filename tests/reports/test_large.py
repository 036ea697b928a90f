"""Tables past what a page or paper holds, and words nobody expects: scrolled, carried as files, refused with words."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace
from python_calamine import CalamineWorkbook

from app.accounts.models import Role, User
from app.core.db import db
from app.core.money import Money
from app.core.sheets import Column
from app.events.models import Event
from app.ledger.models import ReportLine
from app.programs.models import Program
from app.reports import exports, exports_gallery, exports_quarter
from app.reports.asking import require_asked
from app.reports.charts import by_person
from app.reports.exports_gallery import TooLarge
from app.reports.gallery import Counted, Grid, Line, Lines
from app.reports.gallery_all import REPORTS
from app.reports.pages import sliced
from app.reports.policies import Days
from app.reports.queries import value_report
from app.reports.queries_quarter import quarter_report
from app.reports.run_reports import Then
from app.reports.value import N_DRAWN, People, PersonFigure, Rank
from tests.factories import accounts, events, ledger, people, programs
from tests.reports.conftest import London

SignIn = Callable[..., FlaskClient]

#: A line break, formulas, a right-to-left override, Arabic, Hebrew, a name as long as one can be.
ODD = (
    "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "أمل الفارسي", "מירה", "\u202eInes", "A" * 300,
    "Ines <script>alert(1)</script>", "O'Neil \"Tip\"; DROP TABLE person",
)  # fmt: skip


@pytest.fixture
def helga(app: Flask) -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


@pytest.fixture
def base(helga: User) -> Counted:
    return REPORTS["workload"].count(require_asked(REPORTS["workload"], {}, helga))


def wide(base: Counted, n_columns: int, n_lines: int = 2) -> Counted:
    columns = [
        Column("name", "Name"),
        *(Column(f"c{n}", f"Column {n}", "integer") for n in range(n_columns - 1)),
    ]
    lines = [Line((f"Line {at}", *range(n_columns - 1)), key=f"{at}") for at in range(n_lines)]
    return replace(base, grids=[Grid("wide", "Wide", columns, lines)], drawings=())


def file_of(counted: Counted, format: exports.Format) -> bytes:
    return exports_gallery.gallery_file(REPORTS["workload"], counted, Then({}), format)


def text_of(pdf: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def rows_carried(pdf: bytes, ending: str) -> list[list[str]]:
    with pikepdf.open(io.BytesIO(pdf)) as book:
        name = next(name for name in book.attachments if name.endswith(ending))
        data = book.attachments[name].get_file().read_bytes()
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


# -- columns ---------------------------------------------------------------------------------------


def test_a_thousand_columns_are_not_printed_but_carried(base: Counted) -> None:
    pdf = file_of(wide(base, 1_000), "pdf")
    assert "1,000 columns, more than paper can hold" in text_of(pdf)
    rows = rows_carried(pdf, ".csv")
    assert (len(rows), {len(row) for row in rows}, len(pypdf.PdfReader(io.BytesIO(pdf)).pages) < 5) == (
        3,
        {1_000},
        True,
    )


def test_a_spreadsheet_holds_what_it_can_and_says_where_it_ends(base: Counted) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(file_of(wide(base, 16_384), "xlsx")))
    assert len(book.get_sheet_by_name("Wide").to_python()[1]) == 16_384
    with pytest.raises(TooLarge, match=r"16,385 columns; a spreadsheet holds 16,384\. Take the CSV"):
        file_of(wide(base, 16_385), "xlsx")
    assert (
        len(next(csv.reader(io.StringIO(file_of(wide(base, 16_385), "csv").decode("utf-8-sig"))))) == 16_385
    )


def test_a_wide_table_scrolls_on_the_page(
    signed_in: SignIn, base: Counted, helga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = replace(REPORTS["workload"], count=lambda _asked: wide(base, 1_000))
    monkeypatch.setattr("app.reports.gallery_all.REPORTS", {**REPORTS, "workload": report})
    page = signed_in(helga).get("/reports/gallery/workload").text
    assert ('class="tbl-wrap is-wide" tabindex="0" role="region"' in page, "Column 998" in page) == (
        True,
        True,
    )


# -- lines -----------------------------------------------------------------------------------------


def test_paper_prints_two_hundred_of_3001_lines_and_carries_all(base: Counted) -> None:
    pdf = file_of(wide(base, 4, 3_001), "pdf")
    said = text_of(pdf)
    assert ("2801 more rows are in the file" in said, "Line 199" in said, "Line 200" in said) == (
        True,
        True,
        False,
    )
    assert len(rows_carried(pdf, ".csv")) == 3_002


def test_the_page_turns_through_3001_lines(
    signed_in: SignIn, base: Counted, helga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = replace(REPORTS["workload"], count=lambda _asked: wide(base, 4, 3_001))
    monkeypatch.setattr("app.reports.gallery_all.REPORTS", {**REPORTS, "workload": report})
    browser = signed_in(helga)
    first = browser.get("/reports/gallery/workload").text
    last = browser.get("/reports/gallery/workload?table=wide&page=61").text
    assert ("Line 49" in first, "Line 50<" in first, "Line 3000" in last, "Line 2999" in last) == (
        True,
        False,
        True,
        False,
    )


@pytest.mark.parametrize("key", REPORTS)
def test_every_report_prints_at_most_two_hundred_lines(key: str, base: Counted) -> None:
    """The one template of paper draws them all, so a table of 3,001 lines is cut and carried whichever report it is of."""
    html = exports_gallery.paper_html(REPORTS[key], wide(base, 4, 3_001))
    assert (html.count("<th scope=row"), "2801 more rows" in html) == (200, True)


def test_the_value_report_and_the_quarter_print_two_hundred_people_and_carry_3001(london: London) -> None:
    value, days = value_report(london.program), Days(date(2026, 10, 1), date(2026, 12, 31))
    by_id = {at: replace(one, person_id=at) for at, one in enumerate(_many(value.people))}
    ranks = [Rank(at, one.non_cash.minor, one.cash.minor, one.n, has_any=True) for at, one in by_id.items()]
    people = People(ranks, lambda wanted: {rank.person_id: by_id[rank.person_id or 0] for rank in wanted})
    pdf = exports.value_file(replace(value, people=people), "pdf")
    assert ("2801" in text_of(pdf), len(rows_carried(pdf, ".csv")) >= 3_002) == (True, True)
    quarter = quarter_report(london.program, days)
    pdf = exports_quarter.quarter_file(replace(quarter, people=_many(quarter.people)), "pdf")
    assert "2801" in text_of(pdf)


def _many(people: Sequence[Any]) -> list[Any]:
    return [replace(people[at % len(people)], name=f"Person {at}") for at in range(3_001)]


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_text_everywhere(signed_in: SignIn, name: str, helga: User, tmp_path: Path) -> None:
    show = events.event()
    ledger.post(ledger.stay(people.person(name), show.program, event_id=show.id))
    browser, address = (
        signed_in(helga),
        f"/reports/gallery/settlement/export/{{}}?event={show.id}&table=by_person",
    )
    page = browser.get(f"/reports/gallery/settlement?event={show.id}").text
    assert "<script>alert" not in page
    data = browser.get(address.format("csv")).data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    assert rows[1][0][:1] not in set("=+-@\t＝"), "a spreadsheet reads no formula"
    assert (
        rows[1][0].removeprefix("'").strip() == " ".join(name.split()).strip() or name.strip() in rows[1][0]
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(address.format("xlsx")).data))
    assert any(
        "Hotel" not in str(row[0]) and row[0] for row in book.get_sheet_by_name("By person").to_python()[1:]
    )
    assert browser.get(address.format("pdf")).data[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("event=" + "9" * 10_000, 422, "no number of an event"), ("event=%00", 422, "no number"), ("event=-1", 422, "no number"),
        ("event=77&event={id}", 404, ""), ("event=%E2%80%AE1", 422, "no number"), ("event={id}&as_of=" + "x" * 10_000, 422, "not a date"),
        ("event={id}&as_of=%00", 422, "not a date"), ("event={id}&as_of=2026-02-30", 422, "not a date"),
        ("event={id}&event=77", 200, "Event settlement"),  # the first of two is read
        ("event={id}&saved=x&table=%00&page=%00", 200, "Event settlement"),
        ("event={id}&saved=" + "9" * 5_000, 200, "Event settlement"),
    ],
)  # fmt: skip
def test_parameters_nobody_would_type(signed_in: SignIn, query: str, status: int, said: str) -> None:
    show = events.event()
    answer = signed_in(Role.COMPLIANCE).get(
        f"/reports/gallery/settlement?{query.replace('{id}', str(show.id))}"
    )
    assert (answer.status_code, said in answer.text) == (status, True)


def test_an_empty_period_says_so_and_can_be_kept(signed_in: SignIn, helga: User) -> None:
    browser = signed_in(helga)
    page = browser.get("/reports/gallery/exceptions?days=2020-01-01..2020-01-31").text
    assert ("Nothing to report" in page, "No period was opened for these days" in page) == (True, True)
    assert browser.post("/reports/runs/keep/exceptions?days=2020-01-01..2020-01-31").status_code == 303


def test_money_of_many_currencies_is_never_added(base: Counted) -> None:
    lines = [Line((code, Money(100, code)), key=code) for code in ("GBP", "EUR", "JPY")]
    grid = Grid("money", "Money", (Column("name", "Name"), Column("sum", "Sum", "money")), lines)
    rows = list(csv.reader(io.StringIO(file_of(replace(base, grids=[grid]), "csv").decode("utf-8-sig"))))
    assert rows == [
        ["name", "sum_currency", "sum"], ["GBP", "GBP", "1.00"], ["EUR", "EUR", "1.00"], ["JPY", "JPY", "100"],
    ]  # fmt: skip
    assert (db.session.query(Event).count(), db.session.query(Program).count()) == (0, 0)


def test_the_drawing_by_person_is_of_those_with_value_though_many_have_cash_alone(helga: User) -> None:
    """Erased people stand last in the table, behind everybody who was only paid; their bar is among the others."""
    report = value_report(programs.program("Global", is_books_only=True))

    def figure(id: int | None, name: str, non_cash: int, cash: int) -> PersonFigure:
        lines = {ReportLine.OTHER: Money(non_cash, "GBP")} if non_cash else {}
        return PersonFigure(
            person_id=id, name=name, country="", lines=lines, cash_lines={}, non_cash=Money(non_cash, "GBP"),
            cash=Money(cash, "GBP"), n=1, units={}, declined=Money(0, "GBP"), n_declined=0,
        )  # fmt: skip

    figures = [
        figure(1, "Ines", 50_000, 0),
        *(figure(10 + n, f"Paid {n}", 0, 90_000) for n in range(N_DRAWN)),
        figure(None, "Erased", 20_000, 0),
    ]
    by_id = {one.person_id: one for one in figures}
    ranks = [Rank(one.person_id, one.non_cash.minor, one.cash.minor, one.n, has_any=True) for one in figures]
    drawn = by_person(
        replace(
            report,
            people=People(ranks, lambda wanted: {one.person_id: by_id[one.person_id] for one in wanted}),
        )
    )
    assert (list(drawn.labels), list(drawn.totals)) == (["Ines", "Erased"], ["500.00", "200.00"])
    assert "the first" not in drawn.subtitle


def test_the_rows_of_a_long_table_are_written_when_they_are_looked_at() -> None:
    written = list[int]()

    def write(n: int) -> Line:
        written.append(n)
        return Line((n,))

    lines = Lines(range(10_000), write)
    assert (len(lines), written) == (10_000, [])
    shown = sliced(lines, 3)
    assert ([line.cells[0] for line in shown.rows], written) == ([*range(100, 150)],) * 2
    assert (lines[-1], next(iter(lines))) == (Line((9_999,)), Line((0,)))
    assert Lines((1, 2), write) == [Line((1,)), Line((2,))]
