"""Who stands in for whom, everybody's, and what was approved in somebody's name meanwhile (R2)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import Absence, AuditEvent, Delegation, User
from app.core.db import db
from app.core.wall_times import day_in

#: Delegations that ended are shown as long as this.
SHOWN_AFTER = timedelta(days=90)
MOST = 200


class StandIn(Struct, frozen=True):
    """A delegation, and how much its delegate did in the other's name while it was in force."""

    row: Delegation
    n_done: int

    @property
    def id(self) -> int:
        return self.row.id

    def state_on(self, day: date) -> str:
        """ "planned", "active" or "ended"."""
        if day < self.row.from_on:
            return "planned"
        return "active" if day <= self.row.to_on else "ended"


def list_stand_ins(today: date) -> list[StandIn]:
    """Delegations in force, to come, and lately ended, by first day, the latest first; two queries."""
    found = db.session.scalars(
        sa.select(Delegation)
        .where(Delegation.to_on >= today - SHOWN_AFTER)
        .options(joinedload(Delegation.user), joinedload(Delegation.delegate))
        .order_by(Delegation.from_on.desc(), Delegation.id.desc())
        .limit(MOST)
    ).all()
    done = _done_within(found)
    return [StandIn(one, done[one.id]) for one in found]


def standing_in(user: User, delegate: User, first: date, last: date) -> Delegation | None:
    """One by which the same person stands in on some of these days already."""
    return db.session.scalars(
        sa.select(Delegation)
        .filter_by(user_id=user.id, delegate_id=delegate.id)
        .where(Delegation.from_on <= last, Delegation.to_on >= first, Delegation.to_on >= Delegation.from_on)
        .order_by(Delegation.from_on)
        .limit(1)
    ).first()


def _done_within(found: Sequence[Delegation]) -> Counter[int]:
    """Number of a delegation -> what its delegate did in the other's name on its days, on the clock of that other."""
    if not found:
        return Counter()
    rows = sa.select(AuditEvent.by_id, AuditEvent.on_behalf_of_id, AuditEvent.at).where(
        AuditEvent.on_behalf_of_id.in_({one.user_id for one in found}),
        AuditEvent.at >= min(one.made_at for one in found),
    )
    done: Counter[int] = Counter()
    for by_id, for_id, at in db.session.execute(rows):
        for one in found:
            on = day_in(at, one.user.zone)
            is_same = (by_id, for_id) == (one.delegate_id, one.user_id)
            done[one.id] += is_same and one.from_on <= on <= one.to_on
    return done


def list_away(today: date) -> Sequence[Absence]:
    """Who is away now or has said when they will be, by first day."""
    rows = sa.select(Absence).join(User, User.id == Absence.user_id)
    rows = rows.where(Absence.to_on >= today, User.is_active.is_(True))
    return db.session.scalars(rows.order_by(Absence.from_on, Absence.id).limit(MOST)).all()
