"""How long the 126,084 genuine records take with chain, against the bare floor of the same work, in one run.

    .venv/bin/python bench/import_value.py [FILE.csv.gz] [--rounds 3]

Two floors, both bare sqlite3 under the same pragmas, in one transaction, each row hashed with SHA-256: `stored` inserts
the rows the ledger holds (every column, same table and indexes, and the sealed words) from memory; `plain` reads the file
with the csv module and inserts its thirteen columns into a table without any index or check. Budgets: 8 times `stored`,
300 MB; exit status 1 above either. Each part is a process of its own, so that memory and warm caches do not leak from
one to the other; rounds take turns, and medians are compared.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "shared" / "data" / "open_payments_general_iowa_2013_2015.csv.gz"
BUDGET_RATIO, BUDGET_MB = 8.0, 300
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def measured(work: Callable[[], int]) -> dict[str, Any]:
    """Wall and processor seconds of the work, rows done, and the peak memory of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    n_rows = work()
    return {
        "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "rows": n_rows,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def plain(file: Path, folder: Path) -> dict[str, Any]:
    """The rows of the file, read, chained and inserted with nothing in between."""
    connection = connect(folder / "plain.db")

    def work() -> int:
        with gzip.open(file) as packed:
            reader = csv.reader(io.TextIOWrapper(packed, "utf-8", newline=""))
            columns = next(reader)
            connection.execute(
                f"CREATE TABLE entry (seq INTEGER PRIMARY KEY, hash TEXT, {', '.join(columns)})"
            )
            connection.execute("BEGIN IMMEDIATE")
            marks = ", ".join("?" * (len(columns) + 2))
            connection.executemany(f"INSERT INTO entry VALUES ({marks})", _chained(reader))
            connection.execute("COMMIT")
        return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])

    return measured(work)


def _chained(rows: Iterator[list[str]]) -> Iterator[tuple[Any, ...]]:
    previous = "0" * 64
    for seq, row in enumerate(rows, start=1):
        previous = hashlib.sha256("\x1f".join((previous, *row)).encode()).hexdigest()
        yield (seq, previous, *row)


def stored(source: Path, folder: Path) -> dict[str, Any]:
    """What the ledger stores, inserted again with bare sqlite3 into the same tables; reading it is not counted."""
    old = sqlite3.connect(source)
    tables = ("ledger_entry", "ledger_detail")
    schema = [
        sql for (sql,) in old.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name IN (?, ?) AND type IN ('table', 'index') AND sql IS NOT NULL "
            "ORDER BY type DESC, name", tables)
    ]  # fmt: skip
    rows = {table: old.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}
    names = [column[1] for column in old.execute("PRAGMA table_info(ledger_entry)")]
    body, digest = names.index("body"), names.index("hash")
    connection = connect(folder / "stored.db")
    connection.execute("PRAGMA foreign_keys=OFF")
    for sql in schema:
        connection.execute(sql)

    def hashed() -> Iterator[tuple[Any, ...]]:
        for row in rows["ledger_entry"]:
            leaf = hashlib.sha256(b"\0" + row[body])
            if row[digest] not in (leaf.digest(), leaf.hexdigest()):
                raise SystemExit("the stored hash is not that of the stored bytes")
            yield row

    def work() -> int:
        connection.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO ledger_entry VALUES ({marks})", hashed())
        connection.executemany("INSERT INTO ledger_detail VALUES (?, ?, ?)", rows["ledger_detail"])
        connection.execute("COMMIT")
        return len(rows["ledger_entry"])

    return measured(work)


def ours(file: Path, folder: Path) -> dict[str, Any]:
    """The import as `rapport import value` runs it, in a fresh house."""
    os.environ["RAPPORT_INSTANCE"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    from app import create_app, migrate
    from app.core.db import transaction
    from app.imports.operations import import_value

    app = create_app()
    migrate(app)

    def work() -> int:
        with app.app_context(), transaction(), file.open("rb") as stream:
            return import_value(stream, file.name, "open-payments", "Bench", is_dry=False, by=None).n_created

    return measured(work)


def _in_a_process(part: str, *paths: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--part", part, *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Take turns, compare the medians, print them with the machine and the date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {"plain": [], "ours": [], "stored": []}
    for _ in range(asked.rounds):
        with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
            place = Path(folder)
            results["plain"].append(_in_a_process("plain", asked.file, place))
            results["ours"].append(_in_a_process("ours", asked.file, place))
            results["stored"].append(_in_a_process("stored", place / "rapport.db", place))
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}; medians of {asked.rounds} rounds")  # fmt: skip
    middle = {
        part: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for part, runs in results.items()
    }
    for part, words in (
        ("plain", "csv + SHA-256 + sqlite3"),
        ("stored", "stored rows + SHA-256 + sqlite3"),
        ("ours", "rapport import value"),
    ):
        found = middle[part]
        print(
            f"{words:<32} {found['rows']:>8,.0f} rows {found['wall']:6.2f} s  ({found['cpu']:5.2f} s of processor)  "
            f"{found['peak_mb']:4.0f} MB"
        )
    for part in ("plain", "stored"):
        by_clock, by_processor = (middle["ours"][key] / middle[part][key] for key in ("wall", "cpu"))
        print(f"ratio to {part:<7} {by_clock:5.2f} by the clock, {by_processor:5.2f} by the processor")
    is_good = (
        middle["ours"]["wall"] / middle["stored"]["wall"] <= BUDGET_RATIO
        and middle["ours"]["peak_mb"] <= BUDGET_MB
    )
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        part = {"plain": plain, "stored": stored, "ours": ours}[sys.argv[2]]
        print(json.dumps(part(Path(sys.argv[3]), Path(sys.argv[4]))))
    else:
        main()
