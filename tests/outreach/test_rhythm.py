"""Rhythm: whose cadence holds, who has gone quiet, the next best touch and the sentence that explains it (G2)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.outreach import operations, policies_rhythm, queries_rhythm
from app.outreach.details_rhythm import (
    CadenceRuleDetails,
    PersonCadenceDetails,
    PlanDetails,
    ReminderChoiceDetails,
)
from app.outreach.models import TouchChannel
from app.outreach.policies_rhythm import Cadence, CannotPlan, Reason, Situation
from app.outreach.queries_rhythm import SilenceFilter
from app.people.models import Person
from app.programs.models import Enrolment, Program, Stage
from app.programs.models_initiatives import Launch
from tests.factories import outreach, people, programs

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 9, 20, 9, tzinfo=UTC)
TODAY = date(2026, 9, 20)


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def program(users: dict[str, User]) -> Program:
    with clock.fixed_at(NOW - timedelta(days=400)):
        return programs.program(by=users["Mei"])


def admitted(program: Program, name: str, owner: User, n_days: int = 47) -> Person:
    with clock.fixed_at(NOW - timedelta(days=n_days)):
        person = people.admissible(name, owner=owner)
        programs.enrolment(program, person, by=owner)
    with transaction():
        db.session.execute(sa.update(Enrolment).values(stage="active"), execution_options={"audited": True})
    return person


def launch(program: Program, n_days: int) -> None:
    with transaction():
        db.session.add(
            Launch(program_id=program.id, name="5G box", on=TODAY + timedelta(days=n_days), made_at=NOW)
        )


# -- cadence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "own", "stage", "expected"),
    [
        ("", None, Stage.ACTIVE, Cadence(60, "program")),
        ("", None, Stage.INVITED, Cadence(20, "stage invited")),
        ("Inner", None, Stage.INVITED, Cadence(10, "tier Inner")),
        ("Unknown", None, Stage.INVITED, Cadence(20, "stage invited")),
        ("Inner", 7, Stage.INVITED, Cadence(7, "person")),
    ],
)
def test_the_nearest_cadence_holds(tier: str, own: int | None, stage: Stage, expected: Cadence) -> None:
    """G2: person before tier before stage before program."""
    rules = {("Inner", ""): 10, ("", "invited"): 20}
    assert policies_rhythm.cadence_of(program=60, stage=stage, rules=rules, tier=tier, own=own) == expected


def test_cadences_are_set_and_taken_away(users: dict[str, User], program: Program, at: At) -> None:
    amal = admitted(program, "Amal", users["Mei"])
    steps = [
        (lambda: operations.set_cadence_rule(program, CadenceRuleDetails(stage=Stage.ACTIVE, n_days=20), by=users["Mei"]), (20, "stage active")),
        (lambda: operations.set_cadence_rule(program, CadenceRuleDetails(tier="Inner", n_days=10), by=users["Mei"]), (20, "stage active")),
        (lambda: operations.set_person_cadence(amal, program, PersonCadenceDetails(tier="Inner"), by=users["Mei"]), (10, "tier Inner")),
        (lambda: operations.set_person_cadence(amal, program, PersonCadenceDetails(tier="Inner", n_days=5), by=users["Mei"]), (5, "person")),
        (lambda: operations.set_person_cadence(amal, program, PersonCadenceDetails(), by=users["Mei"]), (20, "stage active")),
        (lambda: operations.set_cadence_rule(program, CadenceRuleDetails(stage=Stage.ACTIVE), by=users["Mei"]), (30, "program")),
    ]  # fmt: skip
    for step, expected in steps:
        with transaction():
            step()
        found = queries_rhythm.silence_of(amal, users["Mei"], NOW)
        assert found is not None
        assert (found.cadence.n_days, found.cadence.source) == expected


# -- silence ---------------------------------------------------------------------------------------


def test_silence_is_filtered_by_days_owner_and_cadence(
    users: dict[str, User], program: Program, at: At
) -> None:
    for name, owner, n_days in (
        ("Amal", "Mei", 47),
        ("Jack", "Mei", 30),
        ("Ines", "Tom", 90),
        ("Hana", "Mei", 31),
    ):
        admitted(program, name, users[owner], n_days)
    with at(NOW):
        mei = users["Mei"].id
        for filter, expected in (
            (SilenceFilter(), ["Ines", "Amal", "Hana", "Jack"]),
            (SilenceFilter(owner_id=mei), ["Amal", "Hana", "Jack"]),
            (SilenceFilter(n_days=30), ["Ines", "Amal", "Hana"]),
            (SilenceFilter(n_days=31, owner_id=mei), ["Amal"]),
            (SilenceFilter(is_too_long=True, owner_id=mei), ["Amal", "Hana"]),
            (SilenceFilter(owner_id=999), []),
            (SilenceFilter(program_id=program.id + 1), []),
        ):
            assert [
                one.name for one in queries_rhythm.list_silences(users["Mei"], NOW, filter)
            ] == expected, filter


def test_the_last_contact_on_any_channel_ends_silence(
    users: dict[str, User], program: Program, at: At
) -> None:
    amal = admitted(program, "Amal", users["Mei"])
    with at(NOW - timedelta(days=3)):
        outreach.touch(amal, users["Tom"], channel=TouchChannel.PHONE, is_inbound=True)
    found = queries_rhythm.silence_of(amal, users["Mei"], NOW)
    assert found is not None
    assert (found.n_days, found.is_too_long) == (3, False)


# -- the next best touch ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "off", "sentence", "points"),
    [
        (Situation(47, Cadence(30, ""), launch_on=TODAY + timedelta(days=120)), (), "47 days silent, cadence 30, no open ask, launch in 120 days", 56 + 60),
        (Situation(47, Cadence(30, ""), launch_on=TODAY + timedelta(days=120)), (Reason.LAUNCH,), "47 days silent, cadence 30, no open ask", 56),
        (Situation(47, Cadence(30, ""), launch_on=TODAY + timedelta(days=120)), (Reason.SILENCE,), "no open ask, launch in 120 days", 60),
        (Situation(47, Cadence(30, ""), launch_on=TODAY + timedelta(days=120)), (Reason.ASK,), "47 days silent, cadence 30, launch in 120 days", 116),
        (Situation(47, Cadence(30, ""), ask="Tom"), (), "47 days silent, cadence 30, Tom's ask is open", 56 - 400),
        (Situation(47, Cadence(30, ""), ask="Tom"), (Reason.ASK,), "47 days silent, cadence 30", 56),
        (Situation(47, Cadence(30, ""), plan_on=date(2026, 9, 23)), (), "47 days silent, cadence 30, no open ask, planned for 23 Sep", 56 - 400),
        (Situation(1, Cadence(30, "")), (), "1 day silent, cadence 30, no open ask", 0),
        (Situation(15, Cadence(30, ""), launch_on=TODAY + timedelta(days=89)), (), "15 days silent, cadence 30, no open ask, launch in 89 days", 30),
        (Situation(15, Cadence(30, ""), launch_on=TODAY + timedelta(days=59)), (), "15 days silent, cadence 30, no open ask, launch in 59 days", 15),
        (Situation(14, Cadence(30, ""), launch_on=TODAY + timedelta(days=90)), (), "14 days silent, cadence 30, no open ask, launch in 90 days", 0),
        (Situation(15, Cadence(30, ""), launch_on=TODAY), (), "15 days silent, cadence 30, no open ask, launch today", 15),
        (Situation(15, Cadence(30, ""), launch_on=TODAY + timedelta(days=181)), (), "15 days silent, cadence 30, no open ask, launch in 181 days", 0),
        (Situation(4000, Cadence(30, "")), (), "4000 days silent, cadence 30, no open ask", 300),
        (Situation(47, Cadence(30, ""), launch_on=TODAY), tuple(Reason), "", 0),
    ],
)  # fmt: skip
def test_a_touch_explains_itself_in_one_sentence(
    situation: Situation, off: tuple[Reason, ...], sentence: str, points: int
) -> None:
    """G2: each reason can be switched off; then it neither counts nor is said."""
    advice = policies_rhythm.advise(situation, TODAY, off)
    assert (advice.sentence, advice.total) == (sentence, points)


def test_next_touches_come_in_the_explained_order(users: dict[str, User], program: Program, at: At) -> None:
    """Amal asked and waiting, Jack planned, Ines opted out, Bilal snoozed, Tom's own people: none of them; the rest by points."""
    launch(program, 120)
    mei = users["Mei"]
    someone = {
        name: admitted(program, name, mei, days)
        for name, days in (
            ("Amal", 50),
            ("Jack", 60),
            ("Ines", 70),
            ("Bilal", 80),
            ("Hana", 47),
            ("Sara", 40),
        )
    }
    admitted(program, "Carla", users["Tom"], 90)
    with at(NOW - timedelta(days=45)):
        outreach.touch(someone["Amal"], mei, is_ask=True)
    with at(NOW), transaction():
        db.session.merge(someone["Ines"]).is_opted_out = True
        operations.snooze(someone["Bilal"], 7, by=mei)
        operations.plan_touch(
            PlanDetails(
                person_id=someone["Jack"].id, channel=TouchChannel.MAIL, subject="x", planned_on=TODAY
            ),
            by=mei,
        )
    with at(NOW):
        found = queries_rhythm.next_touches(mei, NOW, TODAY)
        assert [(one.name, one.points, one.advice.sums) for one in found] == [
            ("Hana", 116, "silence 56, launch 60"), ("Sara", 93, "silence 33, launch 60"),
        ]  # fmt: skip
        assert found[0].advice.sentence == "47 days silent, cadence 30, no open ask, launch in 120 days"
    with at(NOW + timedelta(days=7)):
        names = [one.name for one in queries_rhythm.next_touches(mei, clock.now(), TODAY + timedelta(days=7))]
    assert names == ["Bilal", "Hana", "Sara"]


def test_reasons_are_switched_off_for_one_user_alone(
    users: dict[str, User], program: Program, at: At
) -> None:
    launch(program, 120)
    for owner in ("Mei", "Tom"):
        admitted(program, f"{owner}'s", users[owner])
    with transaction():
        operations.choose_reminders(ReminderChoiceDetails(reasons_off=(Reason.LAUNCH,)), by=users["Mei"])
    with at(NOW):
        said = [
            queries_rhythm.next_touches(users[name], NOW, TODAY)[0].advice.sentence for name in ("Mei", "Tom")
        ]
    assert said == [
        "47 days silent, cadence 30, no open ask",
        "47 days silent, cadence 30, no open ask, launch in 120 days",
    ]


@pytest.mark.parametrize("n_days", [0, -1, 367])
def test_a_snooze_has_bounds(users: dict[str, User], program: Program, n_days: int) -> None:
    amal = admitted(program, "Amal", users["Mei"])
    with pytest.raises(CannotPlan), transaction():
        operations.snooze(amal, n_days, by=users["Mei"])


# -- pages -----------------------------------------------------------------------------------------


def test_pages_cost_the_same_with_one_and_thirty_people(
    users: dict[str, User],
    program: Program,
    signed_in: Callable[..., FlaskClient],
    count_queries: Callable[[], int],
    at: At,
) -> None:
    launch(program, 120)
    first = admitted(program, "Amal", users["Mei"])
    details = {"channel": TouchChannel.MAIL, "subject": "x", "planned_on": TODAY}
    with at(NOW), transaction():
        operations.plan_touch(PlanDetails(person_id=first.id, **details), by=users["Mei"])
    with at(NOW):
        browser = signed_in(users["Mei"])
        paths = ("/outreach/next", "/outreach/quiet?whose=all", "/outreach/")
        costs = {}
        for path in paths:
            browser.get(path)
            count_queries()
            assert browser.get(path).status_code == 200
            costs[path] = count_queries()
    for number in range(29):
        person = admitted(program, f"Person {number}", users["Mei"])
        if number < 10:
            with at(NOW), transaction():
                operations.plan_touch(PlanDetails(person_id=person.id, **details), by=users["Mei"])
    with at(NOW):
        browser.get("/outreach/")
        for path in paths:
            count_queries()
            page = browser.get(path)
            assert page.status_code == 200
            assert count_queries() <= costs[path], path


def test_reminders_are_chosen_and_put_off_on_pages(
    users: dict[str, User], program: Program, signed_in: Callable[..., FlaskClient], at: At
) -> None:
    amal = admitted(program, "Amal", users["Mei"])
    with at(NOW):
        browser = signed_in(users["Mei"])
        page = browser.get("/outreach/next").text
        assert "47 days silent, cadence 30, no open ask" in page
        assert "/outreach/touches/new?person=" in page
        assert (
            'value="In touch again"'
            in browser.get(f"/outreach/touches/new?person={amal.id}&subject=In touch again").text
        )
        token = (
            page.split('name="csrf-token" content="')[1].split('"')[0]
            if 'name="csrf-token"' in page
            else _token(browser, "/outreach/next/reasons")
        )
        answer = browser.post("/outreach/next/reasons", data={"csrf_token": token, "reasons": ["launch"]})
        assert answer.status_code == 303
        assert "Nobody waits to hear from you" in browser.get("/outreach/next").text
        browser.post(
            "/outreach/next/reasons",
            data={"csrf_token": token, "reasons": [reason.value for reason in Reason]},
        )
        refused = browser.post(f"/outreach/next/{amal.id}/snooze", data={"csrf_token": token, "n_days": "0"})
        assert refused.status_code == 422
        assert (
            browser.post(
                f"/outreach/next/{amal.id}/snooze", data={"csrf_token": token, "n_days": "14"}
            ).status_code
            == 303
        )
        page = browser.get("/outreach/next").text
        assert "Nobody waits to hear from you" in page
        assert "Put off" in page


def _token(browser: FlaskClient, path: str) -> str:
    return browser.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]
