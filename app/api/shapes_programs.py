"""Shapes of programs, goals and cohorts."""

from datetime import date

from pydantic import AwareDatetime

from app.api.layer import Id, PageQuery, Record, Shape
from app.api.shapes import UserShape
from app.programs.models import GoalKind
from app.programs.queries import ProgramRow
from app.programs.queries_cohorts import CohortRow, MemberRow
from app.programs.words_rules import Names


class ProgramShape(Record):
    """An always-on program with its counts."""

    id: int
    version: int
    name: str
    statement: str
    currency: str
    owner: UserShape | None
    is_books_only: bool
    n_cadence_days: int
    n_goals: int
    n_cohorts: int
    n_enrolled: int

    @classmethod
    def of(cls, row: ProgramRow) -> "ProgramShape":
        counts = {"n_goals": row.n_goals, "n_cohorts": row.n_cohorts, "n_enrolled": row.n_enrolled}
        return cls.read(row.program, owner=UserShape.of(row.holder.user), **counts)


class GoalShape(Record):
    """What a program wants, written before the names."""

    id: int
    version: int
    program_id: int
    statement: str
    kind: GoalKind
    metric: str
    baseline: str
    target: str
    market: str
    owner: UserShape | None
    review_on: date
    evidence: str
    made_at: AwareDatetime


class CohortShape(Record):
    """A named group of people with its rule as a sentence."""

    id: int
    version: int
    program_id: int
    name: str
    capacity: int
    n_members: int
    rule: str

    @classmethod
    def of(cls, row: CohortRow) -> "CohortShape":
        return cls.read(row.cohort, n_members=row.n_members, rule=row.words)


class MemberShape(Shape):
    """Somebody in a cohort, and why (P5)."""

    id: int
    person_id: int
    person_name: str
    goal_id: int | None
    fits_rule: bool
    #: What of the rule lets them in, or would keep them out.
    why: str
    override_reason: str
    is_enrolled: bool
    added_at: AwareDatetime

    @classmethod
    def of(cls, row: MemberRow, names: Names) -> "MemberShape":
        member, fits = row.member, row.explanation.holds
        return cls.read(
            member, person_name=member.person.name, fits_rule=fits, why=row.why(names), is_enrolled=row.is_enrolled
        )  # fmt: skip


class OfProgramQuery(PageQuery):
    """Of which program."""

    program_id: Id
