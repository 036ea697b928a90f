"""The databases tests run on: a fresh copy per test, made from one migrated template, on either engine."""

import contextlib
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app, demo, migrate
from app.core.db import db, writing_connections

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


#: A database is a thousand files, and copying them takes a tenth of the time in memory.
_MEMORY = Path("/dev/shm")
_ROOM_NEEDED = 4_000_000_000


def _place(is_durable: bool) -> Path:
    """Where a server of our own keeps its files: in memory where there is much of it, else, and as in production, on the disk."""
    is_roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_NEEDED
    return _MEMORY if is_roomy and not is_durable else Path(tempfile.gettempdir())


def wants_postgresql() -> bool:
    """Whether this run is the PostgreSQL one."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    return given.startswith("postgres") or os.environ.get("RAPPORT_TEST_ENGINE") == "postgresql"


@contextlib.contextmanager
def running_server(*, is_durable: bool = False) -> Iterator[str]:
    """A PostgreSQL server of our own in a folder of its own, as the user postgres (initdb refuses root).

    For tests commits are not written to disk; `is_durable` keeps what a server does in production.
    """
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given.startswith("postgres"):
        # Databases of our own are made beside the one that was named; the user must be allowed to.
        address = given.partition("://")[2]
        yield f"postgresql+psycopg://{address.rsplit('/', 1)[0] if '/' in address else address}"
        return
    if not BINARIES:
        message = "no PostgreSQL server here: apt-get install postgresql"
        if os.environ.get("RAPPORT_TEST_REQUIRE_ALL"):
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="rapport-pg-", dir=_place(is_durable)))
    as_postgres: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    run = lambda *words: subprocess.run([*as_postgres, *words], check=True, capture_output=True, cwd="/")  # noqa: E731
    run(
        str(BINARIES[0] / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    )
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    if not is_durable:  # what is given here stands above ALTER SYSTEM
        settings += " -c fsync=off -c full_page_writes=off"
    run(
        str(BINARIES[0] / "pg_ctl"),
        "-D",
        str(folder / "data"),
        "-o",
        settings,
        "-l",
        str(folder / "log"),
        "-w",
        "start",
    )
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run(str(BINARIES[0] / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def postgresql_does(server: str, *words: str) -> None:
    """Let `pg_ctl` stop, start or restart a server of `running_server`: ("restart", "immediate") is a crash."""
    port = server.rsplit(":", 1)[1].split("/")[0]
    [folder] = [
        found.parent.parent
        for place in {_MEMORY, Path(tempfile.gettempdir())}
        for found in place.glob("rapport-pg-*/data/postmaster.opts")
        if f'"{port}"' in found.read_text() or f"-p {port}" in found.read_text()
    ]
    doing, *how = words
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    options = shlex.join(_options_of(folder))
    mode = ["-m", *how] if how else []
    more = ["-o", options, "-l", str(folder / "log")] if doing != "stop" else []
    command = [
        *as_postgres,
        str(BINARIES[0] / "pg_ctl"),
        "-D",
        str(folder / "data"),
        "-w",
        *mode,
        *more,
        doing,
    ]
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _options_of(folder: Path) -> list[str]:
    """What a server was started with, without its program and its folder."""
    _program, *words = shlex.split((folder / "data" / "postmaster.opts").read_text())
    if "-D" in words:
        place = words.index("-D")
        words[place : place + 2] = []
    return words


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


#: Books refuse both; only a superuser acting as a replica, as here, gets past their triggers. Deleting a few rows is five
#: times faster than TRUNCATE, which makes new files for every table and index; many rows would leave a table full of holes.
_EMPTY = """
DO $$
DECLARE name text; size bigint;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    size := pg_relation_size(format('public.%I', name));
    IF size > 1000000 THEN
      EXECUTE format('TRUNCATE %I CASCADE', name);
    ELSIF size > 0 THEN
      EXECUTE format('DELETE FROM %I', name);
    END IF;
  END LOOP;
  PERFORM setval(format('public.%I', sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""


class Databases:
    """Gives each test a database of its own in a few milliseconds."""

    def __init__(self, folder: Path, server: str | None) -> None:
        self.folder = folder
        self.server = server
        self.name = f"rapport_{os.getpid()}"
        self.url = f"{server}/{self.name}" if server else f"sqlite:///{folder / 'test.db'}"
        self.app: Flask | None = None
        #: States made once and copied from then on, by name.
        self.states: set[str] = set()
        #: Whether one of them lies in the database, or what a test made of it.
        self.holds_state = False
        self.forks: list[str] = []
        #: What the migrations write into new databases (lists of kinds and platforms), per table.
        self.seeds: dict[str, list[dict[str, Any]]] = {}

    def make_app(self) -> Flask:
        """The application under test, and the migrated template its databases are copied from."""
        os.environ["RAPPORT_INSTANCE"] = str(self.folder)
        if self.server:
            self._admin(f'DROP DATABASE IF EXISTS "{self.name}"', f'CREATE DATABASE "{self.name}"')
        self.app = create_app(
            SQLALCHEMY_DATABASE_URI=self.url,
            TESTING=True,
            WTF_CSRF_ENABLED=False,
            PROPAGATE_EXCEPTIONS=True,  # a page that breaks fails the test that fetched it
            SERVER_NAME=None,
            API_PER_MINUTE=100_000,  # counted, and kept out of the way
        )
        migrate(self.app)
        self._close()
        if self.server:
            self._remember_seeds()
            self._admin(f'CREATE DATABASE "{self.name}_new" TEMPLATE "{self.name}" STRATEGY FILE_COPY')
        else:
            shutil.copy(self.folder / "test.db", self.folder / "template.db")
        return self.app

    def _remember_seeds(self) -> None:
        assert self.app is not None
        with self.app.app_context(), db.engine.connect() as connection:
            for table in db.metadata.sorted_tables:
                if rows := connection.execute(sa.select(table)).mappings().all():
                    self.seeds[table.name] = [dict(row) for row in rows]
        self._close()

    def _empty_and_sow(self) -> None:
        """Every table as in a new database, over a connection that stays: a new one learns all tables anew."""
        assert self.app is not None
        with self.app.app_context():
            db.session.remove()
            with writing_connections(), db.engine.begin() as connection:
                connection.connection.driver_connection.execute(_EMPTY)  # type: ignore[union-attr]
                for name, rows in self.seeds.items():
                    connection.execute(sa.insert(db.metadata.tables[name]), rows)
                    highest = max(row["id"] for row in rows)
                    connection.execute(
                        sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {highest})")
                    )

    def reset(self) -> None:
        """Make the database as new: a copy of the template, or on the server every table emptied, unless much lies in it."""
        if self.server and not self.holds_state:
            self._empty_and_sow()
            return
        self._close()
        if self.server:
            self._copy_from("new")
            self.holds_state = False
            return
        self._remove_files()
        shutil.copy(self.folder / "template.db", self.folder / "test.db")

    def reset_to_demo(self) -> None:
        """Make the database the London demo."""
        self.reset_to("demo", lambda: demo.load(lambda _line: None))

    def reset_to(self, state: str, fill: Callable[[], object]) -> None:
        """Make the database what `fill` makes of a new one; it is filled once per run and copied from then on."""
        assert self.app is not None
        if state not in self.states:
            self.reset()
            with self.app.app_context():
                fill()
                db.session.remove()
            self._close()
            if self.server:
                self._admin(f'CREATE DATABASE "{self.name}_{state}" TEMPLATE "{self.name}"')
            else:
                _copy_database(self.folder / "test.db", self.folder / f"{state}.db")
            self.states.add(state)
            self.holds_state = True
            return
        self._close()
        self.holds_state = True
        if self.server:
            self._copy_from(state)
            return
        self._remove_files()
        shutil.copy(self.folder / f"{state}.db", self.folder / "test.db")

    def fork(self, suffix: str) -> str:
        """A copy of the database as it stands under a name of its own, for a server in another process; its URL."""
        self._close()
        if self.server:
            name = f"{self.name}_{suffix}"
            self.forks.append(name)
            self._admin(
                f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
                f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"',
            )
            return f"{self.server}/{name}"
        _copy_database(self.folder / "test.db", self.folder / f"{suffix}.db")
        return f"sqlite:///{self.folder / f'{suffix}.db'}"

    def drop(self) -> None:
        """Leave nothing behind on the server."""
        self._close()
        if self.server:
            kept = (f"{self.name}_{state}" for state in ("new", *self.states))
            for name in (self.name, *kept, *self.forks):
                self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _copy_from(self, suffix: str) -> None:
        replace = f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_{suffix}" STRATEGY FILE_COPY'
        self._admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', replace)

    def _remove_files(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"test.db{suffix}").unlink(missing_ok=True)

    def _close(self) -> None:
        assert self.app is not None
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _admin(self, *statements: str) -> None:
        assert self.server is not None
        address = self.server.replace("+psycopg", "")
        for _attempt in range(20):
            try:
                with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
                    for statement in statements:
                        connection.execute(statement)
                return
            except psycopg.errors.ObjectInUse:
                time.sleep(0.05)


def _copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite file whose last pages may still be in its write-ahead log."""
    with contextlib.closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(source, target)
