"""Decisions on initiatives, launches and briefs: pure functions, values in, verdict out."""

from datetime import date, timedelta

from msgspec import Struct

from app.core.errors import DomainError

#: How early somebody should be involved before a launch, and when it is too late to call it early (G7).
LEAD_GOAL = timedelta(days=90)
LEAD_LEAST = timedelta(days=60)


class WrongDates(DomainError):
    """Days that cannot follow each other."""


class AlreadyOver(DomainError):
    """What was ended already."""


class SameWords(DomainError):
    """A new version that says what the last one says."""


class Lead(Struct, frozen=True):
    """How many days before a launch a person was first contacted; negative after it, None when never (G7)."""

    n_days: int | None

    @property
    def reaches_goal(self) -> bool:
        return self.n_days is not None and self.n_days >= LEAD_GOAL.days

    @property
    def is_late(self) -> bool:
        return self.n_days is None or self.n_days < LEAD_LEAST.days


def lead_of(first_on: date | None, launch_on: date) -> Lead:
    """The lead of somebody first contacted on a day."""
    return Lead((launch_on - first_on).days if first_on else None)


def require_order(first: date, last: date, words: str, *, field: str) -> None:
    """Refuse a last day before the first."""
    if last < first:
        raise WrongDates(words, field=field)
