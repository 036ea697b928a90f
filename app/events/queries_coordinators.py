"""Reading who coordinates an event on a day, and which events a user answers for (P1)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.accounts import queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.core import clock
from app.core.db import db
from app.events.models import Event


def list_events_of(user: User, at: datetime) -> Sequence[Event]:
    """Events a user coordinates at an instant that are neither over then nor called off, the nearest first."""
    wanted = sa.select(Event).where(
        Event.ends_at > at, Event.is_cancelled.is_(False), coordinated_by(user, at)
    )
    return db.session.scalars(wanted.order_by(Event.starts_at, Event.id)).all()


def coordinated_by(user: User, at: datetime) -> sa.ColumnElement[bool]:
    """Whether an event is a user's to coordinate at an instant, as SQL."""
    return answering(Event, Event.coordinator_id, at) == user.id


def coordinators_of(rows: Sequence[Event], at: datetime) -> dict[int, User]:
    """Who coordinates each event at an instant; two queries, whatever the rows."""
    return queries_successions.answerers_of(Event, {row.id: row.coordinator_id for row in rows}, at)


def holder_of_event(event: Event, at: datetime) -> Holder:
    """Who coordinates an event at an instant, and who follows."""
    return queries_successions.holder_of(event, event.coordinator_id, at)


def coordinator_of(event: Event) -> User:
    """Who coordinates an event now."""
    return queries_successions.answerer_of(event, event.coordinator_id, clock.now())


def hosts_of(event: Event) -> set[int]:
    """Whoever coordinates or has coordinated an event: none of them decides an exception for it (L8)."""
    return {event.coordinator_id, coordinator_of(event).id}
