"""The book: read and appended to; nothing in it is changed or deleted (L1)."""

from app.api import shapes_ledger
from app.api.layer import operation
from app.core.keyset import place_from
from app.ledger import queries as ledger
from app.ledger.queries import Scope


@operation(
    "/ledger/entries",
    permission="ledger:read",
    query=shapes_ledger.EntriesQuery,
    out=shapes_ledger.EntriesShape,
    errors=(404,),
)
def list_entries(query: shapes_ledger.EntriesQuery) -> shapes_ledger.EntriesShape:
    """Entries of the book, 50 a page; latest first unless ordered otherwise."""
    parts = query.model_dump(exclude={"order", "after", "limit"}, exclude_none=True)
    place = place_from(query.after, ledger.order_named(query.order)) if query.after else None
    found = ledger.list_entries(Scope(**parts), place, query.order, query.limit)
    items = [shapes_ledger.EntryShape.of(entry) for entry in found.rows]
    total = found.total
    return shapes_ledger.EntriesShape(
        items=items, total=total.number, is_total_exact=total.is_exact, next=found.after
    )
