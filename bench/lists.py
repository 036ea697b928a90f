"""How many queries and how long the people list and the ledger list take, with few rows and with very many, in one run.

    .venv/bin/python bench/lists.py [FILE.csv.gz] [--people 100000] [--rounds 7]

Whole pages, over WSGI, by somebody signed in: 1,000 people and then 100,000, each with an owner; 1,000 entries and then all
of the genuine records. Then what is found while somebody types, against a bare question to the index of words. Exit status
1 when a page asks another number of queries with many rows than with few, when a page of people takes more than three
times as long, or when 95 of 100 answers while typing take more than three times the bare question.
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
from datetime import timedelta
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
from app.core import clock, fulltext
from app.core.db import db, transaction
from app.core.fulltext import stored_text
from app.core.keyset import token_of
from app.imports.operations import import_value
from app.people.models import OfficialStatus, OwnerRole, Ownership, Person, PersonKind
from app.people.names import fold, sort_key_of
from app.people.queries_listing import find_by_name
from app.people.upkeep import search_text_of
from tests.factories import accounts

FILE = Path(__file__).parents[2] / "shared" / "data" / "open_payments_general_iowa_2013_2015.csv.gz"
N_FEW = 1_000
#: What a page of people with many rows may take, of what it takes with few; and typing, of the bare index.
MOST_TIMES = 3.0
#: Pages of each list; {last} is the number of the last page, {deep} a place in the middle.
PEOPLE = (
    "/people/",
    "/people/?after={deep}",
    "/people/?before={deep}",
    "/people/?q=person",
    "/people/?q=person+77",
    "/people/?q=solaris",
    "/people/?q=nobody",
    "/people/?order=-changed",
    "/people/?order=country",
    "/people/?owner=1",
    "/people/?owner=1&country=GB",
    "/people/?country=FR",
    "/people/?official=yes",
    "/people/?kind=1",
    "/people/?language=ar",
    "/people/?silent=30",
    "/people/?flag=opted_out",
)
#: What somebody types, letter by letter; what is between is typed too.
TYPED = ("person 77", "solaris", "kim", "王小", "aurelie", "nobody at all")
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
    for rare, name in ((0, "Aurélie Solaris"), (1, "王小明"), (2, "김민준 Kim")):
        names[rare] = f"{name} {start}"
    kinds = list(db.session.scalars(sa.select(PersonKind.id)))
    with transaction():
        rows = [
            {
                "name": name, "sort_name": name, "sort_key": sort_key_of(name), "search_text": search_text_of(name, []),
                "search_doc": stored_text([fold(name)], ["ar"] if number % 20 == 0 else ["en"]),
                "home_country": next(countries), "made_at": now, "changed_at": now + number * timedelta(milliseconds=1),
                "kind_id": kinds[number % len(kinds)],
                "official_status": OfficialStatus.OFFICIAL if number % 10 == 0 else OfficialStatus.NONE,
            }
            for number, name in enumerate(names)
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
    names = db.session.execute(
        sa.select(Person.sort_key, Person.id).order_by(Person.sort_key, Person.id)
    ).all()
    deep = token_of(names[len(names) * 9 // 10])

    def get(path: str) -> int:
        answer = browser.get(path.format(last=-(-n_rows // PER_PAGE), deep=deep))
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status_code}")
        return answer.status_code

    return [page_taken(lambda path=path: get(path), statements, rounds) for path in paths]


def say(paths: tuple[str, ...], n_rows: int, few: list[Taken], many: list[Taken]) -> bool:
    """Print a table; whether the number of queries stayed the same."""
    print(f"{'page':<28} {'queries':>9} {f'{N_FEW:,} rows':>14} {f'{n_rows:,} rows':>14} {'times':>6}")
    for path, (n_few, before), (n_many, after) in zip(paths, few, many, strict=True):
        queries = f"{n_few}" if n_few == n_many else f"{n_few} -> {n_many}"
        print(f"{path:<28} {queries:>9} {before:>11.1f} ms {after:>11.1f} ms {after / before:>6.1f}")
    return [n for n, _ in few] == [n for n, _ in many]


def ledger_measured(browser: FlaskClient, file: Path, statements: list[str], rounds: int) -> bool:
    """The same for the entries of a file; whether the number of queries stayed the same."""
    add_entries(b"".join(itertools.islice(lines_of(file), N_FEW + 1)))
    few = measure(browser, LEDGER, N_FEW, statements, rounds)
    add_entries(file.read_bytes())
    n_entries = sum(1 for _ in lines_of(file)) - 1
    return say(LEDGER, n_entries, few, measure(browser, LEDGER, n_entries, statements, rounds))


def typing_taken(user: User, rounds: int) -> tuple[float, float]:
    """What 95 of 100 questions take while somebody types, ours and the bare index, in milliseconds."""
    ours, bare = [], []
    for _round in range(rounds):
        for text in TYPED:
            for n_letters in range(2, len(text) + 1):
                typed = text[:n_letters]
                question = " ".join(f'"{part}"' for part in fulltext.patterns(fold(typed)))
                ours.append(_took(lambda typed=typed: find_by_name(user, typed, 6)))
                if question:
                    bare.append(
                        _took(lambda question=question: db.session.execute(_BARE, {"q": question}).all())
                    )
        db.session.rollback()
    return _late(ours), _late(bare)


#: Everything the index knows of a question, names included: what any answer has to begin with.
_BARE = sa.text(
    "SELECT p.id, p.name FROM person_search s JOIN person p ON p.id = s.rowid WHERE person_search MATCH :q LIMIT 1000"
)


def _took(act: Callable[[], object]) -> float:
    begins = time.perf_counter()
    act()
    return (time.perf_counter() - begins) * 1000


def _late(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def main() -> int:
    """Measure and say; 1 when the number of queries grows with the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--people-only", action="store_true", help="leave the ledger out")
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
        with transaction():
            db.session.add_all([PersonKind(name="Analyst"), PersonKind(name="Podcaster")])
        add_people(0, N_FEW, user)
        browser = app.test_client()
        accounts.session_in(browser, user)
        few_people = measure(browser, PEOPLE, N_FEW, statements, asked.rounds)
        add_people(N_FEW, asked.people, user)
        many_people = measure(browser, PEOPLE, asked.people, statements, asked.rounds)
        ours, bare = typing_taken(user, asked.rounds)
        db.session.rollback()
        is_ledger_good = asked.people_only or ledger_measured(browser, asked.file, statements, asked.rounds)
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}; medians of {asked.rounds} rounds")  # fmt: skip
    is_good = say(PEOPLE, asked.people, few_people, many_people)
    worst = max(after / before for (_, before), (_, after) in zip(few_people, many_people, strict=True))
    print(f"worst page of people: {worst:.1f} times; budget {MOST_TIMES}")
    print(
        f"typing, 95 of 100: {ours:.1f} ms, the bare index {bare:.1f} ms: {ours / bare:.1f} times; budget {MOST_TIMES}"
    )
    is_good = is_good and is_ledger_good
    return 0 if is_good and worst <= MOST_TIMES and ours / bare <= MOST_TIMES else 1


if __name__ == "__main__":
    sys.exit(main())
