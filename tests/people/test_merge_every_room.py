"""A merge and every table that names a person, found in the metadata: nobody can add one without a decision (P3)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import Base, UtcDateTime, db, transaction
from app.people import merging, moving, operations_merges
from app.people.details import MergeDetails
from app.people.merging import DECISIONS, Moves, Stays, Tie
from app.people.models import Person
from app.people.upkeep import refresh_search_text
from tests.factories import accounts, people

_NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def pointers() -> list[tuple[str, str]]:
    """Every (table, column) with a foreign key to a person."""
    return [
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "person.id" for key in column.foreign_keys)
    ]


class Filler:
    """Makes rows with the least a table asks for; what it points to is made on the way."""

    def __init__(self) -> None:
        self.n = 0

    def row(self, table: sa.Table, **given: Any) -> int:
        values = {
            **{column.name: self.value(column) for column in table.columns if self.is_needed(column)},
            **given,
        }
        made = db.session.execute(sa.insert(table).values(values).returning(*table.primary_key.columns))
        return int(made.scalar_one())

    def is_needed(self, column: sa.Column[Any]) -> bool:
        is_key = column.primary_key and column.autoincrement is not False
        return not column.nullable and column.default is None and not is_key

    def value(self, column: sa.Column[Any]) -> Any:
        self.n += 1
        for key in column.foreign_keys:
            known = db.session.scalar(sa.select(key.column).order_by(key.column).limit(1))
            return known if known is not None else self.row(key.column.table)
        if isinstance(column.type, UtcDateTime):
            return _NOW
        kind = column.type.python_type if not isinstance(column.type, sa.JSON) else dict
        if isinstance(column.type, sa.Enum) and column.type.enum_class is not None:
            return next(iter(column.type.enum_class))
        plain = {
            datetime: _NOW, date: _NOW.date(), bool: False, dict: {}, list: [], bytes: self.n.to_bytes(32, "big"),
            int: self.n, str: f"{self.n:x}".rjust(3, "x")[-min(getattr(column.type, "length", None) or 3, 3) :],
        }  # fmt: skip
        return plain[kind]


@pytest.fixture
def everywhere(app: Flask) -> tuple[Person, Person, Filler]:
    """Two people, the second with a row of its own in each table that names a person."""
    kept, gone = (
        people.person("Ines Moreau", home_country="FR"),
        people.person("Dr I. Moreau", home_country="FR"),
    )
    fill = Filler()
    with transaction():
        for name, column in pointers():
            if name == "person":
                fill.row(Base.metadata.tables[name], merged_into_id=gone.id)
            elif name not in {"ownership", "duplicate_pair", "person_merge"}:
                fill.row(Base.metadata.tables[name], **{column: gone.id})
    return kept, gone, fill


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables that hold people or name them, as they are in the database."""
    names = sorted({name for name, _ in pointers()} - {"person_merge", "duplicate_pair"})
    found = {}
    for name in names:
        table = Base.metadata.tables[name]
        # The survivor's row is counted as changed twice; what it says is what is compared.
        columns = [column for column in table.columns if column.name not in {"version", "changed_at"}]
        found[name] = [
            tuple(row) for row in db.session.execute(sa.select(*columns).order_by(*table.primary_key))
        ]
    return found


def merge(kept: Person, gone: Person, **more: Any) -> Any:
    with transaction():
        details = MergeDetails(reason="They told us.", **more)
        return operations_merges.merge_people(
            db.session.get_one(Person, kept.id),
            db.session.get_one(Person, gone.id),
            details,
            by=accounts.user(),
        )


def undo(made: Any) -> list[str]:
    with transaction():
        return operations_merges.undo_merge(db.session.merge(made), "Sisters.", by=accounts.user())


def test_every_pointer_to_a_person_has_a_decision(app: Flask) -> None:
    """P3: a new table without a decision fails here."""
    assert sorted(set(pointers()) - DECISIONS.keys()) == []


def test_decisions_name_columns_that_exist(app: Flask) -> None:
    wrong = []
    for (name, column), decision in DECISIONS.items():
        table = Base.metadata.tables[name]
        asked = {column} | (
            {*decision.once_per, *decision.set_aside, *decision.shown, *decision.only} if isinstance(decision, Moves) else set()
        )  # fmt: skip
        wrong += [f"{name}.{one}" for one in sorted(asked - set(table.columns.keys()))]
    assert wrong == []


def test_whatever_must_be_unique_per_person_says_how_a_tie_ends(app: Flask) -> None:
    """P3: a unique rule that holds a person names the same columns in its decision, so no merge crashes on it."""
    wrong = []
    for name, column in pointers():
        table, decision = Base.metadata.tables[name], DECISIONS[name, column]
        unique = [
            set(rule.columns.keys()) for rule in table.constraints if isinstance(rule, sa.UniqueConstraint)
        ]
        unique += [set(index.columns.keys()) for index in table.indexes if index.unique]
        wrong += [
            f"{name}: {sorted(names)}"
            for names in unique
            if column in names and isinstance(decision, Moves) and names - {column} != set(decision.once_per)
        ]
    assert wrong == []


def test_rows_of_every_room_follow_and_come_back(everywhere: tuple[Person, Person, Filler]) -> None:
    """P3: after the merge nothing that moves names the old record; after undo every row is as it was."""
    kept, gone, _ = everywhere
    before = everything()
    made = merge(kept, gone)
    left = {
        (name, column): n
        for name, column in pointers()
        if (n := _count(name, column, gone.id)) and isinstance(DECISIONS[name, column], Moves)
    }
    assert left == {}
    stays = {key for key, one in DECISIONS.items() if isinstance(one, Stays)}
    assert _count("ledger_subject", "person_id", gone.id) == 1
    assert ("ledger_subject", "person_id") in stays
    assert everything() != before
    assert undo(made) == []
    assert everything() == before
    again = merge(kept, gone)
    after = everything()
    assert undo(again) == []
    assert everything() == before
    merge(kept, gone)
    assert everything() == after


def _count(name: str, column: str, person_id: int) -> int:
    table = Base.metadata.tables[name]
    return db.session.scalar(sa.select(sa.func.count()).where(table.c[column] == person_id)) or 0


def test_both_in_every_room_is_decided_and_comes_back(everywhere: tuple[Person, Person, Filler]) -> None:
    """P3: where one person may have one row only, both choices work without a crash and undo is exact."""
    kept, gone, fill = everywhere
    with transaction():
        for (name, column), decision in DECISIONS.items():
            if isinstance(decision, Moves) and decision.once_per and decision.tie is not Tie.ONE_LIVE:
                table = Base.metadata.tables[name]
                theirs = db.session.execute(sa.select(table).where(table.c[column] == gone.id)).one()._mapping
                fill.row(table, **{column: kept.id, **{key: theirs[key] for key in decision.once_per}})
        refresh_search_text(db.session.get_one(Person, kept.id))  # the channel was made past the operations
    before = everything()
    clashes = [one.key for one in moving.plan_moves(kept.id, gone.id, {}).clashes]
    assert [key.split("-")[0] for key in clashes] == ["enrolment", "person_cadence", "invitation", "seat"]
    for side in ("kept", "gone"):
        made = merge(kept, gone, clashes=dict.fromkeys(clashes, side))
        table = Base.metadata.tables["enrolment"]
        here = db.session.scalars(sa.select(table.c.id).where(table.c.person_id == kept.id)).all()
        assert (f"enrolment-{here[0]}" in clashes, len(here)) == (side == "gone", 1)
        assert undo(made) == []
        assert everything() == before


def test_waiting_room_leaves_nobody_behind(everywhere: tuple[Person, Person, Filler]) -> None:
    """P3: the record that rows wait with while they change places is gone in the same transaction."""
    kept, gone, fill = everywhere
    table = Base.metadata.tables["enrolment"]
    with transaction():
        theirs = db.session.execute(sa.select(table).where(table.c.person_id == gone.id)).one()._mapping
        fill.row(table, person_id=kept.id, program_id=theirs["program_id"])
    n_people = db.session.scalar(sa.select(sa.func.count(Person.id)))
    merge(kept, gone, clashes={f"enrolment-{theirs['id']}": "gone"})
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == n_people


def test_rooms_that_want_to_know_are_told(app: Flask) -> None:
    assert sorted(merging._heard) == ["invitation"]
