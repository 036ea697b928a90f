"""Reading which needs and engagements a user answers for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.queries_successions import answering
from app.advisory.models import Engagement, EngagementState, Need, NeedState
from app.core.db import db

#: Nothing is left to do for anybody.
OVER = frozenset({EngagementState.CLOSED, EngagementState.DECLINED, EngagementState.TERMINATED})


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
