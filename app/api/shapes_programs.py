"""Shapes of programs, goals and cohorts."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, model_validator

from app.api.layer import Body, Id, PageQuery, Record, Shape, patch_of
from app.api.shapes import CurrencyCode, Day, SearchText, UserShape
from app.people.details import NeededLine
from app.programs.details import CohortDetails, GoalDetails, ProgramDetails
from app.programs.models import GoalKind
from app.programs.policies_rules import (
    N_CONDITIONS,
    N_GROUPS,
    CohortRule,
    Condition,
    Group,
    Match,
    RuleField,
    RuleOp,
    Unknown,
)
from app.programs.queries import ProgramRow
from app.programs.queries_cohorts import CohortRow, MemberRow, rule_of
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


class NewProgram(ProgramDetails, extra="forbid"):
    """A program to start; whoever sends the token owns it unless another is named."""

    currency: CurrencyCode = "GBP"
    owner_id: Id | None = None


EditProgram = patch_of(
    NewProgram,
    "EditProgram",
    "What changes of a program; a field that is not sent stays. Its currency, and whether it only holds books, never change.",
    without={"currency", "is_books_only"},
)


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


class GoalFields(GoalDetails, extra="forbid"):
    """What a program wants, and how one would know (G1)."""

    review_on: Day
    owner_id: Id | None = None


class NewGoal(GoalFields):
    """A goal to write down; the day of writing is kept and compared with the names (G1)."""

    program_id: Id

    def details(self) -> GoalDetails:
        """The same, as the operation takes it."""
        return GoalDetails(**self.model_dump(exclude={"program_id"}))


EditGoal = patch_of(
    GoalFields,
    "EditGoal",
    "What changes of a goal; a field that is not sent stays, and so does the day it was first written.",
)


# -- cohorts ---------------------------------------------------------------------------------------


class ConditionShape(Shape):
    """One line of a rule."""

    field: RuleField
    op: RuleOp
    values: list[str]
    #: What it says of somebody of whom the fact is not known; null: “is not” holds, everything else fails.
    if_unknown: Unknown | None


class GroupShape(Shape):
    """Lines that belong together."""

    match: Match
    lines: list[ConditionShape]


class ConditionsShape(Shape):
    """The rule of a cohort, as it is sent too."""

    match: Match
    groups: list[GroupShape]


class NewCondition(Condition, extra="forbid"):
    """One line of a rule; `is` takes one value, the others several, “known” none. Places and languages are codes."""

    values: tuple[SearchText, ...] = Field(default=(), max_length=100, validate_default=True)


class NewGroup(Group, extra="forbid"):
    """Lines that belong together: all of them must hold, or any one."""

    lines: tuple[NewCondition, ...] = Field(min_length=1, max_length=N_CONDITIONS)


class NewConditions(CohortRule, extra="forbid"):
    """Groups of lines, all or any of which must hold; a rule without any lets everybody in."""

    groups: tuple[NewGroup, ...] = Field(default=(), max_length=N_GROUPS)

    @model_validator(mode="before")
    @classmethod
    def _plain_list(cls, given: Any) -> Any:
        """No short ways of writing: what is not known is refused, or a slip would let everybody in."""
        return given


class CohortFields(Body):
    """Name, capacity and rule."""

    name: NeededLine
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    conditions: NewConditions = NewConditions()

    def details(self) -> CohortDetails:
        """The same, as the operation takes it."""
        rule = CohortRule.model_validate(self.conditions.model_dump())
        return CohortDetails(name=self.name, capacity=self.capacity, rule=rule)


class NewCohort(CohortFields):
    """A cohort to start."""

    program_id: Id


EditCohort = patch_of(
    CohortFields,
    "EditCohort",
    "What changes of a cohort; a field that is not sent stays, and whoever is in stays in.",
)


class CohortShape(Record):
    """A named group of people with its rule, as a sentence and line by line."""

    id: int
    version: int
    program_id: int
    name: str
    capacity: int
    n_members: int
    rule: str
    conditions: ConditionsShape

    @classmethod
    def of(cls, row: CohortRow) -> "CohortShape":
        conditions = ConditionsShape.model_validate(rule_of(row.cohort).model_dump())
        return cls.read(row.cohort, n_members=row.n_members, rule=row.words, conditions=conditions)


class MemberShape(Shape):
    """Somebody in a cohort, and why (P5)."""

    id: int
    cohort_id: int
    person_id: int
    person_name: str
    goal_id: int | None
    fits_rule: bool
    #: What of the rule lets them in, or would keep them out.
    why: str
    override_reason: str
    is_enrolled: bool
    added_at: AwareDatetime
    #: Null while they have the place.
    released_at: AwareDatetime | None
    release_reason: str

    @classmethod
    def of(cls, row: MemberRow, names: Names) -> "MemberShape":
        member, fits = row.member, row.explanation.holds
        return cls.read(
            member, person_name=member.person.name, fits_rule=fits, why=row.why(names), is_enrolled=row.is_enrolled
        )  # fmt: skip


class OfProgramQuery(PageQuery):
    """Of which program."""

    program_id: Id
