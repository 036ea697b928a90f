"""Advisory work proposed in some days, and how far each got (A5)."""

from collections.abc import Sequence
from datetime import date

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


def reached(row: Engagement) -> EngagementState:
    """The furthest step an engagement got to; one that was declined or ended keeps the step it had come to."""
    if row.state in WAY:
        return row.state
    marks = (
        (row.paid_on, EngagementState.PAID), (row.payable_at, EngagementState.PAYABLE),
        (row.delivered_on, EngagementState.DELIVERED), (row.contracted_on, EngagementState.CONTRACTED),
        (row.cleared_at, EngagementState.CLEARED),
    )  # fmt: skip
    return next((state for mark, state in marks if mark is not None), EngagementState.PROPOSED)
