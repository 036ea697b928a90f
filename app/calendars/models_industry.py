"""Tables of time that is not ours: other shows of the industry, when people are not free, and the calendars both come from."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core import clock
from app.core.db import Base, Line, Prose, Versioned, Zone
from app.core.wall_times import days_touched
from app.people.models import Person


class ShowKind(enum.StrEnum):
    TRADE_SHOW = "trade_show"
    CONFERENCE = "conference"
    SUMMIT = "summit"
    LAUNCH = "launch"
    OTHER = "other"


class SourceKind(enum.StrEnum):
    """What is taken from a calendar."""

    SHOWS = "shows"
    BLOCKS = "blocks"


class CalendarSource(Versioned, Base):
    """A calendar of others that is read, from files or from its address; what it held last stays until it is read anew."""

    __tablename__ = "calendar_source"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SourceKind]
    #: Whose calendar it is, when it says when somebody is not free.
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship()
    name: Mapped[Line]
    #: Where it is fetched; empty when files are read in by hand. Whoever has it reads the calendar: it is shown to nobody.
    secret_address: Mapped[Prose] = mapped_column(default="")
    host: Mapped[Line] = mapped_column(default="")
    #: Where its floating times and whole days are read.
    zone: Mapped[Zone]
    #: What a show is taken to be, until somebody says otherwise at the show.
    show_kind: Mapped[ShowKind] = mapped_column(default=ShowKind.OTHER)
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    audiences: Mapped[list[str]] = mapped_column(default=list)
    #: Titles of a person's own calendar are taken only if the person agreed.
    takes_titles: Mapped[bool] = mapped_column(default=False)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User | None] = relationship()
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: When the worker looks again; empty when nothing is fetched.
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    tried_at: Mapped[datetime | None]
    #: When it was read last without trouble.
    fetched_at: Mapped[datetime | None]
    #: Why the last attempt failed, in words; empty when it did not.
    trouble: Mapped[Prose] = mapped_column(default="")
    n_failures: Mapped[int] = mapped_column(default=0)
    etag: Mapped[Line] = mapped_column(default="")
    last_modified: Mapped[Line] = mapped_column(default="")
    n_items: Mapped[int] = mapped_column(default=0)
    #: What could not be taken the last time: a title and a reason each.
    refused: Mapped[list[str]] = mapped_column(default=list)
    #: What a dry run has read and nobody has applied yet: only what would be kept.
    raw: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class OtherShow(Versioned, Base):
    """A show of somebody else, by its days."""

    __tablename__ = "other_show"
    __table_args__ = (sa.UniqueConstraint("source_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int | None] = mapped_column(sa.ForeignKey("calendar_source.id"))
    source: Mapped[CalendarSource | None] = relationship()
    #: Which item of its calendar it is; empty for one kept by hand.
    key: Mapped[str | None] = mapped_column(sa.String(64))
    name: Mapped[Line]
    place: Mapped[Line] = mapped_column(default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    zone: Mapped[Zone]
    from_on: Mapped[date] = mapped_column(index=True)
    to_on: Mapped[date]
    kind: Mapped[ShowKind] = mapped_column(default=ShowKind.TRADE_SHOW)
    link: Mapped[Prose] = mapped_column(default="")
    audiences: Mapped[list[str]] = mapped_column(default=list)
    #: Columns somebody changed by hand: reading the calendar anew leaves them alone.
    kept: Mapped[list[str]] = mapped_column(default=list)
    #: Since when it is off, or no longer in its calendar.
    gone_at: Mapped[datetime | None]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]
    revised_at: Mapped[datetime] = mapped_column(default=clock.now)


class BusyBlock(Versioned, Base):
    """A time at which somebody is not free; what they do then is theirs, unless they asked us to write it down."""

    __tablename__ = "busy_block"
    __table_args__ = (sa.UniqueConstraint("source_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    source_id: Mapped[int | None] = mapped_column(sa.ForeignKey("calendar_source.id"))
    source: Mapped[CalendarSource | None] = relationship()
    key: Mapped[str | None] = mapped_column(sa.String(64))
    title: Mapped[Line] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[Zone]
    is_all_day: Mapped[bool] = mapped_column(default=False)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]
    revised_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def from_on(self) -> date:
        """Its first day, on its own clocks."""
        return days_touched(self.starts_at, self.ends_at, self.zone)[0]

    @property
    def to_on(self) -> date:
        """Its last day."""
        return days_touched(self.starts_at, self.ends_at, self.zone)[1]
