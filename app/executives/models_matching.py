"""Tables of matching: runs, the meetings each proposes, the wishes it could not meet and why."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Versioned
from app.core.models import Job
from app.events.models import Event
from app.executives.models import Executive, Meeting, Slot
from app.people.models import Person


class MatchingRun(Versioned, Base):
    """One search for a plan of meetings at an event: asked for, found, perhaps changed by hand, perhaps made real (X2)."""

    __tablename__ = "matching_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    #: The run it went on from: its pins hold, and it changes as little as it can of the rest.
    after_id: Mapped[int | None] = mapped_column(sa.ForeignKey("matching_run.id"))
    #: What counts how much: `MatchingDetails` as JSON.
    weights: Mapped[dict[str, Any]]
    #: Executives whose time it plans; readers see all of them or not the run.
    executive_ids: Mapped[list[Any]] = mapped_column(sa.JSON)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    made_at: Mapped[datetime]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    job: Mapped[Job | None] = relationship()
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: Points of the plan as it stands, and an upper bound that no plan passes.
    points: Mapped[int | None]
    bound: Mapped[int | None]
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    applied_by: Mapped[User | None] = relationship(foreign_keys=[applied_by_id])
    rolled_back_at: Mapped[datetime | None]
    rolled_back_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    @property
    def is_open(self) -> bool:
        """Whether hands may still change it: it is found, and not made real yet."""
        return self.finished_at is not None and self.applied_at is None

    @property
    def share(self) -> int | None:
        """Whole percent of the bound, rounded down; None where that says nothing."""
        if self.points is None or self.bound is None or self.points < 0 or self.bound <= 0:
            return None
        return self.points * 100 // self.bound


class MatchingMeeting(Base):
    """A meeting of a plan: proposed, or agreed before and kept as it is."""

    __tablename__ = "matching_meeting"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("matching_run.id"), index=True)
    run: Mapped[MatchingRun] = relationship()
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    slot: Mapped[Slot] = relationship()
    chair: Mapped[int] = mapped_column(default=1)
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"))
    executive: Mapped[Executive] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    #: Somebody wants it just so; the next run keeps it.
    is_pinned: Mapped[bool] = mapped_column(default=False)
    #: It was agreed before the run, which never moves what is agreed.
    is_agreed: Mapped[bool] = mapped_column(default=False)
    #: What it became, and that meeting's version then: a roll-back leaves what somebody has changed since.
    meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting.id"))
    meeting: Mapped[Meeting | None] = relationship()
    meeting_version: Mapped[int | None]


class MatchingUnmet(Base):
    """A wish that a plan does not meet, with its reason."""

    __tablename__ = "matching_unmet"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("matching_run.id"), index=True)
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"))
    executive: Mapped[Executive] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    points: Mapped[int]
    is_must: Mapped[bool] = mapped_column(default=False)
    #: The rule in the way (`matching.Why`), the windows the executive has, and how many of them each rule takes away.
    why: Mapped[str] = mapped_column(sa.String(40))
    n_windows: Mapped[int]
    counts: Mapped[dict[str, Any]]
    #: Slots whose meetings are in the way.
    slot_ids: Mapped[list[Any]] = mapped_column(sa.JSON)
