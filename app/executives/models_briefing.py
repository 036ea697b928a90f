"""Tables of briefing books: what an executive reads before a day of meetings, kept as it was given out."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base
from app.events.models import Event
from app.executives.models import Executive, Meeting
from app.people.models import Person


class BriefingBook(Base):
    """One version of the book of an executive for a day at an event; it never changes, a later version follows it (X4)."""

    __tablename__ = "briefing_book"
    __table_args__ = (sa.UniqueConstraint("executive_id", "event_id", "on", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    executive_id: Mapped[int] = mapped_column(sa.ForeignKey("executive.id"))
    executive: Mapped[Executive] = relationship(lazy="joined")
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    event: Mapped[Event] = relationship()
    #: The day on the event's clock.
    on: Mapped[date]
    number: Mapped[int]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])
    #: What it says was true at this instant.
    made_at: Mapped[datetime]
    #: Somebody who looks after one of the people has read it and let it out.
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    released_by: Mapped[User | None] = relationship(foreign_keys=[released_by_id])
    released_at: Mapped[datetime | None]
    pages: Mapped[list["BriefingPage"]] = relationship(order_by="BriefingPage.position")


class BriefingPage(Base):
    """What the book says of one meeting and its person; it goes when the person is erased."""

    __tablename__ = "briefing_page"
    __table_args__ = (sa.UniqueConstraint("book_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing_book.id"))
    position: Mapped[int]
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    meeting: Mapped[Meeting] = relationship()
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    #: See `queries_briefing.page_of`: words, dates as ISO text; no amount, no private note.
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
