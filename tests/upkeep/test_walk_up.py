"""A house full of rows is brought up from each earlier shape: one migration at a time, and nothing that was there is lost.

No release has been made yet, so its shapes are made from the demo by going down first. Further down than FIRST the way
back is not made for a full house (what is not there cannot be kept); an empty one goes all the way down and up in
`architecture/test_migrations.py`. From the first release on, its dump belongs here beside.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, is_sqlite, writing_connections
from app.core.extensions import alembic, head, known_versions
from app.core.models import Setting
from app.ledger import queries as ledger
from tests.databases import Databases

FIRST = "0034"
#: What migrations say in another way: words that were open are sealed from then on, counts beside the book are made anew by month.
REWRITTEN = {("0036", "hospitality"), ("0054", "ledger_provenance")}
#: Derived from others and made anew by migrations: what people are found by.
_DERIVED = ("_search",)


@pytest.fixture
def full(london: Flask, databases: Databases) -> Flask:
    """The demo; the next test gets a database made anew."""
    databases.holds_state = True
    return london


def _step(move: Callable[[str], None], to: str) -> None:
    db.session.remove()
    with writing_connections():
        move(to)
    db.session.remove()


def _columns() -> dict[str, list[str]]:
    """Every table that holds facts, with its columns."""
    look = sa.inspect(db.engine)
    look.clear_cache()
    names = (name for name in look.get_table_names() if not any(part in name for part in _DERIVED))
    return {
        name: sorted(one["name"] for one in look.get_columns(name))
        for name in names
        if name != "alembic_version"
    }


def _rows(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Each row of each table as a print of the columns that were named."""
    found = {}
    with db.engine.connect() as connection:
        for name, wanted in columns.items():
            rows = sa.select(*(sa.column(one) for one in wanted)).select_from(sa.table(name))
            found[name] = sorted(_print(row) for row in connection.execute(rows))
    return found


def _print(row: sa.Row[Any]) -> str:
    cells = (bytes(cell).hex() if isinstance(cell, bytes | memoryview) else repr(cell) for cell in row)
    return hashlib.sha256("\0".join(cells).encode()).hexdigest()


@pytest.mark.slow
def test_a_full_house_goes_up_step_by_step_and_keeps_every_row(
    full: Flask, london_as: Callable[[str], FlaskClient]
) -> None:
    versions = [one for one in sorted(known_versions()) if one >= FIRST]
    for version in reversed(versions[:-1]):
        _step(alembic.downgrade, version)
    there = _columns()
    old = _rows(there)
    counts = {name: len(prints) for name, prints in old.items()}
    assert sum(counts.values()) > 3000
    changed: set[tuple[str, str]] = set()
    for version in versions[1:]:
        _step(alembic.upgrade, version)
        now = _columns()
        # No migration of these takes a column away, so that what stood there is compared whole.
        assert [name for name in there if not set(there[name]) <= set(now.get(name, ()))] == [], version
        kept = _rows(there)
        changed |= {(version, name) for name in there if Counter(old[name]) - Counter(kept[name])}
        wider = {name: columns for name, columns in now.items() if columns != there.get(name)}
        there, old = now, kept | _rows(wider)
    assert changed == REWRITTEN
    assert [name for name, number in counts.items() if len(old[name]) < number] == []
    for key, path in (
        ("mei", "/people/"),
        ("helga", "/ledger/"),
        ("ruth", "/events/"),
        ("ada", "/settings/users/"),
    ):
        assert london_as(key).get(path).status_code == 200, path
    _check_whole()


def _check_whole() -> None:
    """Sound, of the shape of the models, every row readable by them, the book as it was."""
    db.session.remove()
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == head()
        if is_sqlite():
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    db.session.remove()
    for mapper in Setting.registry.mappers:
        db.session.scalars(sa.select(mapper.class_)).unique().all()
        db.session.expunge_all()
    found = ledger.verify([])
    assert (found.is_ok, found.faults) == (True, ())
    assert found.size > 100
    with writing_connections():
        assert list(alembic.compare_metadata()) == []
    db.session.remove()
