"""Who changed a person's record, when and what: from the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.accounts.models import AuditEvent, User
from app.core.db import db
from app.people.models import Affiliation, Channel, Evidence, Ownership, Person
from app.people.models_merges import PersonMerge


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a record's history; `by` is None for the system."""

    at: datetime
    by: User | None
    action: str
    fields: Sequence[str]


def list_changes(person: Person, limit: int = 20) -> Sequence[Change]:
    """The last changes of a person and of the parts of their record, latest first."""
    parts = [
        sa.and_(
            AuditEvent.subject_kind == model.__tablename__, AuditEvent.subject_id.in_(_ids(model, person))
        )
        for model in (Affiliation, Channel, Evidence, Ownership)
    ]
    merges = sa.select(sa.cast(PersonMerge.id, sa.String)).where(
        sa.or_(PersonMerge.kept_id == person.id, PersonMerge.gone_id == person.id)
    )
    kind = PersonMerge.__tablename__
    parts.append(sa.and_(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(merges)))
    own = sa.and_(AuditEvent.subject_kind == Person.__tablename__, AuditEvent.subject_id == str(person.id))
    wanted = (
        sa.select(AuditEvent).where(sa.or_(own, *parts)).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
    return [Change(row.at, row.by, row.action, row.fields) for row in db.session.scalars(wanted.limit(limit))]


def _ids(model: type[Affiliation | Channel | Evidence | Ownership], person: Person) -> sa.Select[str]:
    return sa.select(sa.cast(model.id, sa.String)).where(model.person_id == person.id)
