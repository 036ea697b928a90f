"""Fixtures every test may use: the application, a fresh database, signed-in clients, a frozen clock."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import event

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db
from tests.buckets import in_bucket, kept_in, storage
from tests.databases import Databases, running_server, wants_postgresql
from tests.factories import accounts as make_accounts
from tests.lint import LintingClient

Row = TypeVar("Row")

__all__ = ["in_bucket", "kept_in", "storage"]

# How long an example takes is the machine's business; a busy one fails no test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

SHARED_DATA = Path(os.environ.get("RAPPORT_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The engine of this run and the template every test's database is copied from."""
    shared_memory = Path("/dev/shm")
    folder = tmp_path_factory.mktemp("instance")
    if shared_memory.is_dir() and os.access(shared_memory, os.W_OK) and not wants_postgresql():
        folder = shared_memory / f"rapport-test-{os.getpid()}"
        folder.mkdir(exist_ok=True)
    if wants_postgresql():
        with running_server() as server:
            made = Databases(folder, server)
            made.make_app()
            _leave_alone_what_stays()
            yield made
            made.drop()
    else:
        made = Databases(folder, None)
        made.make_app()
        _leave_alone_what_stays()
        yield made
        made.drop()
        shutil.rmtree(folder, ignore_errors=True)  # memory is given back


def _leave_alone_what_stays() -> None:
    """Thousands of tests and the application stay until the end: walking them again and again took a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture
def app(databases: Databases) -> Iterator[Flask]:
    """The application on a database of this test's own."""
    databases.reset()
    assert databases.app is not None
    databases.app.test_client_class = LintingClient
    with databases.app.app_context():
        yield databases.app
        db.session.remove()


@pytest.fixture
def london(databases: Databases) -> Iterator[Flask]:
    """The application on a copy of the London demo."""
    databases.reset_to_demo()
    assert databases.app is not None
    databases.app.test_client_class = LintingClient
    with databases.app.app_context():
        yield databases.app
        db.session.remove()


@pytest.fixture
def london_as(london: Flask) -> Callable[[str], FlaskClient]:
    """`london_as("mei")`: the browser of a user of the demo."""

    def sign(key: str) -> FlaskClient:
        user = db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
        browser = london.test_client()
        make_accounts.session_in(browser, user)
        return browser

    return sign


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody is signed in to; it lints every page it fetches."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> Callable[..., FlaskClient]:
    """`signed_in(Role.RELATIONS)` or `signed_in(user)`: a browser of that user."""

    def sign(who: Role | User) -> FlaskClient:
        user = who if isinstance(who, User) else make_accounts.user(role=who)
        browser = app.test_client()
        make_accounts.session_in(browser, user)
        return browser

    return sign


@pytest.fixture
def at() -> Iterator[Callable[[datetime], AbstractContextManager[None]]]:
    """`with at(instant):` freezes the clock."""
    return clock.fixed_at


@pytest.fixture
def count_queries(app: Flask) -> Iterator[Callable[[], int]]:
    """`count_queries()` gives the number of statements since the last call."""
    yield from counting()


def counting() -> Iterator[Callable[[], int]]:
    """Counts the statements of whatever application is at work."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SET TRANSACTION")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)

    def count() -> int:
        number = len(seen)
        seen.clear()
        return number

    yield count
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def shared_data() -> Path:
    """The folder of genuine input files; tests that need it are skipped where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no genuine data at {SHARED_DATA}")
    return SHARED_DATA


def fresh(row: Row) -> Row:
    """Read a row again, as a request left it."""
    db.session.rollback()
    identity = sa.inspect(row).identity
    found = db.session.get(type(row), identity)
    assert found is not None
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what asks the database runs: the rest has run on SQLite and would say the same again."""
    if not wants_postgresql():
        return
    again = [item for item in items if _asks_the_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _asks_the_database(item)])
    items[:] = again


def _asks_the_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("postgres") is not None:
        return True
    return "databases" in getattr(item, "fixturenames", ()) and item.get_closest_marker("looks") is None
