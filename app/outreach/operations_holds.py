"""Holding single letters back: the others of the batch leave without them (G5)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.outreach import policies, policies_outbox, queries_outbox
from app.outreach.models import Letter
from app.outreach.models_outbox import LetterHold


def hold_letter(letter: Letter, reason: str, *, by: User) -> LetterHold:
    """Let a letter stay behind when its batch is sent, with why; LetterGone when it left, LetterOnHold when held already."""
    queries_outbox.lock_waiting(letter)
    if not reason.strip():
        raise policies.ReasonNeeded(
            _("Say why it stays behind; whoever sends the batch reads it."), field="reason"
        )
    known = queries_outbox.hold_of(letter)
    if known is not None:
        raise policies_outbox.LetterOnHold(
            _("%(by)s holds this letter back already: %(reason)s", by=known.by.name, reason=known.reason)
        )
    hold = LetterHold(letter_id=letter.id, reason=reason.strip(), by=by, at=clock.now())
    db.session.add(hold)
    db.session.flush()
    audit.record("outreach.letter_held", hold, by=by, reason=hold.reason)
    return hold


def take_off_hold(letter: Letter, *, by: User) -> LetterHold:
    """Let a letter leave with its batch again; NotOpen when nobody holds it back."""
    queries_outbox.lock_waiting(letter)
    hold = queries_outbox.hold_of(letter)
    if hold is None:
        raise policies.NotOpen(_("Nobody holds this letter back any more."))
    before = audit.snapshot(hold)
    hold.ended_at, hold.ended_by_id = clock.now(), by.id
    audit.record("outreach.letter_taken_off_hold", hold, by=by, before=before)
    return hold


def hold_alike(written: Letter, instead_of: Letter, *, by: User) -> None:
    """A letter that was written again is held back as the one before it was."""
    known = queries_outbox.hold_of(instead_of)
    if known is not None:
        hold_letter(written, known.reason, by=by)
