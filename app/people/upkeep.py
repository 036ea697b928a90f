"""Columns of a person that follow from others: what they are found by, when the record last changed."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import Base, db
from app.core.fulltext import stored_text
from app.people import policies_lists, queries
from app.people.details import PersonDetails
from app.people.languages import primary_language
from app.people.models import Affiliation, Channel, NameOrder, Organisation, Person, PersonKind
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
    topics = [*organisations, person.known_for or "", person.known_among or ""]
    return text, search_doc_of(text, topics, person.languages or ())


def search_doc_of(search_text: str, topics: Iterable[str], languages: Iterable[str]) -> str:
    """What a person is found by, as it is searched: names and handles, then organisations and topics, then languages."""
    return stored_text([search_text, *map(fold, topics)], marks=map(primary_language, languages))


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
