"""Tables of the machine itself: outgoing mail, jobs, files, used form keys, treasury rates."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Currency, Line, Prose


class MailState(enum.StrEnum):
    HELD = "held"  # waits in the outbox for a person to look at it and press send
    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"  # will be tried again
    DEAD = "dead"  # given up; a person sees it
    DISCARDED = "discarded"


class OutboxMail(Base):
    """One final, rendered message; written in the transaction that causes it, sent by the worker."""

    __tablename__ = "outbox_mail"
    __table_args__ = (sa.Index("ix_outbox_mail_state_next", "state", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[Line] = mapped_column(unique=True)
    dedup_key: Mapped[Line] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    recipient: Mapped[Line]
    subject: Mapped[Line]
    raw: Mapped[bytes] = mapped_column(sa.LargeBinary)
    language: Mapped[str] = mapped_column(sa.String(16), default="en")
    #: What it is about, as `room` and id, so that rooms above can group and filter.
    batch: Mapped[str] = mapped_column(sa.String(80), default="", index=True)
    source_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    source_id: Mapped[int | None]
    state: Mapped[MailState] = mapped_column(default=MailState.NEW)
    n_attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    leased_until_at: Mapped[datetime | None]
    last_error: Mapped[Prose] = mapped_column(default="")
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    #: Counts how often its words were changed by hand; sending leaves it alone.
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class JobState(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """Long work: what was asked, how far it is, what came out. The queue only wakes a worker for it."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    arguments: Mapped[dict[str, Any]]
    #: Whoever asked; a number only, because this floor knows no users.
    by_id: Mapped[int | None] = mapped_column(index=True)
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING, index=True)
    n_done: Mapped[int] = mapped_column(default=0)
    n_total: Mapped[int] = mapped_column(default=0)
    n_attempts: Mapped[int] = mapped_column(default=0)
    is_cancel_asked: Mapped[bool] = mapped_column(default=False)
    receipt: Mapped[dict[str, Any]] = mapped_column(default=dict)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    message: Mapped[Prose] = mapped_column(default="")
    made_at: Mapped[datetime]
    leased_until_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class StoredFile(Base):
    """A file kept under the hash of its content; the type is read from the content, never believed."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    name: Mapped[Line]
    media_type: Mapped[str] = mapped_column(sa.String(100))
    n_bytes: Mapped[int]
    by_id: Mapped[int | None]
    made_at: Mapped[datetime]


class FormSubmission(Base):
    """A form that was already acted on: sending it again answers the same and does nothing."""

    __tablename__ = "form_submission"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    path: Mapped[str] = mapped_column(sa.String(500))
    location: Mapped[str] = mapped_column(sa.String(2000), default="")
    made_at: Mapped[datetime]


class TreasuryRate(Base):
    """A rate the company sets itself for a time, with its source; it goes before the ECB for its pair (L2)."""

    __tablename__ = "treasury_rate"
    __table_args__ = (sa.Index("ix_treasury_rate_pair", "from_currency", "to_currency", "valid_from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    from_currency: Mapped[Currency]
    to_currency: Mapped[Currency]
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date]
    #: Decimal as text: a rate is never a float.
    rate: Mapped[str] = mapped_column(sa.String(40))
    source: Mapped[Line]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None]


class Setting(Base):
    """One installation-wide choice by name, such as the reporting currency."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    value: Mapped[dict[str, Any]]
    #: Counts what people chose by a form; notes of the machine leave it alone (`accounts.operations_choices`).
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class PasskeyColumns:
    """Mixin for a passkey of somebody: the public half, as `core.passkeys` makes and checks it."""

    #: What the device calls it, base64url.
    credential: Mapped[str] = mapped_column(sa.String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    #: How often the device says it was used; a smaller number than before is a copy, and opens nothing.
    n_signs: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    #: The browser it was made in, so that its owner recognises it.
    device: Mapped[str] = mapped_column(sa.String(80), default="")
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
