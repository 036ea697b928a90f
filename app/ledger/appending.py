"""The end of the book: its lock, the writer behind it, subjects and their keys, the sums kept beside it.

Only operations of this room use it; they lock the head after every other lock and record what they did.
"""

import secrets
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core.bulk import insert_rows
from app.core.db import db
from app.core.errors import NotFound
from app.ledger import chain, keys
from app.ledger.book import Keyring, Writer
from app.ledger.models import Entry, EntryDetail, EntryKind, LedgerHead, Provenance, Rollup, Subject
from app.ledger.queries_provenance import Origin
from app.people.models import Person


def lock_head() -> LedgerHead:
    """The end of the book, locked until the transaction ends; taken last, after every business lock.

    SQLite is locked as a whole since BEGIN IMMEDIATE; on PostgreSQL the row is.
    """
    wanted = (
        sa.select(LedgerHead)
        .where(LedgerHead.id == 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is not None:
        return found
    try:
        with db.session.begin_nested():
            db.session.add(LedgerHead(id=1, seq=0, hash=chain.GENESIS, peaks=[]))
    except IntegrityError:
        pass  # another writer made the first row while we waited
    return db.session.scalars(wanted).one()


def writer_at(head: LedgerHead) -> Writer:
    """A writer that continues behind the locked head."""
    return Writer(head.seq, head.hash, chain.Tree.from_peaks(head.seq, head.peaks))


def save(writer: Writer, head: LedgerHead) -> None:
    """Write what the writer holds and move the head behind it."""
    entries, details = writer.drain()
    insert_rows(Entry, entries)
    insert_rows(EntryDetail, details)
    head.seq, head.hash, head.peaks = writer.seq, writer.prev, writer.tree.peaks


# -- subjects -------------------------------------------------------------------------------------


def keyring_of(person: Person) -> Keyring:
    """The subject of a person, made on first use with a random reference and a key of its own."""
    found = db.session.scalars(sa.select(Subject).where(Subject.person_id == person.id)).first()
    if found is None:
        found = new_subject(person.id)
        db.session.add(found)
        db.session.flush()
    return keyring(found)


def new_subject(person_id: int) -> Subject:
    """A subject row for a person, not yet added."""
    ref = secrets.token_hex(16)
    return Subject(
        ref=ref, person_id=person_id, wrapped_key=chain.wrap(chain.new_subject_key(), keys.master_key(), ref)
    )


def keyring(subject: Subject) -> Keyring:
    """The reference and opened key of a subject; NotFound when it was erased."""
    if subject.wrapped_key is None:
        raise NotFound("This person was erased; nothing can be written for them any more.")
    return Keyring(subject.id, subject.ref, chain.unwrap(subject.wrapped_key, keys.master_key(), subject.ref))


# -- the sums beside the book -------------------------------------------------------------------------


def cell_of(columns: dict[str, Any]) -> tuple[Any, ...]:
    """The rollup cell an entry counts in, in the order of `CELL`."""
    return (
        columns["program_id"] or 0, columns["event_id"] or 0, columns["subject_id"], columns["value_on"].year,
        columns["category"], columns["form"], columns["line"], columns["unit"], columns["native_nature"],
        columns["native_form"],
    )  # fmt: skip


CELL = (
    "program_id",
    "event_id",
    "subject_id",
    "year",
    "category",
    "form",
    "line",
    "unit",
    "native_nature",
    "native_form",
)
SUMS = ("n_entries", "quantity", "reporting_minor", "declined_minor", "n_declined")


def sums_of(columns: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """What an entry adds to its cell, in the order of `SUMS`."""
    step = -1 if columns["kind"] is EntryKind.REVERSAL else 1
    n_declined = step if columns["is_declined"] else 0
    return (
        step - n_declined,
        columns["quantity"],
        columns["reporting_minor"],
        columns["declined_minor"],
        n_declined,
    )


def count_in(columns: dict[str, Any], seq: int) -> None:
    """Add one entry to the sums kept beside the book; the head's lock makes this safe."""
    add_origins(columns["program_id"], [_origin_of(columns, seq)])
    cell = dict(zip(CELL, cell_of(columns), strict=True))
    more = sums_of(columns)
    row = db.session.scalars(sa.select(Rollup).filter_by(**cell)).one_or_none()
    if row is None:
        db.session.add(Rollup(**cell, **dict(zip(SUMS, more, strict=True))))
        return
    for name, value in zip(SUMS, more, strict=True):
        setattr(row, name, getattr(row, name) + value)


def _origin_of(columns: dict[str, Any], seq: int) -> Origin:
    kind, currency, source, basis = (columns[name] for name in ("kind", "currency", "rate_source", "basis"))
    return Origin(kind, currency, source, basis, 1, columns["rate_on"], columns["rate_on"], seq)


def add_origins(program_id: int | None, more: Iterable[Origin]) -> None:
    """Add entries of a program to the counts of how amounts came to be; the head's lock makes this safe."""
    for origin in more:
        cell = {
            "program_id": program_id or 0, "kind": origin.kind, "currency": origin.currency,
            "rate_source": origin.rate_source, "basis": origin.basis,
        }  # fmt: skip
        row = db.session.scalars(sa.select(Provenance).filter_by(**cell)).one_or_none()
        if row is None:
            row = Provenance(**cell, n_entries=0, last_seq=0)
            db.session.add(row)
        days = [row.first_rate_on, row.last_rate_on, origin.first_rate_on, origin.last_rate_on]
        known = [on for on in days if on is not None]
        row.n_entries += origin.n
        row.first_rate_on, row.last_rate_on = min(known, default=None), max(known, default=None)
        row.last_seq = max(row.last_seq, origin.last_seq)
