"""A backup every night where a folder for it is named, and a word to the administrators when there has been none for long."""

import time
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog
from flask import current_app
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Role
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.models import Setting
from app.core.places import PlaceTrouble
from app.notices import operations as notices
from app.notices.models import Urgency
from app.upkeep import operations, policies, queries

log = structlog.get_logger()

NIGHT = "backup_night"
#: A worker that says nothing for this long about tonight's backup is taken for dead.
_PATIENCE = timedelta(hours=3)
_LOOK_SECONDS = 600.0
_looked_at: dict[str, float] = {}


def look() -> int:
    """What a worker calls every few seconds: it looks at the clock, and every ten minutes at the house."""
    key = str(current_app.config["SQLALCHEMY_DATABASE_URI"])
    if time.monotonic() < _looked_at.get(key, -_LOOK_SECONDS) + _LOOK_SECONDS:
        return 0
    _looked_at[key] = time.monotonic()
    warn_if_old()
    return run_nightly()


waking.step("backup", look)


def run_nightly() -> int:
    """Once a day (UTC), whoever looks first: a backup into the folder of backups, and the oldest away. How many were made."""
    folder: Path | None = current_app.config["BACKUP_PATH"]
    if folder is None or not _take_the_night(clock.today("UTC"), clock.now()):
        return 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        backup = operations.make_backup(folder)
        operations.prune(folder, current_app.config["BACKUP_KEEP"])
    except (DomainError, OSError) as trouble:
        log.error("backup_failed", error=repr(trouble))
        _tell(f"Tonight's backup was not made: {_words_of(trouble)} It is tried again in three hours.")
        return 0
    with transaction():
        operations.remember_backup(backup, by=None)
        row = db.session.get_one(Setting, NIGHT)
        row.value = {**row.value, "is_done": True}
    log.info("backup_made", file=backup.path.name, n_bytes=backup.n_bytes)
    return 1


def warn_if_old() -> bool:
    """Tell the administrators, once, when backups have stopped coming; where none was ever wanted, the page says so."""
    last = queries.last_backup()
    is_wanted = current_app.config["BACKUP_PATH"] is not None
    since = queries.first_user_at()
    db.session.rollback()
    if not policies.is_worrying(last.at if last else None, since, clock.now(), is_wanted=is_wanted):
        return False
    _tell("No backup has been made for more than 48 hours. See Settings, Backups.")
    return True


def _tell(words: str) -> None:
    with transaction():
        notices.notify(words, role=Role.ADMIN, urgency=Urgency.NOW)


def _words_of(trouble: DomainError | OSError) -> str:
    if isinstance(trouble, PlaceTrouble):
        return trouble.why
    if isinstance(trouble, DomainError):
        return trouble.message
    return f"{trouble.strerror or 'the disk refused'}."


def _take_the_night(today: date, now: datetime) -> bool:
    """Whether tonight's backup is ours to make: one worker takes it, another only when that one has gone silent."""
    known = db.session.get(Setting, NIGHT)
    is_taken = known is not None and _is_taken(known, today, now)
    db.session.rollback()
    if is_taken:
        return False
    try:
        with transaction():
            row = db.session.get(Setting, NIGHT, with_for_update=True, populate_existing=True)
            if row is not None and _is_taken(row, today, now):
                return False
            row = row or Setting(name=NIGHT)
            row.value = {"on": today.isoformat(), "taken_at": now.isoformat(), "is_done": False}
            db.session.add(row)
    except IntegrityError:  # another worker was quicker
        return False
    return True


def _is_taken(row: Setting, today: date, now: datetime) -> bool:
    said = row.value
    if said["on"] != today.isoformat():
        return False
    return bool(said["is_done"]) or now < datetime.fromisoformat(said["taken_at"]) + _PATIENCE
