"""Entity tags: a record is what it was read as, or it is not changed.

A tag is `"id-version-print"`: the print is of what the reader was shown, so that an answer that differs is never taken for
the same; whether a change may be made is asked of id and version alone.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import request

from app.accounts.access import acting_user
from app.api.shape import Record
from app.core.db import Versioned, db
from app.core.errors import DomainError

_PRINT_LENGTH = 16


class VersionNeeded(DomainError):
    """A change to something others change too, without saying which version it is made to."""

    status = 428


class ChangedMeanwhile(DomainError):
    """The record is not what it was when it was read; `more` holds it as it is now."""

    status = 412


def tag_of(document: Any, record: Record | None) -> str:
    """The tag of a document, with the number and the version of the record it shows."""
    plain = json.dumps(document, sort_keys=True, ensure_ascii=False).encode()
    printed = hashlib.sha256(plain).hexdigest()[:_PRINT_LENGTH]
    return f'"{record.id}-{record.version}-{printed}"' if record is not None else f'"{printed}"'


def is_known(tag: str) -> bool:
    """Whether the reader says that it has this already (If-None-Match)."""
    asked = request.headers.get("If-None-Match", "")
    return asked.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in asked.split(",")]


def require_version_named() -> None:
    """Refuse a change without If-Match. Raises VersionNeeded."""
    if not request.headers.get("If-Match", "").strip():
        raise VersionNeeded(
            "Say which version you change: read the record, and send its ETag as If-Match. Nothing was changed."
        )


def require_unchanged(row: Versioned, shown: Callable[[], Record]) -> int:
    """Lock a record that others may change too, and refuse when it is not the version the sender read.

    Gives the version. Raises ChangedMeanwhile, with the record as it is now.
    """
    key = sa.inspect(row).identity
    table: Any = type(row)
    now = db.session.scalar(sa.select(table.version).where(table.id == key[0]).with_for_update())
    if now != row.version:
        db.session.expire(row)
    if not _names(f"{key[0]}-{row.version}"):
        error = ChangedMeanwhile(
            "Somebody changed this since you read it. It is as “current” says; make your change to that. Nothing was changed."
        )
        error.more = {"current": shown().seen_by(acting_user())}
        raise error
    return row.version


def _names(version: str) -> bool:
    asked = request.headers.get("If-Match", "").strip()
    if asked == "*":
        return True
    tags = [one.strip() for one in asked.split(",")]
    return any(one.startswith(f'"{version}-') and one.endswith('"') for one in tags)
