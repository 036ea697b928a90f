"""Who may already be here: people that look like the one being added (P3)."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.core.db import db, escape_like
from app.core.i18n import marked
from app.people.models import Channel, Person
from app.people.names import fold
from app.people.policies import Traits, likeness, name_starts
from app.people.queries import visible_to

_MOST_COMPARED = 2_000
#: No name here is longer; what is typed may be anything, and SQLite refuses patterns beyond 50,000 bytes.
_LONGEST_NAME = 320


class Suspicion(Struct, frozen=True):
    """Somebody who may be the same person, and why."""

    person: Person
    why: str


def find_possible_duplicates(
    by: User | None,
    name: str,
    *,
    email: str = "",
    country: str | None = None,
    handles: Collection[str] = (),
    leave_out: int | None = None,
    limit: int = 5,
) -> Sequence[Suspicion]:
    """People who may be this one, the surest first; near names are compared within a country only.

    `leave_out` is the record being edited. A person without a country is compared with those without one and
    with every equal name, mail or handle.
    """
    # Asked before the form is found to be in order, so nothing here is certain to be what its name says.
    country = country if country and country.isalpha() else ""
    new = Traits(fold(name[:_LONGEST_NAME]), email.lower(), country, frozenset(map(fold, handles)))
    candidates = _equal(by, new) + _near(by, new)
    former = _former(by, new)
    known_handles = _handles_of({person.id for person in candidates})
    found: dict[int, Suspicion] = {}
    for person in candidates:
        handles_there = known_handles.get(person.id, frozenset())
        known = Traits(fold(person.name), person.email.lower(), person.home_country or "", handles_there)
        why = likeness(new, known) if person.id != leave_out else ""
        if why and person.id not in found:
            found[person.id] = Suspicion(person, why)
    for person, why in former:
        if person.id != leave_out:
            found.setdefault(person.id, Suspicion(person, why))
    surest = sorted(
        found.values(), key=lambda one: (one.why.startswith("similar"), one.person.sort_key, one.person.id)
    )
    return surest[:limit]


def _equal(by: User | None, new: Traits) -> list[Person]:
    same: list[sa.ColumnElement[bool]] = []
    if new.name:
        same.append(Person.search_text.like(f"{escape_like(new.name)}\n%", escape="\\"))
    if new.email:
        same.append(sa.func.lower(Person.email) == new.email)
    if new.handles:
        # Handles are part of the search text; the comparison after this is exact.
        same += [
            Person.search_text.like(f"%{escape_like(handle)}%", escape="\\") for handle in sorted(new.handles)
        ]
    if not same:
        return []
    return list(db.session.scalars(_real(by).where(sa.or_(*same)).order_by(Person.id).limit(_MOST_COMPARED)))


def _former(by: User | None, new: Traits) -> list[tuple[Person, str]]:
    """Survivors of records that had just this mail or name before they were merged (P3)."""
    old = aliased(Person)
    same = [sa.func.lower(old.email) == new.email] if new.email else []
    same += [old.search_text.like(f"{escape_like(new.name)}\n%", escape="\\")] if new.name else []
    if not same:
        return []
    wanted = _real(by).join(old, old.merged_into_id == Person.id).where(sa.or_(*same)).add_columns(old.email)
    rows = db.session.execute(wanted.order_by(Person.id).limit(_MOST_COMPARED))
    return [
        (person, marked("same e-mail") if new.email and mail.lower() == new.email else marked("same name"))
        for person, mail in rows
    ]


def _near(by: User | None, new: Traits) -> list[Person]:
    starts = [
        Person.search_text.like(f"%{escape_like(start)}%", escape="\\")
        for start in sorted(name_starts(new.name))
    ]
    if not starts:
        return []
    same_country = Person.home_country == new.country if new.country else Person.home_country.is_(None)
    return list(
        db.session.scalars(
            _real(by).where(same_country, sa.or_(*starts)).order_by(Person.id).limit(_MOST_COMPARED)
        )
    )


def _real(by: User | None) -> sa.Select[Person]:
    return visible_to(by).where(Person.is_pseudonymous.is_(False))


def _handles_of(person_ids: Collection[int]) -> dict[int, frozenset[str]]:
    if not person_ids:
        return {}
    rows = db.session.execute(
        sa.select(Channel.person_id, Channel.handle).where(Channel.person_id.in_(person_ids))
    )
    found: dict[int, set[str]] = {}
    for person_id, handle in rows:
        found.setdefault(person_id, set()).add(fold(handle))
    return {person_id: frozenset(handles) for person_id, handles in found.items()}
