"""Erasing again whoever a database that was put back has brought back (P8)."""

from app.core.db import db, transaction
from app.people.models import Person
from app.privacy import erasures, operations_erasure
from app.privacy.queries_preview import preview_of


def replay_erasures() -> int:
    """Go through the list beside the database; how many were erased again. Each is a transaction of its own."""
    n_erased = 0
    for line in erasures.read():
        if not _is_back(line):
            continue
        with transaction():
            person = db.session.get_one(Person, line["person"])
            operations_erasure.forget(person, preview_of(person), None, by=None)
        n_erased += 1
    return n_erased


def _is_back(line: erasures.Line) -> bool:
    person = db.session.get(Person, line["person"])
    found = (
        person is not None and erasures.said(person.made_at) == line["made_at"] and not person.is_pseudonymous
    )
    db.session.rollback()
    return found
