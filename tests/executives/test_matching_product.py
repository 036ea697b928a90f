"""Matching in the product: what a run reads, its plan, changes by hand, made real and taken back (X2, X3)."""

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.calendars.models_industry import BusyBlock
from app.core import clock, jobs
from app.core.db import db, transaction
from app.core.models import JobState
from app.events import presence
from app.events.models import Event
from app.executives import (
    matching_input,
    operations,
    queries_matching,
    queries_matching_input,
)
from app.executives.details import BreakDetails, WishDetails
from app.executives.details_matching import MatchingDetails
from app.executives.matching import Why
from app.executives.models import Executive, Meeting, MeetingState, Slot
from app.executives.models_access import AccessTerms, MeetingWish, WishSide
from app.executives.models_matching import MatchingRun, MatchingUnmet
from app.executives.operations_matching import MatchingRefused
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, events
from tests.factories import executives as make

SignIn = Callable[..., FlaskClient]
QUICK = MatchingDetails(n_rounds=100)


@pytest.fixture
def show(app: Flask) -> Iterator[Event]:
    with clock.fixed_at(make.BEFORE):
        yield events.event()


def wish(show: Event, person: Person, executive: Executive, rank: int = 1, **more: Any) -> None:
    with transaction():
        operations.record_wish(
            db.session.merge(show), db.session.merge(person), db.session.merge(executive),
            WishDetails(side=more.pop("side", WishSide.PERSON), rank=rank, **more), by=make.mei(),
        )  # fmt: skip


def here(row: Any) -> Any:
    """The same row in the open transaction."""
    return db.session.get_one(type(row), row.id)


def at(hour: int, minute: int = 0, day: int = 14) -> datetime:
    """London, in summer time."""
    return datetime(2026, 10, day, hour - 1, minute, tzinfo=UTC)


@pytest.fixture
def house(show: Event) -> dict[str, Any]:
    """Grace offers 10:30, 11:30 and 14:00; Amal, Jack and Carla wish to meet her, Carla most."""
    grace = make.executive()
    slots = [make.slot(grace, show, at(*when)) for when in ((10, 30), (11, 30), (14, 0))]
    who = {name: events.accepted(show, name).person for name in ("Amal", "Jack", "Carla", "Nneka")}
    for rank, name in enumerate(("Carla", "Amal", "Jack", "Nneka"), 1):
        wish(show, who[name], grace, rank, purpose=f"{name} asks about the pilot")
    return {"show": show, "grace": grace, "slots": slots, **who}


def run(
    house: dict[str, Any], details: MatchingDetails = QUICK, after: MatchingRun | None = None
) -> MatchingRun:
    with transaction():
        started = operations.start_run(
            db.session.merge(house["show"]), details, by=make.daniel(),
            after=db.session.merge(after) if after is not None else None,
        )  # fmt: skip
    jobs.work_off()
    return fresh(started)


def plan(of: MatchingRun) -> dict[str, int]:
    return {row.person.name: row.slot_id for row in queries_matching.list_rows(fresh(of))}


def whys(of: MatchingRun) -> dict[str, str]:
    return {row.person.name: row.why for row in queries_matching.list_unmet(fresh(of))}


# -- a run ---------------------------------------------------------------------------------------------------


def test_a_run_proposes_and_explains(house: dict[str, Any]) -> None:
    found = run(house)
    assert found.finished_at is not None
    assert found.job.state is JobState.DONE
    assert set(plan(found)) == {"Carla", "Amal", "Jack"}
    assert whys(found) == {"Nneka": Why.TAKEN.value}
    assert found.points <= found.bound
    assert found.job.receipt["meetings"] == 3
    assert db.session.scalars(sa.select(Meeting)).all() == []  # nothing is agreed by proposing it


def test_the_same_seed_gives_the_same_plan(house: dict[str, Any]) -> None:
    assert plan(run(house)) == plan(run(house))


def test_what_is_agreed_never_moves_and_a_rerun_keeps_offers(house: dict[str, Any]) -> None:
    last = house["slots"][2]
    make.accept(make.request(last, house["Nneka"]))
    first = run(house)
    assert plan(first)["Nneka"] == last.id
    assert len(plan(first)) == 3
    again = run(house, QUICK.model_copy(update={"seed": 99}), after=first)
    assert plan(again) == plan(first)
    rows = {row.person.name: row for row in queries_matching.list_rows(again)}
    assert [name for name, row in rows.items() if row.is_agreed] == ["Nneka"]
    assert queries_matching.changes_from(again, list(rows.values())) == []


def test_points_say_what_they_are_compared_with(house: dict[str, Any], signed_in: SignIn) -> None:
    """X2: a bound that no plan passes. Only an offer that can be kept raises it, and only by its own worth, so that a plan
    that cannot be better says so."""
    make.keep(make.request(house["slots"][0], house["Carla"]))
    wished = db.session.scalars(sa.select(MeetingWish).filter_by(person_id=house["Nneka"].id)).one()
    with transaction():
        operations.drop_wish(here(wished), by=make.mei())
    found = run(house, QUICK.model_copy(update={"alone_points": 0, "fair_points": 0}))
    daniel, path = signed_in(make.daniel()), f"/executives/matching/{found.id}"
    page = daniel.get(path).get_data(as_text=True)
    assert (found.points, found.share) == (found.bound, 100)
    for words in (f"upper bound {found.bound}", "Of the upper bound", "no plan has more points"):
        assert words in page, words
    with transaction():
        operations.leave_out(here(queries_matching.list_rows(found)[0]), by=make.daniel())
    assert fresh(found).share == found.points * 100 // found.bound < 100
    assert "no plan passes the bound, and perhaps none reaches it" in daniel.get(path).get_data(as_text=True)


def test_cancelled_before_it_began(house: dict[str, Any]) -> None:
    with transaction():
        started = operations.start_run(db.session.merge(house["show"]), QUICK, by=make.daniel())
        db.session.flush()
        db.session.refresh(started)
        jobs.cancel(started.job)
    jobs.work_off()
    assert fresh(started).finished_at is None


# -- what a run reads ----------------------------------------------------------------------------------------


def facts(house: dict[str, Any], details: MatchingDetails = QUICK) -> matching_input.RunFacts:
    return queries_matching_input.facts_of(
        db.session.merge(house["show"]), [house["grace"].id], details, clock.now(), by=None
    )


def test_no_declared_facet_is_read(house: dict[str, Any]) -> None:
    """X3, P7: neither the tables nor a field of the input know them."""
    fields = {
        name
        for kind in (matching_input.PersonFacts, matching_input.RunFacts)
        for name in kind.__struct_fields__
    }
    assert fields == {
        "id", "country", "n_minutes", "tier", "has_goal", "busy", "people", "hosts", "slots", "wishes", "apart", "pinned",
        "proposed",
    }  # fmt: skip
    seen: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", listener := lambda *given: seen.append(given[2]))
    try:
        facts(house)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listener)
    assert seen
    assert not [text for text in seen if re.search(r"\bdeclaration", text)]
    assert "declar" not in inspect.getsource(matching_input).replace("A declared facet has no place", "")


def test_the_number_of_queries_does_not_grow(house: dict[str, Any]) -> None:
    def n_queries() -> int:
        seen: list[str] = []
        db.session.expire_all()
        sa.event.listen(db.engine, "before_cursor_execute", listener := lambda *given: seen.append(given[2]))
        try:
            facts(house)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    few = n_queries()
    for name in ("Ada", "Bea", "Cleo"):
        wish(house["show"], events.accepted(house["show"], name).person, house["grace"], 9)
    assert n_queries() <= few + 1  # the event itself, where it had to be loaded again


def _declined(house: dict[str, Any]) -> None:
    events.answer(events.invited(house["show"], "Zoe"), events.InvitationState.DECLINED)


def _break(house: dict[str, Any]) -> None:
    with transaction():
        operations.add_break(
            db.session.merge(house["grace"]),
            BreakDetails(begins=time(9, 0), ends=time(18, 0)),
            by=make.daniel(),
        )


def _apart(house: dict[str, Any]) -> None:
    with transaction():
        operations.keep_apart(
            db.session.merge(house["Carla"]),
            db.session.merge(house["grace"]),
            "A former employer.",
            by=make.daniel(),
        )


def _busy(house: dict[str, Any]) -> None:
    with transaction():
        db.session.add(
            BusyBlock(
                person_id=house["Carla"].id, title="Holiday", starts_at=at(8), ends_at=at(20), zone="Europe/London",
                is_all_day=False, made_at=clock.now(),
            )
        )  # fmt: skip


def _nda(house: dict[str, Any]) -> None:
    with transaction():
        db.session.add(
            AccessTerms(event_id=house["show"].id, needs_nda=True, needs_embargo=False, n_hold_hours=24)
        )


READ = {
    "break": (_break, Why.HOST_BUSY),
    "apart": (_apart, Why.APART),
    "busy": (_busy, Why.BUSY),
    "NDA": (_nda, Why.NO_NDA),
}


@pytest.mark.parametrize(("change", "why"), READ.values(), ids=list(READ))
def test_facts_become_rules(
    house: dict[str, Any], change: Callable[[dict[str, Any]], None], why: Why
) -> None:
    change(house)
    assert whys(run(house))["Carla"] == why.value


def test_travel_is_told_through_the_event(house: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Landing at 10:00 after eleven hours in the air: two hours to arrive, twelve to rest; at home again by then."""
    carla = house["Carla"].id
    told = presence.Presence(carla, at(10), 660, at(20))
    monkeypatch.setattr(presence, "_tellers", [lambda event, ids: [told] if carla in ids else []])
    busy = next(one.busy for one in facts(house).people if one.id == carla)
    assert [(one.why, one.begins, one.ends) for one in busy] == [
        (Why.NOT_THERE, busy[0].begins, matching_input.minute(at(12))),
        (Why.JET_LAG, matching_input.minute(at(12)), matching_input.minute(at(22))),
        (Why.NOT_THERE, matching_input.minute(at(17)), busy[2].ends),
    ]
    assert whys(run(house))["Carla"] in {Why.NOT_THERE.value, Why.JET_LAG.value}


def test_a_hold_keeps_its_window(house: dict[str, Any]) -> None:
    held = make.request(house["slots"][0], house["Nneka"])
    with transaction():
        operations.hold_slot(db.session.merge(held), by=make.daniel())
    assert plan(run(house))["Nneka"] == house["slots"][0].id


def test_both_sides_tiers_goals_and_minutes_count(house: dict[str, Any]) -> None:
    wish(house["show"], house["Nneka"], house["grace"], 1, side=WishSide.EXECUTIVE, is_must=True)
    found = {one.guest_id: one for one in matching_input.problem_of(facts(house), QUICK).wishes}
    assert found[house["Nneka"].id].points == 7 + 10
    assert found[house["Nneka"].id].is_must
    assert found[house["Carla"].id].points == 10
    person = matching_input.PersonFacts(1, "GB", 0, tier=3, has_goal=True)
    assert matching_input._points(matching_input.WishFacts(1, 1, 2, None), person, QUICK) == 3 * 9 + 5
    one, two = (
        matching_input.PersonFacts(n, country, minutes)
        for n, country, minutes in ((1, "GB", 60), (2, "NG", 0))
    )
    assert [guest.steps[0] for guest in matching_input._guests([one, two], QUICK)] == [60, 100]


# -- by hand -------------------------------------------------------------------------------------------------


def test_a_move_by_hand_obeys_the_same_rules(house: dict[str, Any]) -> None:
    found = run(house, QUICK.model_copy(update={"most_meetings": 1}))
    rows = {row.person.name: row for row in queries_matching.list_rows(found)}
    carla, jack = rows["Carla"], rows["Jack"]
    with pytest.raises(MatchingRefused, match="meets somebody else"), transaction():
        operations.place_meeting(
            here(found), here(house["Carla"]), here(jack.slot), by=make.daniel(), row=here(carla)
        )
    free_id, kept = jack.slot_id, carla.slot_id
    with transaction():
        operations.leave_out(here(jack), by=make.daniel())
    with transaction():
        operations.place_meeting(
            here(found),
            here(house["Carla"]),
            db.session.get_one(Slot, free_id),
            by=make.daniel(),
            row=here(carla),
        )
    assert plan(found)["Carla"] == free_id != kept
    assert set(whys(found)) == {"Jack", "Nneka"}
    again = run(
        house, QUICK.model_copy(update={"seed": 5}), after=found
    )  # what somebody placed, the next run keeps
    assert plan(again)["Carla"] == free_id


def test_a_plan_is_changed_although_a_window_is_gone(house: dict[str, Any]) -> None:
    found = run(house)
    rows = {row.person.name: row for row in queries_matching.list_rows(found)}
    with transaction():
        operations.withdraw_slot(here(rows["Carla"].slot), reason="A board meeting.", by=make.daniel())
    with transaction():
        operations.leave_out(here(rows["Jack"]), by=make.daniel())
    assert set(plan(found)) == {"Carla", "Amal"}


def test_a_plan_changed_since_is_not_made_real_unseen(house: dict[str, Any], signed_in: SignIn) -> None:
    found = run(house)
    seen = found.version
    with transaction():
        operations.leave_out(here(queries_matching.list_rows(found)[0]), by=make.daniel())
    daniel = signed_in(make.daniel())
    answer = daniel.post(f"/executives/matching/{found.id}/apply", data={"version": str(seen)})
    assert answer.status_code == 409
    assert db.session.scalars(sa.select(Meeting)).all() == []


# -- making it real ------------------------------------------------------------------------------------------


def test_made_real_and_taken_back(house: dict[str, Any]) -> None:
    found = run(house)
    rival = make.request(db.session.get_one(Slot, plan(found)["Carla"]), house["Nneka"])
    with transaction():
        assert operations.apply_run(here(found), by=make.daniel()) == 3
    meetings = db.session.scalars(sa.select(Meeting).order_by(Meeting.id)).all()
    assert {row.person.name: row.slot_id for row in meetings} == plan(found)
    assert fresh(rival).state.value == "declined"
    with pytest.raises(MatchingRefused, match="made real already"), transaction():
        operations.apply_run(here(found), by=make.daniel())
    with transaction():
        operations.cancel_meeting(here(meetings[0]), reason="Ill.", by=make.daniel())
    with transaction():
        assert operations.roll_back(here(found), reason="Another week.", by=make.daniel()) == (2, 1)
    assert {fresh(row).state for row in meetings} == {MeetingState.CANCELLED}
    with pytest.raises(MatchingRefused, match="not taken back yet"), transaction():
        operations.roll_back(here(found), reason="Again.", by=make.daniel())


def test_what_is_gone_meanwhile_stops_all_of_it(house: dict[str, Any], signed_in: SignIn) -> None:
    """X1, X2: and the page says which, why, and what to do."""
    found = run(house)
    taken = db.session.get_one(Slot, plan(found)["Amal"])
    make.accept(make.request(taken, house["Nneka"]))
    with (
        pytest.raises(MatchingRefused, match="1 of 3 meetings cannot be agreed any more, so none was"),
        transaction(),
    ):
        operations.apply_run(here(found), by=make.daniel())
    assert [row.person.name for row in db.session.scalars(sa.select(Meeting))] == ["Nneka"]
    answer = signed_in(make.daniel()).post(f"/executives/matching/{found.id}/apply")
    said = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in (
        "Nothing was changed",
        "Amal and Grace: This window is taken.",
        "Run again: it goes on from this plan.",
    ):
        assert words in said, words
    again = run(house, after=found)
    assert plan(again)["Nneka"] == taken.id
    with transaction():
        operations.apply_run(here(again), by=make.daniel())
    assert db.session.scalar(sa.select(sa.func.count(Meeting.id))) == 3


# -- pages ---------------------------------------------------------------------------------------------------


def typed(**changes: str) -> dict[str, str]:
    values = QUICK.model_dump()
    plain = {name: str(value) for name, value in values.items() if not isinstance(value, tuple)}
    return plain | {"n_rounds": "1500"} | changes


def test_the_pages(house: dict[str, Any], signed_in: SignIn) -> None:
    daniel = signed_in(make.daniel())
    base = f"/executives/events/{house['show'].id}/matching"
    assert "No plan yet" in daniel.get(base).get_data(as_text=True)
    answer = daniel.post(f"{base}/new", data=typed())
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert "Looking for the best plan" in daniel.get(address).get_data(as_text=True)
    assert "progress" in daniel.get(f"{address}/progress").get_data(as_text=True)
    jobs.work_off()
    assert daniel.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    page = daniel.get(address).get_data(as_text=True)
    for said in ("Carla", "Amal", "Jack", "went to", "Nneka", "Fair minutes", "Agree 3 meetings"):
        assert said in page, said
    rows = queries_matching.list_rows(db.session.scalars(sa.select(MatchingRun)).one())
    assert daniel.post(f"/executives/matching/meetings/{rows[0].id}/pin").status_code == 303
    assert "Pinned" in daniel.get(address).get_data(as_text=True)
    path = f"/executives/matching/meetings/{rows[0].id}/move"
    refused = daniel.get(f"{path}?slot={rows[1].slot_id}").get_data(as_text=True)
    assert "Not in that window" in refused
    assert "meets somebody else" in refused
    assert daniel.post(path, data={"slot_id": str(rows[1].slot_id)}).status_code == 422
    unmet = db.session.scalars(sa.select(MatchingUnmet)).one()
    assert daniel.get(f"/executives/matching/unmet/{unmet.id}/place").status_code == 200
    assert daniel.post(f"{address}/roll-back", data={"reason": "Too early."}).status_code == 422
    assert daniel.post(f"{address}/apply").status_code == 303
    assert "Made real" in daniel.get(address).get_data(as_text=True)
    assert daniel.post(f"{address}/roll-back", data={"reason": ""}).status_code == 422
    assert daniel.post(f"{address}/roll-back", data={"reason": "Another week."}).status_code == 303
    assert "Taken back" in daniel.get(base).get_data(as_text=True)


BAD = [
    ("person_factor", "11"), ("person_factor", "-1"), ("alone_points", "1001"), ("most_meetings", "0"),
    ("most_a_day", "many"), ("n_rounds", "999999999"), ("n_rounds", ""), ("seed", "1000000"), ("seed", "1.5"),
    ("walk_minutes", ""), ("jet_lag_hours", "73"), ("first_cohort_ids", "9999"), ("goal_ids", "x"), ("fair_points", "9" * 30),
]  # fmt: skip


def test_bad_input_is_refused_and_kept(house: dict[str, Any], signed_in: SignIn) -> None:
    daniel = signed_in(make.daniel())
    path = f"/executives/events/{house['show'].id}/matching/new"
    for field, value in BAD:
        answer = daniel.post(path, data=typed(**{field: value}))
        assert answer.status_code == 422, (field, value)
        assert field in {"first_cohort_ids", "goal_ids", "n_rounds"} or f'value="{value}"' in answer.get_data(
            as_text=True
        )
    assert db.session.scalars(sa.select(MatchingRun)).all() == []


def test_who_may(house: dict[str, Any], signed_in: SignIn) -> None:
    found = run(house)
    row = queries_matching.list_rows(found)[0]
    mei = signed_in(make.mei())
    assert mei.get(f"/executives/matching/{found.id}").status_code == 200
    for path in (
        f"{found.id}/apply",
        f"{found.id}/cancel",
        f"{found.id}/roll-back",
        f"meetings/{row.id}/pin",
    ):
        assert mei.post(f"/executives/matching/{path}").status_code == 403
    other = signed_in(accounts.user(name="Dora", role=Role.ASSISTANT))  # Grace's calendar is Daniel's
    for path in (f"{found.id}", f"meetings/{row.id}/move", f"{found.id}/progress"):
        assert other.get(f"/executives/matching/{path}").status_code == 404
    assert (
        signed_in(events.ruth()).get(f"/executives/events/{house['show'].id}/matching/new").status_code == 200
    )
