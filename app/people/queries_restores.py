"""Whose history holds the values of lines of the audit trail; one query per kind of record on the page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from app.accounts.models import AuditEvent, User
from app.core.db import db
from app.people import policies_history as policies
from app.people import queries
from app.people.models import Affiliation, Channel, Evidence, MayAccept, Person

_PARTS = {model.__tablename__: model for model in (Affiliation, Channel, Evidence, MayAccept)}


def holders_of(lines: Sequence[AuditEvent], by: User) -> dict[int, tuple[str, int]]:
    """Number of a line -> ("person" or "organisation", number) of the record whose history it stands in.

    Only lines that changed a value which can be restored and which `by` may see; not how something began.
    """
    wanted = [line for line in lines if _is_restorable(line, by)]
    holders = {line.id: (line.subject_kind, int(line.subject_id)) for line in wanted}
    owners = _owners(holders.values())
    named = {number: owners.get(holder, holder) for number, holder in holders.items()}
    seen = _seen({id for kind, id in named.values() if kind == Person.__tablename__}, by)
    return {
        number: (kind, id)
        for number, (kind, id) in named.items()
        if kind == "organisation" or (kind == Person.__tablename__ and id in seen)
    }


def _is_restorable(line: AuditEvent, by: User) -> bool:
    fields = policies.RESTORABLE.get(line.subject_kind, {})
    changed = [one for one in line.fields if one in fields and policies.may_see(by, line.subject_kind, one)]
    return bool(changed) and "id" not in line.fields and line.subject_id.isdecimal()


def _owners(holders: Iterable[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, int]]:
    """Part of a record -> the person it is of."""
    ids: dict[str, set[int]] = defaultdict(set)
    for kind, id in holders:
        ids[kind].add(id)
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for kind, model in _PARTS.items():
        if ids[kind]:
            rows = sa.select(model.id, model.person_id).where(model.id.in_(ids[kind]))
            found |= {(kind, id): (Person.__tablename__, owner) for id, owner in db.session.execute(rows)}
    return found


def _seen(ids: set[int], by: User) -> set[int]:
    """The people among them that `by` sees, merged records left out."""
    if not ids:
        return set()
    rows = (
        queries.visible_to(by)
        .with_only_columns(Person.id)
        .where(Person.id.in_(ids), Person.merged_into_id.is_(None))
    )
    return set(db.session.scalars(rows))
