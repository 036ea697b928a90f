"""How many queries and how long the people list and the ledger list take, with few rows and with very many, in one run.

    .venv/bin/python bench/lists.py [FILE.csv.gz] [--people 100000] [--rounds 7]

Whole pages, over WSGI, by somebody signed in: 1,000 people and then 100,000, each with an owner; 1,000 entries and then all
of the genuine records. Exit status 1 when a page asks another number of queries with many rows than with few.
"""

import argparse
import atexit
import gzip
import itertools
import os
import platform
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["RAPPORT_INSTANCE"] = tempfile.mkdtemp(prefix="rapport-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['RAPPORT_INSTANCE']}/rapport.db"

from app import create_app, migrate
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.imports.operations import import_value
from app.people.models import OwnerRole, Ownership, Person
from app.people.names import sort_key_of
from app.people.upkeep import search_text_of
from tests.factories import accounts

FILE = Path(__file__).parents[2] / "shared" / "data" / "open_payments_general_iowa_2013_2015.csv.gz"
N_FEW = 1_000
#: Pages of each list; {last} is the number of the last page.
PEOPLE = (
    "/people/",
    "/people/?page={last}",
    "/people/?q=person+77",
    "/people/?order=-changed",
    "/people/?owner=1",
)
LEDGER = (
    "/ledger/",
    "/ledger/?page={last}",
    "/ledger/?by=person",
    "/ledger/?order=-value",
    "/ledger/?category=meal",
)
PER_PAGE = 50

#: What one page took: number of queries, milliseconds.
Taken = tuple[int, float]


def add_people(start: int, stop: int, owner: User) -> None:
    """People of many countries, all looked after by one user."""
    now = clock.now()
    countries = itertools.cycle(("GB", "DE", "FR", "JP", "ZA", "BR", "IN", "US"))
    names = [f"Person {number * 7919 % 1_000_003}" for number in range(start, stop)]
    with transaction():
        rows = [
            {
                "name": name, "sort_name": name, "sort_key": sort_key_of(name), "search_text": search_text_of(name, []),
                "home_country": next(countries), "made_at": now, "changed_at": now,
            }
            for name in names
        ]  # fmt: skip
        db.session.execute(sa.insert(Person), rows)
        unowned = sa.select(Person.id).where(
            Person.is_pseudonymous.is_(False), Person.id.not_in(sa.select(Ownership.person_id))
        )
        owned = [
            {
                "person_id": id,
                "user_id": owner.id,
                "role": OwnerRole.OWNER,
                "from_at": now,
                "from_on": now.date(),
            }
            for id in db.session.scalars(unowned)
        ]
        db.session.execute(sa.insert(Ownership), owned)


def add_entries(data: bytes) -> None:
    """Books taken over as the command does it."""
    with transaction():
        import_value(BytesIO(data), "bench.csv", "open-payments", "Bench", is_dry=False, by=None)


def lines_of(file: Path) -> Iterator[bytes]:
    with gzip.open(file) as packed:
        yield from packed


def page_taken(get: Callable[[], int], statements: list[str], rounds: int) -> Taken:
    """The queries of one call, and the median time of several."""
    get()
    statements.clear()
    get()
    n_queries = len(statements)
    taken = []
    for _round in range(rounds):
        begins = time.perf_counter()
        get()
        taken.append((time.perf_counter() - begins) * 1000)
    return n_queries, statistics.median(taken)


def measure(
    browser: FlaskClient, paths: tuple[str, ...], n_rows: int, statements: list[str], rounds: int
) -> list[Taken]:
    """Every page of a list with this many rows in it."""

    def get(path: str) -> int:
        answer = browser.get(path.format(last=-(-n_rows // PER_PAGE)))
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status_code}")
        return answer.status_code

    return [page_taken(lambda path=path: get(path), statements, rounds) for path in paths]


def say(paths: tuple[str, ...], n_rows: int, few: list[Taken], many: list[Taken]) -> bool:
    """Print a table; whether the number of queries stayed the same."""
    print(f"{'page':<26} {'queries':>9} {f'{N_FEW:,} rows':>14} {f'{n_rows:,} rows':>14} {'times':>6}")
    for path, (n_few, before), (n_many, after) in zip(paths, few, many, strict=True):
        queries = f"{n_few}" if n_few == n_many else f"{n_few} -> {n_many}"
        print(f"{path:<26} {queries:>9} {before:>11.1f} ms {after:>11.1f} ms {after / before:>6.1f}")
    return [n for n, _ in few] == [n for n, _ in many]


def main() -> int:
    """Measure and say; 1 when the number of queries grows with the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    atexit.register(shutil.rmtree, os.environ["RAPPORT_INSTANCE"])
    app = create_app(LOG_LEVEL="WARNING")
    migrate(app)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            statements.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        user = accounts.user(role=Role.COMPLIANCE)
        add_people(0, N_FEW, user)
        browser = app.test_client()
        accounts.session_in(browser, user)
        few_people = measure(browser, PEOPLE, N_FEW, statements, asked.rounds)
        add_people(N_FEW, asked.people, user)
        many_people = measure(browser, PEOPLE, asked.people, statements, asked.rounds)
        add_entries(b"".join(itertools.islice(lines_of(asked.file), N_FEW + 1)))
        few_entries = measure(browser, LEDGER, N_FEW, statements, asked.rounds)
        add_entries(asked.file.read_bytes())
        n_entries = sum(1 for _ in lines_of(asked.file)) - 1
        many_entries = measure(browser, LEDGER, n_entries, statements, asked.rounds)
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}; medians of {asked.rounds} rounds")  # fmt: skip
    is_constant = say(PEOPLE, asked.people, few_people, many_people)
    return 0 if say(LEDGER, n_entries, few_entries, many_entries) and is_constant else 1


if __name__ == "__main__":
    sys.exit(main())
