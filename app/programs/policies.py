"""Decisions about programs: cohort rules explained, capacity, admission, stages, goals after names."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field, TypeAdapter, ValidationInfo, field_validator

from app.core.errors import DomainError
from app.people.details import CountryCode, LanguageTag
from app.programs.models import Stage

N_EVIDENCE_NEEDED = 2
#: As many lines as the rule editor has.
N_CONDITIONS = 8


class RuleSaysNo(DomainError):
    """P5: the cohort's rule leaves this person out."""


class CohortIsFull(DomainError):
    """P5: the cohort has as many people as it may."""


class AlreadyIn(DomainError):
    """The person is in this cohort or program already."""


class NotAdmitted(DomainError):
    """G1: something an admission needs is missing."""


class StageRefused(DomainError):
    """A stage whose entry tests do not hold."""


class BooksOnly(DomainError):
    """The program only holds imported books."""


class ReasonNeeded(DomainError):
    """A step that must say why."""


class NameTaken(DomainError):
    """A second program or cohort of the same name."""


# -- cohort rules (P5) -----------------------------------------------------------------------------


class RuleField(enum.StrEnum):
    """What a cohort rule may ask about a person."""

    HOME_COUNTRY = "home_country"
    LANGUAGE = "language"
    KIND = "kind"
    INDEPENDENT = "independent"
    OFFICIAL = "official"
    CHANNEL_PLATFORM = "channel_platform"
    AUDIENCE_COUNTRY = "audience_country"


class RuleOp(enum.StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    ANY_OF = "any_of"


class Condition(BaseModel, frozen=True):
    """One line of a rule; `is` takes one value, `is_not` and `any_of` several. Yes and no for the two flags."""

    field: RuleField
    op: RuleOp
    values: tuple[str, ...] = Field(min_length=1, max_length=100)

    @field_validator("values")
    @classmethod
    def _values_fit(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Codes are written as codes, flags are yes or no, and `is` takes one value."""
        field = info.data.get("field")
        if info.data.get("op") is RuleOp.IS and len(values) != 1:
            raise ValueError("“Is” takes one value; use “any of” for several.")
        if field in {RuleField.INDEPENDENT, RuleField.OFFICIAL}:
            values = tuple(value.strip().lower() for value in values)
            if not set(values) <= {"yes", "no"}:
                raise ValueError(f"{field.value.capitalize()} is yes or no.")
        checked = _CHECKED.get(field) if field else None
        return tuple(checked.validate_python(value) for value in values) if checked else values


_CHECKED: Mapping[RuleField, TypeAdapter[str]] = {
    RuleField.HOME_COUNTRY: TypeAdapter(CountryCode),
    RuleField.AUDIENCE_COUNTRY: TypeAdapter(CountryCode),
    RuleField.LANGUAGE: TypeAdapter(LanguageTag),
}


class CohortRule(BaseModel, frozen=True):
    """All conditions must hold; a rule without any lets everybody in."""

    all: tuple[Condition, ...] = Field(default=(), max_length=N_CONDITIONS)


Facts = Mapping[RuleField, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition and how a person stands to it."""

    condition: Condition
    actual: tuple[str, ...]
    holds: bool


def explain(rule: CohortRule, facts: Facts) -> list[Reason]:
    """Each condition of a rule with what is known of the person and whether it holds (P5).

    A fact that is not known fails `is` and `any_of`, and passes `is_not`. Values are compared without case.
    """
    reasons = []
    for condition in rule.all:
        actual = facts.get(condition.field, frozenset())
        wanted = {value.casefold() for value in condition.values}
        meets = bool(wanted & {value.casefold() for value in actual})
        holds = not meets if condition.op is RuleOp.IS_NOT else meets
        reasons.append(Reason(condition, tuple(sorted(actual)), holds))
    return reasons


def fits(rule: CohortRule, facts: Facts) -> bool:
    """Whether every condition holds."""
    return all(reason.holds for reason in explain(rule, facts))


def require_place(
    name: str, broken: Iterable[Reason], n_members: int, capacity: int, override_reason: str
) -> None:
    """Raise RuleSaysNo or CohortIsFull unless a reason for the exception is given (P5)."""
    if override_reason.strip():
        return
    if said := "; ".join(words_of_reason(reason) for reason in broken):
        raise RuleSaysNo(
            f"The rule leaves {name} out: {said}. To add them all the same, give a reason.",
            field="override_reason",
        )
    if n_members >= capacity:
        raise CohortIsFull(
            f"The cohort is full: {n_members} of {capacity}. Release somebody first, or give a reason for one more.",
            field="override_reason",
        )


def words_of_places(n_members: int, capacity: int, refused: Sequence[tuple[str, str]]) -> str:
    """ "0 of 12; 1 refused (Wei, CN), override needs a reason"; `refused` are (name, what stands against them)."""
    said = f"{n_members} of {capacity}"
    if not refused:
        return said
    shown = "; ".join(f"{name}, {why}" for name, why in refused[:3]) + (" …" if len(refused) > 3 else "")
    return f"{said}; {len(refused)} refused ({shown}), override needs a reason"


def words_of_reason(reason: Reason) -> str:
    """ "home country is not CN (here CN)": the condition, then what is known."""
    actual = ", ".join(reason.actual) or "not known"
    return f"{words_of_condition(reason.condition)} (here {actual})"


def words_of_condition(condition: Condition) -> str:
    """ "home country is not CN"."""
    field = condition.field.value.replace("_", " ")
    return f"{field} {condition.op.value.replace('_', ' ')} {', '.join(condition.values)}"


# -- admission (G1) --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AdmissionFacts:
    """What G1 asks of a person and the program."""

    n_goals: int
    known_for: str
    known_among: str
    n_evidence: int


@dataclass(frozen=True, slots=True)
class Test:
    """One thing that must hold, and what to do where it does not."""

    label: str
    is_done: bool
    advice: str


def admission_tests(facts: AdmissionFacts) -> list[Test]:
    """Everything an admission needs but the rationale, which is written while admitting (G1)."""
    missing = max(0, N_EVIDENCE_NEEDED - facts.n_evidence)
    return [
        Test("The program has a goal", facts.n_goals > 0, "Write the goal first: it comes before the names."),
        Test(
            "Known for something, among somebody",
            bool(facts.known_for.strip() and facts.known_among.strip()),
            "Say on the person's page what they are known for, and among whom.",
        ),
        Test(
            "Two dated pieces of evidence",
            missing == 0,
            f"Add {missing} more dated {'piece' if missing == 1 else 'pieces'} of evidence, not expired.",
        ),
    ]


def require_admissible(name: str, facts: AdmissionFacts, fit_rationale: str) -> None:
    """Raise NotAdmitted with everything that is missing (G1)."""
    missing = [test.advice for test in admission_tests(facts) if not test.is_done]
    if missing:
        raise NotAdmitted(f"{name} cannot be admitted yet. {' '.join(missing)}")
    if not fit_rationale.strip():
        raise NotAdmitted("Say why this person fits the goal.", field="fit_rationale")


# -- stages ----------------------------------------------------------------------------------------

NEXT_STAGES: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.IDENTIFIED: (Stage.VETTED, Stage.DECLINED),
    Stage.VETTED: (Stage.INVITED, Stage.DECLINED),
    Stage.INVITED: (Stage.ACTIVE, Stage.VETTED, Stage.DECLINED),
    Stage.ACTIVE: (Stage.DORMANT, Stage.ALUMNI, Stage.DECLINED),
    Stage.DORMANT: (Stage.ACTIVE, Stage.INVITED, Stage.ALUMNI, Stage.DECLINED),
    Stage.ALUMNI: (Stage.INVITED, Stage.ACTIVE),
    Stage.DECLINED: (Stage.VETTED, Stage.INVITED),
}

#: Leaving needs a word on why, so that somebody can come back to it.
REASONED = frozenset({Stage.DORMANT, Stage.ALUMNI, Stage.DECLINED})


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What the entry tests of the stages read."""

    admission: AdmissionFacts
    is_opted_out: bool
    is_official: bool
    official_reason: str
    has_contact_route: bool


def stage_problems(current: Stage, wanted: Stage, facts: StageFacts, reason: str) -> list[str]:
    """Why a stage may not be entered now; empty when it may."""
    if wanted is current:
        return [f"They are {current.value} already."]
    if wanted not in NEXT_STAGES[current]:
        possible = ", ".join(stage.value for stage in NEXT_STAGES[current])
        return [f"From {current.value} the next stage is one of: {possible}."]
    problems = []
    if wanted in {Stage.VETTED, Stage.INVITED}:
        problems += [test.advice for test in admission_tests(facts.admission) if not test.is_done]
        if facts.is_official and not facts.official_reason.strip():
            problems.append("Note how their official status is known.")
    if wanted is Stage.INVITED:
        if facts.is_opted_out:
            problems.append("They asked not to be contacted.")
        if not facts.has_contact_route:
            problems.append("Add a mail address, a telephone number or a channel to reach them by.")
    if wanted in REASONED and not reason.strip():
        problems.append(f"Say why they become {wanted.value}.")
    return problems


def is_after_names(goal_made_at: datetime, first_shortlisted_at: datetime | None) -> bool:
    """Whether the goal was written after its first person was shortlisted (G1)."""
    return first_shortlisted_at is not None and goal_made_at > first_shortlisted_at
