"""What the chapters of the demo share: the calendar it is moved to, and everybody who was made so far."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.accounts.models import User
from app.core import clock
from app.core.vtimezone import local_instant
from app.disclosures.models import PolicyVersion
from app.events.models import Event, Invitation
from app.events.models_waves import Wave
from app.executives.models import Executive
from app.people.models import Organisation, Person
from app.programs.models import Cohort, CohortMember, Enrolment, Goal, Program

VENUE_ZONE: Final = "Europe/London"
_WEEKS_BACK: Final = 16
_TUESDAY: Final = 1


@dataclass
class Story:
    """The demo as it grows. Day 0 is the analyst day, a Tuesday sixteen weeks back; the show follows on days 1 to 3."""

    today: date
    users: dict[str, User] = field(default_factory=dict)
    houses: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    executives: dict[str, Executive] = field(default_factory=dict)
    members: dict[str, CohortMember] = field(default_factory=dict)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    waves: dict[int, Wave] = field(default_factory=dict)
    program: Program = field(init=False)
    goal: Goal = field(init=False)
    cohort: Cohort = field(init=False)
    policy: PolicyVersion = field(init=False)
    event: Event = field(init=False)
    next_event: Event = field(init=False)

    @property
    def first_day(self) -> date:
        """The analyst day."""
        near = self.today - timedelta(weeks=_WEEKS_BACK)
        return near - timedelta(days=(near.weekday() - _TUESDAY) % 7)

    def on(self, days: int) -> date:
        """The date so many days after (or before) the analyst day."""
        return self.first_day + timedelta(days=days)

    def moment(self, days: int, hour: int = 10, minute: int = 0, zone: str = VENUE_ZONE) -> datetime:
        """An instant on one of those days, by the clock of a zone."""
        return local_instant(datetime.combine(self.on(days), time(hour, minute)), zone)

    def at(self, days: int, hour: int = 10, minute: int = 0) -> AbstractContextManager[None]:
        """Live at that moment; never later than now, so that nothing in the demo has yet to happen."""
        return clock.fixed_at(
            min(self.moment(days, hour, minute), datetime.combine(self.today, time(6), tzinfo=UTC))
        )

    def lately(self, days_ago: int, hour: int = 9) -> AbstractContextManager[None]:
        """Live at a moment of the last weeks."""
        return clock.fixed_at(datetime.combine(self.today - timedelta(days=days_ago), time(hour), tzinfo=UTC))

    def ahead(self, days: int) -> date:
        """The date so many days after today."""
        return self.today + timedelta(days=days)
