"""Plans made real at the same moment as other plans, or as a request is accepted, by processes of their own (X1, X2)."""

import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock, jobs
from app.core.db import db, transaction
from app.events.models import Event
from app.executives import operations
from app.executives.details import WishDetails
from app.executives.details_matching import MatchingDetails
from app.executives.models import Executive, Meeting
from app.executives.models_access import WishSide
from app.executives.models_matching import MatchingRun
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import events
from tests.factories import executives as make

#: How often two of them press at the same moment.
N_ROUNDS = 6
QUICK = MatchingDetails(n_rounds=100)

#: One who presses: it waits for the word of each round, so that both begin at the same instant, again and again.
CONTENDER = """
    import sys
    from datetime import datetime
    from app import create_app
    from app.accounts.models import User
    from app.core import clock
    from app.core.db import db, transaction
    from app.core.errors import DomainError
    from app.executives import operations
    from app.executives.models import AccessRequest
    from app.executives.models_matching import MatchingRun
    app = create_app(TESTING=True)
    with app.app_context(), clock.fixed_at(datetime.fromisoformat(sys.argv[2])):
        print("ready", flush=True)
        for line in sys.stdin:
            kind, number = line.split()
            try:
                with transaction():
                    by = db.session.get(User, int(sys.argv[1]))
                    if kind == "plan":
                        operations.apply_run(db.session.get(MatchingRun, int(number)), by=by)
                    elif kind == "back":
                        operations.roll_back(db.session.get(MatchingRun, int(number)), reason="Another week.", by=by)
                    else:
                        operations.accept_request(db.session.get(AccessRequest, int(number)), by=by)
                outcome = "agreed"
            except DomainError as error:
                outcome = f"{type(error).__name__}: {error.message}"
            except Exception as error:
                outcome = f"BROKEN {type(error).__name__}: {error}"
            print(" ".join(outcome.split()), flush=True)
"""


@pytest.fixture
def show(app: Flask) -> Iterator[Event]:
    """The event, three weeks ahead."""
    with clock.fixed_at(make.BEFORE):
        yield events.event()


@pytest.fixture
def contenders(app: Flask, show: Event) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes that are ready to press."""
    environment = os.environ | {
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]).replace("postgresql+psycopg", "postgresql"),
        "RAPPORT_INSTANCE": str(app.config["INSTANCE"]), "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(CONTENDER)]
    words = [str(make.daniel().id), clock.now().isoformat()]
    db.session.rollback()
    started = [
        subprocess.Popen(
            [*command, *words], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    yield started
    for process in started:
        process.communicate(timeout=120)


def press(contenders: list[subprocess.Popen[str]], *words: str) -> list[str]:
    """Say go to both, then hear how each fared."""
    db.session.rollback()  # a reader of ours would see the past, and hold up SQLite
    for process, word in zip(contenders, words, strict=True):
        assert process.stdin
        process.stdin.write(word + "\n")
        process.stdin.flush()
    return [process.stdout.readline().strip() for process in contenders if process.stdout]


def at(number: int, n_minutes: int = 0) -> datetime:
    """A time of a round's own, hours away from those of the others."""
    return make.HALF_PAST_TEN + timedelta(hours=3 * number, minutes=n_minutes)


def plan_of(show: Event) -> MatchingRun:
    """A plan that was found and waits for a yes."""
    with transaction():
        started = operations.start_run(db.session.merge(show), QUICK, by=make.daniel())
    jobs.work_off()
    return fresh(started)


def wish(show: Event, person: Person, executive: Executive) -> None:
    with transaction():
        operations.record_wish(
            db.session.merge(show), db.session.merge(person), db.session.merge(executive),
            WishDetails(side=WishSide.PERSON, rank=1), by=make.mei(),
        )  # fmt: skip


def house(show: Event, number: int) -> dict[str, Any]:
    """Two executives of a round's own with a window each, and one person who wishes to meet each of them.

    Those whose number is higher are locked later.
    """
    first, second = (make.executive(f"{name} {number}") for name in ("Grace", "Liang"))
    amal, jack = (events.accepted(show, f"{name} {number}").person for name in ("Amal", "Jack"))
    slots = [make.slot(first, show, at(number)), make.slot(second, show, at(number, 45))]
    wish(show, amal, first)
    wish(show, jack, second)
    return {"first": first, "second": second, "amal": amal, "jack": jack, "slots": slots}


def labs(show: Event) -> list[Event]:
    """An event for each round."""
    more = [events.event(under=fresh(show).program, name=f"Lab {number}") for number in range(1, N_ROUNDS)]
    return [show, *more]


def live_meetings(show: Event) -> list[Meeting]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Meeting).filter_by(event_id=show.id).order_by(Meeting.id)))


def assert_nobody_twice(show: Event) -> None:
    """X1: no window, and nobody at one time, twice."""
    meetings = live_meetings(show)
    for twice in (
        Counter(row.slot_id for row in meetings),
        Counter((row.executive_id, row.starts_at) for row in meetings),
        Counter((row.person_id, row.starts_at) for row in meetings),
    ):
        assert set(twice.values()) == {1}


@pytest.mark.slow
def test_of_two_plans_for_the_same_windows_one_is_made_real(
    show: Event, contenders: list[subprocess.Popen[str]]
) -> None:
    """X1, X2: whichever comes second is refused whole, in words; so is the same plan pressed twice."""
    events_of = labs(show)
    rounds = []
    for number, event in enumerate(events_of):
        house(event, number)
        found = plan_of(event)
        rounds.append((found.id, found.id if number % 3 == 2 else plan_of(event).id))
    for (one, other), event in zip(rounds, events_of, strict=True):
        outcomes = sorted(press(contenders, f"plan {one}", f"plan {other}"), reverse=True)
        assert outcomes[0] == "agreed", outcomes
        refusal = (
            "made real already" if one == other else "2 of 2 meetings cannot be agreed any more, so none was"
        )
        assert outcomes[1].startswith("MatchingRefused: ")
        assert refusal in outcomes[1]
        assert len(live_meetings(event)) == 2
        assert_nobody_twice(event)
    applied = db.session.scalars(sa.select(MatchingRun).where(MatchingRun.applied_at.is_not(None))).all()
    assert len(applied) == N_ROUNDS


@pytest.mark.slow
def test_a_plan_and_a_meeting_made_by_hand_for_the_same_window(
    show: Event, contenders: list[subprocess.Popen[str]]
) -> None:
    """X1, X2: either the plan is made real whole, and the request is refused, or the request is accepted, and none of the plan is."""
    events_of = labs(show)
    rounds = []
    for number, event in enumerate(events_of):
        made = house(event, number)
        found = plan_of(event)
        rival = events.accepted(event, f"Nneka {number}").person
        rounds.append((found.id, make.request(made["slots"][1], rival).id))
    for (plan, request), event in zip(rounds, events_of, strict=True):
        by_plan, by_hand = press(contenders, f"plan {plan}", f"request {request}")
        n_meetings = len(live_meetings(event))
        if by_plan == "agreed":
            assert (by_hand.partition(":")[0], n_meetings) == ("RequestRefused", 2)
        else:
            assert by_plan.startswith(
                "MatchingRefused: 1 of 2 meetings cannot be agreed any more, so none was."
            )
            assert (by_hand, n_meetings) == ("agreed", 1)
        assert_nobody_twice(event)


@pytest.mark.slow
def test_a_plan_and_a_meeting_made_by_hand_for_the_same_person(
    show: Event, contenders: list[subprocess.Popen[str]]
) -> None:
    """X1: the person is asked for elsewhere by hand, with the executive the plan comes to last. They never wait for each
    other in a ring; nobody is in two places. A plan taken back meets the same."""
    events_of = labs(show)
    rounds = []
    for number, event in enumerate(events_of):
        made = house(event, number)
        found = plan_of(event)
        elsewhere = make.slot(made["second"], event, at(number, -30), n_minutes=20)
        crossing = make.slot(made["second"], event, at(number, 5), n_minutes=20)
        rounds.append(
            (found.id, make.request(crossing, made["amal"]).id, make.request(elsewhere, made["amal"]).id)
        )
    for (plan, request, other), event in zip(rounds, events_of, strict=True):
        outcomes = press(contenders, f"plan {plan}", f"request {request}")
        assert sorted(one.partition(":")[0] for one in outcomes)[1] == "agreed", outcomes
        assert not [one for one in outcomes if "BROKEN" in one]
        assert_nobody_twice(event)
        if outcomes[0] == "agreed":
            outcomes = press(contenders, f"back {plan}", f"request {other}")
            assert not [one for one in outcomes if "BROKEN" in one], outcomes
