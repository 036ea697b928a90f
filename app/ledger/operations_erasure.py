"""Forgetting the words of the book: keys and salts go; amounts, hashes and proofs stay as they are (P8)."""

from collections.abc import Callable, Collection, Mapping

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import sealing
from app.core.db import db
from app.ledger import appending, book, chain
from app.ledger.models import Entry, EntryDetail, RuleException, Subject


def forget_subjects(person_ids: Collection[int], *, by: User | None) -> int:
    """Take away what opens the sealed words of these people, and the sealed words; how many entries had some."""
    subjects = db.session.scalars(sa.select(Subject).where(Subject.person_id.in_(person_ids))).all()
    numbers = [subject.id for subject in subjects]
    entries = sa.select(Entry.seq).where(Entry.subject_id.in_(numbers))
    n_words = _wipe(EntryDetail.entry_seq.in_(entries))
    for subject in subjects:
        subject.wrapped_key = None
        # Without its number: beside the erasure in the trail, it would name the person for ever.
        audit.record_event("ledger.subject_forgotten", kind="ledger_subject", ref="", by=by)
    db.session.flush()
    sealing.forget_keys()
    return n_words


def list_naming(names: Callable[[str], bool], person_ids: Collection[int]) -> list[int]:
    """Entries of other people whose sealed words `names` somebody; each is opened with its own subject's key."""
    wanted = (
        sa.select(EntryDetail.entry_seq, EntryDetail.sealed, EntryDetail.salt, Entry.body, Subject.id)
        .join(Entry, Entry.seq == EntryDetail.entry_seq)
        .join(Subject, Subject.id == Entry.subject_id)
        .where(
            EntryDetail.salt.is_not(None), Subject.wrapped_key.is_not(None),
            sa.or_(Subject.person_id.is_(None), Subject.person_id.not_in(person_ids)),
        )
        .order_by(Subject.id, EntryDetail.entry_seq)
    )  # fmt: skip
    found, keys = [], dict[int, bytes]()
    for seq, sealed, salt, body, subject_id in db.session.execute(wanted.execution_options(yield_per=1000)):
        if subject_id not in keys:
            keys[subject_id] = appending.keyring(db.session.get_one(Subject, subject_id)).key
        commit = chain.parse(body).get("commit")
        try:
            words = book.words_of(sealed, str(commit), keys[subject_id], salt or b"")
        except chain.SealBroken:
            continue  # `ledger verify` is there to say so
        if any(names(text) for text in words.values()):
            found.append(seq)
    return found


def forget_words(entry_seqs: Collection[int], *, by: User | None) -> int:
    """Take the words of single entries away, because they name somebody who was erased; how many had some."""
    n_words = 0
    for seq in entry_seqs:
        n_words += _wipe(EntryDetail.entry_seq == seq)
        audit.record_event("ledger.words_forgotten", kind="ledger_entry", ref=str(seq), by=by)
    return n_words


def rename_recipients(numbers: Mapping[int, int]) -> None:
    """Approvals say for whom they were given; a record that took the lines of another takes these too."""
    rows = db.session.scalars(sa.select(RuleException).where(RuleException.person_id.in_(numbers.values())))
    known = {str(old): str(new) for old, new in numbers.items()}
    for row in rows:
        row.terms = {
            source: said | {"recipient": known.get(said["recipient"], said["recipient"])}
            if "recipient" in said
            else said
            for source, said in (row.terms or {}).items()
        }
    db.session.flush()


def _wipe(which: sa.ColumnElement[bool]) -> int:
    there = sa.and_(which, EntryDetail.salt.is_not(None))
    n_rows = db.session.scalar(sa.select(sa.func.count()).select_from(EntryDetail).where(there)) or 0
    wipe = sa.update(EntryDetail).where(there).values(sealed=b"", salt=None)
    db.session.execute(wipe, execution_options={"audited": True, "synchronize_session": False})
    return n_rows
