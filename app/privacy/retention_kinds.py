"""What a kind of data with a time of its own is: its name, what it covers, how its rows are found and deleted."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from app.accounts.models import User

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
    TRAIL_VALUES = "trail_values"
    NOT_ADMITTED = "not_admitted"
    DECLARED = "declared"
    HOSPITALITY = "hospitality"
    IDENTITIES = "identities"
    VISA_LETTERS = "visa_letters"
    BLOCKS = "blocks"
    LINES = "lines"
    REPORT_RUNS = "report_runs"


#: The days between a report and the deletion are a rule like the others.
WAIT = "wait"
WAIT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose time ends; `from_on` is the day its time began to count."""

    row_id: int
    person_id: int | None
    label: str
    from_on: date


@dataclass(frozen=True, slots=True)
class Policy:
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
