"""Writes of this room: that somebody took a report out of the house (R4)."""

from datetime import datetime

from app.accounts import audit
from app.accounts.models import User


def record_export(
    report: str, *, ref: str, format: str, as_of: datetime | None = None, by: User | None
) -> None:
    """Note who exported which report, of what, in which format and as of when; `by=None` is the command line."""
    instant = f" as of {as_of.isoformat()}" if as_of is not None else ""
    audit.record_event(
        "reports.exported", kind=f"report_{report}", ref=ref, by=by, reason=f"{format}{instant}"
    )
