"""Posting value into the book and taking it back: the only two ways a line is made by hand (L1)."""

import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Money
from app.disclosures import operations as disclosures
from app.disclosures import queries as disclosures_read
from app.disclosures.models import Obligation, PolicyVersion
from app.ledger import (
    appending,
    keys,
    operations_breaches,
    policies,
    queries_entries,
    queries_exposure,
    queries_locks,
    queries_rates,
)
from app.ledger.book import Keyring
from app.ledger.details import EntryDetails
from app.ledger.models import (
    ACCESS_UNITS,
    Breach,
    Cap,
    Commitment,
    CommitmentStage,
    Entry,
    EntryKind,
    LedgerHead,
    Loan,
    LoanState,
    Subject,
    leg_of,
)
from app.ledger.policies_corrections import CORRECTION
from app.people.models import Person
from app.programs.models import Program


class Posting(Struct, frozen=True):
    """What posting did: the entry, what it set off, sentences for the screen; `was_known` when nothing was added."""

    entry: Entry
    breaches: tuple[Breach, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    warnings: tuple[str, ...] = ()
    was_known: bool = False


def post_entry(
    details: EntryDetails, *, by: User | None, rate: queries_rates.FrozenRate | None = None
) -> Posting:
    """Write one piece of value into the book; caps are weighed, never refused (L1, L2, L5, L7, L9, L11, D1).

    `rate` is the frozen one of an entry that this one corrects; without it the rate of the day is taken.
    EntryIncomplete and its like when the details are not whole (c1 to c4); RateNeeded when nothing converts.
    """
    details = _completed(details)
    policies.check_entry(details)
    program, person = _load(details)
    # What does not hang on the end of the book is asked before it is locked: others may append meanwhile.
    caps = _caps(details, person)
    columns = _columns(details, program, caps, by, rate)
    objections = operations_breaches.objections_to(person, details)
    duties = () if details.declined else disclosures_read.versions_in_force(person, details.value_on)

    head = appending.lock_head()
    subject, merged = appending.subjects_of(person)
    keyring = appending.keyring(subject)
    idem = _idem(details, subject.id)
    known = queries_entries.entry_of_idem(idem) or _known_before_merge(details, merged)
    if known is not None:
        return Posting(
            known,
            warnings=(
                _("This is already in the book as entry %(known)s; nothing was added.", known=known.seq),
            ),
            was_known=True,
        )

    columns |= {"subject_id": subject.id, "idem": idem, "at": clock.now()}
    warnings = _duplicate_warnings(columns)
    late = queries_locks.lateness(details)
    warnings += late.warnings
    columns |= late.columns
    entry = _append(head, columns, keyring, _words(details) | late.words)
    appending.count_in(columns, entry.seq)
    _settle(details)
    _lend(entry, details)

    weighing = queries_exposure.weigh(person, caps, details.value_on)
    breaches: tuple[Breach, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    if not details.declined:
        breaches = operations_breaches.open_crossed(entry, person, weighing, by=by)
        breaches += operations_breaches.open_objected(entry, person, details, objections, by=by)
        obligations = _open_obligations(person, entry, duties, by)
    audit.record("ledger.entry_posted", entry, by=by)
    return Posting(entry, breaches, obligations, (*warnings, *weighing.warnings))


def reverse_entry(entry: Entry, *, reason: str, by: User | None) -> Entry:
    """Take an entry back: the same with minus amounts, linked; its obligations become void (L1).

    `reason` is a code (lower-case letters and underscores); anything else is kept as sealed words under "other".
    """
    head = appending.lock_head()
    if entry.kind is EntryKind.REVERSAL:
        raise policies.ReversalStands(
            _("This is itself a reversal. If the value was given after all, enter it again.")
        )
    if entry.kind not in (EntryKind.VALUE, EntryKind.DECLINED, EntryKind.LATE):
        raise policies.ReversalStands(_("This entry carries no value, so there is nothing to take back."))
    earlier = queries_entries.reversal_of(entry)
    if earlier is not None:
        raise policies.AlreadyReversed(
            _("This was already taken back by entry %(seq)s. An entry is reversed once.", seq=earlier.seq)
        )
    if not reason.strip():
        raise policies.EntryIncomplete(_("Say in words why this is taken back."), field="words")
    code, words = (reason, {}) if is_code(reason) else ("other", {"reason": reason})
    subject = _keyring_of_entry(entry)
    columns = minus_of(entry, code, by)
    reversal = _append(head, columns, subject, words)
    appending.count_in(columns, reversal.seq)
    disclosures.void_obligations(entry.seq, by=by)
    audit.record("ledger.entry_reversed", reversal, by=by, reason=code)
    return reversal


def _append(
    head: LedgerHead, columns: dict[str, Any], subject: Keyring | None, words: dict[str, str]
) -> Entry:
    writer = appending.writer_at(head)
    seq = writer.add(columns, subject, words)
    appending.save(writer, head)
    db.session.flush()
    return queries_entries.get_entry(seq)


def _keyring_of_entry(entry: Entry) -> Keyring | None:
    subject = db.session.get(Subject, entry.subject_id) if entry.subject_id else None
    if subject is None:
        return None
    return (
        Keyring(subject.id, subject.ref, b"") if subject.wrapped_key is None else appending.keyring(subject)
    )


# -- from details to columns ------------------------------------------------------------------------


def _completed(details: EntryDetails) -> EntryDetails:
    """Fill what follows from the rest: the report line, the reason why access has no amount (L4)."""
    more: dict[str, Any] = {}
    if details.line is None:
        more["line"] = policies.line_of(details.category)
    if details.unit in ACCESS_UNITS and not details.reason:
        more["reason"] = policies.ACCESS_REASON
    return details.model_copy(update=more) if more else details


def _load(details: EntryDetails) -> tuple[Program, Person]:
    program = db.session.get(Program, details.program_id)
    person = db.session.get(Person, details.person_id)
    if program is None:
        raise NotFound(_("There is no such program."))
    if person is None:
        raise NotFound(_("There is no such person."))
    return program, queries_entries.survivor(person)


def _known_before_merge(details: EntryDetails, merged: Sequence[int]) -> Entry | None:
    """The same fact in the book under a record that was merged into this person's: one of these subjects (P3, L11)."""
    if not details.source_kind and not details.external_ref:
        return None
    for subject_id in merged:
        known = queries_entries.entry_of_idem(_idem(details, subject_id))
        if known is not None:
            return known
    return None


def _idem(details: EntryDetails, subject_id: int) -> str:
    """The key under which the same fact is recognised: given, or its source, or its outside reference (L11).

    A source that was posted and taken back may be posted again: the number of times it was taken back is part of it.
    """
    if details.idem is not None:
        return keys.keyed("given", details.idem)
    is_named = details.source_part == CORRECTION and bool(details.external_ref)
    if details.source_kind and not is_named:
        what = (subject_id, details.category, details.unit, details.declined)
        source = (details.source_kind, details.source_part, details.source_id)
        return keys.keyed("source", *source, *what, _n_taken_back(details, subject_id))
    return _reference_idem(details, subject_id) or secrets.token_hex(32)


def _reference_idem(details: EntryDetails, subject_id: int) -> str:
    if not details.external_ref:
        return ""
    what = (subject_id, details.category, details.unit, details.declined)
    reference = (details.program_id, details.provider.casefold(), details.external_ref)
    return keys.keyed("reference", *reference, *what)


def reference_key(details: EntryDetails) -> str:
    """The key an outside reference gives an entry; an empty text without one (L11)."""
    return _reference_idem(details, appending.subjects_of(_load(details)[1])[0].id)


def _n_taken_back(details: EntryDetails, subject_id: int) -> int:
    wanted = sa.select(sa.func.count()).where(
        Entry.kind == EntryKind.REVERSAL,
        Entry.source_kind == details.source_kind,
        Entry.source_part == details.source_part,
        Entry.source_id == details.source_id,
        Entry.subject_id == subject_id,
        Entry.category == details.category,
        Entry.unit == details.unit,
        Entry.is_declined.is_(details.declined),
    )
    return db.session.scalar(wanted) or 0


def _caps(details: EntryDetails, person: Person) -> Sequence[Cap]:
    if details.unit in ACCESS_UNITS and not details.money:
        return []
    place = (details.program_id, details.category, leg_of(details.form))
    return queries_exposure.caps_in_force(person, *place, details.value_on)


def _columns(
    details: EntryDetails,
    program: Program,
    caps: Sequence[Cap],
    by: User | None,
    kept: queries_rates.FrozenRate | None,
) -> dict[str, Any]:
    """All columns but whose it is, its key and its instant, which wait for the end of the book."""
    money = details.money or Money(0, program.currency)
    rate = kept or queries_rates.frozen_rate(
        money.currency, program.currency, details.priced_on or details.value_on
    )
    reporting = rate.apply(money, program.currency)
    is_declined = details.declined
    department_id = details.department_id or (
        by.department_id if by is not None and not details.provider else None
    )
    if department_id is None and not details.provider:
        raise policies.EntryIncomplete(_("This entry is not complete: who provided it."), field="provider")
    return {
        "kind": EntryKind.DECLINED if is_declined else EntryKind.VALUE,
        "program_id": program.id,
        "event_id": details.event_id,
        "department_id": department_id,
        "category": details.category,
        "form": details.form,
        "leg": leg_of(details.form),
        "line": details.line,
        "basis": details.basis,
        "value_on": details.value_on,
        "unit": details.unit,
        "quantity": 0 if is_declined else details.quantity,
        "minor": money.minor,
        "currency": money.currency,
        "rate": rate.text,
        "rate_on": rate.on,
        "rate_source": rate.source,
        "reporting_minor": 0 if is_declined else reporting.minor,
        "reporting_currency": program.currency,
        "is_declined": is_declined,
        "declined_minor": reporting.minor if is_declined else 0,
        "native_nature": "",
        "native_form": "",
        "rule": operations_breaches.rules_kept(caps),
        "reverses": None,
        "reason": "",
        "source_kind": details.source_kind,
        "source_part": details.source_part,
        "source_id": details.source_id,
        "provider_ref": keys.keyed("provider", details.provider.casefold())[:40] if details.provider else "",
        "by_id": by.id if by else None,
    }


def _words(details: EntryDetails) -> dict[str, str]:
    offered = f"{details.quantity} {details.unit}" if details.declined and details.quantity != 1 else ""
    words = {
        "context": details.context,
        "place": details.place,
        "provider": details.provider,
        "external_ref": details.external_ref or "",
        "reason": details.reason if details.reason != policies.ACCESS_REASON else "",
        "travel_class": details.travel_class,
        "tax": details.tax,
        "intermediary": details.intermediary,
        "on_behalf": details.on_behalf,
        "offered": offered,
    }
    return {name: text for name, text in words.items() if text}


#: What a reversal repeats of the entry it takes back.
_REPEATED = (
    "subject_id", "program_id", "event_id", "department_id", "category", "form", "leg", "line", "basis", "value_on", "unit",
    "currency", "rate", "rate_on", "rate_source", "reporting_currency", "is_declined", "native_nature", "native_form", "rule",
    "source_kind", "source_part", "source_id", "provider_ref",
)  # fmt: skip


def minus_of(entry: Entry, code: str, by: User | None) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _REPEATED} | {
        "kind": EntryKind.REVERSAL,
        "quantity": -entry.quantity,
        "minor": -entry.minor,
        "reporting_minor": -entry.reporting_minor,
        "declined_minor": -entry.declined_minor,
        "reverses": entry.seq,
        "reason": code,
        "idem": keys.keyed("reversal", entry.seq, entry.hash),
        "by_id": by.id if by else None,
        "at": clock.now(),
    }


def is_code(reason: str) -> bool:
    """Whether a reason is a word of ours, which the chain may hold; a person's own words are sealed or kept beside it."""
    return len(reason) <= 80 and all(char.isascii() and (char.islower() or char == "_") for char in reason)


# -- consequences -----------------------------------------------------------------------------------


def _duplicate_warnings(columns: dict[str, Any]) -> list[str]:
    """Same person, provider, day, amount and category under another reference: said, never dropped (L11)."""
    seqs = queries_entries.seqs_alike(columns) if columns["minor"] else ()
    if not seqs:
        return []
    listed = ", ".join(str(seq) for seq in seqs)
    return [
        _(
            "Entry %(listed)s has the same person, provider, day, amount and category. Both "
            "stand; if one of them is a mistake, reverse it.",
            listed=listed,
        )
    ]


def _settle(details: EntryDetails) -> None:
    """The planned value of this source has become a fact, or an offer that was declined."""
    if not details.source_kind or details.source_id is None:
        return
    wanted = sa.select(Commitment).filter_by(
        source_kind=details.source_kind, source_part=details.source_part, source_id=details.source_id
    )
    commitment = db.session.scalars(wanted).one_or_none()
    if commitment is not None:
        commitment.stage = CommitmentStage.RELEASED if details.declined else CommitmentStage.SETTLED


def _lend(entry: Entry, details: EntryDetails) -> None:
    """Remember when a lent thing is due back (L6)."""
    if details.due_on is not None and not details.declined:
        db.session.add(
            Loan(
                entry_seq=entry.seq, due_on=details.due_on, grace_days=details.grace_days, state=LoanState.OUT
            )
        )
        db.session.flush()


def _open_obligations(
    person: Person, entry: Entry, versions: Sequence[PolicyVersion], by: User | None
) -> tuple[Obligation, ...]:
    if entry.category is None or entry.value_on is None:
        return ()
    return tuple(
        disclosures.open_obligations(
            person,
            entry.seq,
            entry.category.value,
            entry.value_on,
            versions=versions,
            value=entry.original,
            by=by,
        )
    )
