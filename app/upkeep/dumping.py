"""A copy of the running database and the facts of that very copy: SQLite by its backup interface, PostgreSQL by pg_dump.

Writers are not stopped. The facts (counts, the head of the book, which content rows name) are read from the copy, or on
PostgreSQL inside the snapshot that pg_dump reads as well, so they agree with it to the row.
"""

import contextlib
import gzip
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import db, is_sqlite
from app.core.errors import DomainError
from app.upkeep import archive

Ask = Callable[[str], list[Any]]


class DumpFailed(DomainError):
    """The database could not be copied, or not be put back; the message says what was missing."""


class Dump(Struct, frozen=True):
    """A copy of the database on the disk, and what is in it."""

    path: Path
    part: str
    head: str
    tables: dict[str, int]
    ledger_size: int
    ledger_head: str
    digests: tuple[str, ...]


def engine_name() -> str:
    """How a backup calls the kind of database this house has."""
    return "sqlite" if is_sqlite() else "postgresql"


def digests_now() -> list[str]:
    """What content the rows of the running database name at this moment."""
    found = list(db.session.execute(sa.text(_DIGESTS)).scalars())
    db.session.rollback()
    return found


@contextlib.contextmanager
def dumped(folder: Path) -> Iterator[Dump]:
    """The copy, in a folder it may fill; DumpFailed."""
    if is_sqlite():
        yield _dump_sqlite(folder)
    else:
        yield _dump_postgresql(folder)


_DIGESTS = "SELECT DISTINCT sha256 FROM stored_file ORDER BY sha256"


def _facts(ask: Ask, tables: list[str]) -> dict[str, Any]:
    counts = {name: int(ask(f'SELECT count(*) FROM "{name}"')[0][0]) for name in tables}  # noqa: S608 -- its own names
    head = ask("SELECT seq, hash FROM ledger_head WHERE id = 1") if "ledger_head" in counts else []
    return {
        "head": str(ask("SELECT version_num FROM alembic_version")[0][0]),
        "tables": counts,
        "ledger_size": int(head[0][0]) if head else 0,
        "ledger_head": str(head[0][1]) if head else "",
        "digests": tuple(str(row[0]) for row in ask(_DIGESTS)),
    }


# -- SQLite ----------------------------------------------------------------------------------------


def _dump_sqlite(folder: Path) -> Dump:
    try:
        return _copied(folder)
    except sqlite3.Error as trouble:  # a full disk, most likely
        raise DumpFailed(f"The copy of the database could not be written: {trouble}.") from None


def _copied(folder: Path) -> Dump:
    copy, packed = folder / "copy.db", folder / archive.SQLITE
    with contextlib.closing(sqlite3.connect(copy)) as target:
        with db.engine.connect() as source:
            driver: Any = source.connection.driver_connection
            driver.backup(target)  # all pages at one reader's mark in the log: writers go on meanwhile
        # One plain file from here on, without a log beside it.
        target.execute("PRAGMA journal_mode=DELETE")
        require_sound(target)
        facts = _facts(lambda words: target.execute(words).fetchall(), sqlite_tables(target))
    with copy.open("rb") as plain, packed.open("wb") as file, gzip.GzipFile("", "wb", 3, file, 0) as zipped:
        shutil.copyfileobj(plain, zipped, 1024 * 1024)
    copy.unlink()
    return Dump(packed, archive.SQLITE, **facts)


def sqlite_tables(connection: sqlite3.Connection) -> list[str]:
    """The tables whose rows are facts; what words are found by is made from them."""
    wanted = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [name for (name,) in connection.execute(wanted) if "_search" not in name]


def require_sound(connection: sqlite3.Connection) -> None:
    """DumpFailed unless SQLite finds its file sound and every reference leading somewhere."""
    said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        raise DumpFailed(f"The database file is damaged: {said}")
    lost = connection.execute("PRAGMA foreign_key_check").fetchone()
    if lost is not None:
        raise DumpFailed(f"A row of {lost[0]} refers to a row of {lost[2]} that is not there.")


def load_sqlite(packed: Path, target: Path) -> None:
    """Unpack a copy beside its place; whoever calls gives it its name when it was found sound."""
    try:
        with gzip.open(packed, "rb") as zipped, target.open("wb") as plain:
            shutil.copyfileobj(zipped, plain, 1024 * 1024)
            plain.flush()
            os.fsync(plain.fileno())
    except (EOFError, gzip.BadGzipFile) as error:
        raise DumpFailed(f"The database in this backup cannot be unpacked: {error}") from None


# -- PostgreSQL ------------------------------------------------------------------------------------


def postgresql_tables(ask: Ask) -> list[str]:
    """The tables whose rows are facts."""
    wanted = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    return [str(row[0]) for row in ask(wanted) if "_search" not in row[0]]


def _dump_postgresql(folder: Path) -> Dump:
    target = folder / archive.POSTGRESQL
    program = client_program("pg_dump")
    # Its own connection: the limits of a request (two minutes of waiting) are not for this.
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:

        def ask(words: str) -> list[Any]:
            return list(connection.execute(sa.text(words)).all())

        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        snapshot = str(ask("SELECT pg_export_snapshot()")[0][0])
        address, environment = client_address(db.engine.url)
        command = [program, "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
                   f"--snapshot={snapshot}", f"--file={target}", f"--dbname={address}"]  # fmt: skip
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise DumpFailed(f"pg_dump refused: {_last_line(done.stderr)}")
        facts = _facts(ask, postgresql_tables(ask))
        connection.rollback()
    return Dump(target, archive.POSTGRESQL, **facts)


def client_program(name: str) -> str:
    """Where a program of PostgreSQL's client is; DumpFailed where it is not."""
    found = shutil.which(name)
    if found is None:
        raise DumpFailed(
            f"{name} was not found. Install the client of PostgreSQL (Debian: apt-get install postgresql-client), "
            "not older than the server."
        )
    return found


def client_address(url: sa.URL) -> tuple[str, dict[str, str]]:
    """An address for PostgreSQL's own programs and the environment they run in; the password is in the latter only."""
    plain = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    return plain.render_as_string(hide_password=False), environment


def load_postgresql(dump: Path, url: sa.URL, last_words: str) -> None:
    """Put a dump into an empty database with one more statement, all in one transaction: there is no moment between.

    DumpFailed; then the database is as empty as before.
    """
    address, environment = client_address(url)
    unpack = [
        client_program("pg_restore"),
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        "--file=-",
        str(dump),
    ]
    read = [client_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
            "--output=/dev/null", f"--dbname={address}"]  # fmt: skip
    with (
        subprocess.Popen(unpack, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as source,
        subprocess.Popen(read, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as target,
    ):
        try:
            _pour(source, target, last_words)
            said = _said_by(target) or _said_by(source)
        finally:
            source.kill()
            target.kill()  # both have ended, unless we did not come so far
    if source.returncode or target.returncode:
        raise DumpFailed(f"The database could not be put back: {_last_line(said)} Nothing was kept.")


def _pour(source: subprocess.Popen[bytes], target: subprocess.Popen[bytes], last_words: str) -> None:
    """All that one program says into the other, and our words after it, unless the first one failed."""
    out, into = cast(IO[bytes], source.stdout), cast(IO[bytes], target.stdin)
    with contextlib.suppress(BrokenPipeError):  # psql has said why on its way out
        shutil.copyfileobj(out, into, 1024 * 1024)
        out.close()
        if source.wait():
            target.kill()  # the end of its input would be a commit
            return
        into.write(f"\n{last_words}\n".encode())
        into.close()


def _said_by(process: subprocess.Popen[bytes]) -> str:
    said = cast(IO[bytes], process.stderr).read().decode("utf-8", "replace")
    process.wait()
    return said.strip()


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return (errors or lines or ["no reason was given."])[0]
