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


def lock_on(on: date) -> LockedDays | None:
    """The closed run of days that holds a day; asked under the head's lock by whoever writes."""
    wanted = sa.select(LockedDays).where(LockedDays.from_on <= on, LockedDays.to_on >= on)
    return lock_over(db.session.scalars(wanted.order_by(LockedDays.to_on, LockedDays.id)).all(), on)


def lateness(details: EntryDetails) -> Lateness:
    """Whether an entry comes after its days were closed, and what that makes of it; DaysAreLocked."""
    return weigh_late(details, lock_on(details.value_on))
