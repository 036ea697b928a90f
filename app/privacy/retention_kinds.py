"""What a kind of data with a time of its own is: its name, what it covers, how its rows are found and deleted."""

import enum
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.accounts.models import User
from app.core.db import db

#: At most so many rows of a kind in one day's work; the oldest first.
PER_DAY = 5_000


class Kind(enum.StrEnum):
    """Kinds of data with a time of their own."""

    TRIPS = "trips"
    UNANSWERED_IMPORTS = "unanswered_imports"
    IMPORTS = "imports"
    MAILS = "mails"
    LINKS = "links"
    VISITS = "visits"
    NOTICES = "notices"
    COPIES = "copies"
    PAPERS = "papers"
    TRAIL_VALUES = "trail_values"
    NOT_ADMITTED = "not_admitted"
    DECLARED = "declared"
    HOSPITALITY = "hospitality"
    IDENTITIES = "identities"
    VISA_LETTERS = "visa_letters"
    BLOCKS = "blocks"
    LINES = "lines"
    REPORT_RUNS = "report_runs"
    WEBHOOK_EVENTS = "webhook_events"


#: The days between a report and the deletion are a rule like the others.
WAIT = "wait"
WAIT_DAYS = 7


class Due(Struct, frozen=True):
    """A row whose time ends; `from_on` is the day its time began to count."""

    row_id: int
    person_id: int | None
    label: str
    from_on: date


class Policy(Struct, frozen=True):
    """One kind of data."""

    name: str
    #: What is deleted, and what stays.
    covers: str
    #: From when the days count, in words: "the end of the trip".
    after: str
    n_days: int
    #: Rows whose time began to count on this day or before, the oldest first, and that still hold something.
    find: Callable[[date], Sequence[Due]]
    #: Deletes these rows; gives the ids it could not.
    delete: Callable[[Sequence[int], User | None], Sequence[int]]
    #: A promise to the person: kept on its day, hold or not, and never listed one by one (P7).
    is_promise: bool = False
    #: Whether somebody has to say yes, as long as no rule says otherwise (c48).
    is_asked: bool = True


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
