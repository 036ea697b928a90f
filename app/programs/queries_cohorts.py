"""Reading cohorts: who is in and why, who is out and why, who waits to be admitted (P5)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import queries as people
from app.people.models import Channel, Person
from app.people.names import fold
from app.people.policies import in_force
from app.programs.models import Cohort, CohortMember, Enrolment, Goal, Program
from app.programs.policies import (
    AdmissionFacts,
    CohortRule,
    Facts,
    Reason,
    RuleField,
    Test,
    admission_tests,
    explain,
    words_of_condition,
)


def list_members(cohort: Cohort, by: User | None) -> Sequence[CohortMember]:
    """Who is in a cohort now, by name."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = (
        sa.select(CohortMember)
        .join(Person, Person.id == CohortMember.person_id)
        .where(
            CohortMember.cohort_id == cohort.id,
            CohortMember.released_at.is_(None),
            CohortMember.person_id.in_(seen),
        )
        .order_by(Person.sort_key, Person.id)
        .options(joinedload(CohortMember.person), joinedload(CohortMember.goal))
    )
    return db.session.scalars(wanted).all()


def list_released(cohort: Cohort, by: User | None) -> Sequence[CohortMember]:
    """Who was released from a cohort and why, latest first."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(CohortMember).where(
        CohortMember.cohort_id == cohort.id,
        CohortMember.released_at.is_not(None),
        CohortMember.person_id.in_(seen),
    )
    ordered = wanted.order_by(CohortMember.released_at.desc(), CohortMember.id.desc())
    return db.session.scalars(ordered.options(joinedload(CohortMember.person))).all()


def count_members(cohort: Cohort) -> int:
    """How many are in a cohort now."""
    wanted = sa.select(sa.func.count()).where(
        CohortMember.cohort_id == cohort.id, CohortMember.released_at.is_(None)
    )
    return db.session.scalar(wanted) or 0


def rule_of(cohort: Cohort) -> CohortRule:
    """The stored rule, typed."""
    return CohortRule.model_validate(cohort.rule)


def facts_of(person: Person, channels: Sequence[tuple[str, Sequence[str]]]) -> Facts:
    """What cohort rules may ask of a person; `channels` are (platform, audience countries)."""
    yes_no = {True: frozenset({"yes"}), False: frozenset({"no"})}
    return {
        RuleField.HOME_COUNTRY: frozenset({person.home_country} if person.home_country else ()),
        RuleField.LANGUAGE: frozenset(
            {part for tag in person.languages for part in (tag, tag.split("-")[0])}
        ),
        RuleField.KIND: frozenset({person.kind.name} if person.kind else ()),
        RuleField.INDEPENDENT: yes_no[person.is_independent],
        RuleField.OFFICIAL: yes_no[person.is_official],
        RuleField.CHANNEL_PLATFORM: frozenset(platform for platform, _countries in channels),
        RuleField.AUDIENCE_COUNTRY: frozenset(
            country for _platform, countries in channels for country in countries
        ),
    }


def facts_about(person: Person) -> Facts:
    """The facts of one person."""
    return facts_of(person, _channels({person.id})[person.id])


@dataclass(frozen=True, slots=True)
class Weighed:
    """A person against a cohort's rule."""

    person: Person
    reasons: Sequence[Reason]

    @property
    def is_in(self) -> bool:
        return all(reason.holds for reason in self.reasons)

    @property
    def broken(self) -> Sequence[Reason]:
        return [reason for reason in self.reasons if not reason.holds]

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


def weigh_people(rule: CohortRule, by: User | None) -> Sequence[Weighed]:
    """Everybody `by` may see, by name, with why they are in or out (P5); three queries whatever the number."""
    wanted = (
        people.visible_to(by).where(Person.is_pseudonymous.is_(False)).order_by(Person.sort_key, Person.id)
    )
    everybody = db.session.scalars(wanted).all()
    channels = _channels(None)
    return [Weighed(one, explain(rule, facts_of(one, channels[one.id]))) for one in everybody]


def _channels(person_ids: Collection[int] | None) -> Mapping[int, list[tuple[str, Sequence[str]]]]:
    wanted = sa.select(Channel.person_id, Channel.platform, Channel.audience_countries)
    if person_ids is not None:
        wanted = wanted.where(Channel.person_id.in_(person_ids))
    found: dict[int, list[tuple[str, Sequence[str]]]] = defaultdict(list)
    for person_id, platform, countries in db.session.execute(wanted):
        found[person_id].append((platform, countries))
    return found


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody in a cohort, with how they stand to its rule today."""

    member: CohortMember
    reasons: Sequence[Reason]
    is_enrolled: bool

    @property
    def id(self) -> int:
        return self.member.id

    @property
    def name(self) -> str:
        return self.member.person.name

    @property
    def broken(self) -> Sequence[Reason]:
        return [reason for reason in self.reasons if not reason.holds]


@dataclass(frozen=True, slots=True)
class CohortBoard:
    """A cohort at a glance: in, could be in, left out, released."""

    rule: CohortRule
    members: Sequence[MemberRow]
    candidates: Sequence[Weighed]
    refused: Sequence[Weighed]
    released: Sequence[CohortMember]


def cohort_board(cohort: Cohort, by: User | None, q: str = "") -> CohortBoard:
    """Everybody `by` may see against a cohort; `q` narrows those who are not in it by name."""
    rule = rule_of(cohort)
    weighed = {one.id: one for one in weigh_people(rule, by)}
    enrolled = set(
        db.session.scalars(sa.select(Enrolment.person_id).where(Enrolment.program_id == cohort.program_id))
    )
    members = [
        MemberRow(row, weighed[row.person_id].reasons, row.person_id in enrolled)
        for row in list_members(cohort, by)
    ]
    inside = {row.member.person_id for row in members}
    words = fold(q).split()
    outside = [
        one
        for one in weighed.values()
        if one.id not in inside and all(word in one.person.search_text for word in words)
    ]
    candidates = [one for one in outside if one.is_in]
    refused = [one for one in outside if not one.is_in]
    return CohortBoard(rule, members, candidates, refused, list_released(cohort, by))


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One line of a program's cohorts."""

    cohort: Cohort
    n_members: int
    words: Sequence[str]

    @property
    def id(self) -> int:
        return self.cohort.id


def list_cohorts(program: Program) -> Sequence[CohortRow]:
    """The cohorts of a program, oldest first, with how many are in each."""
    is_in = sa.and_(CohortMember.cohort_id == Cohort.id, CohortMember.released_at.is_(None))
    n_members = sa.select(sa.func.count()).where(is_in).scalar_subquery()
    rows = db.session.execute(
        sa.select(Cohort, n_members).where(Cohort.program_id == program.id).order_by(Cohort.id)
    )
    return [
        CohortRow(row[0], row[1], [words_of_condition(line) for line in rule_of(row[0]).all]) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody shortlisted who is not in the program yet, and what an admission still needs."""

    person: Person
    tests: Sequence[Test]

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def missing(self) -> Sequence[Test]:
        return [test for test in self.tests if not test.is_done]


def list_candidates(program: Program, by: User | None) -> Sequence[Candidate]:
    """Who has a place in a cohort of the program and is not enrolled, by name; four queries whatever the number."""
    listed = sa.select(CohortMember.person_id).join(Cohort, Cohort.id == CohortMember.cohort_id)
    listed = listed.where(Cohort.program_id == program.id, CohortMember.released_at.is_(None))
    enrolled = sa.select(Enrolment.person_id).where(Enrolment.program_id == program.id)
    wanted = people.visible_to(by).where(Person.id.in_(listed), Person.id.not_in(enrolled))
    found = db.session.scalars(
        wanted.order_by(Person.sort_key, Person.id).options(selectinload(Person.evidence))
    )
    n_goals = db.session.scalar(sa.select(sa.func.count()).where(Goal.program_id == program.id)) or 0
    return [Candidate(person, admission_tests(_facts(person, n_goals))) for person in found]


def _facts(person: Person, n_goals: int) -> AdmissionFacts:
    n_evidence = in_force([(row.on, row.expires_on) for row in person.evidence], clock.today())
    return AdmissionFacts(n_goals, person.known_for, person.known_among, n_evidence)
