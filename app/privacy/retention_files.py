"""Files that are not kept for ever: lists that were read in, copies people asked for, reports on paper."""

from collections.abc import Callable, Sequence
from datetime import date

import sqlalchemy as sa

from app.accounts.models import User
from app.core.db import db
from app.core.models import Job, StoredFile
from app.imports.models import ImportRun, ImportState
from app.privacy import operations_files
from app.privacy.models import PrivacyRequest
from app.privacy.retention_kinds import Due, rows, run, until


def find_imports(*states: ImportState) -> Callable[[date], Sequence[Due]]:
    """Lists in one of these states whose file is still there."""

    def find(day: date) -> list[Due]:
        wanted = sa.select(ImportRun.id, sa.null(), ImportRun.file_name, ImportRun.at).where(
            ImportRun.state.in_(states), ImportRun.at < until(day), ImportRun.file_id.is_not(None)
        )
        return rows(wanted, ImportRun.at)

    return find


def clear_imports(ids: Sequence[int], by: User | None) -> Sequence[int]:
    """The file and what its receipt says go; numbers stay."""
    named = sa.select(ImportRun.file_id).where(ImportRun.id.in_(ids))
    stored = db.session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(named))).all()
    operations_files.doom(stored, None, by=by)
    run(sa.update(ImportRun).where(ImportRun.id.in_(ids)).values(file_id=None, lines=[], faults=[]))
    return ()


def find_copies(day: date) -> list[Due]:
    """Copies that were handed over, or made and never fetched."""
    made = sa.func.coalesce(PrivacyRequest.done_at, StoredFile.made_at)
    wanted = sa.select(PrivacyRequest.id, PrivacyRequest.person_id, StoredFile.name, made).join(
        StoredFile, StoredFile.id == PrivacyRequest.file_id
    )
    return rows(wanted.where(made < until(day)), made)


def delete_copies(ids: Sequence[int], by: User | None) -> Sequence[int]:
    """The file goes; that somebody asked stays."""
    named = sa.select(PrivacyRequest.file_id).where(PrivacyRequest.id.in_(ids))
    operations_files.doom(
        db.session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(named))).all(), None, by=by
    )
    return ()


def find_papers(day: date) -> list[Due]:
    """Files that a job made."""
    wanted = sa.select(Job.id, sa.null(), StoredFile.name, StoredFile.made_at).join(
        StoredFile, StoredFile.id == Job.file_id
    )
    return rows(wanted.where(StoredFile.made_at < until(day)), StoredFile.made_at)


def delete_papers(ids: Sequence[int], by: User | None) -> Sequence[int]:
    """The file goes; that somebody took the report stays in the trail."""
    named = sa.select(Job.file_id).where(Job.id.in_(ids))
    stored = db.session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(named))).all()
    operations_files.doom(stored, None, by=by)
    return ()
