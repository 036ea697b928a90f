"""Telling exactly those whom a letter told something that is otherwise now; the others hear nothing (G5)."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.outreach import operations_letters, policies, queries_changes, queries_outbox
from app.outreach.details import LetterDetails
from app.outreach.models import Letter, TouchKind
from app.outreach.operations_drafts import own_words
from app.outreach.policies_changes import changes_between, listed
from app.outreach.queries_changes import Outdated


def write_changes(batch: str, *, by: User) -> tuple[str, list[Letter]]:
    """Write a letter to everybody of a batch whose facts changed into the outbox, held: the name of its batch, the letters.

    Whoever has such a letter waiting already gets no second one; one that says older facts is written again. Pressing twice
    writes once. Raises NothingToSend when nobody is left to tell.
    """
    queries_changes.get_sent_batch(batch)  # NotFound for a batch of which nothing left
    _lock(batch)
    found = [one for one in queries_changes.list_outdated(batch) if one.can_write]
    if not found:
        raise policies.NothingToSend(
            _(
                "Nobody is left to write to: the facts are as they were told, or the letters wait in the outbox."
            )
        )
    first = found[0].letter
    name = f"{first.source_kind}-{first.source_id}-change-{_n_changes(first) + 1}"
    written = [_write(one, name, by) for one in found]
    audit.record_event("outreach.changes_written", kind="letter", ref=name, by=by)
    return name, written


def _lock(batch: str) -> None:
    """Two who press at the same moment: the second waits, and then finds the letters of the first."""
    rows = sa.select(Letter.id).where(Letter.batch == batch).order_by(Letter.id).with_for_update()
    db.session.execute(rows)
    db.session.expire_all()


def _n_changes(letter: Letter) -> int:
    """How many batches about changes of the same record there were."""
    wanted = sa.select(sa.func.count(sa.distinct(Letter.batch))).where(
        Letter.key == queries_changes.KEY,
        Letter.source_kind == letter.source_kind,
        Letter.source_id == letter.source_id,
    )
    return db.session.scalar(wanted) or 0


def _write(one: Outdated, batch: str, by: User) -> Letter:
    """A question that waits stays a question, with its link to answer by."""
    if one.waiting is not None:
        operations_letters.discard_letter(one.waiting, by=by)
    letter, key = one.letter, one.waiting.key if one.waiting is not None else queries_changes.KEY
    written = queries_outbox.languages_of(key)
    language, _ = policies.language_for(letter.person.languages, written)
    changes = changes_between(letter.fields, one.fields, language)
    fields = (
        own_words(one.waiting or letter)
        | dict(one.fields)
        | {"changes": listed(changes), "message": listed(changes)}
    )
    details = LetterDetails(
        person_id=letter.person_id, key=key, kind=TouchKind.TRANSACTIONAL, fields=fields, batch=batch,
        is_ask=key == queries_changes.ASK_AGAIN,
        batch_title=f"{letter.batch_title.removesuffix(': what changed')[:300]}: what changed", source_kind=letter.source_kind,
        source_id=letter.source_id,
    )  # fmt: skip
    return operations_letters.write_letter(details, by=by)
