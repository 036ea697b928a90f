"""Events as the book names them: they lie above this floor, so only their number, program, name and day are read."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import UtcDateTime, db
from app.core.wall_times import day_in

_event = sa.table(
    "event",
    sa.column("id", sa.Integer()),
    sa.column("program_id", sa.Integer()),
    sa.column("name", sa.String()),
    sa.column("starts_at", UtcDateTime()),
    sa.column("zone", sa.String()),
)


class NamedEvent(Struct, frozen=True):
    """An event a bill can name."""

    id: int
    program_id: int
    name: str
    on: date


def list_events() -> Sequence[NamedEvent]:
    """Every event, the latest first; cancelled ones too, for their bills come all the same."""
    rows = db.session.execute(sa.select(_event).order_by(_event.c.starts_at.desc(), _event.c.id.desc()))
    return [NamedEvent(row.id, row.program_id, row.name, day_in(row.starts_at, row.zone)) for row in rows]


def find_event(id: int | None) -> NamedEvent | None:
    """The event with this number, if there is one."""
    row = db.session.execute(sa.select(_event).where(_event.c.id == id)).one_or_none()
    return NamedEvent(row.id, row.program_id, row.name, day_in(row.starts_at, row.zone)) if row else None
