"""What every row that appears in a calendar carries: a UID for life, a rising SEQUENCE, the last revision."""

import uuid
from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column

from app.core import clock


class Scheduled:
    """Mixin for calendar items (C1). A subclass names the columns whose change its readers must be told of."""

    #: Columns that raise SEQUENCE (time, place, status: RFC 5546); any other change only moves `revised_at`.
    moves_with: ClassVar[frozenset[str]] = frozenset(
        {"starts_at", "ends_at", "zone", "place", "is_cancelled"}
    )

    uid: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: str(uuid.uuid4()))
    sequence: Mapped[int] = mapped_column(default=0)
    revised_at: Mapped[datetime] = mapped_column(default=clock.now)
    is_cancelled: Mapped[bool] = mapped_column(default=False)


@event.listens_for(Session, "before_flush")
def _revise(session: Session, _context: UOWTransaction, _instances: object) -> None:
    for row in session.dirty:
        if not isinstance(row, Scheduled) or not session.is_modified(row, include_collections=False):
            continue
        changed = {attribute.key for attribute in sa.inspect(row).attrs if attribute.history.has_changes()}
        row.revised_at = max(clock.now(), row.revised_at)
        if changed & row.moves_with:
            row.sequence += 1
