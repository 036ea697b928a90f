"""Programs, their goals and their cohorts."""

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, Body, Created, Page, PageQuery, changed, operation
from app.api.paging import by_number
from app.api.shapes import UserShape
from app.api.shapes_programs import (
    CohortFields,
    CohortShape,
    EditCohort,
    EditGoal,
    EditProgram,
    GoalFields,
    GoalShape,
    NewCohort,
    NewGoal,
    NewProgram,
    OfProgramQuery,
    ProgramShape,
)
from app.api.tags import require_unchanged
from app.core import clock
from app.core.db import db
from app.programs import operations, queries, queries_cohorts
from app.programs.models import Cohort, Goal, Program
from app.programs.queries_owners import holder_of, holders_of_goals


@operation("/programs", permission="programs:read", query=PageQuery, out=Page[ProgramShape])
def list_programs(query: PageQuery) -> Page[ProgramShape]:
    """All programs, the first made first."""
    return by_number(
        Page[ProgramShape], queries.list_programs(), query, ProgramShape.of, lambda row: row.program.id
    )


@operation(f"/programs/{ID}", permission="programs:read", out=ProgramShape)
def get_program(id: int) -> ProgramShape:
    """One program with its counts."""
    return _program(queries.get_program(id))


def _program(program: Program) -> ProgramShape:
    return ProgramShape.of(queries.row_of(program))


@operation("/programs", method="POST", permission="programs:write", body=NewProgram, out=ProgramShape)
def start_program(body: NewProgram) -> Created:
    """Start an always-on program; it wants a goal before it wants people (G1)."""
    made = operations.start_program(body, by=acting_user())
    db.session.flush()
    return Created(_program(made), url_for("api.get_program", id=made.id))


@operation(
    f"/programs/{ID}", method="PATCH", permission="programs:write", body=EditProgram, is_versioned=True, out=ProgramShape,
)  # fmt: skip
def change_program(id: int, body: Body) -> ProgramShape:
    """Change a program, or give it to another owner; its currency stays."""
    found = queries.get_program(id)
    seen = require_unchanged(found, lambda: _program(found))
    present = {name: getattr(found, name) for name in NewProgram.model_fields}
    details = changed(NewProgram, present | {"owner_id": _owner_id(found)}, body)
    operations.edit_program(found, details, by=acting_user(), seen_version=seen)
    db.session.flush()
    return _program(found)


def _owner_id(row: Goal | Program) -> int | None:
    return holder_of(row, clock.now()).id


# -- goals -----------------------------------------------------------------------------------------


@operation("/goals", permission="programs:read", query=OfProgramQuery, out=Page[GoalShape], errors=(404,))
def list_goals(query: OfProgramQuery) -> Page[GoalShape]:
    """The goals of a program, the first written first."""
    rows = queries.list_goals(queries.get_program(query.program_id))
    holders = holders_of_goals(rows, clock.now())
    return by_number(
        Page[GoalShape], rows, query, lambda row: GoalShape.read(row, owner=UserShape.of(holders[row.id].user))
    )  # fmt: skip


@operation(f"/goals/{ID}", permission="programs:read", out=GoalShape)
def get_goal(id: int) -> GoalShape:
    """One goal; its owner is who answers for it today (P1)."""
    return _goal(queries.get_goal(id))


def _goal(goal: Goal) -> GoalShape:
    return GoalShape.read(goal, owner=UserShape.of(holder_of(goal, clock.now()).user))


@operation("/goals", method="POST", permission="programs:write", body=NewGoal, out=GoalShape, errors=(404,))
def set_goal(body: NewGoal) -> Created:
    """Write down what a program wants; the day of writing is compared with the names (G1)."""
    made = operations.set_goal(queries.get_program(body.program_id), body.details(), by=acting_user())
    db.session.flush()
    return Created(_goal(made), url_for("api.get_goal", id=made.id))


@operation(
    f"/goals/{ID}", method="PATCH", permission="programs:write", body=EditGoal, is_versioned=True, out=GoalShape,
)  # fmt: skip
def change_goal(id: int, body: Body) -> GoalShape:
    """Change a goal, or give it to another owner; the day it was first written stays (G1)."""
    found = queries.get_goal(id)
    seen = require_unchanged(found, lambda: _goal(found))
    present = {name: getattr(found, name) for name in GoalFields.model_fields}
    details = changed(GoalFields, present | {"owner_id": _owner_id(found)}, body)
    operations.edit_goal(found, details, by=acting_user(), seen_version=seen)
    db.session.flush()
    return _goal(found)


# -- cohorts ---------------------------------------------------------------------------------------


@operation("/cohorts", permission="programs:read", query=OfProgramQuery, out=Page[CohortShape], errors=(404,))
def list_cohorts(query: OfProgramQuery) -> Page[CohortShape]:
    """The cohorts of a program, the first made first."""
    rows = queries_cohorts.list_cohorts(queries.get_program(query.program_id))
    return by_number(Page[CohortShape], rows, query, CohortShape.of, lambda row: row.cohort.id)


@operation(f"/cohorts/{ID}", permission="programs:read", out=CohortShape)
def get_cohort(id: int) -> CohortShape:
    """One cohort, with its rule in a sentence."""
    return _shown(queries.get_cohort(id))


def _shown(cohort: Cohort) -> CohortShape:
    return CohortShape.of(queries_cohorts.row_of(cohort))


@operation(
    "/cohorts", method="POST", permission="programs:write", body=NewCohort, out=CohortShape, errors=(404,)
)
def start_cohort(body: NewCohort) -> Created:
    """Start a cohort under a program, with its rule and its capacity (P5)."""
    made = operations.start_cohort(queries.get_program(body.program_id), body.details(), by=acting_user())
    return Created(_shown(made), url_for("api.get_cohort", id=made.id))


@operation(
    f"/cohorts/{ID}", method="PATCH", permission="programs:write", body=EditCohort, is_versioned=True, out=CohortShape,
)  # fmt: skip
def change_cohort(id: int, body: Body) -> CohortShape:
    """Change a cohort; another rule is a new version of it, kept with how many came to fit and no longer do (P5)."""
    found = queries.get_cohort(id)
    seen = require_unchanged(found, lambda: _shown(found))
    rule = queries_cohorts.rule_of(found).model_dump()
    present = {"name": found.name, "capacity": found.capacity, "conditions": rule}
    details = changed(CohortFields, present, body).details()
    operations.edit_cohort(found, details, by=acting_user(), seen_version=seen)
    db.session.flush()
    return _shown(found)
