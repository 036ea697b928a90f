"""Reading who answers requests about one's own data on a day; a hand-over moves them like disputes (P1)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.accounts import duties, queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.core.db import db
from app.privacy.models import PrivacyRequest, RequestState


def list_open_of(user: User, at: datetime) -> Sequence[PrivacyRequest]:
    """The requests that wait and that a user answers at an instant, the next due first."""
    wanted = sa.select(PrivacyRequest).where(
        PrivacyRequest.state == RequestState.OPEN,
        answering(PrivacyRequest, PrivacyRequest.handler_id, at) == user.id,
    )
    return db.session.scalars(wanted.order_by(PrivacyRequest.due_on, PrivacyRequest.id)).unique().all()


def handlers_of(rows: Sequence[PrivacyRequest], at: datetime) -> dict[int, Holder]:
    """Who answers each request at an instant, and who follows."""
    return queries_successions.holders_of(PrivacyRequest, {row.id: row.handler_id for row in rows}, at)


duties.register_holding("requests", list_open_of)
