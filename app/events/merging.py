"""What an invitation's history says when it gives way to another of the same person, and when it comes back (P3, E1)."""

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import marked
from app.events.models import Event, Invitation, InvitationState, InvitationStep
from app.people import merging


def note_step(row_id: int, by: User | None, is_undone: bool) -> None:
    """One more line of the history, with the state the invitation has now."""
    invitation = db.session.get(Invitation, row_id)
    if invitation is None:
        raise NotFound(_("There is no such invitation."))
    reason = (
        marked("The merge was undone.")
        if is_undone
        else marked("Another invitation of the same person counts (merged).")
    )
    step = InvitationStep(
        invitation_id=row_id,
        state=invitation.state,
        at=clock.now(),
        by_id=by.id if by else None,
        reason=reason,
    )
    db.session.add(step)


def overlap_words(kept_id: int, gone_id: int) -> list[str]:
    """A sentence for each pair of events at the same time that the two records have accepted."""
    own, other = aliased(Event), aliased(Event)
    accepted = [
        sa.select(Invitation.event_id).where(
            Invitation.person_id == id, Invitation.state == InvitationState.ACCEPTED
        )
        for id in (kept_id, gone_id)
    ]
    wanted = (
        sa.select(own.name, other.name)
        .join(other, (own.starts_at < other.ends_at) & (other.starts_at < own.ends_at))
        .where(own.id.in_(accepted[0]), other.id.in_(accepted[1]), own.id != other.id)
        .order_by(own.starts_at, own.id, other.id)
    )
    rows = db.session.execute(wanted)
    return [
        _("Both accepted events at the same time: %(one)s and %(two)s.", one=one, two=two)
        for one, two in rows
    ]


merging.warn_with(overlap_words)
merging.hear_of(Invitation.__tablename__, note_step)
