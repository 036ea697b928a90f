"""Reads of closed days: which they are, and which entries came after."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from app.core.db import db
from app.ledger.details import EntryDetails
from app.ledger.models_locks import LockedDays
from app.ledger.policies_locks import Lateness, lock_over, weigh_late


def list_locks() -> Sequence[LockedDays]:
    """All closed runs of days, the earliest first, the shorter before the longer."""
    return db.session.scalars(
        sa.select(LockedDays).order_by(LockedDays.from_on, LockedDays.to_on, LockedDays.id)
    ).all()


#: Asked with every posting, so built once.
_OVER = (
    sa.select(LockedDays)
    .where(LockedDays.from_on <= sa.bindparam("day"), LockedDays.to_on >= sa.bindparam("day"))
    .order_by(LockedDays.to_on, LockedDays.id)
)


def lock_on(on: date) -> LockedDays | None:
    """The closed run of days that holds a day; asked under the head's lock by whoever writes."""
    return lock_over(db.session.scalars(_OVER, {"day": on}).all(), on)


def lateness(details: EntryDetails) -> Lateness:
    """Whether an entry comes after its days were closed, and what that makes of it; DaysAreLocked."""
    return weigh_late(details, lock_on(details.value_on))
