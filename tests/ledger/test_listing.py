"""Pages of the book: every entry once and in order, from either side, alike or taken back, at the same number of queries."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import keyset
from app.core.db import db, transaction
from app.ledger import operations, queries, queries_listing
from app.ledger.models import Entry, EntryKind, ReportLine
from app.ledger.queries import EntryPage, Scope
from app.ledger.queries_totals import entries_in
from app.people.models import Person
from tests.factories import ledger, people, programs

KEYS: dict[str, Callable[[Entry], tuple[object, ...]]] = {
    "seq": lambda one: (one.seq,),
    "on": lambda one: (one.value_on, one.seq),
    "value": lambda one: (one.reporting_minor, one.seq),
}


@pytest.fixture
def book(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Eleven lines in pages of three: many of one day, many of one amount, four that take others back."""
    monkeypatch.setattr(queries_listing, "N_PER_PAGE", 3)
    person, program = people.person("Amal"), programs.program()
    for number in range(7):
        day, pounds = date(2026, 10, 16 - number // 3), ("85", "85", "30000000")[number % 3]
        ledger.post(
            ledger.stay(person, program, value_on=day, money=ledger.gbp(pounds), external_ref=f"A-{number}")
        )
    for seq in (1, 3, 4, 6):
        with transaction():
            operations.reverse_entry(queries.get_entry(seq), reason="entered_twice", by=ledger.compliance())
    return person


def walked(order: str, scope: Scope) -> list[list[int]]:
    """The numbers on each page from the first to the last, and the same found on the way back."""
    ordering, found = queries.order_named(order), [queries.list_entries(scope, order=order)]
    while found[-1].after:
        found.append(queries.list_entries(scope, keyset.place_from(found[-1].after, ordering), order))
    pages, back = [_seqs(page) for page in found], [found[-1]]
    while back[-1].before:
        place = keyset.place_from(back[-1].before, ordering, is_before=True)
        back.append(queries.list_entries(scope, place, order))
    n_over = len(pages) * 3 - sum(map(len, pages))
    assert len(back) == len(pages)
    if n_over == 0:
        assert [_seqs(page) for page in reversed(back)] == pages
    assert {seq for page in back for seq in _seqs(page)} == {seq for page in pages for seq in page}
    return pages


def _seqs(page: EntryPage) -> list[int]:
    return [row.seq for row in page.rows]


@pytest.mark.parametrize("order", sorted(queries_listing.ORDERS))
def test_every_order_pages_forward_and_back_over_each_entry_once(book: Person, order: str) -> None:
    """Ties are kept apart by the number of the entry, and what was taken back stands below zero."""
    rows = [queries.get_entry(seq) for seq in range(1, 12)]
    wanted = sorted(rows, key=KEYS[order.removeprefix("-")], reverse=order.startswith("-"))
    pages = walked(order, Scope())
    assert [seq for page in pages for seq in page] == [row.seq for row in wanted]
    assert [len(page) for page in pages] == [3, 3, 3, 2]
    assert min(row.reporting_minor for row in rows) < -(2**31)


def test_a_narrowed_list_pages_as_well(book: Person) -> None:
    other = people.person("Bruno")
    ledger.post(ledger.stay(other, program=programs.program("Regional")))
    assert walked("-on", Scope(person_id=other.id)) == [[12]]
    assert sorted(seq for page in walked("value", Scope(person_id=book.id)) for seq in page) == [
        *range(1, 12)
    ]


@pytest.mark.usefixtures("book")
def test_the_screen_turns_pages_and_takes_no_broken_address(signed_in: Callable[..., FlaskClient]) -> None:
    ruth = signed_in(Role.COORDINATOR)
    page = ruth.get("/ledger/?order=value").text
    after = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = ruth.get(after.split("#")[0]).text
    assert 'rel="prev"' in second
    assert "3 of 11 entries" in second
    for broken in ("after=x", "before=W10", "after=WyJhIiwxXQ&order=value"):
        answer = ruth.get(f"/ledger/?{broken}")
        assert answer.status_code == 200
        assert "here is its beginning" in answer.text


@pytest.mark.usefixtures("book")
def test_a_deep_page_asks_what_the_first_one_asks(count_queries: Callable[[], int]) -> None:
    place, asked = None, []
    for _page in range(3):
        count_queries()
        found = queries.list_entries(Scope(), place, "-value")
        assert [row.program.name for row in found.rows if row.program]
        asked.append(count_queries())
        place = keyset.place_from(found.after, queries.order_named("-value"))
    assert asked == [2, 2, 2]


@pytest.mark.parametrize(
    ("condition", "index"),
    [(Entry.line == ReportLine.FEES, "ix_ledger_entry_fees"), (Entry.kind == EntryKind.DECLINED, "ix_ledger_entry_declined")],
)  # fmt: skip
def test_fees_and_declined_offers_are_found_by_their_own_index(
    book: Person, condition: sa.ColumnElement[bool], index: str
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("asks SQLite for its plan")
    wanted = sa.select(Entry.seq).where(Entry.program_id == 1, condition)
    compiled = wanted.compile(db.engine, compile_kwargs={"literal_binds": True})
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
    assert any(f"INDEX {index} (program_id=?)" in str(row[3]) for row in rows)


def test_the_list_of_a_person_is_counted_from_the_index_alone(book: Person) -> None:
    """However many entries a person has, counting and ordering them reads none of them."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("asks SQLite for its plan")
    wanted = entries_in(Scope(person_id=book.id)).with_only_columns(Entry.seq).order_by(Entry.seq.desc())
    compiled = wanted.compile(db.engine, compile_kwargs={"literal_binds": True})
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
    assert any("COVERING INDEX ix_ledger_entry_alike (subject_id=?)" in str(row[3]) for row in rows)
