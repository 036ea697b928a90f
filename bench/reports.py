"""What every report page costs over a million entries for 10,000 people, against its own cost over 10,000 of them.

    .venv/bin/python bench/reports.py [--entries 1000000] [--people 10000] [--rounds 3]

One house: a program with a goal, all of the people enrolled, an event every month, each with a hundred of them invited. Every
report page is opened over WSGI by compliance with one entry a person, most in the quarter that is reported, then again when
the rest of the entries of three years is in the book; so are the home page, the list of the book and a person's page. Two
entries of a hundred are fees. Processor time, because the ratio is wanted; queries are counted too. Exit status 1 when a page
takes more than twice as long, or when the home page asks another number of queries.
"""

import argparse
import atexit
import gc
import os
import platform
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["RAPPORT_INSTANCE"] = tempfile.mkdtemp(prefix="rapport-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['RAPPORT_INSTANCE']}/rapport.db"

from app import create_app, migrate
from app.accounts.models import Role, User
from app.core import clock, jobs
from app.core.db import db, transaction
from app.events.models import Invitation, InvitationState
from app.ledger.details import BookRow
from app.ledger.models import Category, Form
from app.ledger.operations_books import post_many
from app.programs.models import Enrolment, Program, Stage
from app.reports import counting
from app.reports.gallery import Ask
from app.reports.gallery_all import REPORTS
from app.reports.policies import quarters_until
from tests.factories import accounts, events, people, programs

N_FEW, N_EVENTS, N_INVITED = 10_000, 36, 100
#: What a page may take with many entries, of what it takes with few.
PAGE = 2.0
FIRST = date(2024, 1, 1)
KINDS = (
    (Category.MEAL, Form.IN_KIND_VENDOR), (Category.LODGING, Form.IN_KIND_VENDOR), (Category.TRAVEL_AIR, Form.IN_KIND_VENDOR),
    (Category.GIFT, Form.IN_KIND_OWN),
)  # fmt: skip
FEE = (Category.SPEAKING_FEE, Form.CASH_EQUIVALENT)


def enrol(program: Program, persons: list[int], by: User) -> None:
    """All of them, for one goal."""
    goal = programs.goal(program)
    now = clock.now()
    with transaction():
        rows = [
            {
                "program_id": program.id, "person_id": person, "goal_id": goal.id, "stage": Stage.ACTIVE, "fit_risk": "none",
                "fit_rationale": "knows the field", "admitted_at": now, "admitted_by_id": by.id,
            }
            for person in persons
        ]  # fmt: skip
        db.session.execute(sa.insert(Enrolment), rows)


def add_events(program: Program, persons: list[int]) -> list[int]:
    """One event a month, a hundred invited to each; their numbers."""
    numbers = []
    for month in range(N_EVENTS):
        starts = datetime(2024 + month // 12, month % 12 + 1, 14, 9, tzinfo=UTC)
        event = events.event(
            f"Month {month}", under=program, starts_at=starts, ends_at=starts + timedelta(hours=8)
        )
        numbers.append(event.id)
        invited = persons[month * N_INVITED :][:N_INVITED]
        with transaction():
            rows = [
                {
                    "event_id": event.id, "person_id": person, "state": InvitationState.ACCEPTED, "sent_at": starts,
                    "answered_at": starts, "made_at": starts,
                }
                for person in invited
            ]  # fmt: skip
            db.session.execute(sa.insert(Invitation), rows)
    return numbers


def rows_of(persons: list[int], event_ids: list[int], begin: int, end: int) -> Iterator[BookRow]:
    """Entries of three years over these people, in words of five kinds; every tenth belongs to an event."""
    for number in range(begin, end):
        turn = number // len(persons)
        category, form = FEE if (turn + number) % 50 == 0 else KINDS[(turn + number) % len(KINDS)]
        n_days = (number * 7 + turn * 37) % 1000
        if (
            turn == 0
        ):  # nine of ten in the quarter that is reported, the others in the year the home page looks at
            n_days = 366 + number * 7 % 90 if number % 10 else 900
        yield BookRow(
            persons[number % len(persons)], category, form, FIRST + timedelta(days=n_days),
            100 + number % 9_000, "GBP", f"R{number}", f"P{number % 50}",
            event_id=event_ids[number % N_EVENTS] if number % 10 == 0 else None,
        )  # fmt: skip


def post(program_id: int, rows: Iterator[BookRow]) -> None:
    with transaction():
        post_many(db.session.get_one(Program, program_id), rows, by=None)


def paths_of(program_id: int, event_id: int, person_id: int) -> list[str]:
    """Every page that reports, with what it asks for."""
    known = {
        Ask.PROGRAM: program_id, Ask.EVENT: event_id, Ask.PERSON: person_id, Ask.DAYS: "2025-01-01..2025-03-31",
    }  # fmt: skip
    gallery = [
        f"/reports/gallery/{key}?"
        + "&".join(f"{ask.value}={known[ask]}" for ask in report.asks if ask in known)
        for key, report in REPORTS.items()
    ]
    days = f"program={program_id}&days=2025-01-01..2025-03-31"
    return [
        "/", "/reports/", f"/reports/value/{program_id}", f"/reports/quarter?{days}", f"/reports/quarter/invited?{days}",
        f"/reports/quarter/goals?{days}", f"/reports/proximity?program={program_id}", "/reports/layouts", *gallery,
        "/ledger/", f"/people/{person_id}", f"/ledger/people/{person_id}",
    ]  # fmt: skip


def open_page(browser: FlaskClient, path: str, rounds: int) -> tuple[float, int]:
    """Median milliseconds of the processor, and queries; what the bench itself holds is kept from the collector."""
    gc.collect()
    gc.freeze()
    spent, n_queries = [], 0

    def count(*_: object) -> None:
        nonlocal n_queries
        n_queries += 1

    for _round in range(rounds):
        db.session.remove()
        n_queries = 0
        sa.event.listen(db.engine, "before_cursor_execute", count)
        begins = time.process_time()
        answer = browser.get(path)
        spent.append((time.process_time() - begins) * 1000)
        sa.event.remove(db.engine, "before_cursor_execute", count)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
    return statistics.median(spent), n_queries


def have_counted(program_id: int, by_id: int) -> None:
    """What is too large for a page is counted by a worker first: what is measured is the page that shows it."""
    by = db.session.get_one(User, by_id)
    days = quarters_until(clock.today(by.zone), 2)[1]
    book = {"program": str(program_id)}
    asked = {
        "proximity": book | {"within": "90"},
        "layouts": book | {"days": str(days), "layout": "open-payments-2024"},
    }
    for key, args in asked.items():
        with transaction():
            counting.ask(key, args, by=by)
    jobs.run_due()


def measure(app: Flask, asked: argparse.Namespace) -> list[tuple[str, tuple[float, int], tuple[float, int]]]:
    """Each page with few and with many entries."""
    helga = accounts.user(role=Role.COMPLIANCE, name="Helga")
    browser = app.test_client()
    accounts.session_in(browser, helga)
    program = programs.program("Global")
    names = (f"Person {number}" for number in range(asked.people))
    persons = people.in_one_go(names, ("GB", "DE", "FR", "US"))
    enrol(program, persons, helga)
    event_ids = add_events(program, persons)
    program_id, by_id = program.id, helga.id
    post(program_id, rows_of(persons, event_ids, 0, N_FEW))
    paths = paths_of(program_id, event_ids[12], persons[12 * N_INVITED])
    have_counted(program_id, by_id)
    few = [open_page(browser, path, asked.rounds) for path in paths]
    post(program_id, rows_of(persons, event_ids, N_FEW, asked.entries))
    have_counted(program_id, by_id)
    many = [open_page(browser, path, asked.rounds) for path in paths]
    return list(zip(paths, few, many, strict=True))


def main() -> int:
    """Measure and say; 1 when a page is above its budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    atexit.register(shutil.rmtree, os.environ["RAPPORT_INSTANCE"])
    app = create_app(LOG_LEVEL="WARNING", WTF_CSRF_ENABLED=False)
    migrate(app)
    with app.app_context():
        found = measure(app, asked)
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}; {asked.entries:,} entries, "
          f"{asked.people:,} people")  # fmt: skip
    for path, few, many in found:
        print(
            f"{path:<78} {few[0]:8.1f} ms {many[0]:9.1f} ms {many[0] / few[0]:6.2f}   {few[1]:4} {many[1]:4} queries"
        )
    is_good = all(many[0] <= PAGE * few[0] for _, few, many in found)
    return 0 if is_good and all(few[1] == many[1] for path, few, many in found if path == "/") else 1


if __name__ == "__main__":
    sys.exit(main())
