"""Table of notes on people: private to their author, or shared with those who may read notes."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Prose
from app.people.models import Person


class NoteState(enum.StrEnum):
    OPEN = "open"
    ARCHIVED = "archived"
    DISCARDED = "discarded"


class PersonNote(Base):
    """What somebody wrote down about a person; assistants and agencies never see any (R3)."""

    __tablename__ = "person_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    author: Mapped[User] = relationship(foreign_keys=[author_id], lazy="joined")
    #: Who has it now: the author, until it is given away in a hand-over.
    holder_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    holder: Mapped[User] = relationship(foreign_keys=[holder_id], lazy="joined")
    text: Mapped[Prose]
    is_private: Mapped[bool] = mapped_column(default=False)
    state: Mapped[NoteState] = mapped_column(default=NoteState.OPEN)
    #: When others could first read it: from then on it is on record and cannot be discarded.
    shared_at: Mapped[datetime | None]
    #: The hand-over that decided about it, a record of a room above.
    hand_over_id: Mapped[int | None] = mapped_column(index=True)
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    @property
    def was_shared(self) -> bool:
        return self.shared_at is not None
