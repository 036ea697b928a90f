"""Reading who answers for needs and engagements on a day, and what a user answers for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts import queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.advisory.models import Engagement, EngagementState, Need, NeedState
from app.core.db import db

#: Nothing is left to do for anybody.
OVER = frozenset({EngagementState.CLOSED, EngagementState.DECLINED, EngagementState.TERMINATED})


def holders_of_needs(rows: Sequence[Need], at: datetime) -> dict[int, Holder]:
    """Who answers for each need at an instant, and who follows (P1)."""
    return queries_successions.holders_of(Need, {row.id: row.filed_by_id for row in rows}, at)


def holder_of_need(need: Need, at: datetime) -> Holder:
    """Who answers for a need at an instant, and who follows (P1)."""
    return queries_successions.holder_of(need, need.filed_by_id, at)


def holder_of_engagement(engagement: Engagement, at: datetime) -> Holder:
    """Who answers for an engagement at an instant, and who follows (P1)."""
    return queries_successions.holder_of(engagement, engagement.proposed_by_id, at)


def list_needs_of(user: User, at: datetime) -> Sequence[Need]:
    """Open needs a user answers for, oldest first; who filed one stays its author for the rules of approval (A1)."""
    wanted = sa.select(Need).where(
        Need.state != NeedState.CLOSED, answering(Need, Need.filed_by_id, at) == user.id
    )
    return db.session.scalars(wanted.order_by(Need.filed_at, Need.id)).all()


def list_engagements_of(user: User, at: datetime) -> Sequence[Engagement]:
    """Engagements in hand that a user answers for, by day of service."""
    wanted = sa.select(Engagement).where(
        Engagement.state.not_in(sorted(OVER)), answering(Engagement, Engagement.proposed_by_id, at) == user.id
    )
    loaded = wanted.options(joinedload(Engagement.person), joinedload(Engagement.need))
    return db.session.scalars(loaded.order_by(Engagement.service_on, Engagement.id)).all()
