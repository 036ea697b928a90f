"""The statement of a person as a report: the lines they read themselves, the legs apart, the same in every run (L13, O6)."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core.db import transaction
from app.ledger import operations as ledger_operations
from app.ledger.models import Basis, Category, Form
from app.ledger.queries import get_entry
from app.people.models import Person
from app.periods.statements import statement_of
from app.reports.asking import require_asked
from app.reports.gallery import Counted
from app.reports.gallery_statement import STATEMENT
from tests.factories import accounts, ledger, people, programs
from tests.factories import reports as make

SignIn = Callable[..., FlaskClient]
DAYS = "2026-07-01..2026-09-30"
AUGUST = date(2026, 8, 7)


@pytest.fixture
def helga(app: Flask) -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


@pytest.fixture
def ines(helga: User) -> Person:
    """A stay and a fee in August, an offer she declined, a stay that was taken back, one of October."""
    ines, program = people.person("Ines"), programs.program()
    fee = {"category": Category.WORKSHOP_FEE, "form": Form.CASH_EQUIVALENT, "basis": Basis.RATE_CARD}
    ledger.post(ledger.stay(ines, program, value_on=AUGUST))
    ledger.post(
        ledger.stay(ines, program, value_on=AUGUST, money=ledger.gbp("6500"), external_ref="C-1", **fee)
    )
    ledger.post(ledger.stay(ines, program, value_on=AUGUST, declined=True, external_ref="D-1"))
    back = ledger.post(ledger.stay(ines, program, value_on=AUGUST, external_ref="B-1")).entry.seq
    with transaction():
        ledger_operations.reverse_entry(get_entry(back), reason="twice", by=None)
    ledger.post(ledger.stay(ines, program, value_on=date(2026, 10, 1), external_ref="O-1"))
    return ines


def counted(person: Person, by: User, days: str = DAYS) -> Counted:
    return STATEMENT.count(require_asked(STATEMENT, {"person": str(person.id), "days": days}, by))


def test_legs_and_declined_offers_stand_apart_and_what_was_taken_back_is_gone(
    ines: Person, helga: User
) -> None:
    report = counted(ines, helga)
    figures = {one.key: one.value for one in report.figures}
    assert (figures["non_cash_gbp"], figures["cash_gbp"]) == (ledger.gbp("2080"), ledger.gbp("6500"))
    assert (figures["n"], figures["n_declined"], figures["n_disputed"]) == (2, 1, 0)
    shown = statement_of(ines, date(2026, 7, 1), date(2026, 9, 30))
    assert [line.key for line in report.grids[0].lines] == [str(one.line.seq) for one in shown.lines]
    assert {line.person_id for line in report.grids[0].lines} == {ines.id}
    assert [(one.subtitle, len(one.table.rows)) for one in report.drawings] == [
        ("Non-cash, GBP", 1), ("Cash, GBP", 1),
    ]  # fmt: skip


def test_days_without_anything_are_a_report_without_lines(ines: Person, helga: User) -> None:
    report = counted(ines, helga, "2025-01-01..2025-12-31")
    figures = {one.key: one.value for one in report.figures}
    assert (report.is_empty, figures["non_cash"], figures["cash"], report.drawings) == (True, 0, 0, [])


def test_a_kept_run_is_of_one_person_and_tells_a_later_line(
    signed_in: SignIn, ines: Person, helga: User
) -> None:
    browser, asked = signed_in(helga), {"person": str(ines.id), "days": DAYS}
    run = make.run(helga, "statement", **asked)
    ledger.post(ledger.stay(ines, programs.program("Second"), value_on=AUGUST, external_ref="L-1"))
    told = browser.get(f"/reports/runs/compare/export/json?before={run.id}").get_json()
    assert (run.person_id, run.about, told["figures"]["rows_new"]) == (ines.id, "", 1)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PARTNER, Role.ASSISTANT, Role.DOOR])
def test_who_may_not_read_reports_reads_no_statement(signed_in: SignIn, ines: Person, role: Role) -> None:
    """Coordinators read reports; an agency, an assistant and somebody at a door do not (R3)."""
    answer = signed_in(role).get(f"/reports/gallery/statement?person={ines.id}&days={DAYS}")
    assert answer.status_code == (200 if role is Role.COORDINATOR else 403)
