"""Taking a person out of the receipts of lists that were read in (P8)."""

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.imports.models import ImportRun


def list_lines(names: Callable[[Any], bool], person_ids: Collection[int]) -> dict[int, int]:
    """Receipts that show lines about somebody, with how many."""
    found = {}
    for run in db.session.scalars(sa.select(ImportRun).order_by(ImportRun.id)):
        n_lines = sum(_is_theirs(row, names, person_ids) for row in run.lines)
        if n_lines:
            found[run.id] = n_lines
    return found


def forget_lines(
    names: Callable[[Any], bool], person_ids: Collection[int], *, by: User | None
) -> dict[int, int]:
    """Take their lines out of every receipt; the receipts concerned, with how many."""
    found = list_lines(names, person_ids)
    for id in found:
        run = db.session.get_one(ImportRun, id)
        run.lines = [row for row in run.lines if not _is_theirs(row, names, person_ids)]
        audit.record_event("imports.lines_forgotten", kind="import_run", ref=str(id), by=by)
    db.session.flush()
    return found


def _is_theirs(row: dict[str, Any], names: Callable[[Any], bool], person_ids: Collection[int]) -> bool:
    return row.get("person_id") in person_ids or names(row)
