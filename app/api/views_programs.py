"""Programs, their goals and their cohorts."""

from app.accounts.access import acting_user
from app.api.layer import ID, Page, PageQuery, operation
from app.api.paging import by_number
from app.api.shapes import UserShape
from app.api.shapes_programs import CohortShape, GoalShape, MemberShape, OfProgramQuery, ProgramShape
from app.core import clock
from app.core.errors import NotFound
from app.programs import queries, queries_cohorts
from app.programs.models import Cohort, Goal
from app.programs.queries_owners import holders_of_goals


@operation("/programs", permission="programs:read", query=PageQuery, out=Page[ProgramShape])
def list_programs(query: PageQuery) -> Page[ProgramShape]:
    """All programs, the first made first."""
    return by_number(
        Page[ProgramShape], queries.list_programs(), query, ProgramShape.of, lambda row: row.program.id
    )


@operation(f"/programs/{ID}", permission="programs:read", out=ProgramShape)
def get_program(id: int) -> ProgramShape:
    """One program with its counts."""
    program = queries.get_program(id)
    return next(ProgramShape.of(row) for row in queries.list_programs() if row.program.id == program.id)


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
    goal: Goal = queries.get_goal(id)
    return GoalShape.read(goal, owner=UserShape.of(holders_of_goals([goal], clock.now())[goal.id].user))


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
    for row in queries_cohorts.list_cohorts(cohort.program):
        if row.cohort.id == cohort.id:
            return CohortShape.of(row)
    raise NotFound("There is no such cohort.")


@operation(f"/cohorts/{ID}/members", permission="programs:read", query=PageQuery, out=Page[MemberShape])
def list_members(id: int, query: PageQuery) -> Page[MemberShape]:
    """Who is in a cohort and why, of the people whoever sends the token may see (P5)."""
    board = queries_cohorts.cohort_board(queries.get_cohort(id), acting_user())
    names = queries_cohorts.user_names()
    return by_number(
        Page[MemberShape], board.members, query, lambda row: MemberShape.of(row, names), lambda row: row.member.id
    )  # fmt: skip
