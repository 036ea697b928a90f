"""How many contacts the guard stopped in some days, how many of them an owner released, and which these are (G3, J9.3)."""

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.outreach.models import Collision, CollisionState
from app.people import queries as people
from app.people.models import Person
from app.programs.queries_spans import EVERYTHING, Span

N_SHOWN = 200


class CollisionCount(Struct, frozen=True):
    """How many contacts the guard stopped, and how many of them an owner released."""

    n_stopped: int
    n_overridden: int


def count_collisions(span: Span = EVERYTHING) -> CollisionCount:
    """THE count of stopped and overridden contacts, for screens and reports (J9.3)."""
    wanted = sa.select(
        sa.func.count(Collision.id), sa.func.count(sa.case((_is_released(span), Collision.id)))
    )
    row = db.session.execute(wanted.where(*_stopped(span))).one()
    return CollisionCount(row[0], row[1])


def list_stopped(by: User | None, span: Span, *, is_released: bool = False) -> Sequence[Collision]:
    """The contacts behind these figures that `by` may see, the newest first; only those an owner released, or all."""
    wanted = sa.select(Collision).where(
        *_stopped(span), Collision.person_id.in_(people.visible_to(by).with_only_columns(Person.id))
    )
    if is_released:
        wanted = wanted.where(_is_released(span))
    loaded = (joinedload(Collision.person), joinedload(Collision.other), joinedload(Collision.decided_by))
    ordered = wanted.order_by(Collision.stopped_at.desc(), Collision.id.desc())
    return db.session.scalars(ordered.options(*loaded).limit(N_SHOWN)).all()


def _stopped(span: Span) -> list[sa.ColumnElement[bool]]:
    """What had happened when the guard heard of it was not stopped."""
    return [
        Collision.state != CollisionState.GOT_THROUGH, *span.instants(Collision.stopped_at),
        *span.known(Collision.stopped_at), *span.people(Collision.person_id),
    ]  # fmt: skip


def _is_released(span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(Collision.state == CollisionState.RELEASED, *span.known(Collision.decided_at))
