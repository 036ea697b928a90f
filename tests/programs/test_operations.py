"""Writing programs: goals, cohorts, admissions, stages."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEvent, Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.notices.models import Notice
from app.people.details import OfficialDetails
from app.people.models import OfficialStatus, Person
from app.programs import operations, policies, queries, queries_cohorts
from app.programs.details import AdmissionDetails, CohortDetails, GoalDetails, ProgramDetails
from app.programs.models import Cohort, CohortMember, Enrolment, Goal, GoalKind, Program, Stage
from app.programs.policies_rules import CohortRule
from tests.conftest import fresh
from tests.factories import accounts, people, programs

At = Callable[[datetime], AbstractContextManager[None]]
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def mei() -> User:
    return accounts.user(name="Mei")


def shortlist(
    cohort: Cohort, person: Person, by: User, *, goal: Goal | None = None, override_reason: str = ""
) -> CohortMember:
    with transaction():
        here = db.session.get_one(Cohort, cohort.id)
        who = db.session.get_one(Person, person.id)
        return operations.shortlist(here, who, goal=goal, override_reason=override_reason, by=by)


def admit(program: Program, person: Person, goal: Goal, by: User, **more: object) -> Enrolment:
    details = AdmissionDetails(
        goal_id=goal.id, fit_risk="None seen", fit_rationale="Knows the ground", **more
    )
    with transaction():
        return operations.admit(
            db.session.get_one(Program, program.id), db.session.get_one(Person, person.id), details, by=by
        )


def notices() -> list[tuple[str | None, str, int | None]]:
    rows = db.session.scalars(sa.select(Notice).order_by(Notice.id))
    return [(row.role, row.source_kind, row.source_id) for row in rows]


def test_programs_have_one_name_each(mei: User) -> None:
    programs.program("Global KOL", by=mei)
    with pytest.raises(policies.NameTaken), transaction():
        operations.start_program(ProgramDetails(name="global kol"), by=mei)


def test_currency_of_a_program_stays(mei: User) -> None:
    program = programs.program(by=mei, currency="GBP")
    with transaction():
        details = ProgramDetails(name="Renamed", currency="EUR")
        operations.edit_program(db.session.get_one(Program, program.id), details, by=mei)
    assert (fresh(program).name, fresh(program).currency) == ("Renamed", "GBP")


def test_edited_goal_keeps_the_day_it_was_written(mei: User, at: At) -> None:
    """G1: a goal cannot be backdated by editing another."""
    with at(datetime(2026, 9, 1, tzinfo=UTC)):
        goal = programs.goal(programs.program(by=mei), by=mei)
    details = GoalDetails(
        statement="Other words",
        kind=GoalKind.SALES,
        metric="Leads",
        baseline="0",
        target="9",
        review_on=date(2027, 1, 1),
    )
    with at(datetime(2026, 10, 1, tzinfo=UTC)), transaction():
        operations.edit_goal(db.session.get_one(Goal, goal.id), details, by=mei, seen_version=goal.version)
    assert (fresh(goal).statement, fresh(goal).made_at) == ("Other words", datetime(2026, 9, 1, tzinfo=UTC))
    with pytest.raises(Conflict), transaction():
        operations.edit_goal(db.session.get_one(Goal, goal.id), details, by=mei, seen_version=1)


def test_shortlist_by_rule_by_exception_and_not_twice(mei: User) -> None:
    """P5, J1.2."""
    cohort = programs.cohort(programs.program(by=mei))
    amal, wei = people.person("Amal"), people.person("Wei")
    assert shortlist(cohort, amal, mei).override_reason == ""
    with pytest.raises(policies.RuleSaysNo) as refusal:
        shortlist(cohort, wei, mei)
    assert "home country is not China (here China)" in refusal.value.message
    assert (
        shortlist(cohort, wei, mei, override_reason="Moves to Kenya in May").override_reason
        == "Moves to Kenya in May"
    )
    with pytest.raises(policies.AlreadyIn):
        shortlist(cohort, amal, mei)
    assert queries_cohorts.count_members(cohort) == 2


def test_capacity_is_a_number_and_one_more_needs_a_reason(mei: User) -> None:
    """P5."""
    cohort = programs.cohort(programs.program(by=mei), capacity=1)
    shortlist(cohort, people.person("Amal"), mei)
    with pytest.raises(policies.CohortIsFull):
        shortlist(cohort, people.person("Jack"), mei)
    shortlist(cohort, people.person("Ines"), mei, override_reason="Speaks French")
    assert queries_cohorts.count_members(cohort) == 2


def test_needless_reason_is_not_kept_as_an_exception(mei: User) -> None:
    cohort = programs.cohort(programs.program(by=mei))
    assert shortlist(cohort, people.person("Amal"), mei, override_reason="just in case").override_reason == ""


def test_released_place_is_free_again_and_keeps_its_reason(mei: User) -> None:
    cohort = programs.cohort(programs.program(by=mei), capacity=1)
    amal = people.person("Amal")
    member = shortlist(cohort, amal, mei)
    with pytest.raises(policies.ReasonNeeded), transaction():
        operations.release(db.session.get_one(CohortMember, member.id), "  ", by=mei)
    with transaction():
        operations.release(
            db.session.get_one(CohortMember, member.id), "Another voice is nearer to the goal", by=mei
        )
    with pytest.raises(policies.AlreadyIn), transaction():
        operations.release(db.session.get_one(CohortMember, member.id), "again", by=mei)
    shortlist(cohort, amal, mei)
    rows = db.session.scalars(sa.select(CohortMember).order_by(CohortMember.id)).all()
    assert [row.release_reason for row in rows] == ["Another voice is nearer to the goal", ""]


def test_goal_of_another_program_is_refused(mei: User) -> None:
    cohort = programs.cohort(programs.program(by=mei))
    other = programs.goal(programs.program("Other", by=mei))
    with pytest.raises(policies.NotAdmitted):
        shortlist(cohort, people.person("Amal"), mei, goal=other)


def test_admission_is_refused_with_everything_that_is_missing(mei: User) -> None:
    """G1, J1.1."""
    program, amal = programs.program(by=mei), people.person("Amal", known_among="")
    people.evidence(amal)
    with pytest.raises(policies.NotAdmitted) as refusal, transaction():
        details = AdmissionDetails(goal_id=1, fit_risk="None", fit_rationale="Fits")
        operations.admit(
            db.session.get_one(Program, program.id), db.session.get_one(Person, amal.id), details, by=mei
        )
    assert refusal.value.message == (
        "Amal cannot be admitted yet. Write the goal first: it comes before the names. "
        "Say on the person's page what they are known for, and among whom. "
        "Add 1 more dated piece of evidence, not expired."
    )
    assert db.session.scalar(sa.select(sa.func.count(Enrolment.id))) == 0


def test_expired_evidence_does_not_count(mei: User) -> None:
    """G1."""
    program = programs.program(by=mei)
    goal, amal = programs.goal(program), people.person("Amal")
    people.evidence(amal)
    people.evidence(amal, expires_on=clock.today())
    with pytest.raises(policies.NotAdmitted):
        admit(program, amal, goal, mei)


def test_admission_begins_at_identified_with_a_first_step(mei: User) -> None:
    """J2.4."""
    program = programs.program(by=mei)
    amal = people.admissible("Amal")
    made = admit(program, amal, programs.goal(program), mei)
    assert (made.stage, made.fit_risk) == (Stage.IDENTIFIED, "None seen")
    assert [(step.stage, who) for step, who in queries.list_stage_changes(made)] == [(Stage.IDENTIFIED, mei)]
    assert queries.enrolment_of(program, amal) == made
    assert notices() == []
    with pytest.raises(policies.AlreadyIn):
        admit(program, amal, programs.goal(program), mei)


def test_admitting_an_official_tells_compliance(mei: User) -> None:
    """J2.5: the tick "state university" at admission."""
    program = programs.program(by=mei)
    kerem = people.admissible("Kerem")
    with pytest.raises(policies.ReasonNeeded):
        admit(program, kerem, programs.goal(program), mei, official_status=OfficialStatus.STATE_BODY)
    said = {"official_status": OfficialStatus.STATE_BODY, "official_reason": "State university"}
    admit(program, kerem, programs.goal(program), mei, **said)
    assert (fresh(kerem).official_status, fresh(kerem).official_reason) == (
        OfficialStatus.STATE_BODY,
        "State university",
    )
    assert notices() == [(Role.COMPLIANCE.value, "people", kerem.id)]


def test_admitting_somebody_known_as_official_tells_compliance(mei: User) -> None:
    program = programs.program(by=mei)
    kerem = people.admissible("Kerem", official_status=OfficialStatus.OFFICIAL, official_reason="Regulator")
    admit(program, kerem, programs.goal(program), mei)
    assert notices() == [(Role.COMPLIANCE.value, "people", kerem.id)]


def test_new_official_status_tells_compliance_once(mei: User) -> None:
    """J2.5."""
    kerem = people.person("Kerem")
    for status in (OfficialStatus.STATE_BODY, OfficialStatus.STATE_BODY, OfficialStatus.NONE):
        with transaction():
            details = OfficialDetails(status=status, reason="As of his page at the university")
            operations.set_official_status(db.session.get_one(Person, kerem.id), details, by=mei)
    assert notices() == [(Role.COMPLIANCE.value, "people", kerem.id)]


def test_stage_moves_are_tested_and_recorded(mei: User) -> None:
    program = programs.program(by=mei)
    made = programs.enrolment(program, people.admissible("Amal", email="amal@voices.example"), by=mei)
    for stage, reason in ((Stage.VETTED, ""), (Stage.INVITED, "Wave 1"), (Stage.ACTIVE, "")):
        with transaction():
            operations.move_stage(db.session.get_one(Enrolment, made.id), stage, by=mei, reason=reason)
    with pytest.raises(policies.StageRefused), transaction():
        operations.move_stage(db.session.get_one(Enrolment, made.id), Stage.DORMANT, by=mei)
    steps = [(step.stage, step.reason) for step, _who in reversed(queries.list_stage_changes(made))]
    assert [stage for stage, _reason in steps] == [
        Stage.IDENTIFIED,
        Stage.VETTED,
        Stage.INVITED,
        Stage.ACTIVE,
    ]
    assert steps[2][1] == "Wave 1"
    assert queries.count_stages(program, mei)[Stage.ACTIVE] == 1


def test_nobody_is_shortlisted_or_admitted_under_imported_books(mei: User) -> None:
    program = programs.program("Open Payments", by=mei, is_books_only=True)
    with pytest.raises(policies.BooksOnly), transaction():
        operations.start_cohort(
            db.session.get_one(Program, program.id), CohortDetails(name="X", capacity=1), by=mei
        )
    goal = programs.goal(program)
    with pytest.raises(policies.BooksOnly):
        admit(program, people.admissible("Amal"), goal, mei)


def test_goals_after_names_are_counted(mei: User, at: At) -> None:
    """G1: three goals, one of them written after its first person was shortlisted."""
    with at(datetime(2026, 9, 1, tzinfo=UTC)):
        program = programs.program(by=mei)
        first = programs.goal(program)
    cohort = programs.cohort(program)
    amal, jack, ines = people.admissible("Amal"), people.admissible("Jack"), people.admissible("Ines")
    with at(datetime(2026, 9, 2, tzinfo=UTC)):
        shortlist(cohort, amal, mei, goal=first)
        shortlist(cohort, jack, mei)
    assert queries.count_goals_after_names(program) == 0
    with at(datetime(2026, 9, 3, tzinfo=UTC)):
        late = programs.goal(program, statement="Found afterwards")
        unused = programs.goal(program, statement="For nobody yet")
        admit(program, jack, late, mei)
        admit(program, ines, unused, mei)  # never shortlisted: no name came before this goal
    assert queries.first_shortlisted(program) == {
        first.id: datetime(2026, 9, 2, tzinfo=UTC), late.id: datetime(2026, 9, 2, tzinfo=UTC),
    }  # fmt: skip
    assert queries.count_goals_after_names(program) == 1


def test_goal_written_for_somebody_already_shortlisted_is_after_names(mei: User, at: At) -> None:
    """G1: shortlisted for one goal, admitted for another that was written in between."""
    with at(datetime(2026, 9, 1, tzinfo=UTC)):
        program = programs.program(by=mei)
        first = programs.goal(program)
    cohort, hana = programs.cohort(program), people.admissible("Hana")
    with at(datetime(2026, 9, 2, tzinfo=UTC)):
        shortlist(cohort, hana, mei, goal=first)
    with at(datetime(2026, 9, 3, tzinfo=UTC)):
        admit(program, hana, programs.goal(program, statement="Korean voices"), mei)
    assert queries.count_goals_after_names(program) == 1


def test_edited_rule_leaves_everybody_in_and_says_so(mei: User) -> None:
    cohort = programs.cohort(programs.program(by=mei))
    shortlist(cohort, people.person("Amal"), mei)
    rule = CohortRule.model_validate({"all": [{"field": "language", "op": "is", "values": ["fr"]}]})
    with transaction():
        details = CohortDetails(name="London", capacity=3, rule=rule)
        operations.edit_cohort(db.session.get_one(Cohort, cohort.id), details, by=mei)
    board = queries_cohorts.cohort_board(db.session.get_one(Cohort, cohort.id), mei)
    assert [(row.name, len(row.explanation.broken)) for row in board.members] == [("Amal", 1)]


def test_every_write_left_an_audit_line(mei: User) -> None:
    """R4."""
    program = programs.program(by=mei)
    cohort = programs.cohort(program)
    amal = people.admissible("Amal", email="amal@voices.example")
    member = shortlist(cohort, amal, mei)
    made = programs.enrolment(program, amal, by=mei)
    with transaction():
        operations.move_stage(db.session.get_one(Enrolment, made.id), Stage.VETTED, by=mei)
        operations.release(db.session.get_one(CohortMember, member.id), "Done", by=mei)
    wanted = sa.select(AuditEvent.action).where(AuditEvent.action.like("programs.%")).order_by(AuditEvent.id)
    assert list(db.session.scalars(wanted)) == [
        "programs.program_started", "programs.cohort_started", "programs.person_shortlisted", "programs.goal_set",
        "programs.person_admitted", "programs.stage_moved", "programs.person_released",
    ]  # fmt: skip
