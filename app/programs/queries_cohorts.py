"""Reading cohorts: who is in and why, who is out and why, what a change of the rule does, who waits to be admitted (P5).

Who is in is said in one place, `is_in`; counts, lists, boards and exports are all built on it.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import queries as people
from app.people import queries_listing as people_lists
from app.people.models import Ownership, Person
from app.people.names import fold
from app.people.policies import in_force
from app.programs.models import Cohort, CohortMember, Enrolment, Goal, Program
from app.programs.models_cohorts import RuleChange
from app.programs.policies import AdmissionFacts, Test, admission_tests
from app.programs.policies_rules import CohortRule, Explanation, Reason, RuleField, explain
from app.programs.queries_facts import facts_of
from app.programs.words_rules import Names, words_of_explanation, words_of_rule


def is_in(cohort_id: Any) -> sa.ColumnElement[bool]:
    """The one test of who is in a cohort: a place that was not released; an opt-out comes last (P4)."""
    return sa.and_(
        CohortMember.cohort_id == cohort_id,
        CohortMember.released_at.is_(None),
        CohortMember.person_id.in_(
            sa.select(Person.id).where(Person.is_opted_out.is_(False), Person.merged_into_id.is_(None))
        ),
    )


def list_members(cohort: Cohort, by: User | None) -> Sequence[CohortMember]:
    """Who is in a cohort now, by name."""
    return _listed(is_in(cohort.id), by)


def members_matching(cohort: Cohort, by: User | None) -> sa.Select[CohortMember]:
    """Who is in a cohort now as its board has them, nobody under a pseudonym, with their people; in no order."""
    return _places(is_in(cohort.id), by).where(Person.is_pseudonymous.is_(False))


def list_held_back(cohort: Cohort, by: User | None) -> Sequence[CohortMember]:
    """Who has a place but asked not to be contacted: in again only when they take that back."""
    opted_out = sa.and_(
        CohortMember.cohort_id == cohort.id,
        CohortMember.released_at.is_(None),
        CohortMember.person_id.in_(sa.select(Person.id).where(Person.is_opted_out.is_(True))),
    )
    return _listed(opted_out, by)


def _listed(which: sa.ColumnElement[bool], by: User | None) -> Sequence[CohortMember]:
    wanted = _places(which, by).options(joinedload(CohortMember.goal))
    return db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).all()


def _places(which: sa.ColumnElement[bool], by: User | None) -> sa.Select[CohortMember]:
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(CohortMember).join(Person, Person.id == CohortMember.person_id)
    wanted = wanted.where(which, CohortMember.person_id.in_(seen))
    return wanted.options(joinedload(CohortMember.person))


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
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(CohortMember).where(is_in(cohort.id))) or 0
    )


def member_ids(cohort: Cohort) -> Sequence[int]:
    """The people in a cohort now, as numbers."""
    return db.session.scalars(sa.select(CohortMember.person_id).where(is_in(cohort.id))).all()


def rule_of(cohort: Cohort) -> CohortRule:
    """The stored rule, typed."""
    return CohortRule.model_validate(cohort.rule)


def user_names() -> Names:
    """Users who own or owned somebody, by number: what rules about owners are read with."""
    owning = sa.select(Ownership.user_id)
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(owning)))
    return {str(id): name for id, name in rows}


# -- everybody against a rule ----------------------------------------------------------------------


class Weighed(Struct, frozen=True):
    """A person against a cohort's rule; an opt-out comes last, whatever the rule says (P4)."""

    person: Person
    explanation: Explanation

    @property
    def is_in(self) -> bool:
        return self.explanation.holds and not self.person.is_opted_out

    @property
    def broken(self) -> Sequence[Reason]:
        return self.explanation.broken

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name

    def why(self, names: Names) -> str:
        """Why in, or why out, in one line."""
        if self.person.is_opted_out:
            return str(_("asked not to be contacted"))
        return words_of_explanation(self.explanation, names)


def weigh_people(rule: CohortRule, program_id: int, by: User | None) -> Sequence[Weighed]:
    """Everybody `by` may see, by name, with why they are in or out (P5); a fixed number of queries."""
    wanted = people.visible_to(by).where(Person.is_pseudonymous.is_(False))
    everybody = db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).all()
    facts = facts_of(everybody, _fields_of(rule), program_id)
    return [Weighed(one, explain(rule, facts[one.id])) for one in everybody]


def explain_person(cohort: Cohort, person: Person) -> Explanation:
    """A cohort's rule against one person."""
    rule = rule_of(cohort)
    return explain(rule, facts_of([person], _fields_of(rule), cohort.program_id)[person.id])


def _fields_of(rule: CohortRule) -> frozenset[RuleField]:
    return frozenset(line.field for line in rule.lines)


class RuleEffect(Struct, frozen=True):
    """What a new rule would change: who comes to fit, who no longer does; members among them stay, marked."""

    came_in: Sequence[Weighed]
    went_out: Sequence[Weighed]
    n_fit: int
    member_ids: frozenset[int]

    @property
    def members_out(self) -> Sequence[Weighed]:
        """Those who have a place and are no longer let in by the rule."""
        return [one for one in self.went_out if one.id in self.member_ids]


def effect_of(cohort: Cohort, rule: CohortRule, by: User | None) -> RuleEffect:
    """What saving a rule would do, before it is saved (P5)."""
    before = {one.id: one.is_in for one in weigh_people(rule_of(cohort), cohort.program_id, by)}
    after = weigh_people(rule, cohort.program_id, by)
    came_in = [one for one in after if one.is_in and not before[one.id]]
    went_out = [one for one in after if before[one.id] and not one.is_in]
    return RuleEffect(came_in, went_out, sum(one.is_in for one in after), frozenset(member_ids(cohort)))


def list_rule_changes(cohort: Cohort) -> Sequence[RuleChange]:
    """Every version of a cohort's rule, newest first."""
    wanted = sa.select(RuleChange).where(RuleChange.cohort_id == cohort.id)
    return db.session.scalars(wanted.order_by(RuleChange.number.desc())).all()


class MemberRow(Struct, frozen=True):
    """Somebody in a cohort, with how they stand to its rule today."""

    member: CohortMember
    explanation: Explanation
    is_enrolled: bool

    @property
    def id(self) -> int:
        return self.member.id

    @property
    def name(self) -> str:
        return self.member.person.name

    def why(self, names: Names) -> str:
        """What the rule says of them today, in one line."""
        return words_of_explanation(self.explanation, names)


class CohortBoard(Struct, frozen=True):
    """A cohort at a glance: in, held back, could be in, left out, released."""

    rule: CohortRule
    members: Sequence[MemberRow]
    held_back: Sequence[CohortMember]
    candidates: Sequence[Weighed]
    refused: Sequence[Weighed]
    released: Sequence[CohortMember]

    @property
    def last_released(self) -> dict[int, CohortMember]:
        """The last release of each person, for those who could come back."""
        return {row.person_id: row for row in reversed(self.released)}


def cohort_board(cohort: Cohort, by: User | None, q: str = "") -> CohortBoard:
    """Everybody `by` may see against a cohort; `q` narrows those who are not in it by name."""
    rule = rule_of(cohort)
    weighed = {one.id: one for one in weigh_people(rule, cohort.program_id, by)}
    enrolled = set(
        db.session.scalars(sa.select(Enrolment.person_id).where(Enrolment.program_id == cohort.program_id))
    )
    members = [
        MemberRow(row, weighed[row.person_id].explanation, row.person_id in enrolled)
        for row in list_members(cohort, by)
        if row.person_id in weighed
    ]
    held_back = list_held_back(cohort, by)
    inside = {row.member.person_id for row in members} | {row.person_id for row in held_back}
    words = fold(q).split()
    outside = [
        one
        for one in weighed.values()
        if one.id not in inside and all(word in one.person.search_text for word in words)
    ]
    candidates = [one for one in outside if one.is_in]
    refused = [one for one in outside if not one.is_in]
    return CohortBoard(rule, members, held_back, candidates, refused, list_released(cohort, by))


def member_row(member: CohortMember) -> MemberRow:
    """One place in a cohort, as on its board."""
    return member_rows(member.cohort, [member])[0]


def member_rows(cohort: Cohort, members: Sequence[CohortMember]) -> list[MemberRow]:
    """Some places in a cohort, as on its board: only their people are read against its rule, all at once."""
    rule, ids = rule_of(cohort), [one.person_id for one in members]
    facts = facts_of([one.person for one in members], _fields_of(rule), cohort.program_id)
    within = sa.select(Enrolment.person_id).where(Enrolment.program_id == cohort.program_id)
    enrolled = set(db.session.scalars(within.where(Enrolment.person_id.in_(ids))))
    return [MemberRow(one, explain(rule, facts[one.person_id]), one.person_id in enrolled) for one in members]


# -- one person, typed in --------------------------------------------------------------------------


class Standing(Struct, frozen=True):
    """One person and a cohort: the verdict, and every line of the rule with what is known of them (P5)."""

    person: Person
    explanation: Explanation
    member: CohortMember | None
    released: CohortMember | None

    @property
    def is_in(self) -> bool:
        return self.member is not None and not self.person.is_opted_out

    @property
    def verdict(self) -> str:
        """ "Out: the rule leaves them out"."""
        if self.person.is_opted_out:
            return str(_("Out: asked not to be contacted, which comes last and is not overridden"))
        if self.member is not None:
            if self.member.override_reason:
                return str(_("In by exception: %(reason)s", reason=self.member.override_reason))
            if self.explanation.holds:
                return str(_("In by the rule"))
            return str(_("In; the rule has changed and says no today"))
        if not self.explanation.holds:
            return str(_("Out: the rule leaves them out"))
        if self.released is not None:
            return str(
                _(
                    "Out: released (%(reason)s); the rule would let them in",
                    reason=self.released.release_reason,
                )
            )
        return str(_("Could be in: the rule lets them in, nobody has shortlisted them"))


def list_standings(cohort: Cohort, by: User | None, q: str, most: int = 10) -> Sequence[Standing]:
    """Those whose name, mail or handles hold `q`, each with why they are in or out of the cohort."""
    found = people_lists.find_by_name(by, q, most)
    rule = rule_of(cohort)
    facts = facts_of(found, _fields_of(rule), cohort.program_id)
    wanted = sa.select(CohortMember).where(
        CohortMember.cohort_id == cohort.id, CohortMember.person_id.in_([one.id for one in found])
    )
    rows = db.session.scalars(wanted.order_by(CohortMember.id)).all()
    members = {row.person_id: row for row in rows if row.released_at is None}
    released = {row.person_id: row for row in rows if row.released_at is not None}
    return [
        Standing(one, explain(rule, facts[one.id]), members.get(one.id), released.get(one.id))
        for one in found
    ]


# -- lists of cohorts ------------------------------------------------------------------------------


class CohortRow(Struct, frozen=True):
    """One line of a program's cohorts."""

    cohort: Cohort
    n_members: int
    words: str

    @property
    def id(self) -> int:
        return self.cohort.id


def list_cohorts(program: Program) -> Sequence[CohortRow]:
    """The cohorts of a program, oldest first, with how many are in each and the rule as a sentence."""
    return _rows(Cohort.program_id == program.id)


def row_of(cohort: Cohort) -> CohortRow:
    """One cohort as in the list of its program."""
    return _rows(Cohort.id == cohort.id)[0]


def _rows(which: sa.ColumnElement[bool]) -> Sequence[CohortRow]:
    n_members = (
        sa.select(sa.func.count())
        .select_from(CohortMember)
        .where(is_in(Cohort.id))
        .correlate(Cohort)
        .scalar_subquery()
    )
    rows = db.session.execute(sa.select(Cohort, n_members).where(which).order_by(Cohort.id)).all()
    names = user_names() if rows else {}
    return [CohortRow(row[0], row[1], words_of_rule(rule_of(row[0]), names)) for row in rows]


class Candidate(Struct, frozen=True):
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
