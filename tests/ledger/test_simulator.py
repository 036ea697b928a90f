"""The simulator: whom a cap would have warned or stopped, had it been in force (O5)."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations, queries
from app.ledger.details import CapDetails
from app.ledger.models import Cap, CapWindow, Category
from app.ledger.policies import Level
from app.ledger.policies_limits import Given, Limits, crossings
from app.people.models import OrganisationKind
from tests.factories import ledger, people, programs

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]


def thought_of(soft: int | None = 100_000, hard: int | None = None, **changes: object) -> CapDetails:
    values: dict[str, object] = {
        "name": "Tried", "currency": "GBP", "soft_minor": soft, "hard_minor": hard, "effective_from_on": date(2026, 1, 1),
    }  # fmt: skip
    return CapDetails.model_validate(values | changes)


def test_each_year_is_a_window_of_its_own() -> None:
    limits = Limits(1_000, 2_000, "GBP", CapWindow.CALENDAR_YEAR, None)
    given = [
        Given(date(2025, 3, 1), 3, 900), Given(date(2025, 12, 31), 4, 101), Given(date(2026, 1, 1), 5, 900),
        Given(date(2026, 2, 1), 6, 1_100), Given(date(2026, 3, 1), 7, 1),
    ]  # fmt: skip
    first, second = crossings(given, limits)
    assert (first.level, first.warned_on, first.blocked_on, first.entry_seq, first.over_minor, first.n) == (
        Level.WARN, date(2025, 12, 31), None, 4, 1, 2,
    )  # fmt: skip
    assert (second.level, second.warned_on, second.blocked_on, second.minor, second.over_minor, second.n) == (
        Level.BLOCK, date(2026, 2, 1), date(2026, 3, 1), 2_001, 1, 3,
    )  # fmt: skip
    assert (second.begins, second.ends) == (date(2026, 1, 1), date(2026, 12, 31))


def test_a_limit_may_be_reached_and_not_passed() -> None:
    limits = Limits(1_000, None, "GBP", CapWindow.CALENDAR_YEAR, None)
    assert crossings([Given(date(2026, 1, 1), 1, 1_000)], limits) == []


def test_a_rolling_window_forgets_and_speaks_again() -> None:
    limits = Limits(None, 1_000, "GBP", CapWindow.ROLLING_DAYS, 30)
    given = [
        Given(date(2026, 1, 1), 1, 600), Given(date(2026, 1, 30), 2, 600),  # day 30 of 30: both inside
        Given(date(2026, 3, 1), 3, 600), Given(date(2026, 3, 31), 4, 600),  # day 31: the first is out
        Given(date(2026, 4, 1), 5, 500),
    ]  # fmt: skip
    first, second = crossings(given, limits)
    assert (first.blocked_on, first.minor, first.begins, first.ends, first.n) == (
        date(2026, 1, 30), 1_200, date(2026, 1, 1), date(2026, 1, 30), 2,
    )  # fmt: skip
    assert (second.blocked_on, second.minor, second.n) == (date(2026, 4, 1), 1_100, 2)


def test_simulating_counts_what_stands() -> None:
    """What was taken back or declined is not held against anybody; other currencies are converted."""
    jack, amal, program = people.person("Jack"), people.person("Amal"), programs.program()
    ledger.treasury_rates()
    ledger.post(ledger.stay(jack, program, money=ledger.gbp("950")))
    ledger.post(ledger.stay(jack, programs.program("Boston", currency="USD"), money=Money(10_000, "USD")))
    wrong = ledger.post(ledger.stay(amal, program, money=ledger.gbp("5000")))
    with transaction():
        operations.reverse_entry(
            queries.get_entry(wrong.entry.seq), reason="wrong_person", by=ledger.compliance()
        )
    ledger.post(ledger.stay(amal, program, money=ledger.gbp("5000"), declined=True, external_ref="D"))
    (row,) = queries.simulate(thought_of()).rows
    assert (row.person, row.level, row.exposure, row.over) == (
        jack, Level.WARN, ledger.gbp("1024.80"), ledger.gbp("24.80"),
    )  # fmt: skip


def test_simulating_says_what_nobody_has_a_rate_for() -> None:
    ledger.post(ledger.stay(money=Money(100_000, "AED"), program=programs.program("Dubai", currency="AED")))
    found = queries.simulate(thought_of())
    assert (found.rows, found.n_unpriced, found.n_entries) == ((), 1, 1)


def test_simulating_a_cap_for_analysts_of_firms() -> None:
    """L7: role flags hold on the value date."""
    program = programs.program()
    firm = people.organisation("Saffron Ridge", kind=OrganisationKind.ANALYST_FIRM)
    priya, jack = people.person("Priya"), people.person("Jack")
    people.employment(priya, firm, from_on=date(2026, 9, 1))
    for person in (priya, jack):
        ledger.post(ledger.stay(person, program, value_on=date(2026, 8, 1)))
        ledger.post(ledger.stay(person, program, value_on=date(2026, 10, 1)))
    (row,) = queries.simulate(thought_of(employer_kind=OrganisationKind.ANALYST_FIRM)).rows
    assert (row.person, row.exposure) == (priya, ledger.gbp("2080"))


def test_comparing_with_the_cap_in_force() -> None:
    jack, program = people.person("Jack"), programs.program()
    ledger.post(ledger.stay(jack, program))
    ledger.post(ledger.stay(people.person("Amal"), program, money=ledger.gbp("1500"), category=Category.GIFT))
    in_force = ledger.cap(soft="2000", hard=None)
    lower = queries.simulate(thought_of(), against=in_force)
    assert [(row.person and row.person.name, row.is_new) for row in lower.rows] == [
        ("Jack", False),
        ("Amal", True),
    ]
    gifts = queries.simulate(thought_of(category=Category.GIFT), against=in_force)
    assert [row.person for row in gifts.no_longer] == [jack]


def test_simulating_writes_nothing_and_leads_to_adopting(signed_in: SignIn) -> None:
    """J9.5 in small: try, follow a row to its entries, adopt in the place of the one in force."""
    jack, program = people.person("Jack"), programs.program()
    ledger.post(ledger.stay(jack, program, value_on=clock.today()))
    old = ledger.cap(soft="7500", hard=None)
    before = db.session.scalar(sa.select(sa.func.count(AuditEvent.id)))
    browser = signed_in(Role.COMPLIANCE)
    asked = f"/ledger/caps/simulator?leg=non_cash&window=calendar_year&currency=GBP&soft=2,000&name=Lower&against={old.id}"
    page = browser.get(asked).text
    assert "80.00" in page
    assert f"/ledger/?person_id={jack.id}&amp;leg=non_cash&amp;year={clock.today().year}" in page
    assert db.session.scalar(sa.select(sa.func.count(AuditEvent.id))) == before
    adopted = f"/ledger/caps/new?replaces={old.id}"
    data = {
        "name": "Lower", "leg": "non_cash", "window": "calendar_year", "currency": "GBP", "soft": "2,000.00",
        "effective_from_on": clock.today().isoformat(),
    }  # fmt: skip
    assert browser.post(adopted, data=data).status_code == 303
    db.session.rollback()
    new = db.session.scalars(sa.select(Cap).where(Cap.replaces_id == old.id)).one()
    ended = db.session.get(Cap, old.id)
    assert ended is not None
    assert (new.name, ended.effective_to_on, ended.soft) == (
        "Lower", clock.today() - date.resolution, ledger.gbp("7500"),
    )  # fmt: skip


BAD = {
    "no limit": ("soft=&hard=", 422), "soft above hard": ("soft=2&hard=1", 422), "negative": ("soft=-5", 422),
    "NaN": ("soft=NaN", 422), "endless": ("soft=1e400", 422), "no days": ("soft=1&window=rolling_days&n_days=0", 422),
    "days before": ("soft=1&window=rolling_days&n_days=-1", 422),
    "days for ever": ("soft=1&window=rolling_days&n_days=1000000000", 422), "unknown money": ("soft=1&currency=XQQ", 422),
    "decimals in JPY": ("soft=1.5&currency=JPY", 422), "four decimals in KWD": ("soft=1.0001&currency=KWD", 422),
    "three decimals in KWD": ("soft=1.001&currency=KWD", 200), "nothing may be given": ("hard=0", 200),
    "ends before it begins": ("soft=1&from_on=2026-02-01&to_on=2026-01-01", 422), "no such cap": ("soft=1&against=999", 422),
    "no such window": ("soft=1&window=moon", 422), "no such program": ("soft=1&program_id=x", 422),
}  # fmt: skip


@pytest.mark.parametrize(("words", "status"), BAD.values(), ids=BAD)
def test_simulating_refuses_what_makes_no_sense(signed_in: SignIn, words: str, status: int) -> None:
    given = dict(part.split("=") for part in words.split("&"))
    asked = {"leg": "non_cash", "window": "calendar_year", "currency": "GBP"} | given
    assert signed_in(Role.COMPLIANCE).get("/ledger/caps/simulator", query_string=asked).status_code == status


def test_simulating_asks_as_often_for_thirty_people_as_for_one(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    program, browser = programs.program(), signed_in(Role.COMPLIANCE)
    asked = "/ledger/caps/simulator?leg=non_cash&window=calendar_year&currency=GBP&soft=100"
    ledger.post(ledger.stay(people.person("Jack"), program))
    browser.get(asked)
    count_queries()
    browser.get(asked)
    few = count_queries()
    for number in range(29):
        ledger.post(ledger.stay(people.person(f"Person {number}"), program))
    count_queries()
    browser.get(asked)
    assert count_queries() == few
