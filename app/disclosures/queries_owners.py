"""Reading who owns disclosure policies on a day, and which a user owns (P1)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.accounts import queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.core.db import db
from app.disclosures.models import Policy


def list_policies_of(user: User, at: datetime) -> Sequence[Policy]:
    """The policies a user owns at an instant, by jurisdiction."""
    wanted = sa.select(Policy).where(answering(Policy, Policy.owner_id, at) == user.id)
    return db.session.scalars(wanted.order_by(Policy.jurisdiction, Policy.id)).all()


def holders_of_policies(rows: Sequence[Policy], at: datetime) -> dict[int, Holder]:
    """Who owns each policy at an instant, and who follows."""
    return queries_successions.holders_of(Policy, {row.id: row.owner_id for row in rows}, at)
