"""Meetings with executives, told to the agenda: nobody is on stage and in a meeting at once."""

from collections.abc import Collection

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.db import db
from app.events import elsewhere
from app.events.conflicts import Busy
from app.events.models import Event
from app.executives.models import Meeting, MeetingState


def meetings_of(event: Event, person_ids: Collection[int]) -> list[Busy]:
    """The live meetings of these people at an event."""
    wanted = select(Meeting).where(
        Meeting.event_id == event.id, Meeting.person_id.in_(person_ids),
        Meeting.state.in_((MeetingState.CONFIRMED, MeetingState.HELD)),
    )  # fmt: skip
    rows = db.session.scalars(wanted.order_by(Meeting.starts_at, Meeting.id))
    return [
        Busy(
            one.person_id, one.starts_at, one.ends_at, _("meets %(executive)s", executive=one.executive.name)
        )
        for one in rows
    ]


elsewhere.hear_from(meetings_of)
