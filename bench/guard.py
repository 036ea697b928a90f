"""The contact guard against 100 and against 100,000 touches of the same person: the decision must cost the same.

`python bench/guard.py [--touches N] [--rounds N] [--budget RATIO]`; exit status 1 above the budget.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import sqlalchemy as sa

from app import create_app
from app.accounts.models import Department, Role, User
from app.core import clock
from app.core.db import db, transaction, writing_connections
from app.core.extensions import alembic
from app.outreach import queries
from app.outreach.models import Touch, TouchChannel, TouchKind
from app.people import operations as people
from app.people.details import PersonDetails
from app.people.models import Person


def main() -> int:
    """Print both medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--touches", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--budget", type=float, default=1.5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"RAPPORT_INSTANCE": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        app = create_app(TESTING=True)
        with app.app_context():
            with writing_connections():
                alembic.upgrade()
            few, many = _fill(100), _fill(asked.touches)
            return _compare(few, many, asked.touches, asked.rounds, asked.budget)


def _fill(n_touches: int) -> int:
    """A person with so many touches over ten years, two of them in the window, one ask open; the number."""
    now = clock.now()
    with transaction():
        department = db.session.scalars(sa.select(Department)).first() or Department(name="Analyst relations")
        user = db.session.scalars(sa.select(User)).first() or User(
            email="mei@lumen.example", name="Mei", role=Role.RELATIONS, department=department, made_at=now
        )
        db.session.add_all([department, user])
        db.session.flush()
        name = f"Person with {n_touches}"
        person = people.add_person(PersonDetails(name=name, sort_name=name, owner_id=user.id), by=user)
        db.session.flush()
        step = timedelta(days=3650) / n_touches
        rows = [
            {
                "person_id": person.id, "user_id": user.id, "department_id": department.id, "is_inbound": False,
                "channel": TouchChannel.MAIL, "kind": TouchKind.UNSOLICITED, "subject": f"Message {number}", "summary": "",
                "at": now - timedelta(days=15) - number * step, "is_ask": number == 0, "answer": "", "release_reason": "",
                "source_kind": "", "made_at": now,
            }
            for number in range(n_touches - 2)
        ]  # fmt: skip
        rows += [rows[0] | {"at": now - timedelta(days=days), "is_ask": False} for days in (3, 9)]
        db.session.execute(sa.insert(Touch), rows)
        return person.id


def _compare(few: int, many: int, n_touches: int, n_rounds: int, budget: float) -> int:
    department = db.session.scalars(sa.select(Department)).one()
    people_of = {id: db.session.get_one(Person, id) for id in (few, many)}
    for one in people_of.values():
        queries.weigh_contact(one, TouchKind.UNSOLICITED, department, clock.now())
    seconds: dict[int, list[float]] = {few: [], many: []}
    for _round in range(n_rounds):
        for id, one in people_of.items():  # in turn, so that a busy moment hits both
            began = time.perf_counter()
            queries.weigh_contact(one, TouchKind.UNSOLICITED, department, clock.now())
            seconds[id].append(time.perf_counter() - began)
    medians = {id: statistics.median(values) * 1000 for id, values in seconds.items()}
    ratio = medians[many] / medians[few]
    few_ms, many_ms = f"{medians[few]:.2f} ms", f"{medians[many]:.2f} ms"
    print(f"100 touches {few_ms}, {n_touches:,} touches {many_ms}: ratio {ratio:.2f}, budget {budget}")
    return int(ratio > budget)


if __name__ == "__main__":
    sys.exit(main())
