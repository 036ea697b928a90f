"""Reading programs: goals, cohorts and why somebody is in or out, enrolments and stages."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.accounts.queries_successions import Holder
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.people import queries as people
from app.people.models import Person
from app.people.policies import in_force
from app.programs import policies, queries_owners
from app.programs.models import Cohort, CohortMember, Enrolment, Goal, Program, Stage, StageChange
from app.programs.policies import AdmissionFacts, StageFacts


def get_program(id: int) -> Program:
    """The program with this id, or NotFound."""
    found = db.session.get(Program, id)
    if found is None:
        raise NotFound(_("There is no such program."))
    return found


def find_program(name: str) -> Program | None:
    """The program of this name, whatever its case."""
    wanted = (
        sa.select(Program).where(sa.func.lower(Program.name) == name.strip().lower()).order_by(Program.id)
    )
    return db.session.scalars(wanted.limit(1)).first()


def get_goal(id: int) -> Goal:
    """The goal with this id, or NotFound."""
    found = db.session.get(Goal, id)
    if found is None:
        raise NotFound(_("There is no such goal."))
    return found


def get_cohort(id: int) -> Cohort:
    """The cohort with this id, or NotFound."""
    found = db.session.get(Cohort, id)
    if found is None:
        raise NotFound(_("There is no such cohort."))
    return found


def get_member(id: int, by: User | None) -> CohortMember:
    """A place in a cohort, of a person `by` may see; else NotFound."""
    found = db.session.get(CohortMember, id)
    if found is None:
        raise NotFound(_("There is nobody at this place of the cohort."))
    people.get_person(found.person_id, by)
    return found


def get_enrolment(id: int, by: User | None) -> Enrolment:
    """An enrolment of a person `by` may see; else NotFound."""
    wanted = sa.select(Enrolment).where(Enrolment.id == id)
    found = db.session.scalars(
        wanted.options(joinedload(Enrolment.person), joinedload(Enrolment.goal))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such enrolment."))
    people.get_person(found.person_id, by)
    return found


def enrolment_of(program: Program, person: Person) -> Enrolment | None:
    """The person's enrolment in the program, at whatever stage."""
    wanted = sa.select(Enrolment).where(Enrolment.program_id == program.id, Enrolment.person_id == person.id)
    return db.session.scalars(wanted).one_or_none()


# -- lists -----------------------------------------------------------------------------------------


class ProgramRow(Struct, frozen=True):
    """One line of the list of programs."""

    program: Program
    n_goals: int
    n_cohorts: int
    n_enrolled: int
    holder: Holder

    @property
    def id(self) -> int:
        return self.program.id

    @property
    def name(self) -> str:
        return self.program.name


def list_programs() -> Sequence[ProgramRow]:
    """All programs by name with their counts and owners of today, in a fixed number of queries."""
    return _rows()


def row_of(program: Program) -> ProgramRow:
    """One program as in their list."""
    return _rows(Program.id == program.id)[0]


def _rows(*which: sa.ColumnElement[bool]) -> Sequence[ProgramRow]:
    def count_of(model: type[Goal] | type[Cohort] | type[Enrolment]) -> sa.ScalarSelect[int]:
        return sa.select(sa.func.count(model.id)).where(model.program_id == Program.id).scalar_subquery()

    wanted = sa.select(Program, count_of(Goal), count_of(Cohort), count_of(Enrolment)).where(*which)
    rows = db.session.execute(wanted.order_by(sa.func.lower(Program.name), Program.id)).all()
    holders = queries_owners.holders_of_programs([row[0] for row in rows], clock.now())
    return [ProgramRow(*row, holder=holders[row[0].id]) for row in rows]


def list_goals(program: Program) -> Sequence[Goal]:
    """The goals of a program, oldest first."""
    wanted = sa.select(Goal).where(Goal.program_id == program.id).order_by(Goal.id)
    return db.session.scalars(wanted).all()


def list_enrolments(program: Program, by: User | None, stage: Stage | None = None) -> Sequence[Enrolment]:
    """Who is in a program, by name, of the people `by` may see."""
    wanted = enrolments_matching(program, by, stage).options(joinedload(Enrolment.goal))
    return db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).all()


def enrolments_matching(
    program: Program, by: User | None, stage: Stage | None = None
) -> sa.Select[Enrolment]:
    """The same with their people loaded, in no order."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = (
        sa.select(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.program_id == program.id, Enrolment.person_id.in_(seen))
        .options(joinedload(Enrolment.person))
    )
    return wanted.where(Enrolment.stage == stage) if stage else wanted


def list_enrolments_of(person: Person) -> Sequence[Enrolment]:
    """The programs a person is in, oldest first."""
    wanted = (
        sa.select(Enrolment)
        .where(Enrolment.person_id == person.id)
        .order_by(Enrolment.admitted_at, Enrolment.id)
    )
    return db.session.scalars(wanted.options(joinedload(Enrolment.program), joinedload(Enrolment.goal))).all()


def list_stages_of(person: Person) -> list[tuple[Stage, str]]:
    """Where a person stands in each program, with its name, oldest first."""
    rows = db.session.execute(_stages(), {"person_id": person.id})
    return [(stage, name) for stage, name in rows]


@cache
def _stages() -> sa.Select[Stage, str]:
    wanted = sa.select(Enrolment.stage, Program.name).join(Program)
    held = wanted.where(Enrolment.person_id == sa.bindparam("person_id"))
    return held.order_by(Enrolment.admitted_at, Enrolment.id)


def list_memberships_of(person: Person) -> Sequence[CohortMember]:
    """The cohorts a person is or was in, latest first."""
    wanted = sa.select(CohortMember).where(CohortMember.person_id == person.id)
    loaded = wanted.options(
        joinedload(CohortMember.cohort).joinedload(Cohort.program), joinedload(CohortMember.goal)
    )
    return db.session.scalars(loaded.order_by(CohortMember.added_at.desc(), CohortMember.id.desc())).all()


def list_stage_changes(enrolment: Enrolment) -> Sequence[tuple[StageChange, User | None]]:
    """The steps of an enrolment, latest first, with who took them."""
    wanted = sa.select(StageChange, User).outerjoin(User, User.id == StageChange.by_id)
    rows = wanted.where(StageChange.enrolment_id == enrolment.id).order_by(
        StageChange.at.desc(), StageChange.id.desc()
    )
    return [(row[0], row[1]) for row in db.session.execute(rows)]


def count_stages(program: Program, by: User | None) -> dict[Stage, int]:
    """How many people are at each stage; every stage is there."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Enrolment.stage, sa.func.count()).where(
        Enrolment.program_id == program.id, Enrolment.person_id.in_(seen)
    )
    counts = {row[0]: row[1] for row in db.session.execute(wanted.group_by(Enrolment.stage))}
    return {stage: counts.get(stage, 0) for stage in Stage}


# -- admission, stages, goals ----------------------------------------------------------------------


def admission_facts(program: Program, person: Person) -> AdmissionFacts:
    """What G1 asks, as it stands today."""
    n_goals = db.session.scalar(sa.select(sa.func.count()).where(Goal.program_id == program.id)) or 0
    n_evidence = in_force([(row.on, row.expires_on) for row in person.evidence], clock.today())
    return AdmissionFacts(n_goals, person.known_for, person.known_among, n_evidence)


def stage_facts(enrolment: Enrolment) -> StageFacts:
    """What the entry tests of the stages read, as it stands today."""
    person = enrolment.person
    return StageFacts(
        admission=admission_facts(enrolment.program, person),
        is_opted_out=person.is_opted_out,
        is_official=person.is_official,
        official_reason=person.official_reason,
        has_contact_route=bool(person.email or person.phone or person.channels),
    )


def list_open_programs(person: Person) -> Sequence[Program]:
    """The programs of people that this person is not in, by name."""
    enrolled = sa.select(Enrolment.program_id).where(Enrolment.person_id == person.id)
    wanted = sa.select(Program).where(Program.is_books_only.is_(False), Program.id.not_in(enrolled))
    return db.session.scalars(wanted.order_by(sa.func.lower(Program.name), Program.id)).all()


def first_shortlisted(program: Program) -> dict[int, datetime]:
    """For each goal of the program, when the first of its people was shortlisted (G1).

    A goal's people are those shortlisted for it and those admitted for it, whatever goal they were shortlisted for:
    a goal written between the two came after a name.
    """
    enrolled = sa.and_(
        Enrolment.program_id == Cohort.program_id, Enrolment.person_id == CohortMember.person_id
    )
    places = sa.join(CohortMember, Cohort, Cohort.id == CohortMember.cohort_id)
    shortlisted_for = sa.select(CohortMember.goal_id, CohortMember.added_at).select_from(places)
    admitted_for = sa.select(Enrolment.goal_id, CohortMember.added_at).select_from(
        places.join(Enrolment, enrolled)
    )
    both = sa.union_all(
        shortlisted_for.where(Cohort.program_id == program.id, CohortMember.goal_id.is_not(None)),
        admitted_for.where(Cohort.program_id == program.id),
    ).subquery()
    wanted = sa.select(both.c.goal_id, sa.func.min(both.c.added_at)).group_by(both.c.goal_id)
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def count_goals_after_names(program: Program) -> int:
    """How many goals were written after their first person was shortlisted (G1)."""
    return len(list_goals_after_names(program))


def list_goals_after_names(program: Program, before: datetime | None = None) -> Sequence[Goal]:
    """The goals behind that figure; `before`: of those written before an instant."""
    first = first_shortlisted(program)
    return [
        goal
        for goal in list_goals(program)
        if policies.is_after_names(goal.made_at, first.get(goal.id))
        and (before is None or goal.made_at < before)
    ]


class GoalPeople(Struct, frozen=True):
    """Who is linked to a goal, and by what."""

    members: Sequence[CohortMember]
    enrolments: Sequence[Enrolment]


def people_of_goal(goal: Goal, by: User | None) -> GoalPeople:
    """The people shortlisted and the people admitted for a goal, by name (J1.5)."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    members = (
        sa.select(CohortMember)
        .join(Person, Person.id == CohortMember.person_id)
        .where(CohortMember.goal_id == goal.id, CohortMember.person_id.in_(seen))
        .order_by(Person.sort_key, CohortMember.id)
        .options(joinedload(CohortMember.person), joinedload(CohortMember.cohort))
    )
    enrolments = (
        sa.select(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.goal_id == goal.id, Enrolment.person_id.in_(seen))
        .order_by(Person.sort_key, Person.id)
        .options(joinedload(Enrolment.person))
    )
    return GoalPeople(db.session.scalars(members).all(), db.session.scalars(enrolments).all())


def load_program(id: int) -> Program:
    """A program with its cohorts loaded, for its page."""
    wanted = sa.select(Program).where(Program.id == id).options(selectinload(Program.cohorts))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such program."))
    return found
