"""Shapes of places in cohorts and of people in a program."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.accounts.models import User
from app.api.layer import Body, Id, PageQuery, Record, Shape
from app.api.shapes import UserShape
from app.people.details import NeededLine, NeededText, Text
from app.people.models import OfficialStatus
from app.programs.details import AdmissionDetails
from app.programs.models import Enrolment, Stage, StageChange


class EnrolmentShape(Record):
    """A person in a program, at a stage, for a goal."""

    id: int
    version: int
    program_id: int
    person_id: int
    person_name: str
    goal_id: int
    stage: Stage
    fit_risk: str
    fit_rationale: str
    admitted_at: AwareDatetime

    @classmethod
    def of(cls, row: Enrolment) -> "EnrolmentShape":
        return cls.read(row, person_name=row.person.name)


class EnrolmentsQuery(PageQuery):
    """Of which program, and at which stage."""

    program_id: Id
    stage: Stage | None = None


class NewEnrolment(Body):
    """Why a person comes into a program (G1); an official status given here is noted, and compliance is told."""

    program_id: Id
    person_id: Id
    goal_id: Id
    fit_risk: NeededLine
    fit_rationale: NeededText
    official_status: OfficialStatus | None = None
    official_reason: Text = ""

    def details(self) -> AdmissionDetails:
        """The same, as the operation takes it."""
        return AdmissionDetails(**self.model_dump(exclude={"program_id", "person_id"}))


class StageMove(Body):
    """The next stage; leaving wants a reason."""

    stage: Stage
    reason: Text = ""


class StepShape(Shape):
    """One dated step of an enrolment."""

    id: int
    stage: Stage
    at: AwareDatetime
    by: UserShape | None
    reason: str

    @classmethod
    def of(cls, step: StageChange, by: User | None) -> "StepShape":
        return cls.read(step, by=UserShape.of(by))


class NewMember(Body):
    """A place in a cohort; a reason where the rule or the capacity says no (P5)."""

    person_id: Id
    goal_id: Id | None = None
    override_reason: Annotated[Text, Field(description="Wanted where the rule or the capacity says no.")] = ""
