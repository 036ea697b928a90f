"""Programs with goals and cohorts, made by the operations the screens use."""

from datetime import date
from typing import Any

from app.accounts.models import User
from app.core.db import db, transaction
from app.people.models import Person
from app.programs import operations
from app.programs.details import AdmissionDetails, CohortDetails, GoalDetails, ProgramDetails
from app.programs.models import Cohort, Enrolment, Goal, GoalKind, Program
from app.programs.policies_rules import CohortRule
from tests.factories import accounts, people

#: The rule of the scenario: anybody who does not live in China.
NOT_CHINA: dict[str, Any] = {"all": [{"field": "home_country", "op": "is_not", "values": ["CN"]}]}


def program(name: str = "Global KOL", *, by: User | None = None, **more: Any) -> Program:
    """An always-on program without a goal yet."""
    with transaction():
        return operations.start_program(ProgramDetails(name=name, **more), by=by or accounts.user())


def goal(of: Program, *, by: User | None = None, **changes: Any) -> Goal:
    """The goal of J1."""
    details = {
        "statement": "Credible voices on private 5G in Africa and South Asia", "kind": GoalKind.REPUTATION,
        "metric": "Independent talks that mention private 5G", "baseline": "2 a year", "target": "8 a year",
        "market": "Africa and South Asia", "review_on": date(2027, 3, 31),
    } | changes  # fmt: skip
    with transaction():
        return operations.set_goal(db.session.merge(of), GoalDetails(**details), by=by or accounts.user())


def cohort(
    of: Program, *, name: str = "London 2026", capacity: int = 12, rule: dict[str, Any] | None = None
) -> Cohort:
    """A cohort by the scenario's rule."""
    details = CohortDetails(
        name=name, capacity=capacity, rule=CohortRule.model_validate(NOT_CHINA if rule is None else rule)
    )
    with transaction():
        return operations.start_cohort(db.session.merge(of), details, by=accounts.user())


def details_of(of: Cohort, *, rule: dict[str, Any]) -> CohortDetails:
    """A cohort as it is, with another rule."""
    return CohortDetails(name=of.name, capacity=of.capacity, rule=CohortRule.model_validate(rule))


def enrolment(
    of: Program, who: Person | None = None, *, for_goal: Goal | None = None, by: User | None = None
) -> Enrolment:
    """A person admitted to a program for a goal; both are made where they are not given."""
    someone = who or people.admissible()
    wanted = for_goal or goal(of)
    details = AdmissionDetails(
        goal_id=wanted.id, fit_risk="None seen", fit_rationale="Teaches the people we want to learn from"
    )
    with transaction():
        return operations.admit(
            db.session.merge(of), db.session.merge(someone), details, by=by or accounts.user()
        )
