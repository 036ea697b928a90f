"""The words of many entries, opened at once: for exports of whole books (R4: whoever takes them out is recorded)."""

from collections.abc import Iterable, Iterator
from itertools import islice

import sqlalchemy as sa

from app.core.db import db
from app.ledger import book, chain, keys
from app.ledger.models import Entry, EntryDetail, Subject

#: Entries opened per query.
_CHUNK = 2_000


def open_words(numbers: Iterable[int]) -> dict[int, dict[str, str]]:
    """Entry number to its words; entries without words, and those whose key is gone, are left out."""
    found: dict[int, dict[str, str]] = {}
    opened: dict[str, bytes] = {}
    for seq, body, sealed, salt, ref, wrapped in _sealed(numbers):
        commit = chain.parse(body).get("commit")
        if not isinstance(commit, str):
            continue
        try:
            if ref not in opened:
                opened[ref] = chain.unwrap(wrapped, keys.master_key(), ref)
            found[seq] = book.words_of(sealed, commit, opened[ref], salt)
        except chain.SealBroken:
            continue
    return found


def opens_words() -> bool:
    """Whether the key of the installation opens the key of the first and the last person in the book who have one."""
    has_one = Subject.wrapped_key.is_not(None)
    edges = sa.select(sa.func.min(Subject.id), sa.func.max(Subject.id)).where(has_one)
    ids = db.session.execute(edges).one()
    try:
        for ref, wrapped in db.session.execute(
            sa.select(Subject.ref, Subject.wrapped_key).where(Subject.id.in_(ids))
        ):
            chain.unwrap(wrapped or b"", keys.master_key(), ref)
    except chain.SealBroken:
        return False
    return True


def _sealed(numbers: Iterable[int]) -> Iterator[tuple[int, bytes, bytes, bytes, str, bytes]]:
    left = iter(numbers)
    while chunk := list(islice(left, _CHUNK)):
        wanted = (
            sa.select(
                Entry.seq, Entry.body, EntryDetail.sealed, EntryDetail.salt, Subject.ref, Subject.wrapped_key
            )
            .join(EntryDetail, EntryDetail.entry_seq == Entry.seq)
            .join(Subject, Subject.id == Entry.subject_id)
            .where(Entry.seq.in_(chunk))
        )
        for seq, body, sealed, salt, ref, wrapped in db.session.execute(wanted):
            if salt is not None and wrapped is not None:
                yield seq, body, sealed, salt, ref, wrapped
