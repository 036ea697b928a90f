"""Taking over books kept elsewhere: sums, twice is once, look-alikes, equity (c12); the genuine file is read in tests/imports."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import chain, operations, operations_books, policies, queries
from app.ledger.book import body_of
from app.ledger.details import BookRow
from app.ledger.models import Basis, Breach, Category, Entry, EntryDetail, Form
from app.ledger.operations import BookPosting
from app.ledger.queries import RateNeeded, Scope
from app.notices.models import Notice
from app.programs.models import Program
from tests.factories import ledger, people, programs


def take_over(program: Program, rows: list[BookRow]) -> BookPosting:
    with transaction():
        return operations.post_many(db.session.merge(program), iter(rows), by=ledger.coordinator())


def row(person_id: int, ref: str = "1", **changes: object) -> BookRow:
    plain = BookRow(
        person_id, Category.MEAL, Form.IN_KIND_VENDOR, date(2015, 3, 4), 2116, "USD", ref, "100000000066", "Food and Beverage",
        "In-kind items and services", "STRATTERA",
    )  # fmt: skip
    return plain._replace(**changes)


@pytest.fixture
def books(app: Flask) -> Program:
    return programs.program("Open Payments", currency="USD", is_books_only=True)


# -- small books -----------------------------------------------------------------------------------------


def test_a_book_becomes_entries_with_sums_and_sealed_words(books: Program) -> None:
    person = people.person("Amal")
    done = take_over(books, [row(person.id, "1"), row(person.id, "2", minor=500, context="")])
    assert done == BookPosting(2, 0, 0, 0, 0, 0, 1, 2)
    first = queries.get_entry(1)
    assert (first.native_nature, first.native_form, first.provider_ref, first.basis) == (
        "Food and Beverage", "In-kind items and services", "100000000066", Basis.ACTUAL_COST,
    )  # fmt: skip
    assert queries.sealed_words(first) == {"context": "STRATTERA"}
    assert len(db.session.scalars(sa.select(EntryDetail)).all()) == 1
    (total,) = queries.totals()
    assert (total.n, total.received) == (2, Money(2616, "USD"))
    assert queries.verify().is_ok


def test_what_is_stored_are_the_canonical_bytes(books: Program) -> None:
    """L1: with and without words, of one kind and another, with awkward letters."""
    person, odd = people.person("Amal").id, 'a "quoted" 100 % \u05e9\u05dc\u05d5\u05dd \\ '
    given = [
        row(person, "1"),
        row(person, "2", context=""),
        row(person, "3", native_nature=odd, provider_ref=odd[:20], context=odd),
        row(person, "4", native_nature=odd, provider_ref=odd[:20], context="", minor=0),
        row(person, "5", quantity=3, form=Form.CASH_EQUIVALENT, value_on=date(2014, 12, 31)),
    ]
    take_over(books, given)
    for entry in (queries.get_entry(seq) for seq in range(1, len(given) + 1)):
        columns = {name: getattr(entry, name) for name in operations_books.COLUMNS}
        commit = chain.parse(entry.body).get("commit")
        body = body_of(columns, entry.subject.ref, commit)
        assert entry.body == chain.canonical(body)
        assert (entry.hash, bool(commit)) == (
            chain.leaf_hash(entry.body).hex(),
            bool(given[entry.seq - 1].context),
        )


def test_a_book_taken_over_twice_adds_nothing(books: Program) -> None:
    """L11, c12."""
    rows = [row(people.person("Amal").id, str(number), minor=number) for number in range(1, 6)]
    take_over(books, rows)
    again = take_over(books, rows)
    assert (again.n_added, again.n_known) == (0, 5)
    more = take_over(books, [*rows, row(rows[0].person_id, "6", minor=6)])
    assert (more.n_added, more.n_known) == (1, 5)
    (total,) = queries.totals()
    assert (total.n, total.reporting_minor) == (6, 21)
    assert queries.verify().is_ok


def test_a_reference_twice_in_one_file_is_taken_once(books: Program) -> None:
    person = people.person("Amal")
    done = take_over(books, [row(person.id), row(person.id)])
    assert (done.n_added, done.n_known) == (1, 1)


def test_the_same_reference_in_other_books_is_another_one(books: Program) -> None:
    person, other = people.person("Amal"), programs.program("Other books", currency="USD", is_books_only=True)
    assert [take_over(program, [row(person.id)]).n_added for program in (books, other)] == [1, 1]


def test_look_alikes_are_counted_and_kept(books: Program) -> None:
    """c12: same person, payer, date, amount and nature under different references."""
    person = people.person("Amal").id
    rows = [
        row(person, "1"),
        row(person, "2"),
        row(person, "3"),
        row(person, "4", minor=9),
        row(person, "5", provider_ref="7"),
    ]
    done = take_over(books, rows)
    assert (done.n_added, done.n_duplicate_groups, done.n_duplicate_rows) == (5, 1, 3)
    later = take_over(books, [row(person, "6", minor=9)])
    assert (later.n_added, later.n_duplicate_groups, later.n_duplicate_rows) == (1, 1, 2)


def test_zero_amounts_are_kept_as_not_valued(books: Program) -> None:
    done = take_over(books, [row(people.person("Amal").id, minor=0)])
    assert (done.n_added, done.n_zero, queries.get_entry(1).basis) == (1, 1, Basis.NOT_VALUED)


def test_equity_in_other_books_is_a_breach_and_one_notice(books: Program) -> None:
    """c3 forbids giving shares; somebody else's books may tell of them."""
    person = people.person("Amal").id
    done = take_over(
        books, [row(person, str(number), form=Form.EQUITY, native_form="Stock") for number in range(3)]
    )
    assert (done.n_equity, len(db.session.scalars(sa.select(Breach)).all())) == (3, 3)
    assert db.session.scalars(sa.select(Notice.message)).all() == [
        "The books taken over into Open Payments hold 3 entries of shares or options. They were kept; decide what follows."
    ]


def test_amounts_in_another_currency_are_converted_at_the_rate_of_their_day(books: Program) -> None:
    """L2, c5."""
    take_over(
        books, [row(people.person("Amal").id, minor=248000, currency="GBP", value_on=date(2015, 6, 27))]
    )
    entry = queries.get_entry(1)
    assert (entry.original, entry.reporting, entry.rate_on) == (
        Money(248000, "GBP"),
        Money(390018, "USD"),
        date(2015, 6, 26),
    )
    assert queries.verify().is_ok


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"minor": -1}, policies.EntryIncomplete),
        ({"minor": 10**16}, policies.EntryIncomplete),
        ({"currency": "AED"}, RateNeeded),
    ],
)
def test_a_book_with_a_bad_row_is_not_taken_over(
    books: Program, changes: dict[str, object], error: type[Exception]
) -> None:
    person = people.person("Amal").id
    with pytest.raises(error):
        take_over(books, [row(person, "1"), row(person, "2", **changes)])
    assert db.session.scalars(sa.select(Entry)).all() == []


def test_books_and_postings_share_one_chain(books: Program) -> None:
    person = people.person("Amal")
    ledger.post(ledger.stay(person))
    take_over(books, [row(person.id, str(number)) for number in range(5)])
    ledger.post(ledger.stay(person, db.session.merge(books), money=Money(100, "USD")))
    found = queries.verify()
    assert (found.is_ok, found.size) == (True, 7)


def test_taking_over_is_one_line_in_the_trail(books: Program) -> None:
    take_over(books, [row(people.person("Amal").id, str(number)) for number in range(3)])
    wanted = sa.select(AuditEvent.reason).where(AuditEvent.action == "ledger.books_taken_over")
    assert db.session.scalars(wanted).all() == ["3 entries added behind number 0; 0 known"]


def test_caps_and_duties_do_not_weigh_on_other_books(books: Program) -> None:
    ledger.cap(currency="USD", soft="1", hard="2")
    take_over(books, [row(people.person("Amal").id)])
    assert (db.session.scalars(sa.select(Breach)).all(), queries.get_entry(1).rule) == ([], "")


# -- how far it has come -----------------------------------------------------------------------------------


def test_scope_and_progress_are_told_in_rows(books: Program) -> None:
    seen: list[int] = []
    person = people.person("Amal").id
    with transaction():
        rows = [row(person, str(number), minor=number) for number in range(1, 4)]
        tell: Callable[[int], None] = seen.append
        operations.post_many(db.session.merge(books), rows, by=None, progress=tell)
    assert seen == [3]
    assert queries.totals(scope=Scope(native_nature="Food and Beverage"))[0].n == 3
