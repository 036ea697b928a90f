"""Tables of how people use lists: saved views, what each user chose, actions on many rows with what they changed."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.core.models import Job


class Share(enum.StrEnum):
    """Who else sees a saved view."""

    PRIVATE = "private"
    DEPARTMENT = "department"
    ALL = "all"


class SavedView(Versioned, Base):
    """Filters, order and columns of a list under a name; its owner changes it, whoever sees it may copy it."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.Index("ix_saved_view_shown", "listing", "share", "department_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Which list: a key of `lists.catalogue`.
    listing: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[Line]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    owner: Mapped[User] = relationship(lazy="joined")
    share: Mapped[Share] = mapped_column(default=Share.PRIVATE)
    #: The department of whoever shared it, for `Share.DEPARTMENT`.
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    #: The query of the address, less the place in the list.
    query: Mapped[dict[str, Any]]
    #: Keys in their order; empty for whatever the reader has chosen.
    columns: Mapped[list[str]] = mapped_column(default=list)
    made_at: Mapped[datetime]
    #: Given up; kept, so that an address of it can say so.
    ended_at: Mapped[datetime | None]


class ListChoice(Base):
    """What a user has chosen for a list: columns, the view it opens with, views on the home page."""

    __tablename__ = "list_choice"
    __table_args__ = (sa.UniqueConstraint("user_id", "listing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    listing: Mapped[str] = mapped_column(sa.String(40))
    columns: Mapped[list[str]] = mapped_column(default=list)
    default_view_id: Mapped[int | None] = mapped_column(sa.ForeignKey("saved_view.id"))
    pinned_ids: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    set_at: Mapped[datetime]


class BulkRun(Base):
    """One action on many rows of a list: the receipt, and the way back."""

    __tablename__ = "bulk_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    listing: Mapped[str] = mapped_column(sa.String(40))
    action: Mapped[str] = mapped_column(sa.String(40))
    #: What was done, in words without names of people: "Put into the cohort London 2026".
    words: Mapped[Prose]
    values: Mapped[dict[str, Any]]
    n_rows: Mapped[int]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    by: Mapped[User] = relationship(lazy="joined", foreign_keys=[by_id])
    made_at: Mapped[datetime] = mapped_column(index=True)
    #: The jobs that do it and take it back, where there are too many rows for one moment.
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    job: Mapped[Job | None] = relationship(foreign_keys=[job_id])
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    undo_job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    undo_job: Mapped[Job | None] = relationship(foreign_keys=[undo_job_id])


class ChangeState(enum.StrEnum):
    WAITING = "waiting"
    CHANGED = "changed"
    SAME = "same"  # it was so already
    SKIPPED = "skipped"  # a rule said no
    UNDONE = "undone"
    KEPT = "kept"  # changed by somebody since: not undone


class BulkChange(Base):
    """What an action on many rows did to one of them: the values before and after."""

    __tablename__ = "bulk_change"
    __table_args__ = (sa.UniqueConstraint("run_id", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("bulk_run.id"))
    #: The id of the row; which table it is in, the list knows.
    subject_id: Mapped[int] = mapped_column(index=True)
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.WAITING)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Why not, in words in which the name of the row is left out.
    reason: Mapped[Prose] = mapped_column(default="")
