"""Who changed a trip and its parts, when and what: from the audit trail."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.accounts.models import AuditEvent
from app.core.db import db
from app.travel.models import Trip
from app.travel.queries import Part


def list_changes(trip: Trip, limit: int = 30) -> Sequence[AuditEvent]:
    """The last changes of a trip and everything in it, latest first; one query."""
    rows = sa.or_(*(_about(row) for row in (trip, *trip.parts)))
    wanted = sa.select(AuditEvent).where(rows, AuditEvent.action.like("travel.%"))
    return db.session.scalars(wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)).all()


def last_change(row: Trip | Part) -> AuditEvent | None:
    """The last change of one row, if any is on record."""
    wanted = sa.select(AuditEvent).where(_about(row)).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    return db.session.scalars(wanted.limit(1)).first()


def _about(row: Trip | Part) -> sa.ColumnElement[bool]:
    return sa.and_(AuditEvent.subject_kind == row.__tablename__, AuditEvent.subject_id == str(row.id))
