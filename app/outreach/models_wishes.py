"""Tables of what a person wants of contact: quiet days of the week, and limits for single channels (P4)."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Prose, Versioned
from app.outreach.models import TouchChannel
from app.people.models import Person


class ContactWish(Versioned, Base):
    """The days of the week on which a person wants to hear nothing, on the person's own calendar."""

    __tablename__ = "contact_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    person: Mapped[Person] = relationship()
    #: "mon" to "sun".
    quiet_weekdays: Mapped[list[str]] = mapped_column(default=list)
    said_on: Mapped[date]
    reason: Mapped[Prose] = mapped_column(default="")


class ChannelWish(Base):
    """No contact on one channel, or at most so much of it."""

    __tablename__ = "channel_wish"
    __table_args__ = (sa.UniqueConstraint("person_id", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    channel: Mapped[TouchChannel]
    is_closed: Mapped[bool] = mapped_column(default=False)
    #: At most so many contacts in so many days; both or neither.
    n_most: Mapped[int | None]
    n_days: Mapped[int | None]
