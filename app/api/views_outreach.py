"""Touches and asks, over all departments."""

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, Created, Page, operation
from app.api.shapes_outreach import NewAnswer, NewTouch, TouchesQuery, TouchShape
from app.core.db import db
from app.core.keyset import place_from
from app.outreach import operations_touches as operations
from app.outreach import queries
from app.outreach.details import TouchDetails
from app.people import queries as people


@operation("/touches", permission="outreach:read", query=TouchesQuery, out=Page[TouchShape])
def list_touches(query: TouchesQuery) -> Page[TouchShape]:
    """Contacts, the latest first."""
    parts = query.model_dump(exclude={"after", "limit"})
    place = place_from(query.after, queries.TOUCH_ORDER) if query.after else None
    found = queries.list_touches(acting_user(), queries.TouchFilter(**parts), place, query.limit)
    return Page[TouchShape](items=[TouchShape.of(row) for row in found.rows], next=found.after)


@operation(f"/touches/{ID}", permission="outreach:read", out=TouchShape)
def get_touch(id: int) -> TouchShape:
    """One contact."""
    return TouchShape.of(queries.get_touch(id, acting_user()))


@operation(
    "/touches", method="POST", permission="outreach:write", body=NewTouch, out=TouchShape, errors=(404,)
)
def add_touch(body: NewTouch) -> Created:
    """Write down a contact that was made; refused, with the reason, where the contact guard stops it (G3)."""
    by = acting_user()
    person = people.get_person(body.person_id, by)
    details = TouchDetails.model_validate(body.model_dump() | {"person_id": person.id})
    made = operations.record_touch(details, by=by)
    db.session.flush()
    return Created(TouchShape.of(made), url_for("api.get_touch", id=made.id))


@operation(
    f"/touches/{ID}/answer", method="POST", permission="outreach:write", body=NewAnswer, out=TouchShape, status=200,
)  # fmt: skip
def answer_touch(id: int, body: NewAnswer) -> TouchShape:
    """Close an open ask with what was answered."""
    by = acting_user()
    touch = operations.answer_ask(queries.get_touch(id, by), body.answer, by=by)
    db.session.flush()
    return TouchShape.of(touch)
