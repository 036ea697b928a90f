"""Sums kept by person and time say what the entries say, whichever of them a figure is read from (O6)."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product

import pytest
import sqlalchemy as sa

from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations, queries, queries_totals
from app.ledger.details import BookRow
from app.ledger.models import Category, Form, Leg, Summary, Unit
from app.ledger.operations_books import post_many
from app.ledger.queries import By, Scope, totals
from app.ledger.queries_leaders import leaders
from app.ledger.queries_provenance import list_origins, origins_of
from app.ledger.queries_totals import entries_in
from app.people import operations_merges
from app.people.details import MergeDetails
from app.programs.models import Program
from tests.factories import accounts, ledger, people, programs

DAYS = [
    (None, None), (date(2025, 1, 1), None), (None, date(2025, 12, 31)), (date(2025, 3, 1), date(2026, 2, 28)),
    (date(2026, 7, 1), date(2026, 9, 30)), (date(2025, 12, 1), date(2026, 1, 31)), (date(2027, 1, 1), date(2027, 12, 31)),
    (date(2025, 1, 1), date(2026, 12, 31)), (date(2026, 2, 2), date(2026, 9, 30)),
]  # fmt: skip
GROUPS = [
    (By.PERSON,),
    (By.SUBJECT, By.LEG),
    (By.MONTH, By.LEG),
    (By.PERSON, By.YEAR, By.UNIT),
    (By.PROGRAM, By.PERSON),
]
NARROWED = [{}, {"leg": Leg.CASH}, {"unit": Unit.NIGHT}, {"year": 2026}, {"is_erased": False}]


@pytest.fixture
def book(app: object) -> Program:
    """Two programs in two currencies, three years, both legs, offers declined, lines taken back, a merged person."""
    global_, books = programs.program("Global"), programs.program("Books", is_books_only=True)
    guests = [people.person(f"Guest {number}") for number in range(4)]
    entries = []
    for number in range(24):
        on = date(2025, 1, 15) + timedelta(days=29 * number)
        details = ledger.stay(guests[number % 3], global_, money=Money(10_000 + number, "GBP"))
        entries.append(
            ledger.post(details.model_copy(update={"value_on": on, "declined": number % 7 == 6})).entry
        )
    with transaction():
        rows = [
            BookRow(guests[n % 4].id, Category.SPEAKING_FEE, Form.CASH_EQUIVALENT, date(2025, 6, 1) + timedelta(days=31 * n),
                    5_000 + n, "GBP", f"R{n}")
            for n in range(15)
        ]  # fmt: skip
        post_many(db.session.merge(books), rows, by=None)
    with transaction():
        operations.reverse_entry(queries.get_entry(entries[3].seq), reason="twice", by=accounts.user())
    with transaction():
        operations_merges.merge_people(
            db.session.merge(guests[0]), db.session.merge(guests[1]), MergeDetails(reason="One person"), by=accounts.user()
        )  # fmt: skip
    return db.session.merge(global_)


@pytest.fixture
def from_entries(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[queries.Total]]:
    """`totals` of the entries themselves, whatever is kept beside them."""

    def count(by: tuple[By, ...], scope: Scope) -> list[queries.Total]:
        with monkeypatch.context() as patch:
            patch.setattr(queries_totals, "parts_of", queries_totals._from_entries)
            return totals(by, scope)

    return count


def told(rows: list[queries.Total]) -> list[object]:
    """What stands there; a row whose lines were all taken back is there or not."""
    return [row for row in rows if row.n or row.reporting_minor or row.n_declined or row.declined_minor]


def test_every_figure_is_that_of_the_entries(
    book: Program, from_entries: Callable[..., list[queries.Total]]
) -> None:
    for by, days, parts, program_id in product(GROUPS, DAYS, NARROWED, (book.id, None)):
        scope = Scope(program_id=program_id, from_on=days[0], to_on=days[1], **parts)
        assert told(totals(by, scope)) == told(from_entries(by, scope)), (by, scope)


def test_those_with_most_are_the_first_of_all(book: Program) -> None:
    scope = Scope(program_ids=(book.id,), leg=Leg.NON_CASH, year=2026)
    rows = sorted(totals([By.PERSON], scope), key=lambda row: -row.reporting_minor)
    middle = rows[0].reporting_minor - 1
    found = leaders(scope, "GBP", n_most=1, above=middle)
    assert found.first == [(rows[0]["person"], rows[0].received)]
    assert (found.n_people, found.n_above) == (len(rows), sum(row.reporting_minor > middle for row in rows))
    assert leaders(scope, "USD", n_most=5).first == []


@pytest.mark.parametrize("days", DAYS)
def test_where_amounts_come_from_is_told_of_whole_months_too(
    book: Program, days: tuple[date | None, date | None]
) -> None:
    scope = Scope(program_id=book.id, from_on=days[0], to_on=days[1])
    kept, counted = origins_of(scope), list_origins(entries_in(scope))
    assert sum(one.n for one in kept) == sum(one.n for one in counted)
    assert {one.kind for one in kept} == {one.kind for one in counted}
    assert max((one.last_seq for one in kept), default=0) == max((one.last_seq for one in counted), default=0)


@pytest.mark.parametrize(
    "change",
    [
        sa.update(Summary).where(Summary.span == 2026).values(reporting_minor=Summary.reporting_minor + 1),
        sa.update(Summary).where(Summary.span == 202601).values(n_entries=Summary.n_entries + 1),
        sa.delete(Summary).where(Summary.span == 0),
        sa.update(Summary).where(Summary.span == 202601).values(span=202402),
    ],
)
def test_verifying_notices_a_summary_that_was_changed(book: Program, change: sa.Executable) -> None:
    """L14."""
    assert queries.verify().is_ok
    with transaction():
        db.session.execute(change, execution_options={"audited": True})
    assert queries.verify().message.startswith("The sums kept by person differ from the entries")
