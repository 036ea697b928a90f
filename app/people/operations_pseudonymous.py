"""Recipients of imported books who have no identity here: made in bulk, recognised again by a keyed hash."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.bulk import reserve_ids
from app.core.db import db
from app.people.identifiers import hash_identifier
from app.people.models import Person, PersonIdentifier
from app.people.names import sort_key_of
from app.people.upkeep import search_text_of

#: Below the number of parameters SQLite takes in one statement.
_CHUNK = 500


def add_pseudonymous(scheme: str, values: Iterable[str], *, by: User | None) -> dict[str, Person]:
    """A person for each outside id, made where the id is new: {"10293": <Recipient 7F3A-91C2>, ...}.

    The id itself is kept nowhere: `PersonIdentifier` holds its keyed hash. One audit line for the whole batch.
    """
    hash_of = {value: hash_identifier(scheme, value) for value in values}
    known = _known(scheme, list(hash_of.values()))
    new = [hashed for hashed in dict.fromkeys(hash_of.values()) if hashed not in known]
    if new:
        _insert(scheme, new)
        known = _known(scheme, list(hash_of.values()))
        said = f"{len(new)} recipients"
        audit.record_event(
            "people.pseudonymous_added", kind="person_identifier", ref=scheme, by=by, reason=said
        )
    people: dict[int, Person] = {}
    for chunk in _chunks(sorted(set(known.values()))):
        people |= {
            person.id: person for person in db.session.scalars(sa.select(Person).where(Person.id.in_(chunk)))
        }
    return {value: people[known[hashed]] for value, hashed in hash_of.items()}


def _insert(scheme: str, hashes: Sequence[str]) -> None:
    """The rows of one batch, inserted many at a time."""
    now = clock.now()
    ids = reserve_ids(Person, len(hashes))
    db.session.execute(sa.insert(Person), [{"id": id} | _recipient(secrets.token_hex(16), now) for id in ids])
    rows = [
        {"person_id": id, "scheme": scheme, "value_hash": hashed}
        for id, hashed in zip(ids, hashes, strict=True)
    ]
    db.session.execute(sa.insert(PersonIdentifier), rows)


def _recipient(surrogate: str, now: datetime) -> dict[str, Any]:
    name = f"Recipient {surrogate[:4].upper()}-{surrogate[4:8].upper()}"
    return {
        "surrogate": surrogate, "name": name, "sort_name": name, "sort_key": sort_key_of(name),
        "search_text": search_text_of(name, []), "is_pseudonymous": True, "made_at": now, "changed_at": now,
    }  # fmt: skip


def _known(scheme: str, hashes: Sequence[str]) -> dict[str, int]:
    """Hash to person, of those that are here."""
    found: dict[str, int] = {}
    for chunk in _chunks(hashes):
        wanted = sa.select(PersonIdentifier).where(PersonIdentifier.scheme == scheme)
        rows = db.session.scalars(wanted.where(PersonIdentifier.value_hash.in_(chunk)))
        found |= {row.value_hash: row.person_id for row in rows}
    return found


Item = TypeVar("Item")


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
