"""Decisions about the record of an event: what of it is missing, and by when invitations and papers should be out."""

import enum
from datetime import date, timedelta

from flask_babel import gettext as _
from msgspec import Struct

from app.core.wall_times import day_in
from app.events.models import Event

#: So many days before a date, it is said to be close.
_SOON_DAYS = 14


class MilestoneState(enum.StrEnum):
    """Where a dated step stands."""

    DONE = "done"
    DONE_LATE = "done_late"
    AHEAD = "ahead"
    SOON = "soon"
    OVERDUE = "overdue"


class Milestone(Struct, frozen=True):
    """A step that should be done by a day; `done_on` where it was. `n_days` from today, or how late it was."""

    key: str
    by_on: date
    state: MilestoneState
    n_days: int
    done_on: date | None = None


def milestones_of(event: Event, first_sent_on: date | None, today: date) -> list[Milestone]:
    """The dated steps before an event, by date: from the weeks written in its record, and what was done."""
    begins_on = day_in(event.starts_at, event.zone)
    found = []
    if event.n_lead_weeks is not None:
        by_on = begins_on - timedelta(weeks=event.n_lead_weeks)
        found.append(_milestone("invitations", by_on, first_sent_on, today))
    if event.n_visa_weeks is not None:
        by_on = begins_on - timedelta(weeks=event.n_visa_weeks)
        # Nothing here knows when papers were out, so this one is never done: it is ahead, or the day is over.
        found.append(_milestone("visa_papers", by_on, None, today))
    return sorted(found, key=lambda one: (one.by_on, one.key))


def _milestone(key: str, by_on: date, done_on: date | None, today: date) -> Milestone:
    if done_on is not None:
        late = (done_on - by_on).days
        state = MilestoneState.DONE_LATE if late > 0 else MilestoneState.DONE
        return Milestone(key, by_on, state, max(late, 0), done_on)
    n_days = (by_on - today).days
    if n_days < 0:
        return Milestone(key, by_on, MilestoneState.OVERDUE, -n_days)
    return Milestone(
        key, by_on, MilestoneState.SOON if n_days <= _SOON_DAYS else MilestoneState.AHEAD, n_days
    )


def missing_of(event: Event) -> list[str]:
    """The fields of a record that nobody has filled in yet, in the words of the form."""
    fields = {
        _("City"): event.city, _("Country"): event.country, _("Address"): event.address, _("For whom"): event.audiences,
        _("Weeks for invitations"): event.n_lead_weeks is not None, _("Weeks for visa papers"): event.n_visa_weeks is not None,
    }  # fmt: skip
    return [label for label, value in fields.items() if not value]
