"""What a book of a million entries costs: its reports, its recount, its verification, in one run against bare floors.

    .venv/bin/python bench/ledger.py [--entries 1000000] [--rounds 5]

Two programs of the same shape, one with 10,000 entries for 400 people and one with all the rest for the same number of
people. Measured are the value report of each (page figures from the sums kept beside the book), the page of a person of
each, the recount of all sums from the entries against the same groupings in bare SQL, and the verification of the whole
chain against nothing but SHA-256 over the same bytes, read by sqlite3 alone. Processor
time, because the ratio is wanted. Exit status 1 above a budget.
"""

import argparse
import atexit
import hashlib
import os
import platform
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from flask import Flask

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["RAPPORT_INSTANCE"] = tempfile.mkdtemp(prefix="rapport-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['RAPPORT_INSTANCE']}/rapport.db"

from app import create_app, migrate
from app.accounts.models import Role
from app.core.db import db, transaction
from app.ledger import queries
from app.ledger.details import BookRow
from app.ledger.models import Category, Form
from app.ledger.operations_books import post_many
from app.ledger.queries_verification import recount
from app.programs.models import Program
from app.reports.queries_value import value_report
from tests.factories import accounts, people, programs

N_FEW, N_PEOPLE = 10_000, 400
#: What a page may take with many entries, of what it takes with few; a recount, of bare SQL; a verification, of bare SHA-256.
PAGE, RECOUNT, VERIFY = 2.0, 1.5, 2.0
SUMS = "count(*), sum(quantity), sum(reporting_minor), sum(declined_minor), sum(is_declined)"
BARE_RECOUNT = (
    "SELECT coalesce(program_id, 0), coalesce(event_id, 0), cast(strftime('%Y', value_on) AS INTEGER), subject_id, category,"
    f" form, line, unit, native_nature, native_form, {SUMS} FROM ledger_entry WHERE kind IN ('value', 'reversal')"
    " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
)
BARE_BODIES = "SELECT body FROM ledger_entry ORDER BY seq"
KINDS = (
    (Category.MEAL, Form.IN_KIND_VENDOR), (Category.LODGING, Form.IN_KIND_VENDOR), (Category.TRAVEL_AIR, Form.IN_KIND_VENDOR),
    (Category.GIFT, Form.IN_KIND_OWN), (Category.SPEAKING_FEE, Form.CASH_EQUIVALENT),
)  # fmt: skip


def rows_of(persons: list[int], n_rows: int) -> Iterator[BookRow]:
    """Entries of three years over these people, in words of five kinds."""
    first = date(2024, 1, 1)
    for number in range(n_rows):
        category, form = KINDS[number % len(KINDS)]
        yield BookRow(
            persons[number % len(persons)], category, form, first + timedelta(days=number * 7 % 1000), 100 + number % 9_000,
            "GBP", f"R{number}", f"P{number % 50}",
        )  # fmt: skip


def fill(name: str, n_rows: int) -> tuple[int, int]:
    """A program with so many entries; its number and that of one of its people."""
    program = programs.program(name, is_books_only=True)
    persons = [people.person(f"{name} {number}").id for number in range(N_PEOPLE)]
    with transaction():
        post_many(db.session.merge(program), rows_of(persons, n_rows), by=None)
    return program.id, persons[0]


def taken(work: Callable[[], object], rounds: int) -> float:
    """The median of several rounds, in milliseconds."""
    spent = []
    for _round in range(rounds):
        db.session.remove()
        begins = time.process_time()
        work()
        spent.append((time.process_time() - begins) * 1000)
    return statistics.median(spent)


def report_of(program_id: int) -> object:
    return value_report(db.session.get_one(Program, program_id))


def pages(app: Flask, path: str) -> Callable[[], object]:
    """A page as compliance opens it."""
    helga = accounts.user(role=Role.COMPLIANCE, name="Helga")
    browser = app.test_client()
    accounts.session_in(browser, helga)

    def get() -> object:
        answer = browser.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        return answer

    return get


def hash_bodies(bare: sqlite3.Connection) -> int:
    """Nothing but SHA-256 over the bytes of every entry."""
    n_bodies = 0
    for (body,) in bare.execute(BARE_BODIES):
        hashlib.sha256(b"\x00" + body).digest()
        n_bodies += 1
    return n_bodies


def main() -> int:
    """Measure and say; 1 when a ratio is above its budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    atexit.register(shutil.rmtree, os.environ["RAPPORT_INSTANCE"])
    app = create_app(LOG_LEVEL="WARNING", WTF_CSRF_ENABLED=False)
    migrate(app)
    found: list[tuple[str, float, float, float]] = []
    with app.app_context():
        few_id, few_person = fill("Few", N_FEW)
        many_id, many_person = fill("Many", asked.entries - N_FEW)
        bare = sqlite3.connect(Path(os.environ["RAPPORT_INSTANCE"]) / "rapport.db")
        found.append((
            "value report, 10,000 and the rest", taken(lambda: report_of(few_id), asked.rounds),
            taken(lambda: report_of(many_id), asked.rounds), PAGE,
        ))  # fmt: skip
        for path in ("/reports/value/{program}", "/people/{person}", "/ledger/people/{person}"):
            few, many = (
                path.format(program=program, person=person)
                for program, person in ((few_id, few_person), (many_id, many_person))
            )
            found.append((
                path, taken(pages(app, few), asked.rounds), taken(pages(app, many), asked.rounds), PAGE,
            ))  # fmt: skip
        found.append((
            "recount of all sums", taken(lambda: bare.execute(BARE_RECOUNT).fetchall(), asked.rounds),
            taken(recount, asked.rounds), RECOUNT,
        ))  # fmt: skip
        rounds = min(asked.rounds, 3)
        alone = taken(lambda: hash_bodies(bare), rounds)
        found.append(("verification of the chain", alone, taken(queries.verify_links, rounds), VERIFY))
        whole = taken(queries.verify, 1)
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}; {asked.entries:,} entries")  # fmt: skip
    for what, floor, ours, budget in found:
        print(f"{what:<36} {floor:9.1f} ms {ours:9.1f} ms   ratio {ours / floor:5.2f} (budget {budget})")
    print(f"verification of everything (columns, sums, words), for information: {whole:,.1f} ms")
    return 0 if all(ours / floor <= budget for _, floor, ours, budget in found) else 1


if __name__ == "__main__":
    sys.exit(main())
