"""Decisions about closed days: what is refused there, what becomes an adjustment in the open period (L12, c41)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from msgspec import Struct, field

from app.core.errors import DomainError
from app.core.i18n import day
from app.ledger.details import EntryDetails, GeneralDetails
from app.ledger.models import EntryKind
from app.ledger.models_locks import LockedDays
from app.ledger.policies import MIN_REASON

#: The code that stands in the body of an adjustment; its words are sealed beside it.
LATE_REASON = "late"


class DaysAreLocked(DomainError):
    """A day of a closed period takes adjustments only, with a reference and a reason (c41)."""


def lock_over(locks: Sequence[LockedDays], on: date) -> LockedDays | None:
    """The first of the closed runs of days that holds a day."""
    return next((lock for lock in locks if lock.from_on <= on <= lock.to_on), None)


def check_late(details: EntryDetails, lock: LockedDays) -> None:
    """Refuse what is typed into closed days without a reason and a reference.

    What another room records comes with its source, which is the reference: a fact is never lost, so it becomes an
    adjustment by itself. What a person corrects is typed, whatever it came from.
    """
    if details.source_kind and not details.is_by_hand:
        return
    when = _(
        "%(value_on)s lies in %(lock)s, which is locked, so nothing is added to that period.",
        value_on=day(details.value_on),
        lock=lock.name,
    )
    if len(details.late_reason.strip()) < MIN_REASON:
        raise DaysAreLocked(
            _(
                "%(when)s It can be recorded as an adjustment in the open period: say in at least "
                "%(min_reason)s characters why it comes late, and give a reference.",
                when=when,
                min_reason=MIN_REASON,
            ),
            field="late_reason",
        )
    if not (details.external_ref or "").strip():
        raise DaysAreLocked(
            _(
                "%(when)s An adjustment needs a reference: the number of the receipt, invoice or contract.",
                when=when,
            ),
            field="external_ref",
        )


def check_general_late(details: GeneralDetails, lock: LockedDays | None) -> None:
    """The same for what was open to everybody: a reason and a reference, or it is refused."""
    if lock is None:
        return
    when = _(
        "%(value_on)s lies in %(lock)s, which is locked, so this is an adjustment.",
        value_on=day(details.value_on),
        lock=lock.name,
    )
    if len(details.late_reason.strip()) < MIN_REASON:
        raise DaysAreLocked(
            _(
                "%(when)s Say in at least %(min_reason)s characters why it comes late.",
                when=when,
                min_reason=MIN_REASON,
            ),
            field="late_reason",
        )
    if not details.external_ref.strip():
        raise DaysAreLocked(
            _("%(when)s It needs a reference: the number of the receipt or invoice.", when=when),
            field="external_ref",
        )


class Lateness(Struct, frozen=True):
    """What makes an entry an adjustment: its columns, its sealed words, sentences for the screen; empty if it is none."""

    columns: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def weigh_late(details: EntryDetails, lock: LockedDays | None) -> Lateness:
    """What the closed days make of an entry; DaysAreLocked where they refuse it."""
    if lock is None:
        return Lateness()
    check_late(details, lock)
    why = details.late_reason.strip() or f"recorded after {lock.name} was locked"
    said = _(
        "%(lock)s is locked, so this is recorded as an adjustment in the open period; its "
        "date (%(value_on)s) and the limits of that day stay as they are.",
        lock=lock.name,
        value_on=day(details.value_on),
    )
    return Lateness(
        {"kind": EntryKind.LATE, "reason": LATE_REASON}, {"adjusts": f"{lock.name}: {why}"}, (said,)
    )
