"""Setting how long connections, buffers and pick-ups take."""

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.core.models import Setting
from app.travel.policies_timings import Timings
from app.travel.queries_timings import SETTING


def set_timings(times: Timings, *, by: User) -> Setting:
    """Put other minutes in force from now on; cars and legs that are arranged keep their times."""
    row = db.session.get(Setting, SETTING)
    before = audit.snapshot(row) if row is not None else None
    if row is None:
        row = Setting(name=SETTING, value={})
        db.session.add(row)
    row.value = times.model_dump()
    audit.record("travel.timings_set", row, by=by, before=before)
    return row
