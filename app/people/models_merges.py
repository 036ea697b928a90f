"""Tables of duplicates: pairs that look alike, merges by pointer, and the journal that undoes them (P3)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose
from app.people.models import Person


class DuplicatePair(Base):
    """Two records that may be one person; once somebody said they are not, never suggested again."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (sa.UniqueConstraint("one_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Always the smaller of the two ids, so that a pair has one row.
    one_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    one: Mapped[Person] = relationship(foreign_keys=[one_id])
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    other: Mapped[Person] = relationship(foreign_keys=[other_id])
    why: Mapped[Line]
    #: The surest first: 0 for a shared mail or handle.
    doubt: Mapped[int] = mapped_column(index=True)
    found_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]
    dismissed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    dismissed_by: Mapped[User | None] = relationship(lazy="joined")


class PersonMerge(Base):
    """One record was joined to another: `gone` points to `kept` until it is undone."""

    __tablename__ = "person_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kept: Mapped[Person] = relationship(foreign_keys=[kept_id])
    gone_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    gone: Mapped[Person] = relationship(foreign_keys=[gone_id])
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(foreign_keys=[by_id], lazy="joined")
    reason: Mapped[Prose]
    #: Who looked after `kept` before and after, where the merge changed that.
    owner_before_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    owner_after_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id], lazy="joined")
    undo_reason: Mapped[Prose] = mapped_column(default="")


class MergeChange(Base):
    """One value the merge changed in one row of any room, as JSON text before and after."""

    __tablename__ = "merge_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    merge_id: Mapped[int] = mapped_column(sa.ForeignKey("person_merge.id"), index=True)
    table_name: Mapped[str] = mapped_column(sa.String(40))
    row_id: Mapped[int]
    column_name: Mapped[str] = mapped_column(sa.String(40))
    before: Mapped[Prose]
    after: Mapped[Prose]
