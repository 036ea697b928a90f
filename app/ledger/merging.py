"""What the book keeps for a record that is merged into another: its entries stay under their subject (P3, L1)."""

import sqlalchemy as sa

from app.core.db import db
from app.core.money import Money
from app.ledger.models import Entry, Leg
from app.ledger.queries_totals import VALUE_KINDS, entry_sums, subject_ids
from app.people import merging


def value_words(gone_id: int) -> list[str]:
    """Per leg and currency: "1 value entry 85.00 GBP kept"; the legs are never added together."""
    n, _, received, _, n_declined = entry_sums()
    wanted = (
        sa.select(Entry.leg, Entry.reporting_currency, n, received, n_declined)
        .where(Entry.subject_id.in_(subject_ids(gone_id)), Entry.kind.in_(VALUE_KINDS))
        .group_by(Entry.leg, Entry.reporting_currency)
        .order_by(Entry.leg, Entry.reporting_currency)
    )
    found = []
    for leg, currency, n_entries, minor, declined in db.session.execute(wanted):
        noun = "value entry" if n_entries == 1 else "value entries"
        kind = " cash" if leg is Leg.CASH else ""
        if n_entries:
            found.append(f"{n_entries:,}{kind} {noun} {Money(int(minor), currency)} kept")
        if declined:
            found.append(f"{declined:,} declined {'offer' if declined == 1 else 'offers'} kept")
    return found


merging.tell_with(value_words)
