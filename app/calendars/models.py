"""Table of calendar feeds."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line
from app.people.models import Person


class FeedKind(enum.StrEnum):
    EVENT = "event"
    PERSON = "person"
    EXECUTIVE = "executive"
    PROGRAM = "program"
    #: An event for those who run it: everything of it, until shortly after it is over.
    COORDINATOR = "coordinator"
    MY_WORK = "my_work"


class Feed(Base):
    """One reader's subscription to one calendar. Its address is the key; only the hash is kept (C1)."""

    __tablename__ = "feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FeedKind]
    #: The event, person, executive or program; none for my work.
    target_id: Mapped[int | None]
    #: The reader: a user of the company, or an outside expert.
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship()
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: Who handed it out; none when the person made it in the portal.
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User | None] = relationship(foreign_keys=[made_by_id])
    made_at: Mapped[datetime]
    #: Whether what is cancelled stays in it as such; some programs strike it through, and some readers ask for it to go.
    has_cancelled: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    fetched_at: Mapped[datetime | None]
    fetched_by: Mapped[Line] = mapped_column(default="")  # the client, as it names itself
    #: SHA-256 of the bytes last served, and since when they are these: the Last-Modified of the feed.
    digest: Mapped[str] = mapped_column(sa.String(64), default="")
    changed_at: Mapped[datetime | None]
    #: SHA-256 of what had to be left out when somebody was told of it last; empty: nothing.
    left_out: Mapped[str] = mapped_column(sa.String(64), default="", server_default=sa.text("''"))
    revoked_at: Mapped[datetime | None]
