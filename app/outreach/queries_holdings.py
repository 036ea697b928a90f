"""Reading what one user answers for in outreach: drafts, contacts put off, decisions they were asked for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts import queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.outreach.models import Collision, CollisionState, Letter, Touch
from app.outreach.models_rhythm import PlannedTouch, PlanState
from app.people import queries_owners
from app.people.models import Person


def list_drafts_of(user: User) -> Sequence[Letter]:
    """Letters in a user's name that have not left the outbox, oldest first, untranslated ones included."""
    wanted = sa.select(Letter).outerjoin(OutboxMail, OutboxMail.id == Letter.mail_id)
    wanted = wanted.where(
        Letter.user_id == user.id, Letter.discarded_at.is_(None), Letter.touch_id.is_(None),
        sa.or_(Letter.mail_id.is_(None), OutboxMail.state == MailState.HELD),
    )  # fmt: skip
    loaded = (joinedload(Letter.person), joinedload(Letter.mail).defer(OutboxMail.raw))
    return db.session.scalars(wanted.order_by(Letter.id).options(*loaded)).all()


def list_put_off_by(user: User, at: datetime) -> Sequence[Collision]:
    """Contacts a user has put off until the window is free, the earliest first."""
    wanted = _stops(CollisionState.WAITING).where(answering(Collision, Collision.user_id, at) == user.id)
    return db.session.scalars(wanted.order_by(Collision.free_from_at, Collision.id)).all()


def list_plans_held(user: User, at: datetime) -> Sequence[PlannedTouch]:
    """Contacts a user means to make, or has taken over from somebody who meant to, the earliest first."""
    wanted = sa.select(PlannedTouch).where(
        PlannedTouch.state == PlanState.PLANNED, answering(PlannedTouch, PlannedTouch.user_id, at) == user.id
    )
    return db.session.scalars(wanted.order_by(PlannedTouch.planned_on, PlannedTouch.id)).all()


def makers_of(plans: Sequence[PlannedTouch], at: datetime) -> dict[int, Holder]:
    """Who makes each planned contact at an instant, and who follows (P1)."""
    return queries_successions.holders_of(PlannedTouch, {row.id: row.user_id for row in plans}, at)


def list_decisions_asked(user: User, at: datetime) -> Sequence[Collision]:
    """Stopped contacts that wait for a user as owner of the relationship, oldest first (G3)."""
    owned = queries_owners.owned_by(user, at)
    wanted = _stops(CollisionState.OWNER_ASKED).where(Collision.person_id.in_(owned))
    return db.session.scalars(wanted.order_by(Collision.stopped_at, Collision.id)).all()


def count_asks(at: datetime) -> dict[int, int]:
    """How many open asks each user answers for; one query."""
    holder = answering(Touch, Touch.user_id, at).label("holder")
    open_asks = sa.select(holder).where(
        Touch.is_ask.is_(True),
        Touch.answered_at.is_(None),
        Touch.is_inbound.is_(False),
        Touch.struck_at.is_(None),
    )
    return _counted(open_asks.subquery())


def count_planned(at: datetime) -> dict[int, int]:
    """How many contacts each user has planned, or put off until the window is free; two queries."""
    holder = answering(Collision, Collision.user_id, at).label("holder")
    put_off = _counted(sa.select(holder).where(Collision.state == CollisionState.WAITING).subquery())
    maker = answering(PlannedTouch, PlannedTouch.user_id, at).label("holder")
    planned = _counted(sa.select(maker).where(PlannedTouch.state == PlanState.PLANNED).subquery())
    return {id: put_off.get(id, 0) + planned.get(id, 0) for id in {*put_off, *planned}}


def last_contacts() -> sa.Subquery:
    """When each person was last in contact with us, as (person_id, at), records merged into them included (G2)."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id).label("person_id")
    wanted = sa.select(survivor, sa.func.max(Touch.at).label("at")).join(Person, Person.id == Touch.person_id)
    return wanted.where(Touch.struck_at.is_(None)).group_by(survivor).subquery()


def count_sent_of(source_kind: str, source_id: int) -> int:
    """How many letters about a record have left."""
    wanted = sa.select(sa.func.count(Letter.id)).where(
        Letter.source_kind == source_kind, Letter.source_id == source_id, Letter.touch_id.is_not(None)
    )
    return db.session.scalar(wanted) or 0


def list_letters_of(source_kind: str, source_id: int) -> Sequence[Letter]:
    """Every letter about a record, discarded ones too, by person."""
    wanted = sa.select(Letter).join(Person, Person.id == Letter.person_id)
    wanted = wanted.where(Letter.source_kind == source_kind, Letter.source_id == source_id)
    loaded = (joinedload(Letter.person), joinedload(Letter.mail).defer(OutboxMail.raw))
    return db.session.scalars(wanted.order_by(Person.sort_key, Letter.id).options(*loaded)).all()


def _stops(state: CollisionState) -> sa.Select[Collision]:
    loaded = (joinedload(Collision.person), joinedload(Collision.other))
    return sa.select(Collision).where(Collision.state == state).options(*loaded)


def _counted(rows: sa.Subquery) -> dict[int, int]:
    found = db.session.execute(sa.select(rows.c.holder, sa.func.count()).group_by(rows.c.holder))
    return {row[0]: row[1] for row in found}
