"""What is noted when lines are only looked at: who took a report out, and that a person read their own (c38, R4)."""

from app.accounts import audit
from app.accounts.models import User
from app.core.db import side_transaction
from app.people.models import Person


def record_export(what: str, ref: str, format: str, *, by: User | None) -> None:
    """Note who took which report out of the house, in which format (R4)."""
    audit.record_event("periods.exported", kind=what, ref=ref, by=by, reason=format)


def record_reading(person: Person, what: str, *, by: User | None = None) -> None:
    """Note that a person opened their own lines: the page only reads, so this is a small write of its own (c38)."""
    with side_transaction() as side:
        audit.record_event(
            "periods.statement_read", kind="person", ref=str(person.id), by=by, reason=what, session=side
        )
