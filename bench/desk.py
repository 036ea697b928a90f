"""What the travel desk of 200 people costs: its queries whatever the rows, and its time against bare SQL of the same rows.

    python bench/desk.py [--people N] [--rounds N]

Everybody has accepted and has a trip with a wish, two legs under one fare, four nights, two cars and a visa; two rules are
asked. Measured by processor time: the grid itself (queries_desk.desk), and the page over WSGI with its
HTML. Judged against the same rows fetched by SQL without a rule, a gap or an object: invitations with people, trips, legs,
stays, cars and commitments. The number of queries of the page is compared with that of an event of two people.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event as sa_event

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("RAPPORT_INSTANCE", tempfile.mkdtemp(prefix="rapport-bench-"))

from app import create_app, migrate
from app.accounts.models import Department, Role, User
from app.core.db import db, transaction
from app.core.money import Money
from app.events.models import Event, Invitation, InvitationState
from app.ledger.models import Category, Commitment, CommitmentStage
from app.people.models import Person
from app.programs.models import Program
from app.travel import queries_desk
from app.travel.models import (
    CostStage,
    Leg,
    LegMode,
    Stay,
    Transfer,
    TravelClass,
    TravelRule,
    Trip,
    VisaState,
)
from tests.factories.accounts import session_in

BEGINS = datetime(2027, 10, 13, 8, tzinfo=UTC)
GRID_BUDGET, PAGE_BUDGET = 10.0, 40.0


def house() -> tuple[int, int]:
    """A coordinator and a program; two class rules."""
    with transaction():
        department = Department(name="Events")
        db.session.add(department)
        db.session.flush()
        ruth = User(
            email="ruth@lumen.example", name="Ruth", role=Role.COORDINATOR, department_id=department.id, made_at=BEGINS
        )  # fmt: skip
        program = Program(name="Experts", currency="GBP", made_at=BEGINS)
        since = date(2026, 1, 1)
        rules = [
            TravelRule(
                place=10, text="Business from six hours.", min_minutes=360, max_class=TravelClass.BUSINESS,
                effective_from_on=since,
            ),
            TravelRule(place=20, text="Else economy.", max_class=TravelClass.ECONOMY, effective_from_on=since),
        ]  # fmt: skip
        db.session.add_all([ruth, program, *rules])
        db.session.flush()
        return ruth.id, program.id


def invite(name: str, n_people: int, ruth_id: int, program_id: int) -> int:
    """An event so many have accepted, with everything arranged and not yet flown."""
    with transaction():
        event = Event(
            program_id=program_id, name=name, place="ExCeL", city="London", country="GB", zone="Europe/London", starts_at=BEGINS,
            ends_at=BEGINS + timedelta(days=3), capacity=n_people, coordinator_id=ruth_id, made_at=BEGINS, n_visa_weeks=4,
        )  # fmt: skip
        db.session.add(event)
        db.session.flush()
        for number in range(n_people):
            _accept(event, number)
        return event.id


def _accept(event: Event, number: int) -> None:
    person = Person(
        name=f"Expert {number}", sort_name=f"Expert {number}", home_country="AU", zone="Australia/Sydney", made_at=BEGINS
    )  # fmt: skip
    db.session.add(person)
    db.session.flush()
    db.session.add(
        Invitation(event_id=event.id, person_id=person.id, state=InvitationState.ACCEPTED, made_at=BEGINS)
    )
    trip = Trip(
        event_id=event.id, person_id=person.id, from_on=BEGINS.date() - timedelta(days=3),
        to_on=BEGINS.date() + timedelta(days=5), wished_class=TravelClass.BUSINESS, visa_state=VisaState.NEEDED, made_at=BEGINS,
    )  # fmt: skip
    db.session.add(trip)
    db.session.flush()
    lands, leaves = BEGINS - timedelta(hours=20), BEGINS + timedelta(days=3, hours=12)
    out = Leg(
        trip_id=trip.id, mode=LegMode.AIR, origin="SYD", destination="LHR", departs_at=lands - timedelta(hours=23),
        departs_zone="Australia/Sydney", arrives_at=lands, arrives_zone="Europe/London", travel_class=TravelClass.BUSINESS,
        cost_minor=500_000, cost_currency="GBP", cost_stage=CostStage.COMMITTED,
    )  # fmt: skip
    db.session.add(out)
    db.session.flush()
    home = Leg(
        trip_id=trip.id, mode=LegMode.AIR, origin="LHR", destination="SYD", departs_at=leaves, departs_zone="Europe/London",
        arrives_at=leaves + timedelta(hours=22), arrives_zone="Australia/Sydney", travel_class=TravelClass.BUSINESS,
        fare_leg_id=out.id, cost_stage=CostStage.COMMITTED,
    )  # fmt: skip
    stay = Stay(
        trip_id=trip.id, hotel="The Meridian Wharf", city="London", country="GB", check_in_on=lands.date(),
        check_out_on=leaves.date(), cost_minor=208_000, cost_currency="GBP", cost_stage=CostStage.COMMITTED,
    )  # fmt: skip
    cars = [
        Transfer(
            trip_id=trip.id, leg_id=out.id, offset_minutes=60, origin="LHR", destination="The Meridian Wharf",
            starts_at=lands + timedelta(hours=1), ends_at=lands + timedelta(hours=2), zone="Europe/London",
            cost_stage=CostStage.COMMITTED,
        ),
        Transfer(
            trip_id=trip.id, origin="The Meridian Wharf", destination="LHR", starts_at=leaves - timedelta(hours=4),
            ends_at=leaves - timedelta(hours=3), zone="Europe/London", cost_stage=CostStage.COMMITTED,
        ),
    ]  # fmt: skip
    held = Commitment(
        person_id=person.id, program_id=event.program_id, event_id=event.id, category=Category.TRAVEL_AIR,
        expected_on=lands.date(), stage=CommitmentStage.COMMITTED, source_kind="travel", source_part=f"leg:{out.id}",
        source_id=trip.id, made_at=BEGINS, reporting=Money(500_000, "GBP"),
    )  # fmt: skip
    db.session.add_all([home, stay, *cars, held])


def spent(work: Callable[[], object]) -> float:
    """Milliseconds of the processor."""
    begins = time.process_time()
    work()
    return (time.process_time() - begins) * 1000


def bare(event_id: int) -> int:
    """The same rows and nothing else; how many there were."""
    n = 0
    tables = Person.__table__.metadata.tables
    invitation, person, trip = (tables[name] for name in ("invitation", "person", "trip"))
    asked = [
        sa.select(invitation, person)
        .join(person, person.c.id == invitation.c.person_id)
        .where(invitation.c.event_id == event_id),
        sa.select(trip).where(trip.c.event_id == event_id),
        *(
            sa.select(tables[name]).join(trip, trip.c.id == tables[name].c.trip_id).where(trip.c.event_id == event_id)
            for name in ("leg", "stay", "transfer")
        ),
        sa.select(tables["commitment"]).where(tables["commitment"].c.event_id == event_id),
    ]  # fmt: skip
    for wanted in asked:
        n += len(db.session.execute(wanted).all())
    db.session.remove()
    return n


def main() -> int:
    """Measure and say; 1 above a budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args()
    app = create_app(LOG_LEVEL="WARNING")
    migrate(app)
    with app.app_context():
        ruth_id, program_id = house()
        large = invite("Connect London", wanted.people, ruth_id, program_id)
        small = invite("A small one", 2, ruth_id, program_id)
        client = app.test_client()
        session_in(client, db.session.get_one(User, ruth_id))

        def grid() -> None:
            by, event = db.session.get_one(User, ruth_id), db.session.get_one(Event, large)
            found = queries_desk.desk(event, by, BEGINS - timedelta(days=30), with_amounts=True)
            assert len(found.rows) == wanted.people
            db.session.remove()

        grid(), bare(large)
        floor = statistics.median(spent(lambda: bare(large)) for _ in range(wanted.rounds))
        ours = statistics.median(spent(grid) for _ in range(wanted.rounds))
        seen: list[str] = []
        sa_event.listen(db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    counts, times = {}, {}
    for name, event_id in (("small", small), ("large", large)):
        path = f"/travel/?event={event_id}"
        assert client.get(path).status_code == 200
        seen.clear()
        client.get(path)
        counts[name] = sum(text.startswith("SELECT") for text in seen)
        times[name] = statistics.median(
            spent(lambda path=path: client.get(path)) for _ in range(wanted.rounds)
        )  # type: ignore[misc]
    print(f"bare SQL of the same rows      {floor:8.1f} ms")
    print(
        f"the grid of {wanted.people} people         {ours:8.1f} ms   {ours / floor:.1f} times (budget {GRID_BUDGET:.0f})"
    )
    said = f"{times['large'] / floor:.1f} times (budget {PAGE_BUDGET:.0f}), {counts['large']} queries"
    print(f"the page                       {times['large']:8.1f} ms   {said}")
    print(f"the page of two people         {times['small']:8.1f} ms   {counts['small']} queries")
    is_good = counts["small"] == counts["large"] and ours <= GRID_BUDGET * floor
    return 0 if is_good and times["large"] <= PAGE_BUDGET * floor else 1


if __name__ == "__main__":
    sys.exit(main())
