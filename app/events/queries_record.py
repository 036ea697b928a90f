"""Reading what was done by when for an event."""

from datetime import date

import sqlalchemy as sa

from app.core.db import db
from app.core.wall_times import day_in
from app.events.models import Event, Invitation


def first_sent_on(event: Event) -> date | None:
    """The day the first invitation was sent, where the event is."""
    at = db.session.scalar(sa.select(sa.func.min(Invitation.sent_at)).where(Invitation.event_id == event.id))
    return day_in(at, event.zone) if at is not None else None
