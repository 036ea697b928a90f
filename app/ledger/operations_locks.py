"""Closing days: from then on the book takes adjustments for them only, and a line of the chain says so (L12)."""

from datetime import date

from app.accounts import audit
from app.accounts import queries as accounts
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.ledger import appending, keys
from app.ledger.models import EntryKind, Unit
from app.ledger.models_locks import LockedDays


def close_days(name: str, from_on: date, to_on: date, content_hash: str, *, by: User | None) -> LockedDays:
    """Close a run of days under the head's lock; the line of the chain carries the hash of what was reported.

    Whoever posts has the same lock: an entry is either before the closing, and in `last_seq`, or an adjustment.
    """
    head = appending.lock_head()
    lock = LockedDays(name=name, from_on=from_on, to_on=to_on, last_seq=head.seq, locked_at=clock.now())
    db.session.add(lock)
    writer = appending.writer_at(head)
    writer.add(_closing(name, content_hash, by), None, {})
    appending.save(writer, head)
    audit.record("ledger.days_closed", lock, by=by)
    return lock


def _closing(name: str, content_hash: str, by: User | None) -> dict[str, object]:
    """The columns of an entry that carries no value: what was closed is its reason, the hash of it."""
    empty = dict.fromkeys(
        ("subject_id", "program_id", "event_id", "department_id", "category", "form", "leg", "line", "basis", "value_on",
         "rate_on", "reverses", "source_id")
    )  # fmt: skip
    blank = dict.fromkeys(
        ("native_nature", "native_form", "rate_source", "source_kind", "source_part", "provider_ref"), ""
    )
    currency = accounts.reporting().currency
    return empty | blank | {
        "kind": EntryKind.PERIOD_CLOSE, "unit": Unit.ITEM, "quantity": 0, "minor": 0, "currency": currency, "rate": "1",
        "reporting_minor": 0, "reporting_currency": currency, "is_declined": False, "declined_minor": 0, "rule": name,
        "reason": content_hash, "idem": keys.keyed("close", name), "by_id": by.id if by else None, "at": clock.now(),
    }  # fmt: skip
