"""Erasing a person: everything in one transaction, confirmed by a second user; amounts stay under a surrogate (P8)."""

import secrets
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import AuditEvent, User
from app.core import clock, fulltext
from app.core.db import Base, after_commit, db, overwrite_traces
from app.core.models import MailState
from app.imports import operations_erasure as imports
from app.ledger import operations_erasure as ledger
from app.people.models import Person
from app.people.names import sort_key_of
from app.people.upkeep import search_doc_of, search_text_of
from app.privacy import erasures, operations_files, policies, sweeping
from app.privacy.details import ErasureDetails
from app.privacy.models import PrivacyRequest, RequestKind, RequestState
from app.privacy.places import PLACES
from app.privacy.queries_preview import Preview, preview_of
from app.privacy.reaching import Whose, rows_of, table_of
from app.privacy.registry import ERASED, Fate, Now
from app.programs import operations_declared

#: Written by code of their own, below.
_BY_HAND = frozenset(
    {"person", "audit_event", "audit_detail", "ledger_subject", "ledger_detail", "declaration"}
)


def erase(request: PrivacyRequest, details: ErasureDetails, *, by: User) -> Preview:
    """Do what the preview said. FourEyes, OnHold, StillNeeded, LooksDifferent; then nothing has happened."""
    db.session.refresh(request, with_for_update={"of": PrivacyRequest})
    policies.require_open(request, RequestKind.ERASURE)
    policies.require_second(request, by)
    person = _lock(request.person_id)
    looked = preview_of(person, but_request=request.id)
    policies.require_no_hold(looked.holds)
    policies.require_settled(looked.open, details.reason)
    if details.seen != looked.fingerprint:
        raise policies.LooksDifferent(
            _("Something changed since you looked: read the list again, then confirm it.")
        )
    request.reason = details.reason.strip()
    surrogate = forget(person, looked, request.id, by=by)
    db.session.refresh(request)
    request.state, request.done_by_id, request.done_at = RequestState.DONE, by.id, clock.now()
    request.surrogate, request.found = surrogate, _found(looked)
    audit.record("privacy.person_erased", request, by=by)
    return looked


def forget(person: Person, looked: Preview, request_id: int | None, *, by: User | None) -> str:
    """Take the identity of a person out of every table; the name the record bears from now on."""
    whose, marks, surrogate = looked.whose, looked.marks, _new_name()
    for id in whose.ids:
        operations_declared.withdraw(db.session.get_one(Person, id), by=by)
    ledger.forget_subjects(whose.ids, by=by)
    ledger.forget_words(looked.sealed, by=by)
    imports.forget_lines(marks.are_in, whose.ids, by=by)
    operations_files.doom(looked.files, request_id, by=by)
    db.session.flush()
    db.session.expire_all()
    clear_trail(whose)
    _clear_mails(whose)
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in PLACES and table.name not in _BY_HAND:
            _settle(table, whose)
    _rename(whose, surrogate)
    sweeping.write_mentions(marks, surrogate)
    db.session.expire_all()
    sweeping.rewrite_mails(marks, surrogate)
    audit.record_event("privacy.identity_erased", kind="person", ref=str(person.id), by=by)
    after_commit(overwrite_traces)
    after_commit(erasures.keep)
    return surrogate


def _lock(person_id: int) -> Person:
    """The record that stayed, with all that were merged into it, kept from others until the end."""
    family = sa.func.coalesce(Person.merged_into_id, Person.id)
    root = sa.select(family).where(Person.id == person_id).scalar_subquery()
    wanted = sa.select(Person).where(family == root).order_by(Person.id).with_for_update(of=Person)
    rows = db.session.scalars(wanted.execution_options(populate_existing=True)).all()
    found = next(row for row in rows if row.merged_into_id is None)
    if found.is_pseudonymous:
        raise policies.RequestRefused(_("There is no identity here that could be erased."))
    return found


def _new_name() -> str:
    """ "Erased person 7F3A", one that nobody bears."""
    for n_bytes in (2, 2, 2, 3, 4, 8):
        name = f"Erased person {secrets.token_hex(n_bytes).upper()}"
        if db.session.scalar(sa.select(Person.id).where(Person.name == name).limit(1)) is None:
            return name
    raise RuntimeError("no surrogate name is free")


def _run(statement: sa.Update | sa.Delete) -> None:
    db.session.execute(statement, execution_options={"audited": True})


def _settle(table: sa.Table, whose: Whose) -> None:
    """What the declaration of a table says: rows go, or their words."""
    place, which = PLACES[table.name], rows_of(table.name, whose)
    if place.fate is Fate.ERASE:
        _run(sa.delete(table).where(which))
        return
    values: dict[str, Any] = {}
    for name, value in place.clears.items():
        values[name] = (
            sa.func.coalesce(table.c[name], sa.literal(clock.now(), table.c[name].type))
            if value is Now.IF_EMPTY
            else value
        )
    if table.name == "collision":  # those that were decided stay as they were
        is_waiting = table.c.decided_at.is_(None)
        values["state"] = sa.case((is_waiting, "refused"), else_=sa.cast(table.c.state, sa.String))
    if values:
        _run(sa.update(table).where(which).values(values))


def clear_trail(whose: Whose) -> None:
    """Take the values out of the trail, and the reasons: that something was done, when and by whom, stays."""
    details, events = table_of("audit_detail"), table_of("audit_event")
    numbers = db.session.scalars(sa.select(AuditEvent.id).where(rows_of("audit_event", whose))).all()
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        _run(sa.update(details).where(details.c.event_id.in_(some)).values(changes={}))
        _run(sa.update(events).where(events.c.id.in_(some), events.c.reason != "").values(reason=""))


def _clear_mails(whose: Whose) -> None:
    """Empty their mails, sent or not; what has not left is discarded and never leaves."""
    table = table_of("outbox_mail")
    waiting = [MailState.HELD, MailState.NEW, MailState.FAILED, MailState.DEAD]
    for row in db.session.execute(
        sa.select(table.c.id, table.c.message_id, table.c.state).where(rows_of("outbox_mail", whose))
    ):
        state = MailState.DISCARDED if row.state in waiting else row.state
        _run(
            sa.update(table)
            .where(table.c.id == row.id)
            .values(raw=empty_message(row.message_id), state=state)
        )


def empty_message(message_id: str) -> bytes:
    """A message that says nothing, in the place of one that was erased."""
    head = (
        f"From: {current_app.config['MAIL_FROM']}", "To: undisclosed-recipients:;", f"Subject: {ERASED}",
        "Date: Thu, 01 Jan 1970 00:00:00 +0000", f"Message-ID: {message_id}",
    )  # fmt: skip
    return "\r\n".join([*head, "", f"{ERASED}.", ""]).encode()


def _rename(whose: Whose, surrogate: str) -> None:
    """The record itself: emptied, under its new name, with a new number towards the outside."""
    table, found_by = table_of("person"), search_text_of(surrogate, [])
    for id in whose.ids:
        _run(
            sa.update(table)
            .where(table.c.id == id)
            .values(
                **PLACES["person"].clears, name=surrogate, sort_name=surrogate, sort_key=sort_key_of(surrogate),
                search_text=found_by, search_doc=search_doc_of(found_by, [], []), surrogate=secrets.token_hex(16),
                changed_at=clock.now(), version=table.c.version + 1,
            )
        )  # fmt: skip
    fulltext.forget_removed(table.name)


def _found(looked: Preview) -> dict[str, Any]:
    """Numbers for the answer; nothing that names anybody."""
    return {
        "erased": {line.table: line.n_rows for line in looked.erased},
        "kept": {line.table: line.n_rows for line in looked.kept},
        "n_mentions": looked.n_mentions + looked.n_mails, "n_files": len(looked.files), "n_sealed": len(looked.sealed),
        "n_records": looked.n_records, "kept_until": looked.kept_until.isoformat() if looked.kept_until else "",
    }  # fmt: skip
