"""How long a list of people takes to read in, against the bare floor of the same rows, in one run.

    .venv/bin/python bench/import_people.py [--people 100000] [--rounds 1]

The list is made up: names, mail addresses, countries, languages, kinds, topics, handles; half of the people have a channel,
three names in ten are more than two plain words, or of another script.
Ours is the import as the worker runs it in a fresh house, with owners, audit lines, receipt and the search for duplicates. The
floor inserts every row that is in the database afterwards into the same tables again, with bare sqlite3 in one transaction;
once with all its indexes, as `import_value.py` does it, and once without the index of words, which is then ours alone.
Budgets: 8 times the floor with its indexes, 400 MB; exit status 1 above either. Each part is a process of its own.
"""

import argparse
import csv
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUDGET_RATIO, BUDGET_MB = 8.0, 400
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000")
COLUMNS = ("Name", "E-mail", "Country", "Languages", "Type", "Known for", "Among", "Handle")
SYLLABLES = [consonant + vowel for consonant in "bdklmnrst" for vowel in "aeio"]
PLACES = ("FR, fr", "DE, de", "Nigeria, en", "KR, ko", "BR, pt-BR", "India, en; hi", "Egypt, ar", "JP, ja")
TOPICS = (
    "private 5G",
    "open radio",
    "fibre to the farm",
    "spectrum rules",
    "satellite links",
    "energy of small cells",
)
#: How the names are written.
NAMES = (*["{0} {1}"] * 7, "Dr {0} {1}", "{0} K. van {1}", "Дмитрий {1}")


def made_up(path: Path, n_people: int) -> None:
    """The list; the same every time."""
    chance = random.Random(7)
    word = lambda n: "".join(chance.choice(SYLLABLES) for _ in range(n)).title()  # noqa: E731
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(n_people):
            name, (country, languages) = f"{word(3)} {word(4)}", chance.choice(PLACES).split(", ", 1)
            shown = NAMES[number % len(NAMES)].format(*name.split())
            writer.writerow(
                (shown, f"{name.replace(' ', '.').lower()}.{number}@press{number % 900}.example", country, languages,
                 chance.choice(("Blogger", "Analyst", "Podcaster")), chance.choice(TOPICS), "network engineers",
                 f"@{name.split()[1].lower()}{number}" if number % 2 else "")
            )  # fmt: skip


def measured(work: Callable[[], int]) -> dict[str, Any]:
    """Wall and processor seconds of the work, rows done, and the peak memory of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    n_rows = work()
    return {
        "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "rows": n_rows,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def ours(file: Path, folder: Path) -> dict[str, Any]:
    """The import as the worker runs it, in a fresh house with one who can own people."""
    os.environ["RAPPORT_INSTANCE"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    from app import create_app, migrate
    from app.accounts import operations as accounts
    from app.accounts.details import UserDetails
    from app.accounts.models import Role
    from app.core.db import transaction
    from app.imports.operations import import_people

    app = create_app(LOG_LEVEL="ERROR")
    migrate(app)
    with app.app_context(), transaction():
        details = UserDetails(
            email="mei@lumen.example", name="Mei", role=Role.RELATIONS, department="Relations"
        )
        by = accounts.add_user(details, "quiet-harbour-lantern", by=None)

    def work() -> int:
        with app.app_context(), transaction(), file.open("rb") as stream:
            from app.core.db import db

            return import_people(stream, file.name, is_dry=False, by=db.session.merge(by)).n_created

    return measured(work)


def indexed(source: Path, folder: Path) -> dict[str, Any]:
    """The same with the index of words, which triggers fill."""
    return stored(source, folder, is_indexed=True)


def stored(source: Path, folder: Path, *, is_indexed: bool = False) -> dict[str, Any]:
    """Every row of the house, inserted again with bare sqlite3; reading it is not counted."""
    old = sqlite3.connect(source)
    master = old.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC"
    ).fetchall()
    virtual = [name for kind, name, sql in master if sql.upper().startswith("CREATE VIRTUAL")]
    of_index = lambda row: any(row[1].startswith(f"{name}_") for name in virtual)  # noqa: E731
    mine = [row for row in master if not of_index(row) or (is_indexed and row[0] == "trigger")]
    if not is_indexed:
        mine = [row for row in mine if row[1] not in virtual]
    tables = [
        name
        for kind, name, _ in mine
        if kind == "table" and name not in virtual and name != "sqlite_sequence"
    ]
    rows = {name: old.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    connection = sqlite3.connect(folder / f"stored-{is_indexed}.db", isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    for kind in ("table", "index", "trigger"):
        for found, name, sql in mine:
            if found == kind and name != "sqlite_sequence":
                connection.execute(sql)

    def work() -> int:
        connection.execute("BEGIN IMMEDIATE")
        for name, found in rows.items():
            if found:
                connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)
        connection.execute("COMMIT")
        return sum(map(len, rows.values()))

    return measured(work)


def _in_a_process(part: str, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--part", part, *words], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--part", choices=("ours", "stored", "indexed"))
    given = parser.parse_args()
    if given.part:
        print(json.dumps({"ours": ours, "stored": stored, "indexed": indexed}[given.part](*given.paths)))
        return
    ratios = []
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            made_up(folder / "list.csv", given.people)
            mine = _in_a_process("ours", str(folder / "list.csv"), str(folder))
            bare = _in_a_process("stored", str(folder / "rapport.db"), str(folder))
            whole = _in_a_process("indexed", str(folder / "rapport.db"), str(folder))
        ratios.append(mine["wall"] / whole["wall"])
        print(
            f"{mine['rows']:,} people: {mine['wall']:.1f} s, {mine['cpu']:.1f} of processor, {mine['peak_mb']:.0f} MB"
        )
        for what, floor in (("all indexes", whole), ("all but the index of words", bare)):
            print(
                f"bare with {what}: {floor['wall']:.1f} s, {floor['cpu']:.1f} of processor, {floor['rows']:,} rows; "
                f"ours {mine['wall'] / floor['wall']:.1f} times, {mine['cpu'] / floor['cpu']:.1f} by the processor"
            )
    sys.exit(statistics.median(ratios) > BUDGET_RATIO or mine["peak_mb"] > BUDGET_MB)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
