"""The body of an entry: what stands in it, that a stencil writes the same bytes, that nobody rewrites the book."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from app.core.append_only import BookIsClosed
from app.core.db import db, transaction
from app.ledger import book, chain
from app.ledger.book import Keyring, Stencil, Writer
from app.ledger.models import Basis, Category, Entry, EntryKind, Form, Leg, ReportLine, Unit
from tests.factories import ledger

REF, COMMIT = "c" * 32, "d" * 64
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)


def columns(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "seq": 7, "prev": "a" * 64, "kind": EntryKind.VALUE, "subject_id": 3, "program_id": 1, "event_id": None,
        "department_id": 2, "category": Category.MEAL, "form": Form.IN_KIND_VENDOR, "leg": Leg.NON_CASH,
        "line": ReportLine.MEALS, "basis": Basis.ACTUAL_COST, "value_on": date(2026, 10, 14), "unit": Unit.ITEM, "quantity": 1,
        "minor": 12572, "currency": "GBP", "rate": "1", "rate_on": None, "rate_source": "", "reporting_minor": 12572,
        "reporting_currency": "GBP", "is_declined": False, "declined_minor": 0, "native_nature": "", "native_form": "",
        "rule": "", "reverses": None, "reason": "", "source_kind": "ledger.shared", "source_part": "head", "source_id": 1,
        "provider_ref": "", "idem": "b" * 64, "by_id": 4, "at": datetime(2026, 10, 14, 20, 30, tzinfo=UTC),
    }  # fmt: skip
    return values | changes


def test_body_holds_numbers_and_surrogates_and_leaves_out_what_is_empty() -> None:
    assert book.body_of(columns(), REF, COMMIT) == {
        "v": 1, "seq": 7, "prev": "a" * 64, "kind": "value", "subject": REF, "program": 1, "department": 2, "category": "meal",
        "form": "in_kind_vendor", "leg": "non_cash", "line": "meals", "basis": "actual_cost", "on": "2026-10-14", "unit": "item",
        "quantity": 1, "minor": 12572, "currency": "GBP", "rate": "1", "reporting_minor": 12572, "reporting_currency": "GBP",
        "source_kind": "ledger.shared", "source_part": "head", "source_id": 1, "idem": "b" * 64, "by": 4,
        "at": "2026-10-14T20:30:00.000000+00:00", "commit": COMMIT,
    }  # fmt: skip


def test_body_keeps_a_zero_amount() -> None:
    body = book.body_of(columns(minor=0, reporting_minor=0, quantity=0), REF, None)
    assert (body["minor"], body["reporting_minor"], body["quantity"], "commit" in body) == (0, 0, 0, False)


@given(
    seq=st.integers(1, 2**40), minor=st.integers(0, 10**15), on=st.dates(date(1990, 1, 1), date(2100, 1, 1)), prev=HEX, idem=HEX,
    nature=st.text(max_size=40), provider=st.text(max_size=20), has_words=st.booleans(),
    rate=st.sampled_from(["1", "0.2045"]), event=st.none() | st.integers(1, 9),
)  # fmt: skip
def test_stencil_writes_the_canonical_bytes(
    seq: int, minor: int, on: date, prev: str, idem: str, nature: str, provider: str, has_words: bool, rate: str,
    event: int | None,
) -> None:  # fmt: skip
    """Whatever stands in the columns, percent signs and other scripts too."""
    alike = columns(
        native_nature=nature,
        provider_ref=provider,
        rate=rate,
        rate_on=on if rate != "1" else None,
        event_id=event,
    )
    stencil = Stencil.of(alike, has_words=has_words)
    row = alike | {
        "seq": seq,
        "minor": minor,
        "reporting_minor": minor,
        "value_on": on,
        "prev": prev,
        "idem": idem,
    }
    commit = COMMIT if has_words else None
    assert stencil.fill(commit, idem, minor, on, prev, minor, seq, REF) == chain.canonical(
        book.body_of(row, REF, commit)
    )


def test_differences_name_the_columns() -> None:
    body = chain.parse(chain.canonical(book.body_of(columns(), REF, COMMIT)))
    assert book.differences(columns(), REF, body) == []
    assert book.differences(columns(minor=1, form=Form.ACCESS), REF, body) == [
        "The column form of entry 7 differs from its bytes.", "The column minor of entry 7 differs from its bytes.",
    ]  # fmt: skip
    assert book.differences(columns(), "e" * 32, body) == [
        "The column subject of entry 7 differs from its bytes."
    ]


def test_words_open_only_where_they_were_sealed() -> None:
    writer = Writer(0, chain.GENESIS, chain.Tree())
    ring = Keyring(3, REF, chain.new_subject_key())
    writer.add(columns(), ring, {"context": "Twin room"})
    (entry,), (detail,) = writer.drain()
    commit = str(chain.parse(entry["body"])["commit"])
    assert book.words_of(detail["sealed"], commit, ring.key, detail["salt"]) == {"context": "Twin room"}
    for other in ("f" * 64, commit[::-1]):
        with pytest.raises(chain.SealBroken):
            book.words_of(detail["sealed"], other, ring.key, detail["salt"])


def test_writer_links_each_entry_to_the_one_before() -> None:
    writer = Writer(0, chain.GENESIS, chain.Tree())
    ring = Keyring(3, REF, chain.new_subject_key())
    for number in range(3):
        writer.add(columns(idem=f"{number:064x}"), ring, {})
    entries, _ = writer.drain()
    rows = [(row["seq"], row["prev"].hex(), row["hash"].hex(), row["body"]) for row in entries]
    assert list(chain.verify_chain(rows)) == []
    assert writer.tree.root() == chain.merkle_root(chain.leaf_hash(row[3]) for row in rows)


# -- the three locks (L1) ------------------------------------------------------------------------------


def test_the_session_refuses_to_change_or_delete_an_entry(app: Flask) -> None:
    ledger.post(ledger.stay())
    with pytest.raises(BookIsClosed), transaction():
        db.session.scalars(sa.select(Entry)).one().minor = 1
        db.session.flush()
    with pytest.raises(BookIsClosed), transaction():
        db.session.delete(db.session.scalars(sa.select(Entry)).one())
        db.session.flush()


@pytest.mark.parametrize("statement", [sa.update(Entry).values(minor=1), sa.delete(Entry)])
def test_bulk_statements_refuse_to_touch_entries(app: Flask, statement: sa.Update | sa.Delete) -> None:
    ledger.post(ledger.stay())
    with pytest.raises(BookIsClosed), transaction():
        db.session.execute(statement, execution_options={"audited": True})


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger_entry SET minor = 1", "DELETE FROM ledger_entry", "TRUNCATE ledger_entry CASCADE"],
)
def test_the_database_refuses_to_touch_entries(app: Flask, statement: str) -> None:
    ledger.post(ledger.stay())
    if statement.startswith("TRUNCATE") and db.engine.dialect.name == "sqlite":
        return  # SQLite has no TRUNCATE
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.execute(sa.text(statement))
