"""Correcting an entry in one step: it is taken back and written anew, and what hangs on it follows (L1, c9)."""

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core.db import db
from app.ledger import (
    appending,
    policies_locks,
    queries_entries,
    queries_evidence,
    queries_locks,
    queries_standing,
)
from app.ledger import policies_corrections as policies
from app.ledger import queries_corrections as queries
from app.ledger.details import EntryDetails
from app.ledger.models import Breach, Entry, EntryFile, Loan
from app.ledger.operations_entries import Posting, post_entry, reference_key, reverse_entry
from app.ledger.operations_exceptions import Terms, hold_to_terms
from app.ledger.policies_corrections import CORRECTION, SOURCE
from app.ledger.policies_standing import StandingRule
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people.models import Person
from app.programs.models import Program


def correct_entry(entry: Entry, details: EntryDetails, *, reason: str, by: User) -> Posting:
    """Take an entry back and write what is true, in one transaction; both stay, each leads to the other (L1).

    Files, loans and breaches follow; duties are voided and opened anew; what was approved is asked again (c9).
    NotCorrectedHere for what is put right elsewhere, NothingChanged, DaysAreLocked (L12), ReferenceIsTaken (L11).
    """
    appending.lock_head()
    if refused := queries.why_not_corrected(entry):
        raise policies.NotCorrectedHere(refused)
    before, loan = queries.as_it_stands(entry), queries_evidence.find_loan(entry)
    details = _rest_of(entry, before, details)
    policies.check_changed(before, details)
    policies.check_loan(loan, details)
    _check_days(entry, details)
    person, program = _load(before.person_id), db.session.get(Program, details.program_id)
    reverse_entry(entry, reason=reason, by=by)
    _ask_again(entry, person, before, details, by)
    rate = queries.rate_that_stays(entry, before, details, program.currency if program else "")
    posting = post_entry(_named(entry, details), by=by, rate=rate)
    is_same_person = details.person_id == before.person_id
    _move_loan(entry, posting.entry, loan, is_same_person=is_same_person)
    _move_breaches(entry, posting.entry, is_same_person=is_same_person, by=by)
    warnings = _keep_files(entry, posting.entry, is_same_person=is_same_person, by=by)
    said = _l(
        "%(by)s corrected entry %(entry)s; entry %(correction)s stands instead.",
        by=by.name,
        entry=entry.seq,
        correction=posting.entry.seq,
    )
    notices.notify(
        said, role=Role.COMPLIANCE, urgency=Urgency.INFO, source=(SOURCE, posting.entry.seq), by=by
    )
    audit.record("ledger.entry_corrected", posting.entry, by=by, reason=f"entry {entry.seq}")
    return Posting(posting.entry, posting.breaches, posting.obligations, (*posting.warnings, *warnings))


def _load(person_id: int) -> Person:
    return db.session.get_one(Person, person_id)


def _rest_of(entry: Entry, before: EntryDetails, details: EntryDetails) -> EntryDetails:
    """What no form asks for stays as it was, as long as what it belongs to stays."""
    more: dict[str, object] = {"is_by_hand": True, "idem": None}
    if details.program_id == before.program_id:
        more["event_id"] = before.event_id
    if details.category is before.category:
        more["line"] = entry.line
    if details.provider in ("", before.provider):
        more["department_id"] = entry.department_id
    return details.model_copy(update=more)


def _check_days(entry: Entry, details: EntryDetails) -> None:
    """Taking something out of closed days is an adjustment too, wherever it goes (L12, c41)."""
    assert entry.value_on is not None  # noqa: S101 -- lines of value have a day
    lock = queries_locks.lock_on(entry.value_on)
    if lock is not None:
        policies_locks.check_late(details.model_copy(update={"value_on": entry.value_on}), lock)


def _named(entry: Entry, details: EntryDetails) -> EntryDetails:
    """The replacement, with the entry it stands for as its source and a key of its own.

    A reference that was given once stays the key of the entry it was given for, so sending it again adds nothing; a
    new reference becomes the key of the replacement. Another entry that stands under it is refused (L11).
    """
    named = details.model_copy(
        update={"source_kind": SOURCE, "source_part": CORRECTION, "source_id": entry.seq}
    )
    key = reference_key(named)
    known = queries_entries.entry_of_idem(key) if key else None
    if known is None and key:
        return named
    if known is not None and queries_entries.reversal_of(known) is None:
        raise policies.ReferenceIsTaken(str(details.external_ref), known.seq)
    return named.model_copy(update={"idem": f"{SOURCE}.{CORRECTION}/{entry.seq}"})


# -- what follows --------------------------------------------------------------------------------------


def _ask_again(entry: Entry, person: Person, before: EntryDetails, after: EntryDetails, by: User) -> None:
    """An approval the entry stood on is void where its terms are changed, and all approvers are asked again (c9)."""
    if before.money is None or before.declined:
        return
    subjects = (("events", before.event_id),) if before.event_id is not None else ()
    offer = queries_standing.Offer(before.category, before.form, before.money, before.value_on, subjects)
    source = f"{SOURCE}:entry:{entry.seq}"
    for objection in queries_standing.objections_to(person, offer):
        approval = queries_standing.approval_of(person, objection.rule, subjects, on=before.value_on)
        if approval is None:
            continue
        hold_to_terms(approval, source, _terms(objection.rule, before), by=by)
        hold_to_terms(approval, source, _terms(objection.rule, after), by=by)


def _terms(rule: StandingRule, details: EntryDetails) -> Terms:
    """An official's approval is for the person, whatever a thing comes to; others are for all of it."""
    recipient = {"recipient": str(details.person_id)}
    if rule is StandingRule.PUBLIC_OFFICIAL:
        return recipient
    return recipient | {
        "amount": str(details.money), "day": f"{details.value_on:%-d %b %Y}", "category": details.category.value,
        "class": details.travel_class,
    }  # fmt: skip


def _move_loan(old: Entry, new: Entry, loan: Loan | None, *, is_same_person: bool) -> None:
    """How a loan ended stays true of the corrected entry, and so does the gift that a loan became."""
    known = queries_evidence.find_loan(new)
    if loan is not None and known is not None:
        known.state, known.reason, known.asked_by_id = loan.state, loan.reason, loan.asked_by_id
        known.ended_on, known.ended_by_id, known.gift_seq = loan.ended_on, loan.ended_by_id, loan.gift_seq
        known.told_due_at, known.told_overdue_at = loan.told_due_at, loan.told_overdue_at
    for origin in db.session.scalars(sa.select(Loan).where(Loan.gift_seq == old.seq)):
        if not is_same_person:
            raise policies.NotCorrectedHere(
                _(
                    "This gift is what the loan of entry %(entry_seq)s became, so it stays with the same "
                    "person.",
                    entry_seq=origin.entry_seq,
                ),
                field="person_id",
            )
        origin.gift_seq = new.seq
    db.session.flush()


def _move_breaches(old: Entry, new: Entry, *, is_same_person: bool, by: User) -> None:
    """An open breach of the entry is looked into at the one that stands now; compliance closes it, nobody else."""
    wanted = sa.select(Breach).where(Breach.entry_seq == old.seq, Breach.closed_at.is_(None))
    rows = db.session.scalars(wanted.order_by(Breach.id)).all() if is_same_person else ()
    if not rows:
        return
    notices.finish_about((SOURCE, old.seq), by=by)
    for breach in rows:
        before = audit.snapshot(breach)
        breach.entry_seq = new.seq
        audit.record("ledger.breach_followed", breach, by=by, before=before)
    words = _l(
        "Entry %(old)s passed a limit and was corrected. Look at the breach again, at entry %(new)s.",
        old=old.seq,
        new=new.seq,
    )
    notices.notify(words, role=Role.COMPLIANCE, urgency=Urgency.SOON, source=(SOURCE, new.seq), by=by)


def _keep_files(old: Entry, new: Entry, *, is_same_person: bool, by: User) -> tuple[str, ...]:
    """The files that prove an entry prove its correction; of another person they are not, so they stay behind."""
    rows = [row for row in queries_evidence.evidence_of(old) if row.file_id is not None]
    if rows and not is_same_person:
        return (_("The files stay with entry %(old)s, because they may name the other person.", old=old.seq),)
    for row in rows:
        kept = EntryFile(
            entry_seq=new.seq, file_id=row.file_id, note=row.note, by_id=row.by_id, added_at=row.added_at
        )
        db.session.add(kept)
        audit.record("ledger.evidence_added", kept, by=by)
    return ()
