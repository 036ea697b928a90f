"""Columns of a person that follow from others: what they are found by, when the record last changed."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import Base, db
from app.core.fulltext import stored_text
from app.people.languages import primary_language
from app.people.models import Affiliation, Channel, Organisation, Person
from app.people.names import fold


def search_text_of(name: str, others: Iterable[str]) -> str:
    """Folded lines, the name first and alone on its line; sort name, mail and handles after it, each once."""
    folded = dict.fromkeys([fold(name), *(fold(part) for part in others if part)])
    return "\n".join([*(part for part in folded if part), ""])


def refresh_search_text(person: Person) -> None:
    """Rebuild what a person is found by; the database keeps its index in step with it, in the same transaction."""
    person.search_text, person.search_doc = _found_by(person)


def mark_found_by(person: Person) -> None:
    """The same without moving the version or the day of the last change: nothing about the person has changed."""
    text, doc = _found_by(person)
    _update(person, search_text=text, search_doc=doc)


def _found_by(person: Person) -> tuple[str, str]:
    """Names, mail and handles, line by line; and the same with organisations and topics, as it is searched."""
    is_stored = person in db.session
    with db.session.no_autoflush:
        wanted = sa.select(Channel.handle).where(Channel.person_id == person.id).order_by(Channel.id)
        handles = db.session.scalars(wanted).all() if is_stored else ()
        former = _former_names(person) if is_stored else []
        organisations = _organisations(person) if is_stored else []
    text = search_text_of(person.name, [person.sort_name, person.email, *handles, *former])
    topics = [fold(words) for words in (*organisations, person.known_for or "", person.known_among or "")]
    return text, stored_text([text, *topics], marks=map(primary_language, person.languages or ()))


def refresh_search_texts(people: Iterable[Person]) -> None:
    """The same for several: an organisation has another name."""
    for person in people:
        refresh_search_text(person)


def _organisations(person: Person) -> Sequence[str]:
    """Where the person works, worked or belongs, and the agency."""
    belongs = sa.select(Affiliation.organisation_id).where(Affiliation.person_id == person.id)
    is_theirs = sa.or_(Organisation.id.in_(belongs), Organisation.id == person.agency_id)
    return db.session.scalars(sa.select(Organisation.name).where(is_theirs).order_by(Organisation.id)).all()


def _former_names(person: Person) -> list[str]:
    """Names and mail of the records merged into this one: whoever looks for them finds the survivor (P3)."""
    wanted = (
        sa.select(Person.name, Person.email).where(Person.merged_into_id == person.id).order_by(Person.id)
    )
    return [part for row in db.session.execute(wanted) for part in row]


def mark_changed(person: Person) -> None:
    """Note the last change without moving the version: whoever edits the record meanwhile loses nothing."""
    _update(person, changed_at=clock.now())


def _update(person: Person, **values: Any) -> None:
    # On the table, not the mapped class: the ORM would move the version.
    table = Base.metadata.tables[Person.__tablename__]
    change = sa.update(table).where(table.c.id == person.id).values(**values)
    db.session.execute(change, execution_options={"audited": True})
    db.session.expire(person, list(values))
