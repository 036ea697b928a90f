"""Advisory work proposed in some days, and how far each got (A5)."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.advisory.models import Engagement, EngagementState, Need
from app.core import clock
from app.core.db import db
from app.people import queries as people
from app.people.models import Person

#: The way an engagement goes, step by step.
WAY = (
    EngagementState.PROPOSED, EngagementState.CLEARED, EngagementState.CONTRACTED, EngagementState.IN_DELIVERY,
    EngagementState.DELIVERED, EngagementState.PAYABLE, EngagementState.PAID, EngagementState.CLOSED,
)  # fmt: skip


def proposed_in(
    by: User | None, from_on: date, to_on: date, program_id: int | None = None
) -> Sequence[Engagement]:
    """Engagements by the day they were proposed (UTC), oldest first, of the people `by` may see, with their needs."""
    wanted = (
        sa.select(Engagement)
        .join(Need, Need.id == Engagement.need_id)
        .where(
            Engagement.person_id.in_(people.visible_to(by).with_only_columns(Person.id)),
            Engagement.proposed_at >= clock.start_of(from_on, "UTC"), Engagement.proposed_at < clock.end_of(to_on, "UTC"),
        )
        .options(joinedload(Engagement.person), joinedload(Engagement.need), selectinload(Engagement.alternatives))
    )  # fmt: skip
    if program_id is not None:
        wanted = wanted.where(Need.program_id == program_id)
    return db.session.scalars(wanted.order_by(Engagement.proposed_at, Engagement.id)).all()


def reached(row: Engagement, as_of: datetime | None = None) -> EngagementState:
    """The furthest step an engagement got to; one that was declined or ended keeps the step it had come to.

    At an instant: the furthest of the steps that bear a day, by that day (L14); what is under way or closed bears none.
    """
    if as_of is not None:
        return _reached_by(row, as_of)
    if row.state in WAY:
        return row.state
    return next((state for mark, state in _marks(row) if mark is not None), EngagementState.PROPOSED)


def _marks(row: Engagement) -> tuple[tuple[date | datetime | None, EngagementState], ...]:
    """The steps that bear a day, the furthest first."""
    return (
        (row.paid_on, EngagementState.PAID), (row.payable_at, EngagementState.PAYABLE),
        (row.delivered_on, EngagementState.DELIVERED), (row.contracted_on, EngagementState.CONTRACTED),
        (row.cleared_at, EngagementState.CLEARED),
    )  # fmt: skip


def _reached_by(row: Engagement, as_of: datetime) -> EngagementState:
    for mark, state in _marks(row):
        is_then = mark <= as_of if isinstance(mark, datetime) else mark is not None and mark <= as_of.date()
        if is_then:
            return state
    return EngagementState.PROPOSED
