"""What a merge should be told of meetings: one person cannot be in two of them at a time (P3)."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.executives.models import Meeting, MeetingState
from app.people import merging

_LIVE = (MeetingState.CONFIRMED, MeetingState.HELD)


def overlap_words(kept_id: int, gone_id: int) -> list[str]:
    """A sentence for each pair of meetings of the two records whose times overlap."""
    own, other = aliased(Meeting), aliased(Meeting)
    wanted = (
        select(own, other)
        .join(other, (own.starts_at < other.ends_at) & (other.starts_at < own.ends_at))
        .where(own.person_id == kept_id, other.person_id == gone_id)
        .where(own.state.in_(_LIVE), other.state.in_(_LIVE))
        .order_by(own.starts_at, own.id, other.id)
    )
    return [
        f"Both have a meeting at the same time: {one.executive.name} and {two.executive.name}, "
        f"from {one.starts_at.astimezone(ZoneInfo(one.zone)):%-d %b %Y %H:%M}."
        for one, two in db.session.execute(wanted)
    ]


merging.warn_with(overlap_words)
