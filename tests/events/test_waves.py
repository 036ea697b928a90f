"""Waves of invitations: planned, forecast from past events, released at the deadline, held, carried over (E1)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from pydantic import ValidationError

from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError
from app.events import operations, policies, policies_waves, queries, queries_places, queries_waves
from app.events.details import WaveDetails
from app.events.models import Event, Invitation, InvitationState
from app.events.models_waves import Wave
from app.events.policies_waves import Rates
from tests.conftest import fresh
from tests.factories import events as make

At = Callable[[datetime], AbstractContextManager[None]]
S = InvitationState

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
DEADLINE = NOW + timedelta(days=14)


@pytest.fixture(autouse=True)
def _before_the_show(at: At) -> object:
    with at(NOW):
        yield


def plan(event: Event, number: int = 1, **changes: object) -> Wave:
    details = {"number": number, "n_seats": 3, "answer_by_at": DEADLINE} | changes
    with transaction():
        return operations.plan_wave(db.session.merge(event), WaveDetails(**details), by=make.ruth())  # type: ignore[arg-type]


def past_event(name: str, n_yes: int, n_came: int, n_no: int, under: Event, at: At) -> None:
    """An event of the same program a month before, with who came."""
    begins = NOW - timedelta(days=30)
    with at(begins - timedelta(days=20)):
        event = make.event(
            name, under=under.program, starts_at=begins, ends_at=begins + timedelta(days=1), capacity=50
        )
        yes = [make.accepted(event, f"{name} yes {number}") for number in range(n_yes)]
        for number in range(n_no):
            make.answer(make.invited(event, f"{name} no {number}"), S.DECLINED)
    with at(begins), transaction():
        for one in yes[:n_came]:
            operations.check_in(db.session.merge(one), by=make.ruth())


# -- what past events say --------------------------------------------------------------------------


def test_nothing_is_invented_without_a_past_event(app: Flask) -> None:
    """E1: no past show, no number."""
    event = make.event()
    make.invited(event)
    (row,) = queries_waves.list_wave_rows(event)
    assert (queries_waves.past_rates(event), row.n_forecast, row.n_coming, row.n_left) == (
        Rates(),
        None,
        None,
        None,
    )
    assert (Rates().overbooking_for(12), Rates().invitations_for(12), Rates().yes_among(4)) == (
        None,
        None,
        None,
    )


def test_overbooking_and_forecast_rest_on_past_events(app: Flask, at: At) -> None:
    """E1: 5 invited, 4 said yes, 3 came: 12 seats want 16 yes, 20 invitations."""
    event = make.event()
    past_event("Connect Oslo", 4, 3, 1, event, at)
    rates = queries_waves.past_rates(fresh(event))
    assert rates == Rates(n_events=1, n_invited=5, n_accepted=4, n_attended=3)
    assert (rates.overbooking_for(12), rates.invitations_for(12), rates.percent_coming, rates.percent_yes) == (
        4, 20, 75, 80,
    )  # fmt: skip
    make.accepted(event, "Jack")
    for name in ("Amal", "Ines"):
        make.invited(event, name)
    plan(event)
    (row,) = queries_waves.list_wave_rows(fresh(event))
    assert (row.counts.n_sent, row.n_left, row.n_forecast, row.n_coming) == (3, 2, 3, 2)


def test_overbooked_places_are_given_away_too(app: Flask) -> None:
    event = make.event(capacity=1)
    make.accepted(event, "Jack")
    amal = make.answer(make.invited(event, "Amal"))
    assert amal.state is S.WAITING
    plan(event, n_seats=1, n_overbooked=1)
    assert queries_places.open_offer_of(fresh(amal)) is not None
    assert (queries_places.count_places(event), queries_places.count_taken(event)) == (2, 2)


# -- at the deadline -------------------------------------------------------------------------------


def _two_waves(**changes: object) -> tuple[Event, dict[str, Invitation], Wave, Wave]:
    event = make.event(capacity=1)
    people = {name: make.invited(event, name) for name in ("Amal", "Bilal", "Ines", "Jack", "Nneka")}
    make.answer(people["Jack"])
    make.answer(people["Ines"])  # waits: one place
    make.answer(people["Nneka"], S.TENTATIVE)
    with transaction():
        operations.hold_invitation(db.session.merge(people["Amal"]), True, "Tier one", by=make.ruth())
    return event, people, plan(event, 1, **changes), plan(event, 2, answer_by_at=DEADLINE + timedelta(days=7))


def test_the_worker_releases_a_wave_at_its_deadline(app: Flask, at: At) -> None:
    """E1: unanswered invitations lapse, held ones do not; seats nobody took go to the next wave, and who waits too."""
    event, people, first, second = _two_waves()
    assert operations.run_due() == 0
    with at(DEADLINE):
        assert (operations.run_due(), operations.run_due()) == (1, 0)
    assert {name: fresh(one).state for name, one in people.items()} == {
        "Amal": S.INVITED, "Bilal": S.LAPSED, "Nneka": S.LAPSED, "Ines": S.WAITING, "Jack": S.ACCEPTED,
    }  # fmt: skip
    # 3 seats, 1 taken, 1 kept for who is held: 1 goes on.
    assert (fresh(first).n_released, fresh(second).n_carried, fresh(people["Ines"]).wave) == (1, 1, 2)
    funnel = queries.funnel(event)
    assert (funnel.invited, funnel.accepted, funnel.waiting, funnel.silent, funnel.lapsed) == (5, 1, 1, 3, 2)
    rows = {row.number: row for row in queries_waves.list_wave_rows(event)}
    assert (rows[1].counts.n_lapsed, rows[1].counts.n_held, rows[2].n_left) == (2, 1, 4)
    steps = [step.reason for step, _ in queries.list_steps(people["Bilal"])]
    assert steps[0] == "No answer by the deadline of wave 1."


def test_a_waitlist_that_is_not_carried_stays_and_says_so(app: Flask) -> None:
    event, people, first, _ = _two_waves(is_waitlist_carried=False)
    with transaction():
        operations.release_wave(db.session.merge(first), by=make.ruth(), n_seen=2)
    make.answer(people["Jack"], S.DECLINED)
    (ines,) = queries_places.list_waiting(fresh(event))
    assert (ines.why, ines.offer) == ("Wave 1 was closed, and its waitlist is not carried over.", None)


def test_the_button_restates_its_number(app: Flask) -> None:
    """An answer that came in between is not overlooked; released twice is released once."""
    _, people, first, _ = _two_waves()
    make.answer(people["Bilal"], S.DECLINED)
    with pytest.raises(policies_waves.CannotRelease, match="It was 2 when you looked; now 1"), transaction():
        operations.release_wave(db.session.merge(first), by=make.ruth(), n_seen=2)
    with transaction():
        assert operations.release_wave(db.session.merge(first), by=make.ruth(), n_seen=1) == 1
    with pytest.raises(policies_waves.CannotRelease, match="closed on"), transaction():
        operations.release_wave(db.session.merge(first), by=make.ruth(), n_seen=0)


def test_a_wave_that_is_released_by_hand_is_left_alone_by_the_worker(app: Flask, at: At) -> None:
    _, _people, first, _ = _two_waves(is_released_by_itself=False)
    with at(DEADLINE + timedelta(days=1)):
        assert operations.run_due() == 0
    assert fresh(first).released_at is None


# -- planning --------------------------------------------------------------------------------------


def test_a_wave_is_changed_until_it_is_closed(app: Flask) -> None:
    _, _, first, _ = _two_waves()
    with transaction():
        operations.edit_wave(
            db.session.merge(first),
            WaveDetails(number=1, n_seats=5, answer_by_at=DEADLINE),
            by=make.ruth(),
            seen_version=1,
        )
    with pytest.raises(Conflict), transaction():
        operations.edit_wave(
            db.session.merge(first), WaveDetails(number=1, n_seats=6), by=make.ruth(), seen_version=1
        )
    with transaction():
        operations.release_wave(db.session.merge(first), by=make.ruth())
    with pytest.raises(policies_waves.CannotRelease), transaction():
        operations.edit_wave(db.session.merge(first), WaveDetails(number=1, n_seats=6), by=make.ruth())


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        ({"number": 1}, policies_waves.WaveTaken),
        ({"number": 2, "answer_by_at": datetime(2026, 10, 13, 8, 1, tzinfo=UTC)}, policies.OutsideTheEvent),
        ({"number": 0}, ValidationError),
        ({"number": 2, "n_seats": -1}, ValidationError),
        ({"number": 2, "name": "bell \a"}, ValidationError),
        ({"number": 2, "answer_by_at": datetime(2026, 10, 1, 8)}, ValidationError),
        ({"number": 2, "send_at": DEADLINE, "answer_by_at": DEADLINE}, ValidationError),
    ],
)
def test_waves_that_cannot_be(app: Flask, details: dict[str, object], refusal: type[Exception]) -> None:
    event = make.event()
    plan(event)
    with pytest.raises(refusal):
        plan(event, **details)  # type: ignore[arg-type]


def test_a_hold_says_why(app: Flask) -> None:
    one = make.invited(make.event())
    with pytest.raises(policies.ReasonNeeded), transaction():
        operations.hold_invitation(db.session.merge(one), True, " ", by=make.ruth())
    assert issubclass(policies.ReasonNeeded, DomainError)


def test_a_board_of_waves_asks_the_same_for_one_and_for_thirty(
    app: Flask, count_queries: Callable[[], int]
) -> None:
    event = make.event(capacity=40)
    make.invited(event)
    plan(event)
    db.session.rollback()
    count_queries()
    queries_waves.list_wave_rows(fresh(event))
    few = count_queries()
    drafts = [make.draft(event, f"Person {number}", wave=number) for number in range(2, 31)]
    make.send(event, drafts[:3])
    db.session.rollback()
    count_queries()
    assert len(queries_waves.list_wave_rows(fresh(event))) == 30
    assert count_queries() == few
