"""P8: every table, and every column of words, says what becomes of it when a person is erased."""

from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from app.core.db import Base
from app.privacy.places import PLACES
from app.privacy.places_nobody import NOBODY
from app.privacy.registry import About, Fate, Of, Reach, Under
from app.privacy.sweeping import text_columns


def _pointers() -> Iterator[tuple[str, str]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.target_fullname == "person.id" for key in column.foreign_keys):
                yield table.name, column.name


def test_every_table_is_declared_once(app: Flask) -> None:
    """P8: a new table is either a place of people's data or holds nobody's."""
    assert sorted(Base.metadata.tables.keys() - PLACES.keys() - NOBODY.keys()) == []
    assert sorted(PLACES.keys() & NOBODY.keys()) == []
    assert sorted((PLACES.keys() | NOBODY.keys()) - Base.metadata.tables.keys()) == []


def test_whatever_points_to_a_person_is_reached(app: Flask) -> None:
    """P8, P9: a foreign key to a person is part of how the rows are found."""
    missing = [
        f"{table}.{column}"
        for table, column in _pointers()
        if Of(column) not in PLACES[table].reach and (table, column) != ("retention_item", "person_id")
    ]
    assert missing == []


def test_whatever_hangs_under_a_place_is_a_place(app: Flask) -> None:
    """P8: a part of a trip, an engagement or an invitation cannot be declared as nobody's."""
    wrong = [
        f"{name}.{column.name}"
        for name in NOBODY
        for column in Base.metadata.tables[name].columns
        if any(key.column.table.name in PLACES for key in column.foreign_keys)
    ]
    assert wrong == ["doomed_file.request_id"]


def test_every_column_of_words_is_declared(app: Flask) -> None:
    """P8: in a table whose rows stay, each column of words is emptied, searched, or cannot name anybody."""
    missing = []
    for name, place in PLACES.items():
        if place.fate is Fate.ERASE:
            continue
        known = place.clears.keys() | place.words | place.plain
        columns = text_columns(Base.metadata.tables[name])
        columns += [c for c in Base.metadata.tables[name].columns if isinstance(c.type, sa.LargeBinary)]
        missing += [f"{name}.{column.name}" for column in columns if column.name not in known]
    assert missing == []


def test_declarations_name_columns_that_exist(app: Flask) -> None:
    wrong = []
    for name, place in PLACES.items():
        columns = set(Base.metadata.tables[name].columns.keys())
        asked = set(place.clears) | place.words | place.plain | place.secret | _columns(place.reach, columns)
        wrong += [f"{name}.{column}" for column in sorted(asked - columns)]
        clashes = (
            (set(place.clears) & place.words)
            | (set(place.clears) & place.plain)
            | (place.words & place.plain)
        )
        wrong += [f"{name}.{column} twice" for column in sorted(clashes)]
    for name, nobody in NOBODY.items():
        columns = set(Base.metadata.tables[name].columns.keys())
        wrong += [f"{name}.{column}" for column in sorted(nobody.untouched - columns)]
    assert wrong == []


def _columns(reach: tuple[Reach, ...], columns: set[str]) -> set[str]:
    found = set()
    for one in reach:
        if isinstance(one, About):
            found |= {one.kind_column, one.column}
        elif not isinstance(one, Under):
            found.add(one.column)
        elif one.column not in columns:  # the other way round: the parent names the row
            assert one.column in Base.metadata.tables[one.table].columns
        assert not isinstance(one, Under) or one.table in PLACES
    return found


def test_what_stays_says_why(app: Flask) -> None:
    assert [name for name, place in PLACES.items() if place.fate is not Fate.ERASE and not place.why] == []


def test_pointers_to_files_can_be_loosened(app: Flask) -> None:
    """P8: a file that names the person goes, whatever points to it."""
    rigid = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "stored_file.id" for key in column.foreign_keys) and not column.nullable
    ]
    assert rigid == []
