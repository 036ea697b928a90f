"""Planned contacts: weighed when planned and when made, marked on the board, and contacts corrected visibly (G3)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.outreach import operations, policies, queries, queries_plans, queries_rhythm
from app.outreach.details import TouchDetails
from app.outreach.details_rhythm import CorrectionDetails, PlanDetails
from app.outreach.models import Collision, Touch, TouchChannel, TouchKind
from app.outreach.models_rhythm import PlannedTouch, PlanState
from app.outreach.policies import ContactStopped
from app.outreach.policies_rhythm import CannotCorrect, CannotPlan
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import outreach, people
from tests.journeys.walking import Walker

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 9, 7, 9, tzinfo=UTC)  # a Monday
TODAY = NOW.date()


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def jack(users: dict[str, User]) -> Person:
    with clock.fixed_at(NOW - timedelta(days=40)):
        return people.person("Jack", owner=users["Mei"], email="jack@experts.example")


def plan(person: Person, by: User, n_days: int = 1, **more: object) -> PlannedTouch:
    details = {
        "channel": TouchChannel.MAIL,
        "subject": "A plan",
        "planned_on": TODAY + timedelta(days=n_days),
    } | more
    with clock.fixed_at(NOW), transaction():
        return operations.plan_touch(PlanDetails(person_id=person.id, **details), by=db.session.merge(by))  # type: ignore[arg-type]


# -- plans -----------------------------------------------------------------------------------------


def test_a_plan_is_weighed_with_what_was_sent_and_what_others_plan(
    users: dict[str, User], jack: Person, at: At
) -> None:
    """G3 at planning: a message of 1 September is in the window on the 14th, not on the 16th; plans count like messages."""
    with at(datetime(2026, 9, 1, 9, tzinfo=UTC)):
        outreach.touch(jack, users["Mei"])
    assert [plan(jack, users[name], n_days).level for name, n_days in (("Tom", 7), ("Pia", 9), ("Tom", 30))] == [
        "soft", "soft", "free",
    ]  # fmt: skip
    third = plan(jack, users["Mei"], 10)
    assert third.level == "hard"
    assert third.reason.startswith("This would be touch 3 of 2; Pia's plan was the last.")


def test_an_open_ask_collides_with_every_plan_of_others(users: dict[str, User], jack: Person, at: At) -> None:
    with at(NOW):
        outreach.touch(jack, users["Mei"], is_ask=True)
    assert plan(jack, users["Tom"], 200).reason.startswith("This would be touch 1 of 2; Mei's ask is open.")


def test_no_plan_against_a_wish_and_none_for_the_past(users: dict[str, User], jack: Person) -> None:
    with pytest.raises(CannotPlan, match="has passed"):
        plan(jack, users["Mei"], -1)
    with transaction():
        db.session.merge(jack).quiet_until_on = TODAY + timedelta(days=5)
    with pytest.raises(ContactStopped, match="quiet until 12 Sep 2026"):
        plan(jack, users["Mei"], 5)
    assert plan(jack, users["Mei"], 6).level == "free"
    assert db.session.scalar(sa.select(sa.func.count(PlannedTouch.id))) == 1


def test_a_plan_becomes_a_contact_only_past_the_guard(users: dict[str, User], jack: Person, at: At) -> None:
    mine = plan(jack, users["Tom"])
    details = TouchDetails(person_id=jack.id, channel=TouchChannel.MAIL, subject="A plan")
    with at(NOW):
        outreach.touch(jack, users["Mei"], is_ask=True)
        with transaction():
            assert isinstance(operations.make_planned(mine, details, by=users["Tom"]), Collision)
    assert fresh(mine).state is PlanState.PLANNED
    with at(NOW + timedelta(days=14)), transaction():
        operations.answer_ask(db.session.scalars(sa.select(Touch)).one(), "Yes", by=users["Mei"])
        made = operations.make_planned(mine, details, by=users["Tom"])
        assert isinstance(made, Touch)
    assert (fresh(mine).state, mine.touch_id) == (PlanState.DONE, made.id)
    with pytest.raises(CannotPlan, match="done already"), transaction():
        operations.cancel_plan(mine, "", by=users["Tom"])


def test_the_board_has_a_lane_per_department_and_marks_collisions(
    users: dict[str, User], jack: Person, at: At
) -> None:
    amal = people.person("Amal", owner=users["Mei"])
    plan(jack, users["Mei"], 0)
    plan(jack, users["Tom"], 8)
    plan(amal, users["Mei"], 13)
    plan(amal, users["Mei"], 60)
    with at(NOW + timedelta(days=1)):
        board = queries_plans.board_of(users["Mei"], TODAY + timedelta(days=1), clock.now())
    assert board.weeks[:2] == [date(2026, 9, 7), date(2026, 9, 14)]
    shape = {lane.department.name: [len(cell) for cell in lane.cells] for lane in board.lanes}
    assert shape == {"Analyst relations": [1, 1, 0, 0, 0, 0, 0, 0], "Social media": [0, 1, 0, 0, 0, 0, 0, 0]}
    assert (board.n_plans, board.n_collisions, board.n_later) == (3, 1, 1)


def test_a_plan_is_walked_on_pages(users: dict[str, User], jack: Person, signed_in: SignIn, at: At) -> None:
    with at(NOW):
        tom, mei = Walker(signed_in(users["Tom"])), Walker(signed_in(users["Mei"]))
        path = f"/outreach/person/{jack.id}/plan"
        tom.fill(path, status=422, planned_on="2026-09-01", subject="Clip")
        tom.fill(path, planned_on="2026-09-10", subject="Clip")
        mei.fill(path, planned_on="2026-09-15", subject="Interview", is_ask="y")
        assert "It collides as things stand" in mei.follow()
        board = mei.open("/outreach/")
        for words in ("Clip", "Interview", "collides", "1 collision"):
            assert words in board
        number = db.session.scalars(sa.select(PlannedTouch.id).order_by(PlannedTouch.id)).first()
        tom.fill(f"/outreach/plans/{number}/make")
        assert "Contact with Jack recorded" in tom.follow()
        assert "Became" in mei.open(f"/outreach/plans/{number}")
        assert signed_in(Role.AUDITOR).get(path).status_code == 403


# -- several people at once ------------------------------------------------------------------------


def test_one_contact_with_several_people(
    users: dict[str, User], jack: Person, signed_in: SignIn, at: At
) -> None:
    """Two are recorded, the one in another department's hands is stopped and named; nothing is lost."""
    others = [people.person(name, owner=users["Mei"]) for name in ("Amal", "Hana")]
    with at(NOW):
        outreach.touch(jack, users["Tom"], is_ask=True)
        walker = Walker(signed_in(users["Mei"]))
        query = "&".join(f"person={one.id}" for one in (jack, *others))
        page = walker.open(f"/outreach/touches/several?{query}&q=a")
        assert "With 3 people" in page
        assert "ask is open" in page
        walker.fill(f"/outreach/touches/several?{query}", subject="Meet-up in Sydney", channel="meeting")
        page = walker.follow()
    assert "2 contacts recorded." in page
    assert "The contact guard stopped 1: Jack." in page
    touches = db.session.scalars(sa.select(Touch).where(Touch.subject == "Meet-up in Sydney")).all()
    assert {one.person_id for one in touches} == {one.id for one in others}
    assert db.session.scalars(sa.select(Collision)).one().person_id == jack.id


# -- corrections -----------------------------------------------------------------------------------


def correction(**changes: object) -> CorrectionDetails:
    details = {
        "channel": TouchChannel.MAIL,
        "at": NOW,
        "subject": "Interview",
        "reason": "Wrong person on the line",
    } | changes
    return CorrectionDetails(**details)  # type: ignore[arg-type]


def test_a_correction_shows_what_it_said_before(
    users: dict[str, User], jack: Person, signed_in: SignIn, at: At
) -> None:
    with at(NOW):
        touch = outreach.touch(jack, users["Tom"], summary="Six o'clock")
        walker = Walker(signed_in(users["Tom"]))
        walker.fill(f"/outreach/{touch.id}/correct", status=422)  # no reason
        walker.fill(
            f"/outreach/{touch.id}/correct", subject="Interviews", channel="phone", reason="It was a call"
        )
        page = walker.follow()
    for words in ("Interviews", "Corrected", "It was a call", "Subject: Interview", "Channel: Mail"):
        assert words in page
    row = queries_rhythm.list_corrections(fresh(touch))[0]
    assert row.before == {"channel": "mail", "subject": "Interview"}


def test_a_struck_contact_counts_nowhere_and_stays_readable(
    users: dict[str, User], jack: Person, at: At
) -> None:
    """A touch that never happened frees the window and closes nothing silently."""
    with at(NOW):
        touch = outreach.touch(jack, users["Tom"], is_ask=True)
        with pytest.raises(ContactStopped):
            outreach.touch(jack, users["Mei"])
        with transaction():
            operations.correct_touch(
                touch, correction(is_ask=True, is_struck=True), by=users["Mei"]
            )  # the owner may
        assert queries.list_open_asks(None, person=jack) == []
        assert queries.last_touches([jack.id]) == {}
        assert outreach.touch(jack, users["Mei"]).id
    assert queries.get_touch(touch.id, users["Tom"]).struck_at == NOW


@pytest.mark.parametrize(
    ("who", "changes", "refusal", "said"),
    [
        ("Pia", {"subject": "Other"}, policies.NotTheOwner, "Only Mei"),
        ("Tom", {}, CannotCorrect, "Nothing is different"),
        ("Tom", {"at": NOW + timedelta(days=2)}, policies.NotYet, "once it was made"),
    ],
)
def test_corrections_that_are_refused(
    users: dict[str, User],
    jack: Person,
    at: At,
    who: str,
    changes: dict[str, object],
    refusal: type[Exception],
    said: str,
) -> None:
    with at(NOW):
        touch = outreach.touch(jack, users["Tom"])
        with pytest.raises(refusal, match=said), transaction():
            operations.correct_touch(touch, correction(**changes), by=users[who])
    assert queries_rhythm.list_corrections(touch) == []


def test_only_what_we_begin_is_planned() -> None:
    with pytest.raises(ValueError, match="Only what we begin ourselves"):
        PlanDetails(
            person_id=1, channel=TouchChannel.MAIL, subject="x", planned_on=TODAY, kind=TouchKind.REPLY
        )
