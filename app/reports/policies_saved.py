"""Decisions about saved reports: when a schedule is due, how much is kept, what is refused."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.models import User
from app.core.errors import DomainError, NotAllowed

#: Runs of one saved report; and those somebody kept of a report without saved settings.
MOST_RUNS = 36
#: Whatever somebody asks of a report is shorter than this.
LONGEST = 100
READS = "reports:read"


class SettingsRefused(DomainError):
    """Settings that cannot be kept, or that cannot be used any more."""


class RunRefused(DomainError):
    """A run that cannot be kept, or runs that cannot be compared."""


class ScheduleRefused(DomainError):
    """A schedule that cannot be."""


class NotYours(NotAllowed):
    """Settings, a schedule or a run of somebody else."""


def next_due(day: int, hour: int, zone: str, after: datetime) -> datetime:
    """The first instant after another at which it is this day of a month and this hour on the clocks of a zone.

    Where clocks skip the hour, the moment they do; where they show it twice, the first.
    """
    clock = ZoneInfo(zone)
    local = after.astimezone(clock)
    month = local.year * 12 + local.month - 1
    while True:
        wall = datetime(month // 12, month % 12 + 1, day, hour, tzinfo=clock)
        due = wall.astimezone(UTC)
        if due > after:
            return due
        month += 1


def last_due(day: int, hour: int, zone: str, now: datetime) -> datetime:
    """The latest such instant that has come."""
    back = now - timedelta(days=62)
    due = next_due(day, hour, zone, back)
    while (following := next_due(day, hour, zone, due)) <= now:
        due = following
    return due


def month_of(due: datetime, zone: str) -> str:
    """The month an instant lies in on the clocks of a zone: "2026-11"."""
    return f"{due.astimezone(ZoneInfo(zone)):%Y-%m}"


def may_read(user: User) -> bool:
    """Whether somebody may read reports at all, at this moment (R3)."""
    return permissions.may(user, READS)


def require_readers(readers: Collection[User]) -> None:
    """Raise ScheduleRefused for somebody who may not read reports."""
    barred = [user.name for user in readers if not may_read(user)]
    if barred:
        raise ScheduleRefused(
            _("%(barred)s may not read reports.", barred=", ".join(barred)), field="reader_ids"
        )


def require_room(n_kept: int) -> None:
    """Raise RunRefused when as many runs are kept as there is room for."""
    if n_kept >= MOST_RUNS:
        raise RunRefused(
            _("%(most_runs)s runs of this report are kept already. Remove one first.", most_runs=MOST_RUNS)
        )


def require_own(owner: User, by: User, what: str) -> None:
    """Raise NotYours unless `by` is the owner."""
    if owner.id != by.id:
        raise NotYours(
            _("%(owner)s %(what)s. Save settings of your own to change them.", owner=owner.name, what=what)
        )
