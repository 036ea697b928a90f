"""The end of the book: its lock, the writer behind it, subjects and their keys, the sums kept beside it.

Only operations of this room use it; they lock the head after every other lock and record what they did.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError

from app.core.db import Base, UtcDateTime, db
from app.core.errors import NotFound
from app.ledger import chain, keys
from app.ledger.book import Keyring, Writer
from app.ledger.models import Entry, EntryDetail, EntryKind, LedgerHead, Rollup, Subject
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


class Plan:
    """How rows of one table, all with the same columns, are bound and inserted.

    The statement is compiled once and values are bound here: the general path of SQLAlchemy takes three times as
    long for a hundred thousand rows.
    """

    def __init__(self, model: type[Base], columns: Iterable[str]) -> None:
        connection = db.session.connection()
        table = cast("sa.Table", model.__table__)
        keys = list(columns)
        compiled = sa.insert(table).compile(dialect=connection.dialect, column_keys=keys)
        self.names: list[str] = compiled.positiontup or keys
        self.binders = {name: _bind(table.c[name].type, connection.dialect) for name in self.names}
        self._statement = compiled.string
        self._is_positional = compiled.positional
        self._pick = itemgetter(*self.names)
        self._bound = [(place, bind) for place, bind in enumerate(self.binders.values()) if bind is not None]

    def bind(self, row: Mapping[str, Any]) -> list[Any]:
        """The values of a row as the driver takes them, in the order of `names`."""
        line = list(self._pick(row))
        for place, bind in self._bound:
            line[place] = bind(line[place])
        return line

    def insert(self, lines: Sequence[Sequence[Any]]) -> None:
        """Write rows that are bound already."""
        rows: Any = (
            lines if self._is_positional else [dict(zip(self.names, line, strict=True)) for line in lines]
        )
        if rows:
            db.session.connection().exec_driver_sql(self._statement, rows)


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert plain rows that all have the same columns."""
    if rows:
        plan = Plan(model, rows[0])
        plan.insert([tuple(plan.bind(row)) for row in rows])


def _bind(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a column's values are handed to the driver; None for as they are. Days and codes repeat, so they are kept."""
    if isinstance(kind, sa.LargeBinary):
        return None  # both drivers take bytes, and wrapping them costs more than hashing them
    bind = kind.dialect_impl(dialect).bind_processor(dialect)
    if bind is None or not isinstance(kind, (sa.Enum, sa.Date, UtcDateTime)):
        return bind
    return lru_cache(maxsize=4096)(bind)


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


def count_in(columns: dict[str, Any]) -> None:
    """Add one entry to the sums kept beside the book; the head's lock makes this safe."""
    cell = dict(zip(CELL, cell_of(columns), strict=True))
    more = sums_of(columns)
    row = db.session.scalars(sa.select(Rollup).filter_by(**cell)).one_or_none()
    if row is None:
        db.session.add(Rollup(**cell, **dict(zip(SUMS, more, strict=True))))
        return
    for name, value in zip(SUMS, more, strict=True):
        setattr(row, name, getattr(row, name) + value)
