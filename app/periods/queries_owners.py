"""Reading who answers for disputes on a day, and which disputes a user answers for (P1)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.accounts import queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.core.db import db
from app.periods.models import WAITING, Dispute


def list_disputes_of(user: User, at: datetime) -> Sequence[Dispute]:
    """Disputes that wait for an answer and that a user answers for at an instant, the next due first."""
    wanted = sa.select(Dispute).where(
        Dispute.state.in_(WAITING), answering(Dispute, Dispute.owner_id, at) == user.id
    )
    return db.session.scalars(wanted.order_by(Dispute.due_on, Dispute.id)).unique().all()


def holders_of_disputes(rows: Sequence[Dispute], at: datetime) -> dict[int, Holder]:
    """Who answers for each dispute at an instant, and who follows; nobody where compliance does as a whole."""
    return queries_successions.holders_of(Dispute, {row.id: row.owner_id for row in rows}, at)
