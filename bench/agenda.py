"""What a large published schedule costs: FOSDEM 2020 into an agenda against parsing the file, and the page of 872 sessions.

    python bench/agenda.py [FILE.xml] [--rounds N]

Import: two requests' work in a fresh house, by processor time: the file parsed and checked, the dry run kept, read back,
compared and applied (872 sessions with their published values beside them, receipt, audit). Judged against our own parsing
and checking of the same bytes; the ratio to `xml.etree.ElementTree.fromstring`, which checks nothing and keeps nothing,
is printed beside it.
Page: the agenda over WSGI, its first day by room and everything as a list, against an event that holds nothing but the
sessions the page shows: the number of queries must be the same.
"""

import argparse
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import sqlalchemy as sa
from sqlalchemy import event as sa_event

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("RAPPORT_INSTANCE", tempfile.mkdtemp(prefix="rapport-bench-"))

from flask import Flask
from flask.testing import FlaskClient

from app import create_app, migrate
from app.accounts.models import Department, Role, User
from app.core.db import db, transaction
from app.events import grids, operations, queries, queries_schedule
from app.events.models import Event, Session
from app.events.models_agenda import Schedule, ScheduleItem
from app.events.schedule_files import read_schedule
from app.programs.models import Program
from tests.factories.accounts import session_in

FILE = Path("/work/shared/data/ics/conf_fosdem_2020_pentabarf.xml")
ZONE = "Europe/Brussels"
BEGINS = datetime(2020, 2, 1, 7, tzinfo=UTC)
IMPORT_BUDGET, PAGE_BUDGET = 3.0, 2.5


def house() -> tuple[int, int]:
    """A coordinator and a program."""
    with transaction():
        department = Department(name="Events")
        db.session.add(department)
        db.session.flush()
        ruth = User(
            email="ruth@lumen.example",
            name="Ruth",
            role=Role.COORDINATOR,
            department_id=department.id,
            made_at=BEGINS,
        )
        program = Program(name="Developers", made_at=BEGINS)
        db.session.add_all([ruth, program])
        db.session.flush()
        return ruth.id, program.id


def plan(name: str, ruth_id: int, program_id: int) -> int:
    """An event of two days without an agenda."""
    with transaction():
        event = Event(
            program_id=program_id, name=name, place="ULB", city="Brussels", country="BE", zone=ZONE, starts_at=BEGINS,
            ends_at=BEGINS + timedelta(days=2), capacity=100, coordinator_id=ruth_id, made_at=BEGINS,
        )  # fmt: skip
        db.session.add(event)
        db.session.flush()
        return event.id


def read_in(data: bytes, event_id: int, ruth_id: int) -> None:
    """What a person does on two pages: upload with its dry run, then apply."""
    with transaction():
        ruth, event = db.session.get_one(User, ruth_id), db.session.get_one(Event, event_id)
        run_id = operations.read_file(event, io.BytesIO(data), "schedule.xml", by=ruth).id
    with transaction():
        ruth = db.session.get_one(User, ruth_id)
        operations.apply_run(queries_schedule.get_run(run_id), by=ruth)
    db.session.remove()


def spent(work: Callable[[], object]) -> float:
    """Milliseconds of the processor."""
    begins = time.process_time()
    work()
    return (time.process_time() - begins) * 1000


def copy_shown(event_id: int, ruth_id: int, program_id: int) -> int:
    """An event that holds only the sessions the first page of the large one shows."""
    event = db.session.get_one(Event, event_id)
    shown = grids.days(queries.list_sessions(event), ZONE)[0].sessions
    columns = [
        column.key
        for column in sa.inspect(Session).column_attrs
        if column.key not in {"id", "uid", "event_id"}
    ]
    values = [{key: getattr(one, key) for key in columns} for one in shown]
    said = queries_schedule.items_of(event)
    published = [said[one.id].published for one in shown]
    small_id = plan("Only what is shown", ruth_id, program_id)
    with transaction():
        schedule = Schedule(event_id=small_id, key="copy", title="Copy", made_at=BEGINS, read_at=BEGINS)
        sessions = [Session(event_id=small_id, **row) for row in values]
        db.session.add_all([schedule, *sessions])
        db.session.flush()
        for number, (one, words) in enumerate(zip(sessions, published, strict=True)):
            db.session.add(
                ScheduleItem(
                    session_id=one.id, schedule_id=schedule.id, key=str(number), published=words, changed={}
                )
            )
    db.session.remove()
    return small_id


def pages(
    client: FlaskClient, app: Flask, ids: tuple[int, int], rounds: int
) -> tuple[dict[str, float], dict[str, int]]:
    """Milliseconds and queries of each page."""
    paths = {
        "large, by room": f"/events/{ids[0]}/agenda", "small, by room": f"/events/{ids[1]}/agenda",
        "large, all as a list": f"/events/{ids[0]}/agenda?day=&as=list",
    }  # fmt: skip
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    sa_event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    times: dict[str, float] = {}
    counts: dict[str, int] = {}
    for name, path in paths.items():
        assert client.get(path).status_code == 200
        seen.clear()
        client.get(path)
        counts[name] = sum(text.startswith("SELECT") for text in seen)
        times[name] = statistics.median(spent(lambda path=path: client.get(path)) for _ in range(rounds))  # type: ignore[misc]
    return times, counts


def main() -> int:
    """Measure and say; 1 above a budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args()
    data = wanted.file.read_bytes()
    app = create_app(LOG_LEVEL="WARNING")
    migrate(app)
    with app.app_context():
        ruth_id, program_id = house()
        read_in(data, plan("Warm", ruth_id, program_id), ruth_id)  # as in a process that has served before
        ours, floor, checked, again = [], [], [], []
        for n in range(wanted.rounds):
            event_id = plan(f"Round {n}", ruth_id, program_id)
            floor.append(spent(lambda: ElementTree.fromstring(data)))
            checked.append(spent(lambda: read_schedule(data, ZONE)))
            ours.append(spent(lambda event_id=event_id: read_in(data, event_id, ruth_id)))  # type: ignore[misc]
            again.append(spent(lambda event_id=event_id: read_in(data, event_id, ruth_id)))  # type: ignore[misc]
        small_id = copy_shown(event_id, ruth_id, program_id)
        n_sessions = len(queries.list_sessions(db.session.get_one(Event, event_id)))
        client = app.test_client()
        session_in(client, db.session.get_one(User, ruth_id))
        db.session.remove()
    times, counts = pages(client, app, (event_id, small_id), wanted.rounds)
    bare, read, first, second = (statistics.median(found) for found in (floor, checked, ours, again))
    ratio, page_ratio = first / read, times["large, by room"] / times["small, by room"]
    print(f"ElementTree alone              {bare:8.1f} ms   checks nothing, keeps nothing")
    print(f"parsed and checked by us       {read:8.1f} ms")
    said = f"{ratio:.2f} times parsing (budget {IMPORT_BUDGET:.2f}), {first / bare:.2f} times ElementTree"
    print(f"read in, {n_sessions} sessions         {first:8.1f} ms   {said}")
    print(f"read again, nothing new        {second:8.1f} ms   {second / read:.2f} times parsing")
    for name, taken in times.items():
        print(f"page, {name:<24} {taken:8.1f} ms   {counts[name]} queries")
    print(f"large to small, by room        {page_ratio:8.2f}      (budget {PAGE_BUDGET:.2f})")
    is_constant = len(set(counts.values())) == 1
    return 0 if ratio <= IMPORT_BUDGET and page_ratio <= PAGE_BUDGET and is_constant else 1


if __name__ == "__main__":
    sys.exit(main())
