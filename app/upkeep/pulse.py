"""A word from every worker once a minute, so that others can tell whether somebody is working."""

import time
from datetime import datetime, timedelta

from flask import current_app

from app.core import clock, waking
from app.core.db import db, transaction
from app.core.models import Setting

SEEN = "worker_seen"
#: A worker says something every minute; several of these without a word mean that there is none.
SILENT = timedelta(minutes=5)
_EVERY_SECONDS = 60.0
_said_at: dict[str, float] = {}


def say() -> int:
    """What a worker calls every few seconds; it writes once a minute."""
    key = str(current_app.config["SQLALCHEMY_DATABASE_URI"])
    if time.monotonic() < _said_at.get(key, -_EVERY_SECONDS) + _EVERY_SECONDS:
        return 0
    _said_at[key] = time.monotonic()
    note()
    return 0


waking.step("pulse", say)


def note() -> None:
    """Write down that a worker is at work."""
    with transaction():
        row = db.session.get(Setting, SEEN) or Setting(name=SEEN)
        row.value = {"at": clock.now().isoformat(timespec="seconds")}
        db.session.add(row)


def seen_at() -> datetime | None:
    """When a worker was last heard of; None if never."""
    row = db.session.get(Setting, SEEN)
    return None if row is None else datetime.fromisoformat(row.value["at"])


def is_silent() -> bool:
    """Whether no worker has been heard of lately."""
    at = seen_at()
    return at is None or clock.now() - at > SILENT
