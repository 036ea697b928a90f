"""Reading which exceptions a user asked for and still waits for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.queries_successions import answering
from app.core.db import db
from app.ledger.models_limits import ExceptionState, RuleException


def list_exceptions_asked_by(user: User, at: datetime) -> Sequence[RuleException]:
    """Exceptions that wait for a decision and whose asker a user is, or has taken over from; oldest first (L8)."""
    wanted = sa.select(RuleException).where(
        RuleException.state == ExceptionState.ASKED,
        answering(RuleException, RuleException.asked_by_id, at) == user.id,
    )
    ordered = wanted.order_by(RuleException.asked_at, RuleException.id)
    return db.session.scalars(ordered.options(joinedload(RuleException.person))).all()
