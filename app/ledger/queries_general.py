"""Reads of what was open to everybody at large events: lists, sums, the size in force (c8)."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import db
from app.core.models import Setting
from app.core.money import Money
from app.ledger import policies_general as policies
from app.ledger.looks import is_not_taken_back
from app.ledger.models import Entry, EntryKind, GeneralItem

SETTING = "general_availability"


def sizes() -> list[dict[str, str | int]]:
    """From which day an event of more attendees than which number is large, the earliest first."""
    row = db.session.get(Setting, SETTING)
    return sorted(row.value["sizes"], key=lambda one: str(one["from_on"])) if row is not None else []


def size_on(on: date) -> int:
    """The number of attendees an event must pass on a day to be large (L9)."""
    return policies.size_on(sizes(), on)


def list_items(
    *, event_id: int | None = None, program_id: int | None = None, as_of: datetime | None = None
) -> Sequence[GeneralItem]:
    """What stands, the latest first; what was taken back is not among it. One query."""
    # Asked of each item: items are few, entries of a program may be a million.
    entry = sa.exists().where(Entry.seq == GeneralItem.entry_seq, is_not_taken_back(as_of=as_of))
    if event_id is not None:
        entry = entry.where(Entry.event_id == event_id)
    if program_id is not None:
        entry = entry.where(Entry.program_id == program_id)
    if as_of is not None:
        entry = entry.where(Entry.at <= as_of)
    found = db.session.scalars(sa.select(GeneralItem).where(entry.correlate(GeneralItem))).all()
    return sorted(found, key=lambda item: (item.entry.value_on or date.min, item.entry_seq), reverse=True)


def find_item(entry: Entry) -> GeneralItem | None:
    """The words of an entry of this kind; of one that takes another back, those of the other."""
    if entry.kind is not EntryKind.GENERAL:
        return None
    return db.session.get(GeneralItem, entry.reverses or entry.seq)


class General(Struct, frozen=True):
    """How much was open to everybody: in no person's total and under no cap."""

    n: int
    cost: Money


def total_of(items: Sequence[GeneralItem], currency: str) -> General | None:
    """The sum of items in one reporting currency; None without any."""
    if not items:
        return None
    return General(len(items), Money(sum(item.entry.reporting_minor for item in items), currency))
