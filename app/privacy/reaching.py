"""Where the rows of a person are: conditions and lists of numbers, made from the declarations."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import Base, db
from app.people import queries as people
from app.people.models import Person
from app.privacy.places import PLACES
from app.privacy.registry import About, Of, Reach, ToTheirAddress


class Whose(Struct, frozen=True):
    """All records that are this person, and the mail addresses that are theirs alone (lower case)."""

    ids: tuple[int, ...]
    mails: tuple[str, ...] = ()


def table_of(name: str) -> sa.Table:
    """A table by name; rooms above cannot be imported."""
    return Base.metadata.tables[name]


def key_of(table: sa.Table) -> sa.Column[Any]:
    """The one column that numbers the rows of a table."""
    (key,) = table.primary_key.columns
    return key


def records_of(person: Person) -> tuple[int, ...]:
    """The record and those that were merged into it."""
    return tuple(db.session.scalars(people.records_of(person).order_by(Person.id)))


def rows_of(name: str, whose: Whose) -> sa.ColumnElement[bool]:
    """The condition under which a row of a declared table is this person's."""
    if name == "audit_event":
        return _trail(whose)
    if name == "audit_detail":
        events = table_of("audit_event")
        return table_of(name).c.event_id.in_(sa.select(events.c.id).where(_trail(whose)))
    table, place = table_of(name), PLACES[name]
    found = [condition for reach in place.reach if (condition := _reached(table, reach, whose)) is not None]
    return sa.or_(sa.false(), *found)


def _reached(table: sa.Table, reach: Reach, whose: Whose) -> sa.ColumnElement[bool] | None:
    if isinstance(reach, Of):
        return table.c[reach.column].in_(whose.ids)
    if isinstance(reach, ToTheirAddress):
        return sa.func.lower(table.c[reach.column]).in_(whose.mails) if whose.mails else None
    if isinstance(reach, About):
        theirs = table.c[reach.column].in_(_keys(reach.table, whose))
        return sa.and_(table.c[reach.kind_column] == reach.kind, theirs)
    if reach.column not in table.c:  # the pointer is the other way round: a letter names its mail
        parent = table_of(reach.table)
        return key_of(table).in_(sa.select(parent.c[reach.column]).where(rows_of(reach.table, whose)))
    return table.c[reach.column].in_(_keys(reach.table, whose))


def _keys(name: str, whose: Whose) -> Any:
    if name == "person":
        return whose.ids
    return sa.select(key_of(table_of(name))).where(rows_of(name, whose))


def _trail(whose: Whose) -> sa.ColumnElement[bool]:
    """Lines of the audit trail about the person or any row of theirs."""
    events = table_of("audit_event")
    parts = []
    for name in traced_tables():
        numbers: Any = _keys(name, whose)
        if name != "person":
            table = table_of(name)
            numbers = sa.select(sa.cast(key_of(table), sa.String)).where(rows_of(name, whose))
        else:
            numbers = [str(id) for id in whose.ids]
        parts.append(sa.and_(events.c.subject_kind == name, events.c.subject_id.in_(numbers)))
    return sa.or_(sa.false(), *parts, sa.tuple_(events.c.subject_kind, events.c.subject_id).in_(_gone(whose)))


def _gone(whose: Whose) -> sa.Select[Any]:
    """What was made for the person once and is not there any more: its first line in the trail says for whom."""
    events, details = table_of("audit_event"), table_of("audit_detail")
    text = sa.cast(details.c.changes, sa.Text)
    made = [text.like(f'%"person_id": [null, {id}]%') for id in whose.ids]
    return (
        sa.select(events.c.subject_kind, events.c.subject_id)
        .join(details, details.c.event_id == events.c.id)
        .where(sa.or_(sa.false(), *made))
    )


def traced_tables() -> list[str]:
    """Tables whose rows have lines in the trail that are about the person."""
    return [name for name in PLACES if name not in {"audit_event", "audit_detail", "ledger_detail"}]


def count_rows(whose: Whose, names: Collection[str] = tuple(PLACES)) -> dict[str, int]:
    """How many rows of each declared table are this person's, in one query."""
    counts = [
        sa.select(sa.func.count()).select_from(table_of(name)).where(rows_of(name, whose)).scalar_subquery().label(name)
        for name in names
    ]  # fmt: skip
    row = db.session.execute(sa.select(*counts)).one()
    return dict(zip(names, row, strict=True))
