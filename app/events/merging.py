"""What an invitation's history says when it gives way to another of the same person, and when it comes back (P3, E1)."""

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.events.models import Invitation, InvitationStep
from app.people import merging


def note_step(row_id: int, by: User | None, is_undone: bool) -> None:
    """One more line of the history, with the state the invitation has now."""
    invitation = db.session.get(Invitation, row_id)
    if invitation is None:
        raise NotFound("There is no such invitation.")
    reason = (
        "The merge was undone." if is_undone else "Another invitation of the same person counts (merged)."
    )
    step = InvitationStep(
        invitation_id=row_id,
        state=invitation.state,
        at=clock.now(),
        by_id=by.id if by else None,
        reason=reason,
    )
    db.session.add(step)


merging.hear_of(Invitation.__tablename__, note_step)
