"""Agendas: the sessions of events."""

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, Body, Created, Page, PageQuery, changed, operation
from app.api.paging import by_number
from app.api.shapes_events import EditSession, NewSession, SessionShape
from app.api.tags import require_unchanged
from app.core.db import db
from app.events import operations_events as operations
from app.events import queries


@operation(f"/events/{ID}/sessions", permission="events:read", query=PageQuery, out=Page[SessionShape])
def list_sessions(id: int, query: PageQuery) -> Page[SessionShape]:
    """The agenda of an event, cancelled items included."""
    rows = queries.list_sessions(queries.get_event(id, acting_user()))
    return by_number(Page[SessionShape], rows, query, SessionShape.read)


@operation(f"/sessions/{ID}", permission="events:read", out=SessionShape)
def get_session(id: int) -> SessionShape:
    """One item of an agenda."""
    return SessionShape.read(queries.get_session(id, acting_user()))


@operation(
    f"/events/{ID}/sessions", method="POST", permission="events:write", body=NewSession, out=SessionShape
)
def add_session(id: int, body: NewSession) -> Created:
    """Put an item on the agenda; it lies within the event (E2)."""
    by = acting_user()
    made = operations.add_session(queries.get_event(id, by), body, by=by)
    db.session.flush()
    return Created(SessionShape.read(made), url_for("api.get_session", id=made.id))


@operation(
    f"/sessions/{ID}", method="PATCH", permission="events:write", body=EditSession, is_versioned=True, out=SessionShape,
)  # fmt: skip
def change_session(id: int, body: Body) -> SessionShape:
    """Change an item of an agenda."""
    by = acting_user()
    found = queries.get_session(id, by)
    seen = require_unchanged(found, lambda: SessionShape.read(found))
    present = {name: getattr(found, name) for name in NewSession.model_fields}
    operations.edit_session(found, changed(NewSession, present, body), by=by, seen_version=seen)
    db.session.flush()
    return SessionShape.read(found)
