"""Who changed a trip and its parts, when and what: from the audit trail."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import AuditDetail, AuditEvent
from app.accounts.policies import words_of_action, words_of_column
from app.core.db import db
from app.core.i18n import all_marked, day, money_in_words, said
from app.core.money import Money
from app.core.spoken import within
from app.travel.models import Stay, Transfer, Trip
from app.travel.queries import Part
from app.travel.queries_costs import title_of
from app.travel.sharing import Shared


def list_changes(trip: Trip, limit: int = 30) -> Sequence[AuditEvent]:
    """The last changes of a trip and everything in it, latest first; one query."""
    rows = sa.or_(*(_about(row) for row in (trip, *trip.parts)))
    wanted = sa.select(AuditEvent).where(rows, AuditEvent.action.like("travel.%"))
    return db.session.scalars(wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)).all()


class Revision(Struct, frozen=True):
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
_OWN_WORDS = frozenset({"wish"})
#: Columns that are not called what their name says.
_FIELDS = all_marked({
    "cost_minor": "cost", "person_id": "person id", "event_id": "event id", "leg_id": "leg id",
    "shares_with_id": "shares with id", "fare_leg_id": "fare leg id",
})  # fmt: skip


def list_revisions(
    trip: Trip, *, with_amounts: bool, with_words: bool = True, limit: int = 30
) -> list[Revision]:
    """The last changes of a trip and its parts with their values, latest first; two queries.

    `with_words`: also what somebody wished in their own words, where they may write what they need. Times are told on the
    clock of their own place. What erasure has taken is gone here too.
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
    hidden = (frozenset() if with_amounts else _AMOUNTS) | (frozenset() if with_words else _OWN_WORDS)
    found = []
    for event in events:
        row = rows[event.subject_kind, event.subject_id]
        done = words_of_action(event.action)
        what = done if isinstance(row, Trip) else f"{done}, {title_of(row)}"
        by = event.by.name if event.by else ""
        changed = _changed(row, values.get(event.id, {}), hidden)
        found += [Revision(event.at, by, what, *one) for one in changed] or [Revision(event.at, by, what)]
    return found


def _changed(
    row: Trip | Part, changes: dict[str, list[object]], hidden: frozenset[str]
) -> list[tuple[str, str, str]]:
    """(field, before, after) of what differs; none for a record that was new."""
    if "id" in changes:
        return []
    left_out = set(_TECHNICAL | hidden)
    if "outcome" in changes:
        # Said by the step itself: settled, taken, missed.
        left_out |= {"outcome", "cost_stage"}
    return [
        (_field(name), _words(row, name, before), _words(row, name, after))
        for name, (before, after) in sorted(changes.items())
        if name not in left_out
    ]


def _field(name: str) -> str:
    return said(_FIELDS.get(name, "")) or words_of_column(name)


def _words(row: Trip | Part, name: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if name == "cost_minor" and isinstance(value, int) and not isinstance(row, Trip):
        return money_in_words(Money(value, row.cost_currency or row.trip.event.program.currency))
    if name.endswith("_at") and isinstance(value, str):
        zone = getattr(row, name.replace("_at", "_zone"), None) or getattr(row, "zone", None) or "UTC"
        there = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        return f"{day(there)}, {there:%H:%M}"
    return within(str(value)) if name.endswith(("class", "stage", "state")) else str(value)


def last_change(row: Trip | Part) -> AuditEvent | None:
    """The last change of one row, if any is on record."""
    wanted = sa.select(AuditEvent).where(_about(row)).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    return db.session.scalars(wanted.limit(1)).first()


class PassedOn(Struct, frozen=True):
    """What a room or a car cost whoever had it before, and their name."""

    cost: Money
    name: str


def cost_passed_on(part: Shared) -> PassedOn | None:
    """What somebody's room or car, which they shared until its holder gave it up, was booked for; three queries.

    None once it has a cost of its own, or is shared again, and when erasure has taken what is asked for.
    """
    if part.cost is not None or part.shares_with_id is not None or not part.takes_place:
        return None
    table = part.__tablename__
    holder_id, _none = (_changes(part, f"travel.{table}_passed_on") or {}).get("shares_with_id", (None, None))
    if not isinstance(holder_id, int):
        return None
    holder: Shared | None = (
        db.session.get(Stay, holder_id) if isinstance(part, Stay) else db.session.get(Transfer, holder_id)
    )
    if holder is None or holder.cost is None:
        return None
    ended = _changes(holder, f"travel.{table}_cancelled", f"travel.{table}_declined") or {}
    minor, _after = ended.get("cost_minor", (holder.cost.minor, None))  # what was charged has taken its place
    currency, _after = ended.get("cost_currency", (holder.cost.currency, None))
    if not isinstance(minor, int) or not isinstance(currency, str):
        return None
    return PassedOn(Money(minor, currency), holder.trip.person.name)


def _changes(row: Part, *actions: str) -> dict[str, tuple[object, object]] | None:
    """What the last of these actions changed in a row; one query."""
    wanted = (
        sa.select(AuditDetail.changes)
        .join(AuditEvent, AuditEvent.id == AuditDetail.event_id)
        .where(_about(row), AuditEvent.action.in_(actions))
        .order_by(AuditEvent.id.desc())
    )
    return db.session.scalars(wanted.limit(1)).first()


def _about(row: Trip | Part) -> sa.ColumnElement[bool]:
    return sa.and_(AuditEvent.subject_kind == row.__tablename__, AuditEvent.subject_id == str(row.id))
