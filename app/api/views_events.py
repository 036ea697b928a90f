"""Events."""

from collections.abc import Sequence

from flask import url_for

from app.accounts.access import acting_user
from app.accounts.models import User
from app.api.layer import ID, Body, Created, Page, changed, operation
from app.api.paging import from_database
from app.api.shapes_clashes import ClashesShape, ClashShape
from app.api.shapes_events import EditEvent, EventShape, EventsQuery, NewEvent
from app.api.tags import require_unchanged
from app.core import clock
from app.core.db import db
from app.events import clashes
from app.events import operations_events as operations
from app.events import queries as events
from app.events.models import Event
from app.events.plans import plan_of_event
from app.events.queries import EventFilter
from app.events.queries_coordinators import coordinators_of


@operation("/events", permission="events:read", query=EventsQuery, out=Page[EventShape])
def list_events(query: EventsQuery) -> Page[EventShape]:
    """Events, the latest made first."""
    by = acting_user()
    wanted = events.events_matching(by, EventFilter(q=query.q, program_id=query.program_id, when=query.when))
    return from_database(Page[EventShape], wanted, Event.id, query, lambda rows: _shown(rows, by))


def _shown(rows: Sequence[Event], by: User) -> list[EventShape]:
    funnels = events.funnels_of([row.id for row in rows], by)
    coordinators = coordinators_of(rows, clock.now())
    return [EventShape.of(row, funnels[row.id], coordinators[row.id]) for row in rows]


@operation(f"/events/{ID}", permission="events:read", out=EventShape)
def get_event(id: int) -> EventShape:
    """One event with its funnel."""
    by = acting_user()
    return _shown([events.get_event(id, by)], by)[0]


@operation(f"/events/{ID}/clashes", permission="events:read", out=ClashesShape)
def list_clashes(id: int) -> ClashesShape:
    """What else is on while an event is, as far as whoever sends the token may see it; it forbids nothing."""
    by = acting_user()
    items = [ClashShape.of(one) for one in clashes.find_clashes(plan_of_event(events.get_event(id, by)), by)]
    return ClashesShape(items=items, total=len(items))


@operation("/events", method="POST", permission="events:write", body=NewEvent, out=EventShape, errors=(404,))
def add_event(body: NewEvent) -> Created:
    """Plan an event under a program."""
    by = acting_user()
    made = operations.plan_event(body, by=by)
    db.session.flush()
    return Created(_shown([made], by)[0], url_for("api.get_event", id=made.id))


@operation(
    f"/events/{ID}", method="PATCH", permission="events:write", body=EditEvent, is_versioned=True, out=EventShape,
)  # fmt: skip
def change_event(id: int, body: Body) -> EventShape:
    """Change an event; another time or place makes answers given before stale, and calendars are told."""
    by = acting_user()
    event = events.get_event(id, by)
    seen = require_unchanged(event, lambda: _shown([event], by)[0])
    present = {name: getattr(event, name) for name in NewEvent.model_fields}
    present |= {"audiences": tuple(event.audiences or ()), "country": event.country or None}
    operations.edit_event(event, changed(NewEvent, present, body), by=by, seen_version=seen)
    db.session.flush()
    return _shown([event], by)[0]
