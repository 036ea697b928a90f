"""The list of erasures beside the database: a backup that is put back brings erased people back, and this takes them out again.

It names nobody: numbers of records, and when they were made, so that a number of another database is not taken for it (P8).
"""

import json
from datetime import datetime
from pathlib import Path
from typing import TypedDict

import sqlalchemy as sa
import structlog
from flask import current_app

from app.accounts.models import AuditEvent
from app.core.db import db
from app.core.errors import DomainError
from app.people.models import Person

log = structlog.get_logger()

#: What the trail says of each erasure.
ACTION = "privacy.identity_erased"


class Line(TypedDict):
    """One erasure."""

    person: int
    made_at: str


class ListDamaged(DomainError):
    """A line that cannot be read: whoever it named would come back with a backup, and nobody would know."""


def _path() -> Path:
    found: Path = current_app.config["ERASURES_PATH"]
    return found


def read() -> list[Line]:
    """The list as it stands, oldest first. Raises ListDamaged."""
    if not _path().exists():
        return []
    lines = _path().read_bytes().splitlines()
    return [_line(text, n) for n, text in enumerate(lines, 1) if text.strip()]


def _line(text: bytes, n: int) -> Line:
    try:
        found = json.loads(text)
        return Line(person=int(found["person"]), made_at=str(found["made_at"]))
    except (ValueError, TypeError, KeyError):
        raise ListDamaged(
            f"Line {n} of {_path()} cannot be read, so whoever it named could not be erased again. Put a copy of the list "
            "back that is whole, then say: rapport erasures replay"
        ) from None


def keep() -> None:
    """Bring the list up to what the trail knows: after every erasure, and once a day for what a full disk kept out."""
    try:
        known = read()
    except ListDamaged as error:  # written anew it would lose what the trail of this database does not know
        log.error("erasures_not_listed", error=error.message)
        return
    places = {(line["person"], line["made_at"]) for line in known}
    ids = sa.select(sa.cast(AuditEvent.subject_id, sa.Integer)).where(AuditEvent.action == ACTION)
    rows = db.session.execute(
        sa.select(Person.id, Person.made_at).where(Person.id.in_(ids)).order_by(Person.id)
    ).all()
    fresh = [Line(person=id, made_at=said(at)) for id, at in rows if (id, said(at)) not in places]
    if not fresh:
        return
    try:
        _write([*known, *fresh])
    except OSError as error:
        log.error("erasures_not_listed", n=len(fresh), error=repr(error))


def _write(lines: list[Line]) -> None:
    target = _path().with_suffix(".new")
    target.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    target.chmod(0o600)
    target.replace(_path())


def said(at: datetime) -> str:
    """An instant as the list writes it."""
    return at.isoformat(timespec="microseconds")
