"""One person's lines out of the book, each with the proof that it stands in the signed whole (L1, R4)."""

import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import IO, Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import marked
from app.core.sheets import Cell, Column, Sheet, write_csv
from app.ledger import keys, queries_verification
from app.ledger.bundle import proofs_for, write_bundle
from app.ledger.chain import Row
from app.ledger.models import Entry
from app.ledger.operations_verification import IN_MEMORY
from app.ledger.queries_totals import subject_ids
from app.ledger.queries_words import open_words
from app.people.models import Person

_COLUMNS = (
    Column("entry", marked("Entry"), "integer"),
    Column("kind", marked("Kind")),
    Column("value_on", marked("Given on"), "date"),
    Column("category", marked("What it was")),
    Column("form", marked("How it was given")),
    Column("basis", marked("Valued by")),
    Column("unit", marked("Unit")),
    Column("quantity", marked("Quantity"), "integer"),
    Column("original", marked("As billed"), "money"),
    Column("currency", marked("Currency")),
    Column("received", marked("Received"), "money"),
    Column("reporting_currency", marked("Reporting currency")),
    Column("declined", marked("Declined"), "money"),
    Column("takes_back", marked("Takes back entry"), "integer"),
    Column("context", marked("Context")),
    Column("place", marked("Place")),
    Column("provider", marked("Given by")),
    Column("hash", "SHA-256"),
)


class NothingToProve(DomainError):
    """There is no line of this person in the book."""


def export_excerpt(person: Person, *, by: User | None) -> IO[bytes]:
    """The entries of a person, also of records merged into theirs, with proofs, signed head and verifier; an open zip."""
    head = queries_verification.current_checkpoint()
    wanted = sa.select(Entry).where(Entry.subject_id.in_(subject_ids(person.id)), Entry.seq <= head.size)
    entries = db.session.scalars(wanted.order_by(Entry.seq)).all()
    if not entries:
        raise NothingToProve(
            _("The book has no line of %(person)s, so there is nothing to prove.", person=person.name)
        )
    with closing(_rows(head.size)) as rows:
        proofs = proofs_for([entry.seq for entry in entries], rows)
    target: Any = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller sends and closes it
    write_bundle(
        target, (entry.body for entry in entries), head.note, keys.signing_key().public_key(), proofs=proofs,
        beside={"lines.csv": b"".join(write_csv(_lines(entries)))},
    )  # fmt: skip
    audit.record_event(
        "ledger.excerpt_exported",
        kind="person",
        ref=str(person.id),
        by=by,
        reason=f"{len(entries)} lines, {head.short}",
    )
    target.seek(0)
    found: IO[bytes] = target
    return found


def _rows(size: int) -> Generator[Row]:
    """Every entry up to the head, of which proofs need the bytes alone."""
    with closing(queries_verification.bodies(size)) as bodies:
        for seq, body in enumerate(bodies, 1):
            yield seq, "", "", body


def _lines(entries: Sequence[Entry]) -> Sheet:
    """The same entries for reading, with their words where they can be opened."""
    words = open_words(entry.seq for entry in entries)
    return Sheet(_("Lines"), _COLUMNS, [_line(entry, words.get(entry.seq, {})) for entry in entries])


def _line(entry: Entry, words: dict[str, str]) -> tuple[Cell, ...]:
    texts = [str(one.value) if one is not None else "" for one in (entry.category, entry.form, entry.basis)]
    return (
        entry.seq, entry.kind.value, entry.value_on, *texts, entry.unit.value, entry.quantity, entry.original.amount,
        entry.currency, entry.reporting.amount, entry.reporting_currency, entry.declined.amount, entry.reverses,
        words.get("context", ""), words.get("place", ""), words.get("provider", ""), entry.hash,
    )  # fmt: skip
