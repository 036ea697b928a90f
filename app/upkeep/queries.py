"""What is remembered of backups, and how the house is: no row of anybody in it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.accounts.models import User
from app.core.db import db
from app.core.models import Setting

#: Where the last backup and the last trial of one are remembered.
LAST, VERIFIED = "backup_last", "backup_verified"


class LastBackup(Struct, frozen=True):
    """The newest backup this house knows of."""

    at: datetime
    file: str
    n_bytes: int
    head: str
    n_files: int
    n_missing: int
    n_entries: int


class LastVerified(Struct, frozen=True):
    """The newest backup that was put back on trial."""

    at: datetime
    file: str
    made_at: datetime


def last_backup() -> LastBackup | None:
    """The newest backup; None before the first."""
    said = _said(LAST)
    return None if said is None else LastBackup(**{**said, "at": datetime.fromisoformat(said["at"])})


def last_verified() -> LastVerified | None:
    """The newest trial of a backup; None before the first."""
    said = _said(VERIFIED)
    if said is None:
        return None
    return LastVerified(
        datetime.fromisoformat(said["at"]), said["file"], datetime.fromisoformat(said["made_at"])
    )


def _said(name: str) -> dict[str, Any] | None:
    row = db.session.get(Setting, name)
    return None if row is None else dict(row.value)


def first_user_at() -> datetime | None:
    """Since when somebody works here."""
    return db.session.scalar(sa.select(sa.func.min(User.made_at)))
