"""Figures of the house for a monitor: counts and instants out of the database, no row of anybody in them."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct

from app.core import clock, sending
from app.core.db import db
from app.core.models import Job, JobState, MailState, OutboxMail
from app.ledger import queries as ledger
from app.ledger.checkpoint import State
from app.upkeep import pulse, queries
from app.webhooks import queries as webhooks
from app.webhooks.models import DeliveryState

_MAILS = (MailState.HELD, MailState.NEW, MailState.SENDING, MailState.FAILED, MailState.DEAD)
_JOBS = (JobState.WAITING, JobState.RUNNING, JobState.FAILED)
_EVENTS = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEAD)


class Figure(Struct, frozen=True):
    """One figure: its name, what it means, and its values under their labels; none where nothing is known yet."""

    name: str
    words: str
    labels: tuple[str, ...]
    values: tuple[tuple[tuple[str, ...], float], ...]


def figures() -> Iterator[Figure]:
    """All of them, read now."""
    yield from _jobs()
    yield from _mails()
    told = webhooks.count_undelivered()
    yield Figure(
        "webhook_events", "Events that wait for a webhook, are being sent, or were given up (dead).", ("state",),
        tuple(((state.value,), told.get(state, 0)) for state in _EVENTS),
    )  # fmt: skip
    yield from _instants()


def _jobs() -> Iterator[Figure]:
    counted = (
        sa.select(Job.name, Job.state, sa.func.count())
        .where(Job.state.in_(_JOBS))
        .group_by(Job.name, Job.state)
    )
    rows = sorted(((row[0], row[1].value), float(row[2])) for row in db.session.execute(counted))
    yield Figure(
        "jobs",
        "Long work by kind: waiting, running, failed and not yet done again.",
        ("kind", "state"),
        tuple(rows),
    )
    first = sa.select(sa.func.min(Job.made_at)).where(Job.state == JobState.WAITING)
    yield _age(
        "job_oldest_waiting_seconds",
        "For how long the oldest job has waited; 0 when none waits.",
        db.session.scalar(first),
    )


def _mails() -> Iterator[Figure]:
    counted = (
        sa.select(OutboxMail.state, sa.func.count())
        .where(OutboxMail.state.in_(_MAILS))
        .group_by(OutboxMail.state)
    )
    found = {row[0]: row[1] for row in db.session.execute(counted)}
    yield Figure(
        "outbox_mails", "Mails held for a person, waiting (new), on their way, to be tried again (failed), given up (dead).",
        ("state",), tuple(((state.value,), found.get(state, 0)) for state in _MAILS),
    )  # fmt: skip
    waits = OutboxMail.state.in_([MailState.NEW, MailState.FAILED])
    first = db.session.scalar(sa.select(sa.func.min(OutboxMail.made_at)).where(waits))
    yield _age(
        "outbox_oldest_waiting_seconds", "For how long the oldest mail has waited; 0 when none waits.", first
    )


def _instants() -> Iterator[Figure]:
    backup, tried, book = queries.last_backup(), queries.last_verified(), ledger.last_verification()
    yield _instant(
        "backup_last_timestamp_seconds", "When the last good backup was made.", backup.at if backup else None
    )
    yield _instant(
        "backup_verified_timestamp_seconds", "When a backup was last put back on trial.", tried.at if tried else None
    )  # fmt: skip
    yield _instant(
        "ledger_verified_timestamp_seconds", "When the whole book was last verified.", book["at"] if book else None
    )  # fmt: skip
    intact = () if book is None else (((), float(book["state"] == State.OK.value)),)
    yield Figure("ledger_intact", "Whether the last verification found the book intact.", (), intact)
    yield _instant("worker_seen_timestamp_seconds", "When a worker was last heard of.", pulse.seen_at())
    yield Figure(
        "sending_held", "Whether this house was told to be silent.", (), (((), float(sending.is_held())),)
    )


def _age(name: str, words: str, since: datetime | None) -> Figure:
    age = 0.0 if since is None else max(0.0, (clock.now() - since).total_seconds())
    return Figure(name, words, (), (((), age),))


def _instant(name: str, words: str, at: datetime | None) -> Figure:
    return Figure(name, words, (), () if at is None else (((), at.timestamp()),))
