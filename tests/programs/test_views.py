"""Pages of programs: J1 and J2.4-5 by form, bad input, who may."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.people.models import Person
from app.programs import operations, queries_cohorts
from app.programs.models import Cohort, CohortMember, Enrolment, Goal, Program, Stage
from tests.conftest import fresh
from tests.factories import accounts, people, programs

SignIn = Callable[..., FlaskClient]

GOAL = {
    "statement": "Credible voices on private 5G in Africa and South Asia", "kind": "reputation", "metric": "Talks",
    "baseline": "2", "target": "8", "review_on": "2027-03-31", "market": "Africa",
}  # fmt: skip
RULE = {
    "name": "London 2026",
    "capacity": "12",
    "g0_match": "all",
    "g0_0_field": "home_country",
    "g0_0_op": "is_not",
    "g0_0_values": "China",
}
FIT = {"fit_rationale": "Teaches the people we want to learn from", "fit_risk": "None seen"}


def test_program_asks_for_its_goal_before_anybody_is_admitted(signed_in: SignIn) -> None:
    """G1, J1.1: Admit is disabled and says why until the goal is saved."""
    browser = signed_in(accounts.user(name="Mei"))
    typed = {"name": "Global KOL", "currency": "GBP", "n_cadence_days": "30"}
    assert browser.post("/programs/new", data=typed).status_code == 303
    program = db.session.scalars(sa.select(Program)).one()
    before = browser.get(f"/programs/{program.id}").text
    assert ('disabled aria-describedby="why-not">Admit' in before, "the program has no goal" in before) == (
        True,
        True,
    )
    assert browser.post(f"/programs/{program.id}/goals/new", data=GOAL).status_code == 303
    after = browser.get(f"/programs/{program.id}").text
    assert ("disabled" in after, f"/programs/{program.id}/admissions" in after) == (False, True)
    assert "Goals dated after shortlisting: 0" in after


def test_cohort_says_who_is_refused_and_why(signed_in: SignIn) -> None:
    """P5, J1.2."""
    program = programs.program()
    browser = signed_in(Role.RELATIONS)
    assert browser.post(f"/programs/{program.id}/cohorts/new", data=RULE).status_code == 303
    cohort = db.session.scalars(sa.select(Cohort)).one()
    amal, wei = people.person("Amal"), people.person("Wei")
    page = browser.get(f"/programs/cohorts/{cohort.id}").text
    assert "0 of 12; 1 refused (Wei, CN), override needs a reason" in page
    refused = browser.post(f"/programs/cohorts/{cohort.id}/shortlist/{wei.id}", data={})
    assert (refused.status_code, "home country is not China (here China)" in refused.text) == (422, True)
    reason = {"override_reason": "Moves to Kenya in May"}
    assert browser.post(f"/programs/cohorts/{cohort.id}/shortlist/{wei.id}", data=reason).status_code == 303
    assert browser.post(f"/programs/cohorts/{cohort.id}/shortlist/{amal.id}", data={}).status_code == 303
    page = browser.get(f"/programs/cohorts/{cohort.id}").text
    assert ("2 of 12" in page, "Moves to Kenya in May" in page) == (True, True)


def test_first_shortlist_of_twelve_is_filled_at_once_or_not_at_all(signed_in: SignIn) -> None:
    """J1.2: thirteen for twelve places adds nobody."""
    program = programs.program()
    goal, cohort = programs.goal(program), programs.cohort(program)
    everybody = [people.person(f"Person {n:02}", home_country="KE") for n in range(13)]
    browser = signed_in(Role.RELATIONS)
    path = f"/programs/cohorts/{cohort.id}/shortlist"
    too_many = browser.post(path, data={"ids": [str(one.id) for one in everybody], "goal_id": str(goal.id)})
    assert (too_many.status_code, "The cohort is full: 12 of 12" in too_many.text) == (422, True)
    assert queries_cohorts.count_members(cohort) == 0
    twelve = browser.post(
        path, data={"ids": [str(one.id) for one in everybody[:12]], "goal_id": str(goal.id)}
    )
    assert (twelve.status_code, queries_cohorts.count_members(cohort)) == (303, 12)
    page = browser.get(f"/programs/goals/{goal.id}").text
    assert [f"Person {n:02}" in page for n in range(13)] == [True] * 12 + [False]


def test_release_needs_a_reason(signed_in: SignIn) -> None:
    """J1.3."""
    cohort = programs.cohort(programs.program())
    with transaction():
        member = operations.shortlist(
            db.session.get_one(Cohort, cohort.id), people.person("Amal"), by=accounts.user()
        )
    browser = signed_in(Role.RELATIONS)
    assert browser.post(f"/programs/members/{member.id}/release", data={"reason": ""}).status_code == 422
    assert (
        browser.post(
            f"/programs/members/{member.id}/release", data={"reason": "Hana fills the gap"}
        ).status_code
        == 303
    )
    assert fresh(member).release_reason == "Hana fills the gap"
    assert "Hana fills the gap" in browser.get(f"/programs/cohorts/{cohort.id}").text


def test_admit_is_disabled_with_its_reasons_until_the_tests_hold(signed_in: SignIn) -> None:
    """G1, J2.4."""
    program, amal = programs.program(), people.person("Amal", known_for="")
    browser = signed_in(Role.RELATIONS)
    path = f"/programs/{program.id}/admit/{amal.id}"
    page = browser.get(path).text
    expected = ("disabled", "Add 2 more dated pieces of evidence", "Write the goal first")
    assert [words in page for words in expected] == [True, True, True]
    refused = browser.post(path, data=FIT | {"goal_id": "1"})
    assert refused.status_code == 422
    goal = programs.goal(program)
    refused = browser.post(path, data=FIT | {"goal_id": str(goal.id)})
    assert (refused.status_code, "cannot be admitted yet" in refused.text) == (422, True)
    assert db.session.scalar(sa.select(sa.func.count(Enrolment.id))) == 0


def test_kerem_is_admitted_as_an_official_and_compliance_is_told(signed_in: SignIn) -> None:
    """J2.5."""
    program, kerem = programs.program(), people.admissible("Kerem")
    goal = programs.goal(program)
    browser = signed_in(Role.RELATIONS)
    path = f"/programs/{program.id}/admit/{kerem.id}"
    typed = FIT | {"goal_id": str(goal.id), "is_state": "y"}
    refused = browser.post(path, data=typed)
    assert (refused.status_code, "Say how this is known" in refused.text) == (422, True)
    assert FIT["fit_rationale"] in refused.text
    assert (
        browser.post(path, data=typed | {"official_reason": "Professor at a state university"}).status_code
        == 303
    )
    assert fresh(kerem).is_official is True
    made = db.session.scalars(sa.select(Enrolment)).one()
    assert "Identified" in browser.get(f"/programs/enrolments/{made.id}").text
    assert "Identified in Global KOL" in browser.get(f"/people/{kerem.id}").text
    assert "Global KOL" in browser.get(f"/programs/person/{kerem.id}").text
    told = signed_in(Role.COMPLIANCE).get(f"/people/{kerem.id}").text
    assert "Professor at a state university" in told


def test_stage_is_moved_by_form(signed_in: SignIn) -> None:
    made = programs.enrolment(programs.program())
    browser = signed_in(Role.RELATIONS)
    path = f"/programs/enrolments/{made.id}/move"
    assert browser.post(path, data={"stage": "alumni"}).status_code == 422
    assert browser.post(path, data={"stage": "declined"}).status_code == 422
    assert browser.post(path, data={"stage": "vetted"}).status_code == 303
    assert fresh(made).stage is Stage.VETTED
    refused = browser.post(path, data={"stage": "invited"})
    assert (refused.status_code, "to reach them by" in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "This is needed."),
        ("name", "x" * 321, "At most 320"),
        ("currency", "ZZZ", "not a currency code"),
        ("currency", "XAU", "not a currency code"),
        ("n_cadence_days", "soon", "Not a valid integer value"),
        ("n_cadence_days", "0", "from 1 to 730"),
        ("owner_id", "77", "Not a valid choice"),
    ],
)
def test_new_program_refuses_bad_input(signed_in: SignIn, field: str, value: str, message: str) -> None:
    typed = {
        "name": "Global KOL",
        "currency": "GBP",
        "n_cadence_days": "30",
        "statement": "kept as typed",
    } | {field: value}
    answer = signed_in(Role.RELATIONS).post("/programs/new", data=typed)
    assert (answer.status_code, message in answer.text, "kept as typed" in answer.text) == (422, True, True)
    assert db.session.scalar(sa.select(sa.func.count(Program.id))) == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("statement", "", "This is needed."),
        ("kind", "fame", "Not a valid choice"),
        ("metric", "  ", "This is needed."),
        ("review_on", "31.03.2027", "Not a valid date value"),
        ("review_on", "1066-10-14", "between 1990 and 2100"),
    ],
)
def test_new_goal_refuses_bad_input(signed_in: SignIn, field: str, value: str, message: str) -> None:
    program = programs.program()
    typed = GOAL | {"evidence": "kept as typed"} | {field: value}
    answer = signed_in(Role.RELATIONS).post(f"/programs/{program.id}/goals/new", data=typed)
    assert (answer.status_code, message in answer.text, "kept as typed" in answer.text) == (422, True, True)
    assert db.session.scalar(sa.select(sa.func.count(Goal.id))) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"g0_0_values": "Chinna"}, "Chinna is not a country or region"),
        ({"g0_0_values": ""}, "Say which value is meant"),
        ({"g0_0_values": " , ,, "}, "Say which value is meant"),
        ({"g0_0_op": "is", "g0_0_values": "CN, AE"}, "takes one value"),
        ({"g0_0_op": "at_least"}, "cannot be compared by"),
        ({"g0_0_unknown": "maybe"}, "Input should be"),
        ({"g0_1_field": "official", "g0_1_op": "is", "g0_1_values": "perhaps"}, "is yes or no"),
        ({"g0_1_field": "evidence_count", "g0_1_op": "at_least", "g0_1_values": "-1"}, "Give a whole number"),
        ({"g0_1_field": "evidence_count", "g0_1_op": "at_least", "g0_1_values": "٣"}, "Give a whole number"),
        (
            {"g0_1_field": "evidence_count", "g0_1_op": "at_least", "g0_1_values": "9" * 40},
            "Give a whole number",
        ),
        ({"g0_1_field": "language", "g0_1_op": "is", "g0_1_values": "Klingonese"}, "is not a language tag"),
        ({"g0_1_field": "stage", "g0_1_op": "is", "g0_1_values": "famous"}, "is one of the list"),
        ({"g0_1_field": "owner", "g0_1_op": "is", "g0_1_values": "Nobody Here"}, "is called Nobody Here"),
        ({"g0_1_field": "kind", "g0_1_op": "is", "g0_1_values": "x" * 400}, "At most 320"),
        ({"capacity": "0"}, "from 1 to"),
        ({"capacity": "12.5"}, "Not a valid integer value"),
    ],
)
def test_new_cohort_refuses_bad_rules(signed_in: SignIn, changes: dict[str, str], message: str) -> None:
    program = programs.program()
    answer = signed_in(Role.RELATIONS).post(f"/programs/{program.id}/cohorts/new", data=RULE | changes)
    assert (answer.status_code, message in answer.text, "London 2026" in answer.text) == (422, True, True)
    assert db.session.scalar(sa.select(sa.func.count(Cohort.id))) == 0


def test_lines_nobody_offers_are_passed_over(signed_in: SignIn) -> None:
    """A declared facet is no field of a rule, whatever a browser sends (P7)."""
    program = programs.program()
    sent = RULE | {"g0_1_field": "gender", "g0_1_op": "is", "g0_1_values": "women", "g9_match": "all"}
    assert signed_in(Role.RELATIONS).post(f"/programs/{program.id}/cohorts/new", data=sent).status_code == 303
    rule = queries_cohorts.rule_of(db.session.scalars(sa.select(Cohort)).one())
    assert [line.field.value for line in rule.lines] == ["home_country"]


def test_lines_and_groups_are_added_and_removed_without_saving(signed_in: SignIn) -> None:
    """The editor works by submits alone; nothing typed is lost and nothing is saved."""
    cohort = programs.cohort(programs.program())
    browser = signed_in(Role.RELATIONS)
    path = f"/programs/cohorts/{cohort.id}/edit"
    assert 'value="China"' in browser.get(path).text
    typed = RULE | {"g0_0_values": "Kenya, India", "name": "Half typed"}
    added = browser.post(path, data=typed | {"do": "add:0", "g0_new": "silent_days"})
    assert added.status_code == 200
    expected = ('value="Kenya, India"', 'value="Half typed"', 'name="g0_1_values"', "days without a word")
    assert [words.lower() in added.text.lower() for words in expected] == [True] * 4
    grouped = browser.post(path, data=typed | {"do": "group"})
    assert ('name="g1_match"' in grouped.text, "Remove group" in grouped.text) == (True, True)
    removed = browser.post(path, data=typed | {"do": "remove:0.0"})
    assert ("Kenya, India" in removed.text, 'name="g0_match"' in removed.text) == (False, True)
    for nonsense in ("remove:7.9", "add:5", "remove:", "add:0", "group:x", "remove:0.99999999999"):
        assert browser.post(path, data=typed | {"do": nonsense, "g0_new": "gender"}).status_code == 200
    assert fresh(cohort).name == "London 2026"


def test_changed_rule_is_looked_at_before_it_is_saved(signed_in: SignIn) -> None:
    """P5: who comes in and who goes out is said first; saving it makes a version, with both numbers."""
    cohort = programs.cohort(programs.program())
    amal, _wei = people.person("Amal"), people.person("Wei")
    browser = signed_in(accounts.user(name="Mei"))
    with transaction():
        operations.shortlist(db.session.get_one(Cohort, cohort.id), amal, by=accounts.user())
    path = f"/programs/cohorts/{cohort.id}/edit"
    changed = RULE | {"g0_0_op": "any_of", "g0_0_values": "cn, Kenya", "version": "1"}
    looked = browser.post(path, data=changed)
    assert looked.status_code == 200
    expected = (
        "Nothing is saved yet", "home country is China or Kenya", "1 comes to fit", "1 no longer fits",
        "has a place and keeps it, marked", "Save this rule",
    )  # fmt: skip
    assert [words in looked.text for words in expected] == [True] * 6
    assert fresh(cohort).rule["groups"][0]["lines"][0]["op"] == "is_not"
    seen = looked.text.split('name="seen" value="')[1].split('"')[0]
    other = browser.post(path, data=changed | {"seen": seen, "g0_0_values": "KE"})
    assert "Nothing is saved yet" in other.text  # another rule than the one that was seen
    assert browser.post(path, data=changed | {"seen": seen}).status_code == 303
    assert queries_cohorts.rule_of(fresh(cohort)).lines[0].values == ("CN", "KE")
    versions = [
        (one.number, one.sentence, one.n_came_in, one.n_went_out)
        for one in queries_cohorts.list_rule_changes(cohort)
    ]
    assert versions == [(2, "home country is China or Kenya", 1, 1), (1, "home country is not China", 0, 0)]
    page = browser.get(f"/programs/cohorts/{cohort.id}").text
    assert ("Version 2" in page, "The rule says no today" in page) == (True, True)
    assert browser.post(path, data=changed | {"seen": seen}).status_code == 409


def test_name_and_capacity_are_saved_at_once(signed_in: SignIn) -> None:
    cohort = programs.cohort(programs.program())
    path = f"/programs/cohorts/{cohort.id}/edit"
    assert signed_in(Role.RELATIONS).post(path, data=RULE | {"capacity": "14"}).status_code == 303
    assert (fresh(cohort).capacity, len(queries_cohorts.list_rule_changes(cohort))) == (14, 1)


def test_pages_of_a_goal_and_a_program_open_and_save(signed_in: SignIn) -> None:
    program = programs.program()
    goal = programs.goal(program)
    browser = signed_in(Role.RELATIONS)
    assert (
        browser.post(f"/programs/goals/{goal.id}/edit", data=GOAL | {"target": "9 a year"}).status_code == 303
    )
    assert "9 a year" in browser.get(f"/programs/goals/{goal.id}").text
    typed = {"name": "Renamed", "currency": "GBP", "n_cadence_days": "14", "owner_id": ""}
    assert browser.post(f"/programs/{program.id}/edit", data=typed).status_code == 303
    assert (fresh(program).name, fresh(program).n_cadence_days) == ("Renamed", 14)
    one = f"{program.id}"
    paths = (
        "",
        "new",
        one,
        f"{one}?stage=vetted",
        f"{one}?stage=x",
        f"{one}/admissions",
        f"{one}/edit",
        f"goals/{goal.id}/edit",
    )
    assert [browser.get(f"/programs/{path}").status_code for path in paths] == [200] * 8


def test_official_status_page_notes_the_reason(signed_in: SignIn) -> None:
    kerem = people.person("Kerem")
    browser = signed_in(Role.RELATIONS)
    refused = browser.post(
        f"/programs/official/{kerem.id}", data={"official_status": "state_body", "reason": " "}
    )
    assert refused.status_code == 422
    typed = {"official_status": "state_body", "reason": "University page"}
    assert browser.post(f"/programs/official/{kerem.id}", data=typed).status_code == 303
    assert fresh(kerem).official_reason == "University page"


def test_lists_need_the_same_queries_whatever_the_rows(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    program = programs.program()
    goal, cohort = programs.goal(program), programs.cohort(program, capacity=100)
    browser = signed_in(Role.RELATIONS)
    place = f"cohorts/{cohort.id}"
    paths = (
        "", f"{program.id}", place, f"{program.id}/admissions", f"goals/{goal.id}", f"{place}/missing", f"{place}/declared",
        f"{place}/why?q=Member", f"{place}/influence", f"{program.id}/influence",
    )  # fmt: skip
    pages = [f"/programs/{path}" for path in paths]

    def fill(start: int, n: int) -> None:
        for number in range(start, start + n):
            someone, other = (people.admissible(f"{word} {number}") for word in ("Member", "Waiting"))
            people.person(f"Outside {number}", home_country="CN")
            with transaction():
                for one in (someone, other):
                    here, wanted = db.session.get_one(Cohort, cohort.id), db.session.get_one(Goal, goal.id)
                    operations.shortlist(
                        here, db.session.get_one(Person, one.id), goal=wanted, by=accounts.user()
                    )
            programs.enrolment(program, someone, for_goal=goal)
            programs.program(f"Program {number}")

    def measure() -> list[int]:
        counts = []
        for page in pages:
            count_queries()
            assert browser.get(page).status_code == 200
            counts.append(count_queries())
        return counts

    fill(0, 1)
    measure()
    with_one = measure()
    fill(1, 12)
    assert measure() == with_one


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.COMPLIANCE, Role.AUDITOR, Role.ADMIN])
def test_others_read_programs_and_write_nothing(signed_in: SignIn, role: Role) -> None:
    program = programs.program()
    goal, cohort = programs.goal(program), programs.cohort(program)
    made = programs.enrolment(program, for_goal=goal)
    with transaction():
        member = operations.shortlist(
            db.session.get_one(Cohort, cohort.id), people.person("Jack"), by=accounts.user()
        )
    browser = signed_in(role)
    one, step, place = f"{program.id}", f"enrolments/{made.id}", f"cohorts/{cohort.id}"
    reads = ("", one, f"goals/{goal.id}", place, step, f"{one}/admissions", f"person/{made.person_id}")
    assert [browser.get(f"/programs/{path}").status_code for path in reads] == [200] * 7
    writes = (
        "new",
        f"{one}/edit",
        f"{one}/goals/new",
        f"{place}/edit",
        f"members/{member.id}/release",
        f"{step}/move",
    )
    assert [browser.get(f"/programs/{path}").status_code for path in writes] == [403] * 6
    assert browser.post(f"/programs/cohorts/{cohort.id}/shortlist", data={"ids": ["1"]}).status_code == 403
    assert fresh(db.session.get_one(CohortMember, member.id)).released_at is None


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
def test_assistants_and_agencies_see_no_programs(signed_in: SignIn, role: Role) -> None:
    program = programs.program()
    browser = signed_in(role)
    assert [browser.get(f"/programs/{path}").status_code for path in ("", str(program.id))] == [403, 403]
