"""Writing programs: goals first, then cohorts (in a file of their own), then people at a stage."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import check_version, db
from app.notices import operations as notices
from app.people import operations as people
from app.people.details import OfficialDetails
from app.people.models import OfficialStatus, Person
from app.programs import policies, queries
from app.programs.details import AdmissionDetails, GoalDetails, ProgramDetails
from app.programs.models import Enrolment, Goal, Program, Stage, StageChange
from app.programs.operations_cohorts import (
    edit_cohort,
    end_wish,
    release,
    shortlist,
    start_cohort,
    want_audience,
)
from app.programs.operations_declared import count_facet, declare, delete_due, offer_facet, withdraw
from app.programs.operations_owners import give_if_other, require_owner

__all__ = [
    "admit",
    "count_facet",
    "declare",
    "delete_due",
    "edit_cohort",
    "edit_goal",
    "edit_program",
    "end_wish",
    "move_stage",
    "offer_facet",
    "release",
    "set_goal",
    "set_official_status",
    "shortlist",
    "start_cohort",
    "start_program",
    "take_back_stage",
    "want_audience",
    "withdraw",
]


def start_program(details: ProgramDetails, *, by: User | None) -> Program:
    """Start an always-on program; it wants a goal before it wants people. Only the system leaves it without an owner."""
    _require_free_name(details.name, None)
    require_owner(details.owner_id)
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
    give_if_other(program, details.owner_id, by=by)
    audit.record("programs.program_edited", program, by=by, before=before)
    return program


def set_goal(program: Program, details: GoalDetails, *, by: User) -> Goal:
    """Write down what the program wants; the date of writing is kept and compared with the names (G1)."""
    require_owner(details.owner_id)
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
    give_if_other(goal, details.owner_id, by=by)
    audit.record("programs.goal_edited", goal, by=by, before=before)
    return goal


def admit(program: Program, person: Person, details: AdmissionDetails, *, by: User) -> Enrolment:
    """Take a person into a program for a goal; NotAdmitted names everything that is missing (G1).

    Compliance is told when the person is a public official or close to one.
    """
    policies.require_people_program(program)
    policies.require_real(person)
    if queries.enrolment_of(program, person) is not None:
        raise policies.AlreadyIn(_("%(person)s is in this program already.", person=person.name))
    policies.require_admissible(person.name, queries.admission_facts(program, person), details.fit_rationale)
    goal = queries.get_goal(details.goal_id)
    policies.require_own_goal(program, goal)
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
        _tell_compliance(person, _l("was admitted to %(program)s", program=program.name), by)
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


def take_back_stage(enrolment: Enrolment, stage: Stage, *, by: User) -> Enrolment:
    """Bring a person back to the stage they were moved from by mistake; both steps stay in the history.

    The way back has no entry tests, as they were there before; only an opt-out since then stands against it (P4).
    """
    policies.require_reachable(enrolment.person.is_opted_out, stage)
    before = audit.snapshot(enrolment)
    enrolment.stage = stage
    _note_step(enrolment, by, "Undone")
    audit.record("programs.stage_taken_back", enrolment, by=by, before=before)
    return enrolment


def set_official_status(
    person: Person, details: OfficialDetails, *, by: User, seen_version: int | None = None
) -> Person:
    """Note an official status on a person and tell compliance when it is new (J2.5)."""
    has_changed = people.set_official_status(person, details, by=by, seen_version=seen_version)
    if has_changed and person.is_official:
        _tell_compliance(person, _l("was marked"), by)
    audit.record(
        "programs.official_status_set", person, by=by, before=audit.snapshot(person), reason=details.reason
    )
    return person


# -- steps -----------------------------------------------------------------------------------------


def _tell_compliance(person: Person, what: str, by: User) -> None:
    status = {
        OfficialStatus.OFFICIAL: _l("a public official"),
        OfficialStatus.STATE_BODY: _l("somebody who works for a state body"),
        OfficialStatus.CLOSE_RELATIVE: _l("a close relative of an official"),
        OfficialStatus.NONE: _l("no official"),
    }[person.official_status]
    notices.notify(
        _l(
            "%(name)s, %(status)s, %(what)s. Stricter travel, lodging and gift rules apply; check the status and its reason.",
            name=person.name,
            status=status,
            what=what,
        ),
        role=Role.COMPLIANCE,
        source=("people", person.id),
        by=by,
    )


def _official_details(details: AdmissionDetails) -> OfficialDetails:
    if details.official_status is None or not details.official_reason:
        message = _("Say how this is known, for example “professor at a state university”.")
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


def _require_free_name(name: str, own_id: int | None) -> None:
    found = queries.find_program(name)
    if found is not None and found.id != own_id:
        raise policies.NameTaken(
            _("There is already a program called %(found)s.", found=found.name), field="name"
        )
