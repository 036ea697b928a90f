"""Rows whose time ends: what every kind of data is found as."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.db import db

#: At most so many rows of a kind in one day's work; the oldest first.
PER_DAY = 5_000


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose time ends; `from_on` is the day its time began to count."""

    row_id: int
    person_id: int | None
    label: str
    from_on: date


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def rows(wanted: Any, day: Any) -> list[Due]:
    """Select id, person, label and the day, in this order."""
    ordered = wanted.order_by(day, sa.literal_column("1")).limit(PER_DAY)
    return [Due(row[0], row[1], str(row[2])[:320], _day(row[3])) for row in db.session.execute(ordered)]


def until(day: date) -> datetime:
    """The first instant after a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def run(statement: Any) -> None:
    """Change rows whose change is told by the line of the trail that names the kind and the number."""
    db.session.execute(statement, execution_options={"audited": True, "synchronize_session": False})
