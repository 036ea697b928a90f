"""What can be done to many people at once from their list, by what is done to one: hand over, name a deputy."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.db import db
from app.core.forms import BaseForm, choice, line
from app.core.i18n import marked
from app.lists import catalogue
from app.lists.catalogue import Action
from app.people import listing, operations_owners, queries
from app.people.models import OwnerRole, Person


class DeputyForm(BaseForm):
    """Who stands in for the owners."""

    user_id = choice("Deputy", [], description="Stands in for the owner of each of them, from now on.")


class OwnerForm(BaseForm):
    """Who owns these people from now on, and why."""

    user_id = choice("To", [], description="Owns each of them from this moment, whoever did before.")
    reason = line("Why", required=False, description="It goes into the history of every person.")


def _form(_by: User) -> DeputyForm:
    form = DeputyForm()
    form.user_id.choices = _to_choose()
    return form


def _owner_form(_by: User) -> OwnerForm:
    form = OwnerForm()
    form.user_id.choices = _to_choose()
    return form


def _to_choose() -> list[tuple[str, str]]:
    found = [(str(one.id), one.name) for one in queries.list_possible_owners()]
    return [("", _("Choose somebody")), *found]


def _words(_by: User, values: Mapping[str, Any]) -> str:
    return str(_("Name %(name)s as deputy", name=_user(values).name))


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


def _owner_words(_by: User, values: Mapping[str, Any]) -> str:
    return str(_("Hand over to %(name)s", name=_user(values).name))


# -- owners -----------------------------------------------------------------------------------------


def _both(id: int, _values: Mapping[str, Any]) -> dict[str, Any]:
    """Owner and deputy: a deputy who becomes the owner is deputy no longer, and undoing brings back both."""
    held = queries.holders_of(db.session.get_one(Person, id))
    return {role.value: held[role].id if role in held else None for role in OwnerRole}


def _give(id: int, values: Mapping[str, Any], by: User) -> None:
    person, to = queries.get_person(id, by), _user(values)
    if _both(id, values)["owner"] != to.id:
        operations_owners.hand_over(person, to, by=by, reason=values.get("reason") or "")


def _give_back(id: int, values: Mapping[str, Any], before: Mapping[str, Any], by: User) -> None:
    person = queries.get_person(id, by)
    if before["owner"]:
        earlier = db.session.get_one(User, before["owner"])
        operations_owners.hand_over(person, earlier, by=by, reason="Undone")
    if before["deputy"] and _both(id, values)["deputy"] != before["deputy"]:
        deputy = db.session.get_one(User, before["deputy"])
        operations_owners.hand_over(person, deputy, by=by, role=OwnerRole.DEPUTY, reason="Undone")


def _user(values: Mapping[str, Any]) -> User:
    return db.session.get_one(User, int(values["user_id"]))


catalogue.offer(
    listing.KEY,
    Action(
        "owner", marked("Hand over"), "people:write", _owner_form, _owner_words,
        _both, _give, _give_back,
    ),
    Action("deputy", marked("Name a deputy"), "people:write", _form, _words, _state, _act, _restore),
)  # fmt: skip
