"""Making what people are found by anew: after an upgrade that finds them by more, or a database restored in part."""

from typing import Any

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import fulltext, jobs
from app.core.db import db
from app.core.models import Job
from app.people.models import Person
from app.people.upkeep import mark_found_by

_JOB = "people.search"
_CHUNK = 500


def rebuild_search(*, by: User | None) -> Job:
    """Ask for a search made anew; a worker does it beside the daily work."""
    audit.record_event("people.search_rebuilding", kind="person", ref="all", by=by)
    return jobs.enqueue(_JOB, {}, by.id if by else None)


@jobs.job(_JOB, in_chunks=True)
def _rebuild(run: jobs.JobRun) -> dict[str, Any]:
    n_done, after = 0, 0
    total = db.session.scalar(sa.select(sa.func.count(Person.id))) or 0
    while ids := _ids_after(after):
        with run.chunk():
            for person in db.session.scalars(sa.select(Person).where(Person.id.in_(ids)).order_by(Person.id)):
                mark_found_by(person)
        n_done, after = n_done + len(ids), ids[-1]
        run.progress(n_done, total)
    with run.chunk():
        fulltext.rebuild_index(Person.__tablename__)
    return {"people": n_done}


def _ids_after(id: int) -> list[int]:
    db.session.rollback()  # the next chunk, as it is now
    wanted = sa.select(Person.id).where(Person.id > id).order_by(Person.id).limit(_CHUNK)
    return list(db.session.scalars(wanted))
