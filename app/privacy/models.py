"""Tables of requests about one's own data, holds, retention rules and the receipts of what was deleted."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.core.models import StoredFile
from app.people.models import Person


class RequestKind(enum.StrEnum):
    ACCESS = "access"  # a copy of everything (P9)
    ERASURE = "erasure"  # to be forgotten (P8)


class RequestState(enum.StrEnum):
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RequestChannel(enum.StrEnum):
    MAIL = "mail"
    LETTER = "letter"
    PHONE = "phone"
    PORTAL = "portal"
    IN_PERSON = "in_person"


class PrivacyRequest(Versioned, Base):
    """What a person asked about their data, when, by when it is due, who handles it and how it ended."""

    __tablename__ = "privacy_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RequestKind]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    state: Mapped[RequestState] = mapped_column(default=RequestState.OPEN, index=True)
    channel: Mapped[RequestChannel]
    received_on: Mapped[date]
    due_on: Mapped[date]
    #: What the person wrote, and how it is known that it was them.
    words: Mapped[Prose] = mapped_column(default="")
    identity: Mapped[Prose] = mapped_column(default="")
    handler_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    handler: Mapped[User] = relationship(foreign_keys=[handler_id], lazy="joined")
    #: Empty when the person asked on their own page.
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User | None] = relationship(foreign_keys=[made_by_id], lazy="joined")
    made_at: Mapped[datetime]
    #: Who confirmed, refused or finished it: never `made_by` for an erasure.
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id], lazy="joined")
    done_at: Mapped[datetime | None]
    #: Why it was refused, or why it was done although something was open.
    reason: Mapped[Prose] = mapped_column(default="")
    #: What was erased and what was kept, as numbers by table; for the answer.
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: What the record is called since.
    surrogate: Mapped[Line] = mapped_column(default="")
    #: The copy that was made.
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    file: Mapped[StoredFile | None] = relationship()


class PrivacyHold(Base):
    """A reason not to delete anything about a person: it stops erasure and retention until it is lifted."""

    __tablename__ = "privacy_hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    reason: Mapped[Prose]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(foreign_keys=[by_id], lazy="joined")
    from_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id], lazy="joined")
    end_reason: Mapped[Prose] = mapped_column(default="")


class DoomedFile(Base):
    """Content that no row names any more; the worker takes it from the disk and tries until it is gone."""

    __tablename__ = "doomed_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("privacy_request.id"), index=True)
    made_at: Mapped[datetime]
    n_attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_error: Mapped[Prose] = mapped_column(default="")
    removed_at: Mapped[datetime | None]


class RetentionRule(Base):
    """How long a kind of data is kept, from a day on; the latest that has begun counts."""

    __tablename__ = "retention_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: A value of `retention.Kind`.
    kind: Mapped[str] = mapped_column(sa.String(40), index=True)
    n_days: Mapped[int]
    #: Whether somebody says yes before anything of the kind is deleted.
    is_asked: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    from_on: Mapped[date]
    reason: Mapped[Prose]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship(lazy="joined")
    made_at: Mapped[datetime]


class RetentionRun(Base):
    """One day's look at what is due: the report first, and what of earlier reports was deleted."""

    __tablename__ = "retention_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(unique=True)
    at: Mapped[datetime]
    #: Days between the report and the deletion, as they were on this day.
    n_wait_days: Mapped[int]
    #: By kind: {"reported", "deleted", "held"}.
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RetentionItem(Base):
    """One row that is due: reported on one day, deleted on a later one, or held."""

    __tablename__ = "retention_item"
    __table_args__ = (
        sa.Index("ix_retention_item_kind_row", "kind", "row_id"),
        sa.Index("ix_retention_item_open", "deleted_on", "dropped_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    row_id: Mapped[int]
    #: Empty where it may not be told whose row it is (P7).
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship(lazy="joined")
    label: Mapped[Line]
    due_on: Mapped[date]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("retention_run.id"), index=True)
    run: Mapped[RetentionRun] = relationship(lazy="joined")
    reported_on: Mapped[date]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_by: Mapped[User | None] = relationship(lazy="joined")
    #: Why the last run left it, empty if it did not.
    held_because: Mapped[Line] = mapped_column(default="")
    deleted_on: Mapped[date | None]
    #: When it was no longer due: somebody touched it, or a rule was changed.
    dropped_on: Mapped[date | None]
