"""Fees soon after value: what counts, whose it is, as of when, each number with its rows, the same in every file (O4)."""

import csv
import io
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations, queries
from app.ledger.looks import Near
from app.ledger.models import Basis, Category, Entry, Form, Leg, ReportLine
from app.ledger.queries import Scope
from app.people.models import Person
from app.programs.models import Program
from app.reports.queries_proximity import proximity_report
from tests.factories import ledger, people, programs, shares

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
AUGUST = date(2026, 8, 7)


def fee(person: Person, program: Program, on: date, pounds: str = "6500", **changes: object) -> int:
    """A fee, and its number in the book."""
    values = {
        "category": Category.WORKSHOP_FEE, "form": Form.CASH_EQUIVALENT, "basis": Basis.RATE_CARD,
        "external_ref": f"C-1 of {person.id} on {on}",
    } | changes  # fmt: skip
    details = ledger.stay(person, program, value_on=on, money=ledger.gbp(pounds), **values)
    return ledger.post(details).entry.seq


@pytest.fixture
def program(app: Flask) -> Program:
    return programs.program()


@pytest.mark.parametrize(
    ("on", "n_days", "n_fees"),
    [
        (date(2026, 11, 5), 90, 1), (date(2026, 11, 6), 90, 0), (date(2026, 11, 6), 91, 1), (AUGUST, 0, 1),
        (date(2026, 8, 8), 0, 0), (date(2026, 8, 6), 90, 0), (date(2027, 8, 7), 365, 1), (date(2027, 8, 8), 365, 0),
    ],
)  # fmt: skip
def test_days_are_counted_from_value_to_fee(program: Program, on: date, n_days: int, n_fees: int) -> None:
    """O4: both ends included, and nothing that comes after the fee."""
    person = people.person("Ines")
    ledger.post(ledger.stay(person, program, value_on=AUGUST))
    fee(person, program, on)
    report = proximity_report(program, n_days)
    assert (report.chosen.n_fees, report.chosen.n_pairs, report.n_all_fees) == (n_fees, n_fees, 1)
    assert report.chosen.amounts == [ledger.gbp("6500")] * n_fees
    assert sum(one.n_fees for one in report.distances) == 1


def test_a_share_of_sales_counts_as_a_fee_near_value(program: Program, at: At) -> None:
    """O4: the payout of an affiliate share is cash like a fee, on the line of fees, whatever it was earned by."""
    ines = people.person("Ines")
    with at(datetime(2026, 7, 1, 9, tzinfo=UTC)):
        share = shares.running(shares.approved(shares.drafted(ines, program, from_on=date(2026, 8, 1))))
    ledger.post(ledger.stay(ines, program, value_on=AUGUST))
    with at(datetime(2026, 9, 6, 9, tzinfo=UTC)):
        counted = shares.statement(share, from_on=date(2026, 8, 1), to_on=date(2026, 8, 31))
        paid = shares.payout(share, counted)
        entry = db.session.get_one(Entry, paid.entry_seq)
        report = proximity_report(program, 30)
    assert (entry.line, entry.leg) == (ReportLine.FEES, Leg.CASH)
    assert (report.chosen.n_fees, report.chosen.amounts, report.n_all_fees) == (1, [ledger.gbp("93.13")], 1)


MEAL = {"category": Category.MEAL}


@pytest.mark.parametrize(
    ("before", "paid", "n_usual", "n_any"),
    [
        ({}, {}, 1, 1),
        (MEAL, {}, 0, 1),
        ({"category": Category.GIFT}, {}, 1, 1),
        ({"category": Category.EVENT_PASS}, {}, 0, 1),
        ({"declined": True}, {}, 0, 0),
        ({"form": Form.REIMBURSEMENT, "external_ref": "R-1"}, {}, 0, 0),
        ({}, {"category": Category.FEE_EXPENSES}, 0, 0),
        ({"provider": "Hotel Borealis"}, {"provider": "Agency North"}, 1, 1),
    ],
)
def test_what_counts(
    program: Program, before: dict[str, object], paid: dict[str, object], n_usual: int, n_any: int
) -> None:
    """Travel, nights, gifts and entertainment on the non-cash leg unless all of it is asked for; one house is one provider."""
    person = people.person("Ines")
    ledger.post(ledger.stay(person, program, value_on=AUGUST, **before))
    fee(person, program, date(2026, 9, 1), **paid)
    assert proximity_report(None, 90).chosen.n_fees == n_usual
    assert proximity_report(None, 90, is_any=True).chosen.n_fees == n_any


def test_whose_and_of_which_program(program: Program) -> None:
    """Merged records are one person; another person or, under a program, another program is not near."""
    ines, old, other = people.person("Ines"), people.person("Dr I. Moreau"), people.person("Amal")
    second = programs.program("Regional")
    ledger.post(ledger.stay(old, program, value_on=AUGUST))
    fee(ines, second, date(2026, 9, 1))
    fee(other, program, date(2026, 9, 1))
    assert proximity_report(None, 90).chosen.n_fees == 0
    with transaction():
        db.session.merge(old).merged_into_id = ines.id
    report = proximity_report(None, 90)
    (pair,) = report.pairs
    assert (pair.person_id, pair.n_fees, pair.n_value, pair.least_days) == (ines.id, 1, 1, 25)
    assert proximity_report(second, 90).chosen.n_fees == 0
    assert proximity_report(second, 90).n_all_fees == 1


def test_the_report_of_a_past_moment_stays_what_it_was(
    program: Program, at: Callable[[datetime], object]
) -> None:
    """L14: what was taken back later still stood then."""
    person = people.person("Ines")
    with at(datetime(2026, 9, 2, tzinfo=UTC)):  # type: ignore[attr-defined]
        stay = ledger.post(ledger.stay(person, program, value_on=AUGUST)).entry.seq
        fee(person, program, date(2026, 9, 1))
    with at(datetime(2026, 9, 5, tzinfo=UTC)), transaction():  # type: ignore[attr-defined]
        operations.reverse_entry(queries.get_entry(stay), reason="entered_twice", by=ledger.compliance())
    then = datetime(2026, 9, 3, tzinfo=UTC)
    assert proximity_report(program, 90).chosen.n_fees == 0
    assert proximity_report(program, 90, as_of=then).chosen.n_fees == 1
    assert proximity_report(program, 90, as_of=datetime(2026, 9, 1, tzinfo=UTC)).n_all_fees == 0
    (total,) = queries.totals([], Scope(near=Near(90), as_of=then))
    assert total.n == 1


@pytest.fixture
def two(program: Program) -> Program:
    """Two people with a fee each near their nights, one of them with two."""
    for name, pounds in (("Ines", "6500"), ("=Amal, «ä»", "300")):
        person = people.person(name)
        ledger.post(ledger.stay(person, program, value_on=AUGUST))
        fee(person, program, date(2026, 8, 30), pounds)
    fee(person, program, date(2026, 8, 31), "200")
    return program


def rows_behind(browser: FlaskClient, url: str) -> int:
    page = browser.get(unescape(url)).text
    return int(re.search(r"(\d+) of \d+ entries", page).group(1))  # type: ignore[union-attr]


def name_of(document: dict[str, Any]) -> str:
    return f"proximity-{document['n_days']}-days-{document['as_of'][:10]}"


@pytest.mark.usefixtures("two")
def test_page_files_and_rows_agree(signed_in: SignIn) -> None:
    """O6: every number opens its rows; CSV, XLSX and JSON hold the same; each file is audited (R4)."""
    helga = signed_in(Role.COMPLIANCE)
    page = helga.get("/reports/proximity?days=90").text
    links = re.findall(r'href="(/ledger/\?[^"]*near=[^"]*)">(?:<[^>]*>)*([\d.,]+)', page)
    assert len(links) >= 8
    counts = [(url, shown) for url, shown in links if "." not in shown]
    assert {rows_behind(helga, url) for url, _shown in counts} == {1, 2, 3}
    for url, shown in counts:
        assert rows_behind(helga, url) == int(shown), url
    document = json.loads(helga.get("/reports/proximity/export/json?days=90").data)
    assert (document["n_fees"], document["n_pairs"], document["fees"]) == (
        3, 2, [{"amount": "7000.00", "currency": "GBP"}],
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(helga.get("/reports/proximity/export/csv?days=90").text)))
    assert sorted((row["name"], row["n_fees"], row["fees"], row["value"]) for row in rows) == [
        ("'=Amal, «ä»", "2", "500.00", "2080.00"), ("Ines", "1", "6500.00", "2080.00"),
    ]  # fmt: skip
    assert helga.get("/reports/proximity/export/xlsx").data[:2] == b"PK"
    paper = helga.get("/reports/proximity/export/pdf").data
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        assert set(pdf.attachments) == {
            "ledger-checkpoint.txt", f"{name_of(document)}.csv", f"{name_of(document)}.json",
        }  # fmt: skip
        assert pdf.Root.MarkInfo.Marked
    wanted = sa.select(AuditEvent.subject_id, AuditEvent.reason).where(
        AuditEvent.subject_kind == "report_proximity"
    )
    assert [tuple(row) for row in db.session.execute(wanted.order_by(AuditEvent.id))] == [
        ("all", "json"),
        ("all", "csv"),
        ("all", "xlsx"),
        ("all", "pdf"),
    ]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 200, "No fees in the book"), ("?days=0", 200, "within 0 days"), ("?days=365&counting=any", 200, "any non-cash value"),
        ("?days=366", 422, "Write a number of days from 0 to 365"), ("?days=-1", 422, "Write a number"),
        ("?days=x", 422, "Write a number"), ("?days=９０", 422, "Write a number"), ("?days=" + "9" * 400, 422, "Write a number"),
        ("?days=1e2", 422, "Write a number"), ("?as_of=2030-01-01", 422, "still to come"), ("?as_of=x", 422, "not a date"),
        ("?program_id=999", 404, ""), ("?program_id=x", 422, "is no number of a program"), ("?page=99", 200, ""),
        ("?counting=%00", 422, "or after any"), ("?counting=all", 422, "or after any"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("app")
def test_what_is_asked_for(signed_in: SignIn, query: str, status: int, said: str) -> None:
    answer = signed_in(Role.AUDITOR).get(f"/reports/proximity{query}")
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.usefixtures("two")
def test_links_keep_nothing_that_was_refused(signed_in: SignIn) -> None:
    page = signed_in(Role.COMPLIANCE).get("/reports/proximity?days=999&counting=any").text
    links = [unescape(link) for link in re.findall(r'href="(/reports/proximity[^"]*)"', page)]
    assert "/reports/proximity/export/xlsx?days=90&counting=any" in links
    assert "/reports/proximity?days=180&counting=any" in links


@pytest.mark.parametrize("query", ["?days=x", "?as_of=2999-01-01"])
@pytest.mark.usefixtures("app")
def test_a_file_of_what_cannot_be_is_refused(signed_in: SignIn, query: str) -> None:
    assert signed_in(Role.COMPLIANCE).get(f"/reports/proximity/export/csv{query}").status_code == 422


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
@pytest.mark.usefixtures("app")
def test_who_sees_no_amounts_sees_no_report(signed_in: SignIn, role: Role) -> None:
    """R3."""
    browser = signed_in(role)
    assert browser.get("/reports/proximity").status_code == 403
    assert browser.get("/reports/proximity/export/csv").status_code == 403


def test_the_cost_does_not_follow_the_rows(program: Program, count_queries: Callable[[], int]) -> None:
    asked = []
    for n_more in (1, 5):
        for number in range(n_more):
            person = people.person(f"Person {n_more} {number}")
            ledger.post(ledger.stay(person, program, value_on=AUGUST))
            fee(person, program, date(2026, 8, 30))
        count_queries()
        report = proximity_report(program, 90)
        asked.append(count_queries())
    assert asked[0] == asked[1]
    assert report.chosen.amounts == [Money(6 * 650_000, "GBP")]


@pytest.mark.parametrize(
    "text",
    ["", "fees", "fees-", "fees-x", "fees--1", "fees-366", "fees-90-all", "cash-9", "fees-９", "a-1-any"],
)
def test_near_reads_only_what_it_writes(text: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|" + re.escape(text or "unpack")):
        Near.read(text)


@pytest.mark.parametrize("near", [Near(0), Near(90, True), Near(365, False, True), Near(30, True, True)])
def test_near_is_read_back(near: Near) -> None:
    assert Near.read(str(near)) == near
