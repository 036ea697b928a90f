"""Reading which programs, goals and initiatives a user answers for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.queries_successions import answering
from app.core.db import db
from app.programs.models import Goal, Program
from app.programs.models_initiatives import Initiative


def list_goals_of(user: User, at: datetime) -> Sequence[Goal]:
    """Goals a user answers for at an instant, by review date."""
    wanted = sa.select(Goal).where(answering(Goal, Goal.owner_id, at) == user.id)
    return db.session.scalars(
        wanted.order_by(Goal.review_on, Goal.id).options(joinedload(Goal.program))
    ).all()


def list_programs_of(user: User, at: datetime) -> Sequence[Program]:
    """Programs a user answers for at an instant, by name."""
    wanted = sa.select(Program).where(answering(Program, Program.owner_id, at) == user.id)
    return db.session.scalars(wanted.order_by(Program.name, Program.id)).all()


def list_initiatives_of(user: User, at: datetime) -> Sequence[Initiative]:
    """Running initiatives a user answers for at an instant, by name."""
    wanted = sa.select(Initiative).where(
        Initiative.closed_on.is_(None), answering(Initiative, Initiative.owner_id, at) == user.id
    )
    return db.session.scalars(wanted.order_by(Initiative.name, Initiative.id)).all()
