"""People, as their list and their record show them."""

from flask import url_for

from app.accounts.access import acting_user
from app.api import shapes_people
from app.api.layer import ID, Body, Created, changed, operation
from app.api.shapes import UserShape
from app.api.tags import require_unchanged
from app.core.db import db
from app.core.keyset import place_from
from app.imports.operations_people import details_of
from app.people import operations as people_operations
from app.people import queries as people
from app.people import queries_listing as people_lists
from app.people.details import PersonDetails
from app.people.models import Person
from app.people.queries_history import list_changes
from app.people.queries_listing import PersonFilter, PersonRow


@operation(
    "/people",
    permission="people:read",
    query=shapes_people.PeopleQuery,
    out=shapes_people.PeopleShape,
    errors=(404,),
)
def list_people(query: shapes_people.PeopleQuery) -> shapes_people.PeopleShape:
    """People, 50 a page."""
    filter = PersonFilter(q=query.q, country=query.country or "", owner_id=query.owner_id, order=query.order)
    place = place_from(query.after, filter.ordering) if query.after else None
    found = people_lists.list_people(acting_user(), filter, place, query.limit)
    items = [shapes_people.PersonShape.of(row) for row in found.rows]
    total = found.total
    return shapes_people.PeopleShape(
        items=items, total=total.number, is_total_exact=total.is_exact, next=found.after
    )


@operation(f"/people/{ID}", permission="people:read", out=shapes_people.PersonShape)
def get_person(id: int) -> shapes_people.PersonShape:
    """One person; a merged record answers as the one it was merged into."""
    person = people.get_person(id, acting_user())
    return _shown(person)


@operation(
    "/people", method="POST", permission="people:write", query=shapes_people.NewPersonQuery, body=shapes_people.NewPerson,
    out=shapes_people.PersonShape, errors=(404, 409),
)  # fmt: skip
def add_person(query: shapes_people.NewPersonQuery, body: shapes_people.NewPerson) -> Created:
    """Add a person; whoever sends the token becomes the owner unless another is named."""
    by = acting_user()
    person = people_operations.add_person(body, by=by, is_checked=query.is_checked)
    return Created(_shown(person), url_for("api.get_person", id=person.id))


def _shown(person: Person) -> shapes_people.PersonShape:
    return shapes_people.PersonShape.of(PersonRow(person, people.owner_of(person)))


@operation(
    f"/people/{ID}", method="PATCH", permission="people:write", body=shapes_people.EditPerson, is_versioned=True,
    out=shapes_people.PersonShape,
)  # fmt: skip
def change_person(id: int, body: Body) -> shapes_people.PersonShape:
    """Change who a person is; never whether they want contact, nor who owns the relationship (P4)."""
    by = acting_user()
    person = people.get_person(id, by)
    seen = require_unchanged(person, lambda: _shown(person))
    details = changed(PersonDetails, details_of(person), body)
    people_operations.edit_person(person, details, by=by, seen_version=seen)
    db.session.flush()
    return _shown(person)


@operation(
    f"/people/{ID}/history", permission="people:read", query=shapes_people.HistoryQuery, out=shapes_people.ChangesShape,
)  # fmt: skip
def list_history_of_person(id: int, query: shapes_people.HistoryQuery) -> shapes_people.ChangesShape:
    """The last changes of a person's record, without the values."""
    found = list_changes(people.get_person(id, acting_user()), query.limit)
    items = [
        shapes_people.ChangeShape(
            at=one.at, by=UserShape.of(one.by), action=one.action, fields=list(one.fields)
        )
        for one in found
    ]
    return shapes_people.ChangesShape(items=items)
