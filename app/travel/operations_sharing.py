"""Rooms and cars that several guests share: one bill (L3), and who has them when the holder does not come."""

from datetime import date

from app.accounts import audit
from app.accounts.models import User
from app.core.money import Money
from app.ledger.models import Basis
from app.ledger.operations import Posting
from app.travel import costing, sharing
from app.travel.sharing import AnyShared, Shared


def settle_shared(
    holder: AnyShared, actual: Money | None, on: date | None, *, by: User | None
) -> list[Posting]:
    """Post what was paid, split over those who were there; the posting of the holder comes first.

    Without anybody to share with it is an actual cost, else each share is one of a shared cost.
    """
    bill = actual or holder.cost
    heads = sharing.shares_of(holder, bill) if bill else []
    if len(heads) < 2:
        return [_settle(holder, actual, on, Basis.ACTUAL_COST, by)]
    heads.sort(key=lambda head: (head[0] is not holder, head[0].id))
    return [_settle(row, share, on, Basis.SHARED_COST, by) for row, share in heads]


def _settle(row: AnyShared, amount: Money | None, on: date | None, basis: Basis, by: User | None) -> Posting:
    before = audit.snapshot(row)
    if basis is Basis.SHARED_COST and row.priced_on is None:
        row.priced_on = row.shares_with.priced_on if row.shares_with else None
    posting = costing.settle(row, amount, on, by=by, basis=basis)
    audit.record(f"travel.{row.__tablename__}_settled", row, by=by, before=before)
    return posting


def pass_on(holder: Shared, *, by: User | None) -> None:
    """Whoever shared what its holder no longer needs has it on their own: the first by number, the others with them.

    A car brings its vehicle, seats and driver along. The cost is offered when the part is edited, and not carried over by
    itself, for what one pays alone may differ and is weighed on that person.
    """
    heir: Shared | None = None
    for row in sharing.sharers_of(holder):  # type: ignore[type-var] # rooms and cars never mix
        before = audit.snapshot(row)
        row.shares_with_id = heir.id if heir is not None else None
        if heir is None:
            heir = row
            for name in ("vehicle", "seats", "driver_phone", "room", "room_type", "confirmation"):
                if hasattr(row, name):
                    setattr(row, name, getattr(holder, name))
        audit.record(f"travel.{row.__tablename__}_passed_on", row, by=by, before=before)
