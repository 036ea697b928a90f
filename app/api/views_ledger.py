"""The book: read and appended to; nothing in it is changed or deleted (L1)."""

from flask import url_for

from app.accounts.access import acting_user
from app.api import shapes_ledger
from app.api.layer import ID, Created, operation
from app.core.db import db
from app.core.keyset import place_from
from app.events import queries as events
from app.ledger import operations
from app.ledger import queries as ledger
from app.ledger.forms import code_or_words
from app.ledger.queries import Scope
from app.people import queries as people
from app.programs import queries as programs


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


@operation(f"/ledger/entries/{ID}", permission="ledger:read", out=shapes_ledger.EntryShape)
def get_entry(id: int) -> shapes_ledger.EntryShape:
    """One entry, by its number in the book."""
    return shapes_ledger.EntryShape.of(ledger.get_entry(id))


@operation(
    "/ledger/entries", method="POST", permission="ledger:record", body=shapes_ledger.NewEntry,
    out=shapes_ledger.PostingShape, errors=(404,),
)  # fmt: skip
def add_entry(body: shapes_ledger.NewEntry) -> Created:
    """Write one piece of value into the book; limits are weighed and never refuse a fact (L7)."""
    by = acting_user()
    person = people.get_person(body.person_id, by)
    programs.get_program(body.program_id)
    if body.event_id is not None:
        events.get_event(body.event_id, by)
    posting = operations.post_entry(body.details(person.id), by=by)
    db.session.flush()
    shape = shapes_ledger.PostingShape.of_posting(posting)
    return Created(shape, url_for("api.get_entry", id=posting.entry.seq))


@operation(
    f"/ledger/entries/{ID}/reversal", method="POST", permission="ledger:reverse", body=shapes_ledger.NewReversal,
    out=shapes_ledger.EntryShape,
)  # fmt: skip
def reverse_entry(id: int, body: shapes_ledger.NewReversal) -> Created:
    """Take an entry back by another one with minus amounts; both stay (L1)."""
    reason = code_or_words(body.reason, body.words)
    made = operations.take_back(ledger.get_entry(id), reason=reason, by=acting_user())
    db.session.flush()
    return Created(shapes_ledger.EntryShape.of(made), url_for("api.get_entry", id=made.seq))
