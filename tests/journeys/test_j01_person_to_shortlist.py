"""J1, J2.4: a goal before names, a person added by hand, shortlisted with a reason, admitted (story point 3)."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.people.models import Person
from app.programs import queries as programs
from tests.journeys.walking import Walker, last_line, trail_since


def add_rania(mei: Walker) -> int:
    """A new person with two dated pieces of evidence, known for something; her number."""
    mei.fill(
        "/people/new", name="Rania Al-Sabti", home_country="JO", zone="Asia/Amman", languages="ar, en", kind="Analyst",
        email="rania@voices.example", known_for="energy use of small cells", known_among="grid planners in the Levant",
    )  # fmt: skip
    number = mei.number()
    for days, what in ((40, "Talk at the grid operators' day"), (90, "Cited in a regulator's paper")):
        day = (clock.today() - timedelta(days=days)).isoformat()
        mei.fill(f"/people/{number}/evidence/new", summary=what, on=day)
    return number


def admit_rania(mei: Walker, number: int) -> None:
    """Shortlist over capacity with a reason, then admit for the first goal."""
    program = programs.find_program("Global KOL")
    assert program is not None
    mei.fill(
        f"/programs/cohorts/1/shortlist/{number}", goal_id=1, override_reason="Closes the gap in the Levant."
    )
    mei.fill(
        f"/programs/{program.id}/admit/{number}",
        goal_id=1,
        fit_rationale="Trusted by grid planners.",
        fit_risk="none seen",
    )


def test_a_full_cohort_wants_a_reason(london_as: Callable[[str], FlaskClient]) -> None:
    """P5: refused without one, and nothing typed is lost."""
    mei = Walker(london_as("mei"))
    number = add_rania(mei)
    answer = mei.fill(f"/programs/cohorts/1/shortlist/{number}", status=422, goal_id=1, override_reason="")
    assert "12" in answer.get_data(as_text=True)
    assert programs.list_memberships_of(db.session.get_one(Person, number)) == []


def test_nobody_is_admitted_without_evidence(london_as: Callable[[str], FlaskClient]) -> None:
    """G1: the page says what is missing; sending the form all the same is refused."""
    mei = Walker(london_as("mei"))
    mei.fill("/people/new", name="Oskar Vinterlund", home_country="NO", zone="Europe/Oslo", languages="no")
    number = mei.number()
    answer = mei.browser.post(
        f"/programs/1/admit/{number}",
        data={"goal_id": 1, "fit_rationale": "He writes well.", "fit_risk": "none seen"},
    )
    assert answer.status_code == 422
    assert "evidence" in answer.get_data(as_text=True)
    assert programs.list_enrolments_of(db.session.get_one(Person, number)) == []


def test_a_person_is_added_shortlisted_and_admitted_by_hand(london_as: Callable[[str], FlaskClient]) -> None:
    before = last_line()
    mei = Walker(london_as("mei"))
    number = add_rania(mei)
    admit_rania(mei, number)
    person = db.session.get_one(Person, number)
    assert [one.goal_id for one in programs.list_enrolments_of(person)] == [1]
    assert [member.override_reason for member in programs.list_memberships_of(person)] == [
        "Closes the gap in the Levant."
    ]
    assert trail_since(before) == [
        ("people.person_added", "mei"), ("people.evidence_added", "mei"), ("people.evidence_added", "mei"),
        ("programs.person_shortlisted", "mei"), ("programs.person_admitted", "mei"),
    ]  # fmt: skip
    goal = mei.open("/programs/goals/1")
    assert "Rania Al-Sabti" in goal
    assert "Trusted by grid planners." in goal


def test_goals_come_before_names(london_as: Callable[[str], FlaskClient]) -> None:
    """J1.5: "goals dated after shortlisting: 0"."""
    page = Walker(london_as("mei")).open("/programs/1")
    assert "Goals dated after shortlisting: 0" in page
