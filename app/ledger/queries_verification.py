"""Proving the book: the chain, its columns, its sums, its sealed words; and the signed head (L1)."""

import hashlib
from binascii import hexlify
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from operator import add
from typing import Any, Final

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.core import clock
from app.core.db import db
from app.core.i18n import number
from app.ledger import book, chain, checkpoint, keys, summing
from app.ledger.models import EVERYBODY, Entry, EntryDetail, LedgerHead, Rollup, Subject
from app.ledger.queries_provenance import is_provenance_true
from app.ledger.queries_totals import VALUE_KINDS, entry_sums, year_of_entry

#: Entries read at once while walking; memory does not grow with the book.
CHUNK = 2000


class Verification(Struct, frozen=True):
    """What verifying found: ok, or the first broken entry and why, in a sentence."""

    state: checkpoint.State
    size: int
    root: str
    message: str
    first_broken: int | None
    faults: tuple[str, ...]
    at: datetime

    @property
    def is_ok(self) -> bool:
        return self.state is checkpoint.State.OK


def verify(notes: Iterable[str] = ()) -> Verification:
    """Walk the whole book; hold it against signed checkpoints given as notes (facts-reliability 2.3.7).

    checkpoint.CheckpointError when a note is not a checkpoint this installation has signed.
    """
    public_key = keys.signing_key().public_key()
    signed = [checkpoint.verify_checkpoint(note, public_key) for note in notes]
    known = [(head.size, head.root) for head in signed]
    size, found = _size(), _verify_once(known)
    # Somebody may have posted between two of our reads; then it is not the book that differs.
    for _attempt in range(3):
        if found.is_ok or _size() == size:
            break
        size, found = _size(), _verify_once(known)
    return found


def verify_links() -> Verification:
    """The quick look: does every entry name the one before, and is the last one the head? Columns, sums and words wait."""
    head = db.session.execute(
        sa.select(LedgerHead.seq, LedgerHead.hash).where(LedgerHead.id == 1)
    ).one_or_none()
    size, wanted = head or (0, chain.GENESIS)
    with closing(bodies(size)) as stored:
        n_followed, last = _follow(stored)
    if n_followed < size:
        state, first = checkpoint.State.BROKEN, n_followed + 1
        said = f"The book is broken at entry {first}: it does not follow the one before, or is missing."
    elif last != wanted:
        state, first = checkpoint.State.BROKEN, size
        said = f"The head does not name the last entry, {size:,}: one of them was changed."
    else:
        state, first, said = checkpoint.State.OK, None, f"All {size:,} entries follow one another."
    faults = () if first is None else (said,)
    return Verification(state, size, "", said, first, faults, clock.now())


_PREV: Final = b'"prev":"'
_N_PREV: Final = len(_PREV)
#: How far the field may lie before its place in the body before, so that it need not be looked for from the beginning.
_SHIFT: Final = 40


def _follow(bodies: Iterable[bytes]) -> tuple[int, str]:
    """How many stored bytes from the first on name the hash of those before them, and the hash of the last of these.

    The quick look at a whole book: no root, no columns; `verify` says what is wrong with the entry it stops at.
    """
    n_followed, last, place, digest_of = 0, chain.GENESIS.encode(), 0, hashlib.sha256
    for body in bodies:
        # A quotation mark inside a text is escaped, so the field stands where this is found and nowhere else: it is looked for
        # from shortly before its place in the body before. Finding it and comparing there takes half as long as looking for
        # name and hash together; `leaf_hash` is written out, for calling it takes as long as a third of its hashing.
        place = body.find(_PREV, place)
        if place < 0:
            place = body.find(_PREV)
        if not body.startswith(last, place + _N_PREV):
            break
        place -= _SHIFT if place > _SHIFT else place
        last = hexlify(digest_of(b"\x00" + body).digest())
        n_followed += 1
    return n_followed, last.decode()


def _size() -> int:
    return db.session.scalar(sa.select(LedgerHead.seq).where(LedgerHead.id == 1)) or 0


def _verify_once(known: list[tuple[int, bytes]]) -> Verification:
    rows = _Rows(_size())
    verdict = checkpoint.verify_book(rows, known, rows.differences)
    faults = [(fault.seq, fault.message) for fault in verdict.faults]
    if verdict.state is checkpoint.State.OK:
        faults = [*_head_faults(verdict), *_word_faults(), *_rollup_faults(), *_provenance_faults()]
    state = checkpoint.State.BROKEN if faults else verdict.state
    first = next((seq for seq, _ in faults if seq), None)
    message = verdict.message if state is verdict.state else faults[0][1]
    return Verification(
        state, verdict.size, verdict.root, message, first, tuple(text for _, text in faults), clock.now()
    )


class _Rows:
    """The stored entries in order; remembers the row it handed out last, for comparing its columns."""

    def __init__(self, up_to: int) -> None:
        self._up_to = up_to
        self._columns: dict[str, Any] = {}

    def __iter__(self) -> Iterator[chain.Row]:
        for row in walk(self._up_to):
            self._columns = row
            yield row["seq"], row["prev"], row["hash"], row["body"]

    def differences(self, _seq: int, body: chain.Body) -> list[str]:
        return book.differences(self._columns, self._columns["subject_ref"], body)


def walk(up_to: int | None = None) -> Iterator[dict[str, Any]]:
    """All columns of all entries and `subject_ref`, in the order of `seq`, read in chunks; digests in hex."""
    table = Entry.__table__
    wanted = (
        sa.select(table, Subject.ref.label("subject_ref"))
        .outerjoin(Subject, Subject.id == table.c.subject_id)
        .order_by(table.c.seq)
        .execution_options(yield_per=CHUNK)
    )
    if up_to is not None:
        wanted = wanted.where(table.c.seq <= up_to)
    rows = db.session.execute(wanted)
    names = list(rows.keys())
    for row in rows:
        columns = dict(zip(names, row, strict=True))
        for name in _DIGESTS:
            columns[name] = columns[name].hex()
        yield columns


_DIGESTS = ("hash", "prev", "idem")


def bodies(up_to: int | None = None) -> Generator[bytes]:
    """The stored bytes of the entries in order, for the export bundle."""
    table = Entry.__table__
    wanted = sa.select(table.c.body).order_by(table.c.seq).execution_options(yield_per=CHUNK)
    if up_to is not None:
        wanted = wanted.where(table.c.seq <= up_to)
    with closing(db.session.scalars(wanted)) as found:  # whoever stops early leaves no cursor open
        yield from found


def _head_faults(verdict: checkpoint.Verdict) -> Iterator[tuple[int, str]]:
    """The stored head must be the end of the book, or the next entry would not follow the last."""
    wanted = sa.select(LedgerHead.seq, LedgerHead.peaks).where(LedgerHead.id == 1)
    size, peaks = db.session.execute(wanted).one_or_none() or (0, [])
    last = db.session.scalar(sa.select(sa.func.max(Entry.seq))) or 0
    if size > verdict.size:
        yield (
            verdict.size + 1,
            f"The head counts {size:,} entries, but only {verdict.size:,} are here: the end was cut off.",
        )
    elif last > size:
        yield size + 1, f"Entry {size + 1} lies behind the head, so it was not posted by this program."
    elif chain.Tree.from_peaks(size, peaks).root().hex() != verdict.root:
        yield 0, "The head does not belong to the entries: it was changed, or they were."


def _word_faults() -> Iterator[tuple[int, str]]:
    """Words that are still there must open and be those the entry committed to."""
    wanted = (
        sa.select(
            EntryDetail.entry_seq,
            EntryDetail.sealed,
            EntryDetail.salt,
            Entry.body,
            Subject.ref,
            Subject.wrapped_key,
        )
        .join(Entry, Entry.seq == EntryDetail.entry_seq)
        .join(Subject, Subject.id == Entry.subject_id)
        .where(EntryDetail.salt.is_not(None), Subject.wrapped_key.is_not(None))
        .order_by(EntryDetail.entry_seq)
        .execution_options(yield_per=CHUNK)
    )
    master, opened = keys.master_key(), dict[str, bytes]()
    for seq, sealed, salt, body, ref, wrapped in db.session.execute(wanted):
        if salt is None or wrapped is None:
            continue  # erased
        try:
            key = opened.get(ref) or opened.setdefault(ref, chain.unwrap(wrapped, master, ref))
            book.words_of(sealed, str(chain.parse(body).get("commit")), key, salt)
        except chain.SealBroken as error:
            yield seq, f"The words of entry {seq} cannot be trusted: {error}."


#: What a cell of the sums kept beside the book is found by, behind program, event and year.
_CELL = ("subject_id", "category", "form", "line", "unit", "native_nature", "native_form")

Sums = dict[tuple[Any, ...], tuple[int, ...]]


def recount() -> Sums:
    """The sums as the entries give them, cell by cell: entries, quantity, received, declined and how many declined.

    The cells of everybody are added up from those of the subjects.
    """
    place = [sa.func.coalesce(Entry.program_id, 0), sa.func.coalesce(Entry.event_id, 0)]
    keyed = [*place, year_of_entry(), *(getattr(Entry, name) for name in _CELL)]
    wanted = sa.select(*keyed, *entry_sums()).where(Entry.kind.in_(VALUE_KINDS)).group_by(*keyed)
    n_keys = len(keyed)
    sums = {tuple(row[:n_keys]): tuple(map(int, row[n_keys:])) for row in db.session.execute(wanted)}
    everybody: Sums = {}
    for key, values in sums.items():
        cell = (*key[:3], EVERYBODY, *key[4:])
        known = everybody.get(cell)
        everybody[cell] = values if known is None else tuple(map(add, known, values))
    return sums | everybody


def _rollup_faults() -> Iterator[tuple[int, str]]:
    """The sums kept beside the book must be those of its entries, cell by cell."""
    kept = sa.select(
        Rollup.program_id, Rollup.event_id, Rollup.year, *(getattr(Rollup, name) for name in _CELL), Rollup.n_entries,
        Rollup.quantity, Rollup.reporting_minor, Rollup.declined_minor, Rollup.n_declined,
    )  # fmt: skip
    n_keys, sums = 3 + len(_CELL), recount()
    for row in db.session.execute(kept):
        if sums.pop(tuple(row[:n_keys]), (0,) * 5) != tuple(row[n_keys:]):
            yield (
                0,
                "The sums kept for reports differ from the entries; reports cannot be trusted until they are rebuilt.",
            )
            return
    if any(any(values) for values in sums.values()):
        yield 0, "Sums are missing for some entries; reports cannot be trusted until they are rebuilt."
    if not summing.are_true():
        yield (
            0,
            "The sums kept by person differ from the entries; reports cannot be trusted until they are rebuilt.",
        )


def _provenance_faults() -> Iterator[tuple[int, str]]:
    """What the methodology note tells must be so of the entries."""
    if not is_provenance_true():
        yield 0, "What is kept about how amounts came to be differs from the entries."


class SignedHead(Struct, frozen=True):
    """The signed head of the book: the note for files, one line for the foot of a page."""

    note: str
    short: str
    size: int
    root: str

    @property
    def words(self) -> str:
        """The line for the foot of a page, in the reader's language."""
        return str(_("size %(size)s · root %(root)s", size=number(self.size), root=self.root[:16]))


def current_checkpoint() -> SignedHead:
    """Sign where the book ends now; goes into every report and export."""
    head = db.session.get(LedgerHead, 1)
    tree = chain.Tree() if head is None else chain.Tree.from_peaks(head.seq, head.peaks)
    found = checkpoint.Checkpoint(keys.origin(), tree.size, tree.root())
    note = checkpoint.sign_checkpoint(found, keys.signing_key())
    return SignedHead(note, found.short, found.size, found.root.hex())
