"""How long the feed of an event with 872 sessions takes, against the icalendar library alone, in one run.

    python bench/feed.py [--sessions 872] [--rounds 7]

Ours: rows from the database, items, bytes, ETag. The floor: the same values, already in memory, put into icalendar's
classes and written with `to_ical()`, without time zones, which would only make it slower. What an unchanged feed costs is
work, not waiting: seconds of the processor, the least of many rounds, so that a busy machine does not decide.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
from sqlalchemy import event as sa_event

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("RAPPORT_INSTANCE", tempfile.mkdtemp(prefix="rapport-bench-"))

from app import create_app, migrate
from app.accounts.models import Department, Role, User
from app.calendars import exports, operations, queries
from app.calendars.models import FeedKind
from app.calendars.shelf import Shelf
from app.core.db import db, transaction
from app.core.vtimezone import get_zone
from app.events.models import Audience, Event, Session
from app.programs.models import Program

START = datetime(2026, 10, 13, 8, 0, tzinfo=UTC)
DESCRIPTION = (
    "How operators share spectrum indoors; what the regulator asks, what the field tests showed, and what is open. "
    * 3
)


def fill(n_sessions: int) -> tuple[Event, User]:
    """An event with its agenda, and its coordinator."""
    with transaction():
        department = Department(name="Events")
        db.session.add(department)
        db.session.flush()
        ruth = User(
            email="ruth@lumen.example",
            name="Ruth",
            role=Role.COORDINATOR,
            department_id=department.id,
            made_at=START,
        )
        program = Program(name="Global KOL", made_at=START)
        db.session.add_all([ruth, program])
        db.session.flush()
        event = Event(
            program=program, name="Connect London", place="ExCeL", city="London", country="GB", zone="Europe/London",
            starts_at=START, ends_at=START + timedelta(days=4), capacity=12, coordinator=ruth, made_at=START,
        )  # fmt: skip
        db.session.add(event)
        db.session.flush()
        for number in range(n_sessions):
            starts_at = START + timedelta(minutes=10 * number)
            db.session.add(
                Session(
                    event_id=event.id,
                    title=f"Session {number}: private networks, plainly",
                    description=DESCRIPTION,
                    place=f"Hall {number % 7}",
                    zone="Europe/London",
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=45),
                    audience=Audience.ALL,
                )
            )
    return event, ruth


def library_alone(rows: list[dict[str, object]]) -> bytes:
    """The floor: icalendar, values at hand."""
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//bench//EN")
    for row in rows:
        item = icalendar.Event()
        for name, value in row.items():
            item.add(name, value)
        calendar.add_component(item)
    return calendar.to_ical()


def values_of(event: Event) -> list[dict[str, object]]:
    """The same values for the floor."""
    zone = get_zone("Europe/London")
    return [
        {
            "uid": row.uid, "dtstamp": row.revised_at, "last-modified": row.revised_at, "sequence": row.sequence,
            "dtstart": row.starts_at.astimezone(zone), "dtend": row.ends_at.astimezone(zone), "summary": row.title,
            "description": row.description, "location": f"{row.place}, {event.place}, {event.city}",
            "status": "CONFIRMED", "transp": "OPAQUE",
        }
        for row in event.sessions
    ]  # fmt: skip


def median(work: Callable[[], object], rounds: int, before: Callable[[], object] = lambda: None) -> float:
    """Milliseconds, the median of several rounds."""
    taken = []
    for _round in range(rounds):
        before()
        begins = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begins) * 1000)
    return statistics.median(taken)


def work_of(task: Callable[[], object], rounds: int = 60) -> float:
    """Milliseconds of the processor, the least disturbed of many rounds."""
    taken = []
    for _round in range(rounds):
        begins = time.process_time()
        task()
        taken.append((time.process_time() - begins) * 1000)
    return min(taken)


def forget() -> None:
    """As in a process that has served nothing yet."""
    exports.shelf = Shelf()
    db.session.remove()


def main() -> int:
    """Measure and say; 1 when the ratio is above the budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=872)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args()
    app = create_app(LOG_LEVEL="WARNING")
    migrate(app)
    with app.app_context():
        event, ruth = fill(wanted.sessions)
        rows, event_id = values_of(event), event.id
        with transaction():
            secret = operations.share_feed(FeedKind.EVENT, event_id, by=db.session.merge(ruth)).secret
        ruth_id = ruth.id
    client, path = app.test_client(), f"/calendar/{secret}.ics"
    statements: list[str] = []
    with app.app_context():
        sa_event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

        def render() -> bytes:
            user = db.session.get_one(User, ruth_id)
            return exports.render(queries.calendar_of(FeedKind.EVENT, event_id, user)).content

        content = render()
        ours = median(render, wanted.rounds, forget)
        floor = median(lambda: library_alone(rows), wanted.rounds)
        kept = median(render, wanted.rounds, db.session.remove)
        db.session.remove()
    first = client.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    made = exports.shelf.n_made
    not_modified = work_of(lambda: client.get(path, headers=tag))
    whole = work_of(lambda: client.get(path))
    statements.clear()
    answer = client.get(path, headers=tag)
    n_queries = len([text for text in statements if text.startswith("SELECT")])
    ratio, n_rendered = ours / floor, exports.shelf.n_made - made
    print(f"sessions                       {wanted.sessions}, {len(content):,} bytes")
    print(f"icalendar alone                {floor:8.1f} ms")
    print(f"ours, first time               {ours:8.1f} ms   ratio {ratio:.2f} (budget 1.30)")
    print(f"ours, unchanged                {kept:8.1f} ms   ratio {kept / floor:.3f}")
    print(f"GET 200, unchanged, over WSGI  {whole:8.1f} ms of work (budget 10)")
    work = f"{n_queries} queries, {n_rendered} renderings"
    print(
        f"GET {answer.status_code}, over WSGI             {not_modified:8.1f} ms of work (budget 5), {work}"
    )
    is_within = ratio <= 1.3 and whole <= 10 and not_modified <= 5
    return 0 if is_within and answer.status_code == 304 and n_rendered == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
