"""Eight processes that append to one book at once, against the bare loop: lock the end, insert, commit.

    .venv/bin/python bench/writers.py [--writers 8] [--each 200] [--engine sqlite|postgresql] [--rounds 3]

Ours is `post_entry` in a transaction of its own, as a screen posts: checked, converted, weighed, hashed, counted, with its
audit line. Bare is the driver alone: lock the row that holds the end, hash the same body, write what our posting leaves
behind (entry, sealed words, both sums, audit line and its detail), move the end, commit. Afterwards the book is verified
and its numbers are counted: a gap, a fork or a lost entry ends the bench. PostgreSQL is started for the bench, with every
commit written to disk. Exit status 1 below the budget.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pickle
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.databases import running_server

#: Of the appends a second of the bare loop.
BUDGET = 0.6


def write(kind: str, url: str, n_each: int, person_id: int, program_id: int) -> None:
    """One writer: makes itself ready with one entry, says so, waits for the word, writes, says how long it took."""
    append = ours(person_id, program_id) if kind == "ours" else bare(url)
    append(n_each)  # the first one loads and compiles what a server has loaded and compiled long ago
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(n_each):
        append(number)
    print("done", flush=True)


def ours(person_id: int, program_id: int) -> Callable[[int], None]:
    """`post_entry` as the screens call it."""
    from sqlalchemy.exc import OperationalError

    from app import create_app
    from app.core.db import transaction
    from app.core.money import Money
    from app.ledger import operations
    from app.ledger.details import EntryDetails
    from app.ledger.models import Basis, Category, Form

    create_app(LOG_LEVEL="WARNING").app_context().push()

    def append(number: int) -> None:
        details = EntryDetails(
            person_id=person_id, program_id=program_id, category=Category.MEAL, form=Form.IN_KIND_VENDOR,
            basis=Basis.ACTUAL_COST, value_on=date(2026, 10, 14), money=Money(100 + number, "GBP"), provider="Canteen",
            external_ref=f"{os.getpid()}/{number}",
        )  # fmt: skip
        while True:
            try:
                with transaction():
                    operations.post_entry(details, by=None)
                return
            except OperationalError:  # waited too long for its turn: a client told so tries again
                continue

    return append


def bare(url: str) -> Callable[[int], None]:
    """The driver alone, writing the same rows; what must differ from row to row is made here."""
    rows: dict[str, dict[str, Any]]
    cells: dict[str, dict[str, Any]]
    rows, cells = pickle.loads(Path(os.environ["RAPPORT_BENCH_ROWS"]).read_bytes())
    is_sqlite = url.startswith("sqlite")
    cursor: Any
    if is_sqlite:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=300)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        cursor = connection.cursor()
    else:
        cursor = psycopg.connect(url.replace("+psycopg", ""), autocommit=True).cursor()
    mark = "?" if is_sqlite else "%s"
    inserts = {
        table: f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join([mark] * len(row))})"
        for table, row in rows.items()
    }
    if not is_sqlite:
        inserts["audit_event"] += " RETURNING id"
    sums = [
        (
            f"UPDATE {table} SET n_entries = n_entries + 1 WHERE {' AND '.join(f'{name} = {mark}' for name in key)}",
            list(key.values()),
        )
        for table, key in cells.items()
    ]

    def append(number: int) -> None:
        cursor.execute("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        cursor.execute(
            "SELECT seq, hash FROM ledger_head WHERE id = 1" + ("" if is_sqlite else " FOR UPDATE")
        )
        seq, last = cursor.fetchone()
        seq += 1
        body = rows["ledger_entry"]["body"]
        leaf = hashlib.sha256(b"\x00" + body + number.to_bytes(8, "big")).digest()
        now = hashlib.sha256(bytes.fromhex(last) + leaf).digest()
        own = {
            "ledger_entry": {
                "seq": seq,
                "hash": now,
                "prev": bytes.fromhex(last),
                "idem": hashlib.sha256(now).digest(),
            },
            "ledger_detail": {"entry_seq": seq},
            "audit_event": {"subject_id": str(seq)},
        }
        for table, row in rows.items():
            if table == "audit_detail":
                own[table] = {"event_id": cursor.lastrowid if is_sqlite else cursor.fetchone()[0]}
            cursor.execute(inserts[table], list((row | own[table]).values()))
        for statement, key in sums:
            cursor.execute(statement, key)
        cursor.execute(f"UPDATE ledger_head SET seq = {mark}, hash = {mark} WHERE id = 1", (seq, now.hex()))
        cursor.execute("COMMIT")

    return append


def rate(kind: str, url: str, asked: argparse.Namespace, person_id: int, program_id: int) -> float:
    """Appends a second of all writers together, from the word to begin until the last has finished."""
    words = [sys.executable, __file__, "--write", kind, url, str(asked.each), str(person_id), str(program_id)]
    writers = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(asked.writers)
    ]
    for one in writers:
        assert one.stdout is not None
        if one.stdout.readline() != "ready\n":
            raise SystemExit(f"a writer ({kind}) did not start")
    begins = time.perf_counter()
    for one in writers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.stdout.readline() for one in writers if one.stdout is not None]
    took = time.perf_counter() - begins  # leaving a process is not writing
    if any(one.wait() for one in writers) or set(said) != {"done\n"}:
        raise SystemExit(f"a writer ({kind}) failed")
    return asked.writers * asked.each / took


def template_rows(folder: Path) -> None:
    """The rows our posting leaves behind, for the bare loop to write again; found by posting once."""
    from app.core.db import db
    from app.ledger import appending

    rows, cells = {}, {}
    ends = {
        "ledger_entry": "seq",
        "ledger_detail": "entry_seq",
        "audit_event": "id",
        "audit_detail": "event_id",
    }
    keys = {"ledger_rollup": appending.CELL, "ledger_provenance": appending.ORIGIN}
    with db.engine.connect() as connection:
        for table, order in ends.items():
            found = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY {order} DESC LIMIT 1")
            rows[table] = dict(found.mappings().one())
        for table, key in keys.items():
            found = connection.exec_driver_sql(f"SELECT {', '.join(key)} FROM {table} LIMIT 1")
            cells[table] = dict(found.mappings().one())
    rows["audit_event"].pop("id")
    for table, name in (("audit_event", "fields"), ("audit_detail", "changes")):
        value = rows[table][name]
        rows[table][name] = value if isinstance(value, str) else json.dumps(value)
    (folder / "rows").write_bytes(pickle.dumps((rows, cells)))
    os.environ["RAPPORT_BENCH_ROWS"] = str(folder / "rows")


def measure(engine: str, url: str, asked: argparse.Namespace) -> tuple[str, float, float]:
    """Both loops on one engine: its name, appends a second of the bare loop and of ours."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-bench-"))
    os.environ |= {
        "RAPPORT_INSTANCE": str(folder),
        "DATABASE_URL": url or f"sqlite:///{folder / 'rapport.db'}",
    }
    url = os.environ["DATABASE_URL"]
    from app import create_app, migrate
    from app.core.db import db
    from app.ledger import queries
    from app.ledger.models import Entry
    from tests.factories import people, programs

    app = create_app(LOG_LEVEL="WARNING")
    migrate(app)
    try:
        with app.app_context():
            numbers = people.person("Amal").id, programs.program().id
            db.session.remove()
            ours_rates = [rate("ours", url, asked, *numbers) for _ in range(asked.rounds)]
            n = asked.rounds * asked.writers * (asked.each + 1)
            if db.session.scalars(sa.select(Entry.seq).order_by(Entry.seq)).all() != list(range(1, n + 1)):
                raise SystemExit("an entry is missing")
            if not queries.verify().is_ok:
                raise SystemExit("the book does not verify")
            db.session.remove()
            template_rows(folder)
            bare_rates = [rate("bare", url, asked, *numbers) for _ in range(asked.rounds)]
            db.session.remove()
            db.engine.dispose()
    finally:
        shutil.rmtree(folder)
    return engine, statistics.median(bare_rates), statistics.median(ours_rates)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A server of our own that writes each commit to disk, as one in production does."""
    with running_server(is_durable=True) as server:
        with psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True) as admin:
            if admin.execute("SHOW fsync").fetchone() != ("on",):
                raise SystemExit("the server does not write its commits to disk")
            admin.execute("CREATE DATABASE bench")
        yield f"{server}/bench"


def main() -> int:
    """Measure and say; 1 when ours is below its budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--write", nargs=5, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        kind, url, *numbers = asked.write
        write(kind, url, *map(int, numbers))
        return 0
    found = []
    for engine in asked.engine or ("sqlite", "postgresql"):
        with contextlib.nullcontext("") if engine == "sqlite" else postgresql() as url:
            found.append(measure(engine, url, asked))
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"load {os.getloadavg()[0]:.1f}; {asked.writers} writers")  # fmt: skip
    for engine, floor, rate_of_ours in found:
        print(
            f"{engine:<12} bare {floor:8.1f}/s  ours {rate_of_ours:8.1f}/s   {rate_of_ours / floor:5.2f} (at least {BUDGET})"
        )
    return 0 if all(ours_ / floor >= BUDGET for _, floor, ours_ in found) else 1


if __name__ == "__main__":
    sys.exit(main())
