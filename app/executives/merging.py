"""What a merge should be told of meetings: one person cannot be in two of them at a time (P3)."""

from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.i18n import day
from app.executives.models import Meeting, MeetingState
from app.people import merging

_LIVE = (MeetingState.CONFIRMED, MeetingState.HELD)


def overlap_words(kept_id: int, gone_id: int) -> list[str]:
    """A sentence for each pair of meetings of the two records that overlap and are history: nothing can move them."""
    return [words for words, is_ahead in _overlaps(kept_id, gone_id) if not is_ahead]


def refusals(kept_id: int, gone_id: int) -> list[str]:
    """A sentence for each pair of agreed meetings that overlap: one of the two is moved or cancelled first (X1)."""
    return [
        _("%(words)s Move or cancel one of them first.", words=words)
        for words, is_ahead in _overlaps(kept_id, gone_id)
        if is_ahead
    ]


def _overlaps(kept_id: int, gone_id: int) -> list[tuple[str, bool]]:
    """The words about each pair, and whether both are agreed and not yet recorded."""
    own, other = aliased(Meeting), aliased(Meeting)
    wanted = (
        select(own, other)
        .join(other, (own.starts_at < other.ends_at) & (other.starts_at < own.ends_at))
        .where(own.person_id == kept_id, other.person_id == gone_id)
        .where(own.state.in_(_LIVE), other.state.in_(_LIVE))
        .order_by(own.starts_at, own.id, other.id)
    )
    return [
        (
            _(
                "Both have a meeting at the same time: %(one)s and %(other)s, from %(at)s.",
                one=one.executive.name,
                other=two.executive.name,
                at=_at(one),
            ),
            one.state is two.state is MeetingState.CONFIRMED,
        )
        for one, two in db.session.execute(wanted)
    ]


def _at(meeting: Meeting) -> str:
    begins = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    return f"{day(begins)} {begins:%H:%M}"


merging.warn_with(overlap_words)
merging.refuse_with(refusals)
