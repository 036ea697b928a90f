"""Who changed a trip and its parts, when and what: from the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.accounts.models import AuditDetail, AuditEvent
from app.core.db import db
from app.core.money import Money
from app.travel.models import Trip
from app.travel.queries import Part
from app.travel.queries_costs import title_of


def list_changes(trip: Trip, limit: int = 30) -> Sequence[AuditEvent]:
    """The last changes of a trip and everything in it, latest first; one query."""
    rows = sa.or_(*(_about(row) for row in (trip, *trip.parts)))
    wanted = sa.select(AuditEvent).where(rows, AuditEvent.action.like("travel.%"))
    return db.session.scalars(wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Revision:
    """One field of one change: who, when, of which part, from what to what. `field` is empty for a step without values."""

    at: datetime
    by: str
    what: str
    field: str = ""
    before: str = ""
    after: str = ""


#: What says nothing to a reader, or is said by another field.
_TECHNICAL = frozenset(
    {"id", "uid", "trip_id", "version", "sequence", "revised_at", "changed_at", "entry_seq", "approval_id", "made_at"}
)  # fmt: skip
_AMOUNTS = frozenset({"cost_minor", "cost_currency"})


def list_revisions(trip: Trip, *, with_amounts: bool, limit: int = 30) -> list[Revision]:
    """The last changes of a trip and its parts with their values, latest first; two queries.

    Times are told on the clock of their own place. What erasure has taken is gone here too.
    """
    events = list_changes(trip, limit)
    values = {
        row.event_id: row.changes
        for row in db.session.scalars(
            sa.select(AuditDetail).where(AuditDetail.event_id.in_([event.id for event in events]))
        )
    }
    rows: dict[tuple[str, str], Trip | Part] = {
        (row.__tablename__, str(row.id)): row for row in (trip, *trip.parts)
    }
    found = []
    for event in events:
        row = rows[event.subject_kind, event.subject_id]
        said = event.action.split(".")[-1].replace("_", " ")
        what = said if isinstance(row, Trip) else f"{said}, {title_of(row)}"
        by = event.by.name if event.by else ""
        changed = _changed(row, values.get(event.id, {}), with_amounts=with_amounts)
        found += [Revision(event.at, by, what, *one) for one in changed] or [Revision(event.at, by, what)]
    return found


def _changed(
    row: Trip | Part, changes: dict[str, list[object]], *, with_amounts: bool
) -> list[tuple[str, str, str]]:
    """(field, before, after) of what differs; none for a record that was new."""
    if "id" in changes:
        return []
    left_out = set(_TECHNICAL if with_amounts else _TECHNICAL | _AMOUNTS)
    if "outcome" in changes:
        # Said by the step itself: settled, taken, missed.
        left_out |= {"outcome", "cost_stage"}
    return [
        (name.removesuffix("_minor").replace("_", " "), _words(row, name, before), _words(row, name, after))
        for name, (before, after) in sorted(changes.items())
        if name not in left_out
    ]


def _words(row: Trip | Part, name: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "cost_minor" and isinstance(value, int) and not isinstance(row, Trip):
        return str(Money(value, row.cost_currency or row.trip.event.program.currency))
    if name.endswith("_at") and isinstance(value, str):
        zone = getattr(row, name.replace("_at", "_zone"), None) or getattr(row, "zone", None) or "UTC"
        return f"{datetime.fromisoformat(value).astimezone(ZoneInfo(zone)):%-d %b %Y, %H:%M}"
    return str(value).replace("_", " ") if name.endswith(("class", "stage", "state")) else str(value)


def last_change(row: Trip | Part) -> AuditEvent | None:
    """The last change of one row, if any is on record."""
    wanted = sa.select(AuditEvent).where(_about(row)).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    return db.session.scalars(wanted.limit(1)).first()


def _about(row: Trip | Part) -> sa.ColumnElement[bool]:
    return sa.and_(AuditEvent.subject_kind == row.__tablename__, AuditEvent.subject_id == str(row.id))
