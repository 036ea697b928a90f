"""Columns of a person that follow from others: what they are found by, when the record last changed."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.core import clock
from app.core.db import Base, db
from app.people.models import Channel, Person
from app.people.names import fold


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
