"""Closing or explaining a session that only analysts get; what was said before stays as history (E2)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.versions import check_number
from app.events import policies, queries_parity
from app.events.details_agenda import ParityDetails
from app.events.models import Session
from app.events.models_agenda import ParityNote


class NoGap(DomainError):
    """E2: a session our people get as well, or one that was called off."""


class DoesNotClose(DomainError):
    """E2: a session that cannot make good another one."""


def settle_gap(
    session: Session, details: ParityDetails, *, by: User, seen_id: int | None = None
) -> ParityNote:
    """Say which session closes a gap, or why it stays open; one of the two is needed.

    `seen_id` is the note it was written over, 0 for none. Raises Overtaken, NoGap, DoesNotClose, ReasonNeeded.
    """
    known = queries_parity.live_note(session)
    check_number(known or session, known.id if known else 0, seen_id)
    if not queries_parity.is_gap(session):
        raise NoGap(_("Our people get this session, or it is cancelled: there is no gap."))
    closes = None
    if details.closed_by_id is not None:
        closes = db.session.get(Session, details.closed_by_id)
        if closes is None or closes.event_id != session.event_id or not queries_parity.is_ours(closes):
            raise DoesNotClose(
                _("Only a session of this event that our people get can close the gap."), field="closed_by_id"
            )
    elif not details.reason.strip():
        raise policies.ReasonNeeded(
            _("Choose the session that closes the gap, or say why it stays."), field="reason"
        )
    _withdraw(session)
    note = ParityNote(
        session_id=session.id, closed_by_id=closes.id if closes else None, reason=details.reason.strip(), by_id=by.id,
        at=clock.now(),
    )  # fmt: skip
    db.session.add(note)
    audit.record("events.gap_settled", note, by=by, reason=details.reason.strip())
    return note


def reopen_gap(session: Session, *, by: User) -> None:
    """Take back what was said; the gap is open again."""
    note = queries_parity.live_note(session)
    if note is None:
        raise NoGap(_("Nothing was said about this gap yet."))
    before = audit.snapshot(note)
    note.withdrawn_at = clock.now()
    audit.record("events.gap_reopened", note, by=by, before=before)


def _withdraw(session: Session) -> None:
    note = queries_parity.live_note(session)
    if note is not None:
        note.withdrawn_at = clock.now()
