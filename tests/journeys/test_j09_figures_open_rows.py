"""Every figure of the value report, of a period and of the reviewer's home page opens rows that add up to it (O6, c42)."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.queries import TrailFilter
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger.filters import scope_asked
from app.ledger.models import Category, Entry, EntryKind, Form, Subject
from app.ledger.queries import entries_in
from app.people.models import Person
from app.programs.models import Program
from app.reports import queries
from app.reports.queries_value import value_report
from tests.factories import ledger, periods, programs

SignIn = Callable[[str], FlaskClient]

_LINK = re.compile(r'<a (?:class="[^"]*" )?href="(/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_HIDDEN = re.compile(r'<span class="visually-hidden">.*?</span>', re.DOTALL)
_MONEY = re.compile(r"(?:([A-Z]{3}) ?)?(-?[\d,]+\.\d\d)")
_COUNT = re.compile(r"-?[\d,]+")


def figures_in(page: str) -> list[tuple[str, str]]:
    """The addresses of the ledger on a page that stand under a number, with the number as it is printed."""
    body = page.split("<main", 1)[1]
    found = []
    for address, inner in _LINK.findall(body):
        text = re.sub(r"<[^>]+>", "", _HIDDEN.sub("", inner))
        shown = re.sub(r"\s+", " ", unescape(text)).strip()
        is_label = f"year={shown}" in address
        if (
            address.startswith("/ledger/?")
            and not is_label
            and (_MONEY.fullmatch(shown) or _COUNT.fullmatch(shown))
        ):
            found.append((unescape(address), shown))
    return found


def behind(address: str) -> tuple[list[Entry], dict[str, str]]:
    """The rows an address of the ledger lists, read as the page reads it."""
    args = dict(parse_qsl(urlsplit(address).query))
    return list(db.session.scalars(entries_in(scope_asked(args)))), args


def adds_up(address: str, shown: str, currency: str) -> bool:
    """Whether the rows behind a figure sum to it to the cent, or count to it."""
    rows, args = behind(address)
    is_declined = "is_declined" in args
    if found := _MONEY.fullmatch(shown):
        code = found[1] or currency
        mine = [row for row in rows if row.reporting_currency == code]
        minor = sum(row.declined_minor if is_declined else row.reporting_minor for row in mine)
        return Money(minor, code) == Money.parse(found[2], code)
    if "unit" in args:
        return sum(row.quantity for row in rows) == int(shown.replace(",", ""))
    counted = [row for row in rows if row.is_declined is is_declined]
    return sum(-1 if row.kind is EntryKind.REVERSAL else 1 for row in counted) == int(shown.replace(",", ""))


@pytest.fixture
def helga(london_as: SignIn) -> FlaskClient:
    """The demo with a second program in another currency, both legs in it, an offer declined, and somebody erased."""
    second = programs.program("Regional desk", currency="USD")
    first, other = db.session.scalars(sa.select(Person).order_by(Person.id).limit(2)).all()
    for person, dollars in ((first, 41_099), (other, 5_005)):
        ledger.post(ledger.stay(person, second, money=Money(dollars, "USD"), value_on=date(2026, 8, 1)))
    ledger.post(
        ledger.stay(
            other, second, category=Category.MEAL, form=Form.REIMBURSEMENT, external_ref="R-1",
            money=Money(2_345, "USD"), value_on=date(2026, 8, 2),
        )
    )  # fmt: skip
    for form in (Form.IN_KIND_VENDOR, Form.REIMBURSEMENT):
        ledger.post(
            ledger.stay(
                first, second, category=Category.MEAL, form=form, external_ref=f"D-{form}", declined=True,
                money=Money(7_001, "USD"), value_on=date(2026, 8, 3),
            )
        )  # fmt: skip
    ledger.post(ledger.stay(other, second, money=Money(1_000, "USD"), value_on=date(2025, 8, 1)))
    with transaction():
        for subject in db.session.scalars(sa.select(Subject).where(Subject.person_id == other.id)):
            subject.person_id = None
    return london_as("helga")


def test_every_figure_opens_rows_that_add_up(helga: FlaskClient, london_as: SignIn) -> None:
    """c42, O6: value reports now and then, a period and its report, in every currency there is; and the reviewer's home page."""
    kept = periods.quarter(date(2026, 7, 1))
    pages: dict[str, str] = {
        f"/periods/{kept.id}": "",
        f"/periods/{kept.id}/report": "",
        f"/periods/people/1?period={kept.id}": "",
        "/reports/proximity?days=200": "",
    }
    for program in db.session.scalars(sa.select(Program)):
        pages[f"/reports/value/{program.id}"] = program.currency
        pages[f"/reports/value/{program.id}?as_of=2026-08-20"] = program.currency
    wrong, n_figures, currencies = [], 0, set()
    for path, currency in pages.items():
        page = helga.get(path).text
        figures = figures_in(page)
        n_figures += len(figures)
        currencies |= {code for _address, shown in figures for code in re.findall("[A-Z]{3}", shown)} | {
            currency
        }
        wrong += [
            (path, address, shown) for address, shown in figures if not adds_up(address, shown, currency)
        ]
    wrong += [row for program in db.session.scalars(sa.select(Program)) for row in _miscounted(program)]
    assert wrong == []
    assert n_figures > 150
    assert currencies >= {"GBP", "USD"}
    _home_opens_its_rows(helga)
    _home_opens_its_rows(london_as("iris"))


def _miscounted(program: Program) -> list[tuple[str, str, str]]:
    """The pieces of a line, category or year that are not as many as the rows its label opens."""
    report = value_report(program)
    found = [
        *((f"line={one.line.value}", one.n) for one in report.lines),
        *((f"category={one.category.value}&leg={one.leg.value}", one.n) for one in report.categories),
        *((f"year={one.year}", one.n) for one in report.years),
    ]
    assert len(found) > 5
    addresses = [(f"/ledger/?program_id={program.id}&{part}", str(n)) for part, n in found]
    return [("pieces", address, n) for address, n in addresses if not adds_up(address, n, program.currency)]


def _home_opens_its_rows(helga: FlaskClient) -> None:
    """The number on the home page is the number of rows on the page it opens."""
    home = helga.get("/").text.split('class="figures"')[1].split("</dl>")[0]
    counted = {}
    for address, inner in _LINK.findall(home):
        text = re.sub(r"<[^>]+>", "", _HIDDEN.sub("", inner)).strip()
        if _COUNT.fullmatch(text):
            counted[unescape(address)] = int(text)
    assert len(counted) >= 4
    for address, number in counted.items():
        page = helga.get(address).text
        if "#queue" in address:
            page = page.split('id="queue"')[1]
        told = re.search(r"\d+ of ([\d,]+) ", page) if "#" not in address else None
        n_rows = int(told[1].replace(",", "")) if told else _rows_on(page)
        assert n_rows == number, address


def _rows_on(page: str) -> int:
    bodies = re.findall(r"<tbody[^>]*>(.*?)</tbody>", page, re.DOTALL)
    return bodies[0].count("<tr ") if bodies else 0


@pytest.mark.parametrize("key", ["daniel", "paula", "ruth", "mei", "omar", "helga", "ada"])
def test_every_figure_of_a_home_page_opens_exactly_the_rows_it_counts(
    london: Flask, london_as: SignIn, key: str
) -> None:
    """c42, O6: as many rows as the figure says; minutes, of which a row holds several, add up to it."""
    me, browser = (
        db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one(),
        london_as(key),
    )
    home = queries.today(me)
    for figure in home.figures:
        if figure.link.endpoint == "reports.today":
            queue = home.queue(figure.link.arguments["queue"])
            counted = [
                int(re.sub(r"\D", "", row.reason)) if queue.figure == "minutes" else 1 for row in queue.tasks
            ]
            assert (figure.label, f"{sum(counted):,}") == (figure.label, figure.value)
            page = browser.get("/", query_string=figure.link.arguments).text
            assert [task.title for task in queue.tasks if escape(task.title) not in page] == []
        elif figure.link.endpoint == "accounts.audit_trail":
            since = date.fromisoformat(figure.link.arguments["from"])
            assert f"{accounts.count_trail(TrailFilter(from_on=since)).number:,}" == figure.value
