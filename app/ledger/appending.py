"""The end of the book: its lock, the writer behind it, subjects and their keys, the sums kept beside it.

Only operations of this room use it; they lock the head after every other lock and record what they did.
"""

import secrets
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import lazyload

from app.core.bulk import insert_rows
from app.core.db import db
from app.core.errors import NotFound
from app.ledger import chain, keys, summing
from app.ledger.book import Keyring, Writer
from app.ledger.models import (
    EVERYBODY,
    Entry,
    EntryDetail,
    EntryKind,
    LedgerHead,
    Provenance,
    Rollup,
    Subject,
)
from app.ledger.queries_provenance import Origin
from app.ledger.queries_totals import SUMS as SUMS
from app.ledger.queries_totals import month_number
from app.people.models import Person

_HEAD = (
    sa.select(LedgerHead)
    .where(LedgerHead.id == 1)
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_head() -> LedgerHead:
    """The end of the book, locked until the transaction ends; taken last, after every business lock.

    SQLite is locked as a whole since BEGIN IMMEDIATE; on PostgreSQL the row is.
    """
    found = db.session.scalars(_HEAD).one_or_none()
    if found is not None:
        return found
    try:
        with db.session.begin_nested():
            db.session.add(LedgerHead(id=1, seq=0, hash=chain.GENESIS, peaks=[]))
    except IntegrityError:
        pass  # another writer made the first row while we waited
    return db.session.scalars(_HEAD).one()


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


#: Asked with every posting, so built once; whose the subjects are is known.
_SUBJECTS = (
    sa.select(Subject)
    .join(Person, Person.id == Subject.person_id)
    .where(sa.or_(Person.id == sa.bindparam("person_id"), Person.merged_into_id == sa.bindparam("person_id")))
    .order_by(Subject.id)
    .options(lazyload(Subject.person))
)


def subjects_of(person: Person) -> tuple[Subject, list[int]]:
    """The subject of a person, made on first use with a random reference and a key of its own; and the numbers of others.

    The others are those of records that were merged into this person's, and of an earlier one of their own.
    """
    found = list(db.session.scalars(_SUBJECTS, {"person_id": person.id}))
    own = next((subject for subject in found if subject.person_id == person.id), None)
    if own is None:
        own = new_subject(person.id)
        db.session.add(own)
        db.session.flush()
    return own, [subject.id for subject in found if subject is not own]


def new_subject(person_id: int) -> Subject:
    """A subject row for a person, not yet added."""
    ref = secrets.token_hex(16)
    return Subject(
        ref=ref, person_id=person_id, wrapped_key=chain.wrap(chain.new_subject_key(), keys.master_key(), ref)
    )


def keyring(subject: Subject) -> Keyring:
    """The reference and opened key of a subject; NotFound when it was erased."""
    if subject.wrapped_key is None:
        raise NotFound(_("This person was erased; nothing can be written for them any more."))
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
#: What tells one way amounts came to be from another, in one program.
ORIGIN = ("program_id", "month", "kind", "currency", "rate_source", "basis")


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
    sums = sums_of(columns)
    cell = dict(zip((*CELL, *SUMS), (*cell_of(columns), *sums), strict=True))
    db.session.execute(
        summing.adding_sums(Rollup, CELL, summing.dialect()), [cell, cell | {"subject_id": EVERYBODY}]
    )
    summing.count_in(columns, sums)


def _origin_of(columns: dict[str, Any], seq: int) -> Origin:
    kind, currency, source, basis = (columns[name] for name in ("kind", "currency", "rate_source", "basis"))
    month = month_number(columns["value_on"])
    return Origin(month, kind, currency, source, basis, 1, columns["rate_on"], columns["rate_on"], seq)


def add_origins(program_id: int | None, more: Iterable[Origin]) -> None:
    """Add entries of a program to the counts of how amounts came to be; the head's lock makes this safe."""
    cells = [
        {
            "program_id": program_id or 0, "month": origin.month, "kind": origin.kind, "currency": origin.currency,
            "rate_source": origin.rate_source, "basis": origin.basis, "n_entries": origin.n,
            "first_rate_on": origin.first_rate_on, "last_rate_on": origin.last_rate_on, "last_seq": origin.last_seq,
        }
        for origin in more
    ]  # fmt: skip
    if cells:
        db.session.execute(_adding_origins(summing.dialect()), cells)


@cache
def _adding_origins(dialect: str) -> Any:
    adding = summing.inserting(Provenance, dialect)
    kept, more = Provenance.__table__.c, adding.excluded
    counts = {
        "n_entries": kept.n_entries + more.n_entries,
        "first_rate_on": sa.case(
            (kept.first_rate_on <= more.first_rate_on, kept.first_rate_on),
            else_=sa.func.coalesce(more.first_rate_on, kept.first_rate_on),
        ),
        "last_rate_on": sa.case(
            (kept.last_rate_on >= more.last_rate_on, kept.last_rate_on),
            else_=sa.func.coalesce(more.last_rate_on, kept.last_rate_on),
        ),
        "last_seq": sa.case((kept.last_seq >= more.last_seq, kept.last_seq), else_=more.last_seq),
    }
    return adding.on_conflict_do_update(index_elements=ORIGIN, set_=counts)
