"""Writing programs: goals first, then cohorts, then people at a stage."""

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import check_version, db
from app.notices import operations as notices
from app.people import operations as people
from app.people.details import OfficialDetails
from app.people.models import OfficialStatus, Person
from app.programs import policies, queries, queries_cohorts
from app.programs.details import AdmissionDetails, CohortDetails, GoalDetails, ProgramDetails
from app.programs.models import Cohort, CohortMember, Enrolment, Goal, Program, Stage, StageChange
from app.programs.operations_owners import give


def start_program(details: ProgramDetails, *, by: User | None) -> Program:
    """Start an always-on program; it wants a goal before it wants people. Only the system leaves it without an owner."""
    _require_free_name(details.name, None)
    program = Program(made_at=clock.now(), owner_id=details.owner_id or (by.id if by else None))
    _fill_program(program, details)
    db.session.add(program)
    audit.record("programs.program_started", program, by=by)
    return program


def edit_program(
    program: Program, details: ProgramDetails, *, by: User, seen_version: int | None = None
) -> Program:
    """Change a program; its currency stays, because value reports are kept in it."""
    check_version(program, seen_version)
    _require_free_name(details.name, program.id)
    before = audit.snapshot(program)
    _fill_program(program, details.model_copy(update={"currency": program.currency}))
    if details.owner_id not in {None, program.owner_id}:
        give(program, db.session.get_one(User, details.owner_id), by=by)
    audit.record("programs.program_edited", program, by=by, before=before)
    return program


def set_goal(program: Program, details: GoalDetails, *, by: User) -> Goal:
    """Write down what the program wants; the date of writing is kept and compared with the names (G1)."""
    goal = Goal(program_id=program.id, made_at=clock.now(), owner_id=details.owner_id or by.id)
    _fill_goal(goal, details)
    db.session.add(goal)
    audit.record("programs.goal_set", goal, by=by)
    db.session.expire(program, ["goals"])
    return goal


def edit_goal(goal: Goal, details: GoalDetails, *, by: User, seen_version: int | None = None) -> Goal:
    """Change a goal; when it was first written does not change."""
    check_version(goal, seen_version)
    before = audit.snapshot(goal)
    _fill_goal(goal, details)
    if details.owner_id not in {None, goal.owner_id}:
        give(goal, db.session.get_one(User, details.owner_id), by=by)
    audit.record("programs.goal_edited", goal, by=by, before=before)
    return goal


def start_cohort(program: Program, details: CohortDetails, *, by: User) -> Cohort:
    """Start a named group with a capacity and a rule."""
    _require_people_program(program)
    cohort = Cohort(program_id=program.id, made_at=clock.now())
    _fill_cohort(cohort, details)
    db.session.add(cohort)
    audit.record("programs.cohort_started", cohort, by=by)
    db.session.expire(program, ["cohorts"])
    return cohort


def edit_cohort(
    cohort: Cohort, details: CohortDetails, *, by: User, seen_version: int | None = None
) -> Cohort:
    """Change name, capacity or rule; whoever is in stays in, and the page says whom the rule now leaves out."""
    check_version(cohort, seen_version)
    before = audit.snapshot(cohort)
    _fill_cohort(cohort, details)
    audit.record("programs.cohort_edited", cohort, by=by, before=before)
    return cohort


def shortlist(
    cohort: Cohort, person: Person, *, goal: Goal | None = None, override_reason: str = "", by: User
) -> CohortMember:
    """Put a person into a cohort, for a goal.

    Raises RuleSaysNo when the rule leaves the person out and CohortIsFull at capacity, unless `override_reason` is
    given (P5); AlreadyIn when the person has a place.
    """
    _require_people_program(cohort.program)
    _require_real(person)
    # One at a time, so that two clicks cannot take the last place.
    db.session.execute(sa.select(Cohort.id).where(Cohort.id == cohort.id).with_for_update())
    _require_no_place(cohort, person)
    _require_own_goal(cohort.program, goal)
    reasons = policies.explain(queries_cohorts.rule_of(cohort), queries_cohorts.facts_about(person))
    broken = [reason for reason in reasons if not reason.holds]
    n_members = queries_cohorts.count_members(cohort)
    policies.require_place(person.name, broken, n_members, cohort.capacity, override_reason)
    is_exception = bool(broken) or n_members >= cohort.capacity
    member = CohortMember(
        cohort_id=cohort.id, person_id=person.id, goal_id=goal.id if goal else None, added_at=clock.now(),
        added_by_id=by.id, override_reason=override_reason.strip() if is_exception else "",
    )  # fmt: skip
    db.session.add(member)
    audit.record("programs.person_shortlisted", member, by=by, reason=member.override_reason)
    return member


def release(member: CohortMember, reason: str, *, by: User) -> CohortMember:
    """Take a person out of a cohort, with a reason; the row stays."""
    if not reason.strip():
        raise policies.ReasonNeeded(
            "Say why this person is released; it stays with the cohort.", field="reason"
        )
    if member.released_at is not None:
        raise policies.AlreadyIn("This person was released already.")
    before = audit.snapshot(member)
    member.released_at = clock.now()
    member.release_reason = reason.strip()
    audit.record("programs.person_released", member, by=by, before=before, reason=member.release_reason)
    return member


def admit(program: Program, person: Person, details: AdmissionDetails, *, by: User) -> Enrolment:
    """Take a person into a program for a goal; NotAdmitted names everything that is missing (G1).

    Compliance is told when the person is a public official or close to one.
    """
    _require_people_program(program)
    _require_real(person)
    if queries.enrolment_of(program, person) is not None:
        raise policies.AlreadyIn(f"{person.name} is in this program already.")
    policies.require_admissible(person.name, queries.admission_facts(program, person), details.fit_rationale)
    goal = queries.get_goal(details.goal_id)
    _require_own_goal(program, goal)
    if details.official_status is not None and details.official_status is not person.official_status:
        people.set_official_status(person, _official_details(details), by=by)
    enrolment = Enrolment(
        program_id=program.id, person_id=person.id, goal_id=goal.id, stage=Stage.IDENTIFIED, fit_risk=details.fit_risk,
        fit_rationale=details.fit_rationale, admitted_at=clock.now(), admitted_by_id=by.id,
    )  # fmt: skip
    db.session.add(enrolment)
    db.session.flush()
    _note_step(enrolment, by, details.fit_rationale)
    if person.is_official:
        _tell_compliance(person, f"was admitted to {program.name}", by)
    audit.record("programs.person_admitted", enrolment, by=by)
    return enrolment


def move_stage(enrolment: Enrolment, stage: Stage, *, by: User | None, reason: str = "") -> Enrolment:
    """Move a person to another stage; StageRefused names the entry tests that do not hold."""
    problems = policies.stage_problems(enrolment.stage, stage, queries.stage_facts(enrolment), reason)
    if problems:
        raise policies.StageRefused(" ".join(problems), field="stage")
    before = audit.snapshot(enrolment)
    enrolment.stage = stage
    _note_step(enrolment, by, reason)
    audit.record("programs.stage_moved", enrolment, by=by, before=before, reason=reason)
    return enrolment


def set_official_status(person: Person, details: OfficialDetails, *, by: User) -> Person:
    """Note an official status on a person and tell compliance when it is new (J2.5)."""
    has_changed = people.set_official_status(person, details, by=by)
    if has_changed and person.is_official:
        _tell_compliance(person, "was marked", by)
    audit.record(
        "programs.official_status_set", person, by=by, before=audit.snapshot(person), reason=details.reason
    )
    return person


# -- steps -----------------------------------------------------------------------------------------


def _tell_compliance(person: Person, what: str, by: User) -> None:
    status = {
        OfficialStatus.OFFICIAL: "a public official",
        OfficialStatus.STATE_BODY: "somebody who works for a state body",
        OfficialStatus.CLOSE_RELATIVE: "a close relative of an official",
        OfficialStatus.NONE: "no official",
    }[person.official_status]
    notices.notify(
        f"{person.name}, {status}, {what}. Stricter travel, lodging and gift rules apply; check the status and its reason.",
        role=Role.COMPLIANCE,
        source=("people", person.id),
        by=by,
    )


def _official_details(details: AdmissionDetails) -> OfficialDetails:
    if details.official_status is None or not details.official_reason:
        message = "Say how this is known, for example “professor at a state university”."
        raise policies.ReasonNeeded(message, field="official_reason")
    return OfficialDetails(status=details.official_status, reason=details.official_reason)


def _note_step(enrolment: Enrolment, by: User | None, reason: str) -> None:
    step = StageChange(
        enrolment_id=enrolment.id,
        stage=enrolment.stage,
        at=clock.now(),
        by_id=by.id if by else None,
        reason=reason,
    )
    db.session.add(step)


def _fill_program(program: Program, details: ProgramDetails) -> None:
    program.name = details.name
    program.statement = details.statement
    program.currency = details.currency
    program.n_cadence_days = details.n_cadence_days
    program.is_books_only = details.is_books_only


def _fill_goal(goal: Goal, details: GoalDetails) -> None:
    for field, value in details.model_dump(exclude={"owner_id"}).items():
        setattr(goal, field, value)


def _fill_cohort(cohort: Cohort, details: CohortDetails) -> None:
    cohort.name = details.name
    cohort.capacity = details.capacity
    cohort.rule = details.rule.model_dump(mode="json")


def _require_free_name(name: str, own_id: int | None) -> None:
    found = queries.find_program(name)
    if found is not None and found.id != own_id:
        raise policies.NameTaken(f"There is already a program called {found.name}.", field="name")


def _require_people_program(program: Program) -> None:
    if program.is_books_only:
        raise policies.BooksOnly(
            f"{program.name} only holds imported books; nobody is shortlisted or admitted under it."
        )


def _require_real(person: Person) -> None:
    if person.is_pseudonymous:
        raise policies.BooksOnly(f"{person.name} stands in imported books and has no identity here.")


def _require_no_place(cohort: Cohort, person: Person) -> None:
    wanted = sa.select(CohortMember.id).where(
        CohortMember.cohort_id == cohort.id,
        CohortMember.person_id == person.id,
        CohortMember.released_at.is_(None),
    )
    if db.session.scalar(wanted) is not None:
        raise policies.AlreadyIn(f"{person.name} is in {cohort.name} already.", field="person_id")


def _require_own_goal(program: Program, goal: Goal | None) -> None:
    if goal is not None and goal.program_id != program.id:
        raise policies.NotAdmitted("This goal belongs to another program.", field="goal_id")
