"""Columns of a person that follow from others: what they are found by, when the record last changed."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import Base, db
from app.people import policies_lists, queries
from app.people.details import PersonDetails
from app.people.models import Channel, NameOrder, Person, PersonKind
from app.people.names import fold, sort_key_of, sort_name_of


def said_by(details: PersonDetails) -> dict[str, Any]:
    """The columns that say who a person is; kind, owner and official status are not among them."""
    is_given_first = details.name_order is NameOrder.GIVEN_FIRST
    sort_name = details.sort_name or sort_name_of(details.name, is_given_first=is_given_first)
    return {
        "name": details.name, "name_order": details.name_order, "sort_name": sort_name, "sort_key": sort_key_of(sort_name),
        "email": details.email, "phone": details.phone, "languages": list(details.languages),
        "home_country": details.home_country, "zone": details.zone, "known_for": details.known_for,
        "known_among": details.known_among, "is_independent": details.is_independent,
        "has_equity_or_family_tie": details.has_equity_or_family_tie, "notes": details.notes,
    }  # fmt: skip


def kind_named(name: str, kept: PersonKind | None = None) -> PersonKind | None:
    """The kind of this name, whatever its case; None for no name, a refusal for one that is not offered."""
    if not name.strip():
        return None
    return policies_lists.require_offered(
        name, queries.list_kinds(), what="kind of person", field="kind", kept=kept.code if kept else None
    )


def search_text_of(name: str, others: Iterable[str]) -> str:
    """Folded lines, the name first and alone on its line; sort name, mail and handles after it, each once."""
    folded = dict.fromkeys([fold(name), *(fold(part) for part in others if part)])
    return "\n".join([*(part for part in folded if part), ""])


def refresh_search_text(person: Person) -> None:
    """Rebuild what a person is found by."""
    with db.session.no_autoflush:
        wanted = sa.select(Channel.handle).where(Channel.person_id == person.id).order_by(Channel.id)
        handles = db.session.scalars(wanted).all() if person in db.session else ()
        former = _former_names(person) if person in db.session else []
    person.search_text = search_text_of(person.name, [person.sort_name, person.email, *handles, *former])


def _former_names(person: Person) -> list[str]:
    """Names and mail of the records merged into this one: whoever looks for them finds the survivor (P3)."""
    wanted = (
        sa.select(Person.name, Person.email).where(Person.merged_into_id == person.id).order_by(Person.id)
    )
    return [part for row in db.session.execute(wanted) for part in row]


def mark_changed(person: Person) -> None:
    """Note the last change without moving the version: whoever edits the record meanwhile loses nothing."""
    # On the table, not the mapped class: the ORM would move the version.
    table = Base.metadata.tables[Person.__tablename__]
    change = sa.update(table).where(table.c.id == person.id).values(changed_at=clock.now())
    db.session.execute(change, execution_options={"audited": True})
    db.session.expire(person, ["changed_at"])
