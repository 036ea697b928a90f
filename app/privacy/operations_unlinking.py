"""Six years after the last entry the lines of an erased person leave their number for a record without one (P8).

What points to the old record moves to a new one, as in a merge, so that sums, limits and reports count what they counted
and the book is not touched. With the old record stay only what was asked of us and when.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import AuditEvent, User
from app.core import clock, fulltext
from app.core.db import Base, after_commit, db, overwrite_traces
from app.ledger import operations_erasure as ledger
from app.ledger.models import Entry, Subject
from app.people.models import OfficialStatus, Person
from app.people.names import sort_key_of
from app.people.upkeep import search_doc_of, search_text_of
from app.privacy import erasures, operations_erasure, policies, queries_open, sweeping
from app.privacy.mentions import Marks
from app.privacy.models import PrivacyRequest, RetentionItem
from app.privacy.places import PLACES
from app.privacy.reaching import Whose, key_of, records_of, rows_of, table_of
from app.privacy.registry import Now

#: The name of every record without a number.
NAMELESS = "Erased person"
#: What stays with the number: what was asked, agreed, held and merged, and who answered for the record.
_STAYS = frozenset({"person", "person_merge", "privacy_request", "privacy_hold", "consent", "ownership"})
#: An erasure stamps what it ends a moment before it writes itself down.
_WHILE_ERASED = timedelta(minutes=10)

Found = tuple[int, str, date]


def find_linked(day: date, most: int) -> list[Found]:
    """Erased people of whose amounts the last promised day is before this one: number, name, the first day without the link."""
    root = sa.func.coalesce(Person.merged_into_id, Person.id)
    last = sa.func.max(Entry.value_on)
    wanted = (
        sa.select(root.label("root"), last.label("last"))
        .join(Subject, Subject.person_id == Person.id)
        .join(Entry, Entry.subject_id == Subject.id)
        .where(root.in_(_erased()))
        .group_by(root)
        .having(last < date(day.year - policies.LEDGER_YEARS, 1, 1))
    ).subquery()
    rows = sa.select(Person.id, Person.name, wanted.c.last).join(wanted, wanted.c.root == Person.id)
    ordered = rows.order_by(wanted.c.last, Person.id).limit(most)
    return [
        (id, name, until + timedelta(days=1))
        for id, name, on in db.session.execute(ordered)
        if (until := policies.kept_until(on)) is not None
    ]


def _erased() -> sa.Select[int]:
    """Records that were erased; not recipients of imported books, who never were anybody here."""
    return sa.select(sa.cast(AuditEvent.subject_id, sa.Integer)).where(
        AuditEvent.action == erasures.ACTION, AuditEvent.subject_kind == "person"
    )


def has_link(person: Person) -> bool:
    """Whether lines of the book still lead to the number of an erased person."""
    theirs = sa.select(Subject.id).where(
        Subject.person_id.in_(records_of(person)), Subject.person_id.in_(_erased())
    )
    return person.is_pseudonymous and db.session.scalar(theirs.limit(1)) is not None


def unlink(ids: Sequence[int], by: User | None) -> Sequence[int]:
    """Give the lines of these people to records without a number; the ids of those of whom something is open."""
    left = []
    for id in ids:
        person = db.session.get_one(Person, id, with_for_update={"of": Person})
        whose = Whose(records_of(person))
        if queries_open.list_open(whose):
            left.append(id)
        else:
            _unlink(person, whose, by)
    return left


def _unlink(person: Person, whose: Whose, by: User | None) -> None:
    surrogate, erased_at = person.name, _erased_at(person)
    operations_erasure.clear_trail(whose)  # what was written since may say the number
    _blur(whose, erased_at)
    numbers: dict[int, int] = {}
    for record in sorted(whose.ids, key=lambda id: id != person.id):  # the one that stayed comes first
        numbers[record] = _new_record(record, numbers.get(person.id))
    for table in Base.metadata.sorted_tables:
        if table.name not in _STAYS:
            for column in _pointers(table):
                _move(column, numbers)
    ledger.rename_recipients(numbers)
    _empty(whose)
    fulltext.forget_removed("person")
    sweeping.write_mentions(Marks((surrogate,)), NAMELESS)
    db.session.expire_all()
    # Neither whose they were nor whose they are: one of the two would lead to the other.
    audit.record_event("privacy.lines_unlinked", kind="retention_run", ref="", by=by)
    after_commit(overwrite_traces)


def _erased_at(person: Person) -> datetime | None:
    wanted = sa.select(sa.func.max(AuditEvent.at)).where(
        AuditEvent.action == erasures.ACTION,
        AuditEvent.subject_kind == "person",
        AuditEvent.subject_id == str(person.id),
    )
    return db.session.scalar(wanted)


def _run(statement: Any) -> None:
    db.session.execute(statement, execution_options={"audited": True, "synchronize_session": False})


def _pointers(table: sa.Table) -> list[sa.Column[Any]]:
    return [
        column
        for column in table.columns
        if any(key.column.table.name == "person" for key in column.foreign_keys)
    ]


def _new_record(old_id: int, merged_into: int | None) -> int:
    """A record with what sums and limits are judged by, and nothing else of the old one."""
    table, found_by = table_of("person"), search_text_of(NAMELESS, [])
    old = db.session.execute(
        sa.select(table.c.home_country, table.c.official_status, table.c.is_independent).where(
            table.c.id == old_id
        )
    ).one()
    now = clock.now()
    values = dict(PLACES["person"].clears) | {
        "name": NAMELESS, "sort_name": NAMELESS, "sort_key": sort_key_of(NAMELESS), "search_text": found_by,
        "search_doc": search_doc_of(found_by, [], []), "surrogate": secrets.token_hex(16), "made_at": now, "changed_at": now,
        "home_country": old.home_country, "official_status": old.official_status, "is_independent": old.is_independent,
        "merged_into_id": merged_into,
    }  # fmt: skip
    return int(db.session.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one())


def _move(column: sa.Column[Any], numbers: dict[int, int]) -> None:
    for old, new in numbers.items():
        _run(sa.update(column.table).where(column == old).values({column.name: new}))


def _blur(whose: Whose, erased_at: datetime | None) -> None:
    """What the erasure itself ended bears its instant, and so does the request: the year is enough."""
    if erased_at is None:
        return
    year = datetime(erased_at.year, 1, 1, tzinfo=erased_at.tzinfo)
    for name, place in PLACES.items():
        for column in (table_of(name).c[one] for one, value in place.clears.items() if value is Now.IF_EMPTY):
            if name in _STAYS:
                continue
            is_day = isinstance(column.type, sa.Date)
            first: Any = (erased_at - _WHILE_ERASED).date() if is_day else erased_at - _WHILE_ERASED
            stamp: Any = year.date() if is_day else year
            these = sa.select(key_of(table_of(name))).where(rows_of(name, whose))
            was = column.between(first, erased_at.date() if is_day else erased_at)
            _run(
                sa.update(column.table)
                .where(key_of(column.table).in_(these), was)
                .values({column.name: stamp})
            )


def _empty(whose: Whose) -> None:
    """What would still tell the old record and the new one for the same: what was counted, due, and judged by."""
    people = table_of("person")
    _run(
        sa.update(people)
        .where(people.c.id.in_(whose.ids))
        .values(home_country=None, official_status=OfficialStatus.NONE, is_independent=True)
    )
    _run(sa.update(PrivacyRequest).where(PrivacyRequest.person_id.in_(whose.ids)).values(found={}))
    _run(
        sa.update(RetentionItem)
        .where(RetentionItem.kind == "lines", RetentionItem.row_id.in_(whose.ids))
        .values(row_id=0, person_id=None, label=NAMELESS)
    )
