"""Choices of the whole house by name (`core.models.Setting`), each in a version, so that nobody writes over another's choice."""

from collections.abc import Mapping
from typing import Any

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.core.models import Setting
from app.core.versions import check_number


def choose(
    name: str, value: Mapping[str, Any], action: str, *, by: User, seen_version: int | None = None
) -> Setting:
    """Let `value` hold from now on, and write the line `action` ("travel.timings_set"). Raises Overtaken."""
    row = locked(name)
    check_number(row, row.version if row is not None else 0, seen_version)
    before = audit.snapshot(row) if row is not None else None
    if row is None:
        row = Setting(name=name, value=dict(value), version=1)
        db.session.add(row)
    else:
        row.value, row.version = dict(value), row.version + 1
    audit.record(action, row, by=by, before=before)
    return row


def locked(name: str) -> Setting | None:
    """The row as it is now, held until the end of the transaction; None while nobody has chosen."""
    return db.session.get(Setting, name, with_for_update=True, populate_existing=True)
