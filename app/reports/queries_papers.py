"""Reports that were put on paper whole: one's own, as long as they are kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import Job, JobState, StoredFile
from app.reports.operations_papers import JOB

#: So many of the latest are listed.
_N_LISTED = 10
UNDER_WAY = frozenset({JobState.WAITING, JobState.RUNNING})


def get_paper(id: int, by: User) -> Job:
    """One that this user asked for, or NotFound."""
    found = db.session.scalar(sa.select(Job).filter_by(id=id, name=JOB, by_id=by.id))
    if found is None:
        raise NotFound(_("There is no such paper, or somebody else asked for it."))
    return found


def list_papers(by: User) -> Sequence[Job]:
    """The latest of a user that wait, are laid out, or can be fetched."""
    wanted = sa.select(Job).filter_by(name=JOB, by_id=by.id)
    kept = sa.or_(Job.state.in_(UNDER_WAY), Job.file_id.is_not(None))
    return db.session.scalars(wanted.where(kept).order_by(Job.id.desc()).limit(_N_LISTED)).all()


def file_of(job: Job) -> StoredFile | None:
    """What came out, as long as it is kept."""
    return db.session.get(StoredFile, job.file_id) if job.file_id is not None else None
