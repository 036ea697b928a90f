"""Reading who answers for programs, goals and initiatives on a day, and what a user answers for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts import queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.core.db import db
from app.programs.models import Goal, Program
from app.programs.models_initiatives import Initiative


def holder_of(row: Goal | Program | Initiative, at: datetime) -> Holder:
    """Who answers for one of them at an instant, and who follows (P1)."""
    return queries_successions.holder_of(row, row.owner_id, at)


def holders_of_goals(rows: Sequence[Goal], at: datetime) -> dict[int, Holder]:
    """Who answers for each goal at an instant, and who follows."""
    return queries_successions.holders_of(Goal, {row.id: row.owner_id for row in rows}, at)


def holders_of_programs(rows: Sequence[Program], at: datetime) -> dict[int, Holder]:
    """Who answers for each program at an instant, and who follows."""
    return queries_successions.holders_of(Program, {row.id: row.owner_id for row in rows}, at)


def holders_of_initiatives(rows: Sequence[Initiative], at: datetime) -> dict[int, Holder]:
    """Who answers for each initiative at an instant, and who follows."""
    return queries_successions.holders_of(Initiative, {row.id: row.owner_id for row in rows}, at)


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
