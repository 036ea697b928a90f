"""What can be done to many people at once from their list, by what is done to one: name a deputy."""

from collections.abc import Mapping
from typing import Any

from app.accounts.models import User
from app.core.db import db
from app.core.forms import BaseForm, choice
from app.lists import catalogue
from app.lists.catalogue import Action
from app.people import listing, operations_owners, queries
from app.people.models import OwnerRole, Person


class DeputyForm(BaseForm):
    """Who stands in for the owners."""

    user_id = choice("Deputy", [], description="Stands in for the owner of each of them, from now on.")


def _form(_by: User) -> DeputyForm:
    form = DeputyForm()
    form.user_id.choices = [
        ("", "Choose somebody"),
        *((str(one.id), one.name) for one in queries.list_possible_owners()),
    ]
    return form


def _words(_by: User, values: Mapping[str, Any]) -> str:
    return f"Name {_user(values).name} as deputy"


def _state(id: int, _values: Mapping[str, Any]) -> dict[str, Any]:
    deputy = queries.deputy_of(db.session.get_one(Person, id))
    return {"deputy": deputy.id if deputy else None}


def _act(id: int, values: Mapping[str, Any], by: User) -> None:
    person = queries.get_person(id, by)
    if _state(id, values) != {"deputy": _user(values).id}:
        operations_owners.hand_over(person, _user(values), by=by, role=OwnerRole.DEPUTY)


def _restore(id: int, _values: Mapping[str, Any], before: Mapping[str, Any], by: User) -> None:
    person = queries.get_person(id, by)
    earlier = db.session.get(User, before["deputy"]) if before["deputy"] else None
    if earlier is None:
        operations_owners.end_deputy(person, by=by)
    else:
        operations_owners.hand_over(person, earlier, by=by, role=OwnerRole.DEPUTY, reason="Undone")


def _user(values: Mapping[str, Any]) -> User:
    return db.session.get_one(User, int(values["user_id"]))


catalogue.offer(
    listing.KEY,
    Action("deputy", "Name a deputy", "people:write", _form, _words, _state, _act, _restore),
)
