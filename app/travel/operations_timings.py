"""Setting how long connections, buffers and pick-ups take."""

from app.accounts import operations_choices
from app.accounts.models import User
from app.core.models import Setting
from app.travel.policies_timings import Timings
from app.travel.queries_timings import SETTING


def set_timings(times: Timings, *, by: User, seen_version: int | None = None) -> Setting:
    """Put other minutes in force from now on; cars and legs that are arranged keep their times. Raises Overtaken."""
    return operations_choices.choose(
        SETTING, times.model_dump(), "travel.timings_set", by=by, seen_version=seen_version
    )
