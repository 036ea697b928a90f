"""Reading the book: one entry with its words and links, breaches, exceptions, shared costs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import Setting
from app.ledger import book, chain, keys, policies, policies_verification
from app.ledger.looks import is_not_taken_back
from app.ledger.models import (
    Breach,
    Cap,
    Entry,
    EntryDetail,
    ExceptionState,
    LedgerHead,
    RuleException,
    SharedCost,
    SharedHead,
    Subject,
)
from app.ledger.policies_standing import STANDING_WORDS
from app.people import queries as people
from app.people.models import Person, PersonKind
from app.programs.models import Program

#: What a page shows beside an entry's own columns.
LOADED = (joinedload(Entry.subject), joinedload(Entry.program), joinedload(Entry.department))


#: Asked with every posting, so built once.
_ENTRY = sa.select(Entry).options(*LOADED)
_BY_SEQ = _ENTRY.where(Entry.seq == sa.bindparam("seq"))
_BY_IDEM = sa.select(Entry.seq).where(Entry.idem_bytes == sa.bindparam("idem"))


def get_entry(seq: int) -> Entry:
    """The entry with this number, its subject, program and department loaded; NotFound if there is none."""
    found = db.session.scalars(_BY_SEQ, {"seq": seq}).one_or_none()
    if found is None:
        raise NotFound(_("The book has no entry with this number."))
    return found


#: What makes two entries look alike that have different references (L11).
_ALIKE = ("subject_id", "provider_ref", "department_id", "value_on", "minor", "currency", "category", "kind")


@cache
def _alike() -> sa.Select[int]:
    same = (getattr(Entry, name).is_not_distinct_from(sa.bindparam(name)) for name in _ALIKE)
    return sa.select(Entry.seq).where(*same, is_not_taken_back()).order_by(Entry.seq).limit(3)


def seqs_alike(columns: Mapping[str, Any]) -> Sequence[int]:
    """Up to three entries that stand and look like one that is about to be written."""
    return db.session.scalars(_alike(), {name: columns[name] for name in _ALIKE}).all()


def entry_of_idem(idem: str) -> Entry | None:
    """The entry that was posted under this key, if any (L11)."""
    seq = db.session.scalar(_BY_IDEM, {"idem": bytes.fromhex(idem)})
    return None if seq is None else get_entry(seq)


def reversal_of(entry: Entry) -> Entry | None:
    """The entry that took this one back, if any."""
    return db.session.scalars(sa.select(Entry).where(Entry.reverses == entry.seq)).one_or_none()


def sealed_words(entry: Entry) -> dict[str, str] | None:
    """The words of an entry; empty when it has none, None when they were erased or cannot be opened."""
    commit = chain.parse(entry.body).get("commit")
    if not isinstance(commit, str):
        return {}
    detail = db.session.get(EntryDetail, entry.seq)
    subject = db.session.get(Subject, entry.subject_id) if entry.subject_id else None
    if detail is None or detail.salt is None or subject is None or subject.wrapped_key is None:
        return None
    try:
        key = chain.unwrap(subject.wrapped_key, keys.master_key(), subject.ref)
        return book.words_of(detail.sealed, commit, key, detail.salt)
    except chain.SealBroken:
        return None


def head() -> LedgerHead | None:
    """Where the book ends; None before the first entry."""
    return db.session.get(LedgerHead, 1)


def last_verification() -> dict[str, Any] | None:
    """What the last verification found, when and by whom; None before the first."""
    row = db.session.get(Setting, "ledger_verified")
    if row is None:
        return None
    said = policies_verification.in_words(row.value["message"], row.value["size"])
    return {**row.value, "message": said, "at": datetime.fromisoformat(row.value["at"])}


def names_of_people(ids: Iterable[int]) -> dict[int, str]:
    """The names behind the person column of totals."""
    wanted = sa.select(Person.id, Person.name).where(Person.id.in_(list(ids)))
    return dict(db.session.execute(wanted).all())


def name_of_user(id: int | None) -> str:
    """The name of whoever entered something; "system" for nobody."""
    found = db.session.get(User, id) if id is not None else None
    return found.name if found else "system"


def list_programs() -> Sequence[Program]:
    """The programs value is posted under, by name."""
    return db.session.scalars(sa.select(Program).order_by(Program.name, Program.id)).all()


def list_recipients(by: User | None) -> Sequence[Person]:
    """The people `by` may see and post value for, by name; recipients of imported books are not among them."""
    wanted = people.visible_to(by).where(Person.is_pseudonymous.is_(False))
    return db.session.scalars(wanted.order_by(Person.sort_name, Person.id)).all()


# -- caps, breaches, exceptions, shared costs --------------------------------------------------------


def list_caps() -> Sequence[Cap]:
    """All caps, those in force longest last."""
    return db.session.scalars(sa.select(Cap).order_by(Cap.effective_from_on.desc(), Cap.id.desc())).all()


def list_kinds() -> Sequence[PersonKind]:
    """The kinds of people a cap may be for, by name."""
    return db.session.scalars(sa.select(PersonKind).order_by(PersonKind.name, PersonKind.id)).all()


def rule_words() -> dict[str, str]:
    """The codes of rules that have exceptions, in words."""
    named = dict(policies.EXCEPTIONAL_RULES) | {code.value: words for code, words in STANDING_WORDS.items()}
    named = {code: str(said) for code, said in named.items()}  # they are kept with runs of reports, too
    return named | {f"cap:{cap.id}": policies.cap_rule(cap) for cap in list_caps()}


def get_cap(id: int) -> Cap:
    """The cap with this id, or NotFound."""
    found = db.session.get(Cap, id)
    if found is None:
        raise NotFound(_("There is no such cap."))
    return found


def list_breaches(*, is_open: bool = True, person_id: int | None = None) -> Sequence[Breach]:
    """Breaches, newest first; open ones unless asked otherwise."""
    closed = Breach.closed_at.is_(None) if is_open else Breach.closed_at.is_not(None)
    wanted = sa.select(Breach).where(closed).options(joinedload(Breach.person))
    if person_id is not None:
        wanted = wanted.where(Breach.person_id == person_id)
    return db.session.scalars(wanted.order_by(Breach.id.desc())).all()


def breaches_of(entry: Entry) -> Sequence[Breach]:
    """The breaches an entry opened."""
    return db.session.scalars(
        sa.select(Breach).where(Breach.entry_seq == entry.seq).order_by(Breach.id)
    ).all()


def get_breach(id: int) -> Breach:
    """The breach with this id, or NotFound."""
    found = db.session.get(Breach, id)
    if found is None:
        raise NotFound(_("There is no such breach."))
    return found


def list_exceptions(
    state: ExceptionState | None = None, person_id: int | None = None
) -> Sequence[RuleException]:
    """Exceptions asked for, newest first."""
    loaded = (
        joinedload(RuleException.person),
        joinedload(RuleException.asked_by),
        joinedload(RuleException.decided_by),
    )
    wanted = sa.select(RuleException).options(*loaded).order_by(RuleException.id.desc())
    if state is not None:
        wanted = wanted.where(RuleException.state == state)
    if person_id is not None:
        wanted = wanted.where(RuleException.person_id == person_id)
    return db.session.scalars(wanted).all()


def get_exception(id: int) -> RuleException:
    """The exception with this id, or NotFound."""
    found = db.session.get(RuleException, id)
    if found is None:
        raise NotFound(_("There is no such exception."))
    return found


def list_shared_costs() -> Sequence[SharedCost]:
    """Shared bills with their heads, newest first."""
    wanted = sa.select(SharedCost).options(selectinload(SharedCost.heads), joinedload(SharedCost.program))
    return (
        db.session.scalars(wanted.order_by(SharedCost.value_on.desc(), SharedCost.id.desc())).unique().all()
    )


def get_shared_cost(id: int) -> SharedCost:
    """The bill with its heads and their people loaded, or NotFound."""
    heads = selectinload(SharedCost.heads).joinedload(SharedHead.person)
    wanted = sa.select(SharedCost).where(SharedCost.id == id).options(heads, joinedload(SharedCost.program))
    found = db.session.scalars(wanted).unique().one_or_none()
    if found is None:
        raise NotFound(_("There is no such shared cost."))
    return found


def survivor(person: Person) -> Person:
    """The record a person was merged into, or the person."""
    merged = db.session.get(Person, person.merged_into_id) if person.merged_into_id else None
    return merged or person
