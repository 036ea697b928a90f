"""Places in cohorts, and people in a program with their stages."""

from collections.abc import Sequence

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, Created, Page, PageQuery, operation
from app.api.paging import by_number, from_database
from app.api.shapes import ReasonBody
from app.api.shapes_enrolments import (
    EnrolmentShape,
    EnrolmentsQuery,
    NewEnrolment,
    NewMember,
    StageMove,
    StepShape,
)
from app.api.shapes_programs import MemberShape
from app.core.db import db
from app.people import queries as people
from app.programs import operations, queries, queries_cohorts
from app.programs.models import CohortMember, Enrolment

# -- places in cohorts -----------------------------------------------------------------------------


@operation(f"/cohorts/{ID}/members", permission="programs:read", query=PageQuery, out=Page[MemberShape])
def list_members(id: int, query: PageQuery) -> Page[MemberShape]:
    """Who is in a cohort and why, of the people whoever sends the token may see (P5)."""
    cohort = queries.get_cohort(id)
    wanted, names = queries_cohorts.members_matching(cohort, acting_user()), queries_cohorts.user_names()

    def shown(rows: Sequence[CohortMember]) -> list[MemberShape]:
        return [MemberShape.of(row, names) for row in queries_cohorts.member_rows(cohort, rows)]

    return from_database(Page[MemberShape], wanted, CohortMember.id, query, shown, is_descending=False)


@operation(f"/members/{ID}", permission="programs:read", out=MemberShape)
def get_member(id: int) -> MemberShape:
    """One place in a cohort, with what the rule says of whoever has it today (P5)."""
    row = queries_cohorts.member_row(queries.get_member(id, acting_user()))
    return MemberShape.of(row, queries_cohorts.user_names())


@operation(
    f"/cohorts/{ID}/members", method="POST", permission="programs:write", body=NewMember, out=MemberShape,
)  # fmt: skip
def shortlist_person(id: int, body: NewMember) -> Created:
    """Put somebody into a cohort; refused where the rule or the capacity says no, unless a reason is given (P5)."""
    by = acting_user()
    cohort, person = queries.get_cohort(id), people.get_person(body.person_id, by)
    goal = queries.get_goal(body.goal_id) if body.goal_id is not None else None
    made = operations.shortlist(cohort, person, goal=goal, override_reason=body.override_reason, by=by)
    db.session.flush()
    shown = MemberShape.of(queries_cohorts.member_row(made), queries_cohorts.user_names())
    return Created(shown, url_for("api.get_member", id=made.id))


@operation(
    f"/members/{ID}/release", method="POST", permission="programs:write", body=ReasonBody, out=MemberShape, status=200,
)  # fmt: skip
def release_member(id: int, body: ReasonBody) -> MemberShape:
    """Take somebody out of a cohort, with the reason; the line stays."""
    by = acting_user()
    found = operations.release(queries.get_member(id, by), body.reason, by=by)
    return MemberShape.of(queries_cohorts.member_row(found), queries_cohorts.user_names())


# -- people in a program ---------------------------------------------------------------------------


@operation(
    "/enrolments", permission="programs:read", query=EnrolmentsQuery, out=Page[EnrolmentShape], errors=(404,)
)
def list_enrolments(query: EnrolmentsQuery) -> Page[EnrolmentShape]:
    """Who is in a program, of the people whoever sends the token may see, the latest admitted first."""
    wanted = queries.enrolments_matching(queries.get_program(query.program_id), acting_user(), query.stage)
    return from_database(
        Page[EnrolmentShape], wanted, Enrolment.id, query, lambda rows: [EnrolmentShape.of(row) for row in rows]
    )  # fmt: skip


@operation(f"/enrolments/{ID}", permission="programs:read", out=EnrolmentShape)
def get_enrolment(id: int) -> EnrolmentShape:
    """One person in one program."""
    return EnrolmentShape.of(queries.get_enrolment(id, acting_user()))


@operation(f"/enrolments/{ID}/steps", permission="programs:read", query=PageQuery, out=Page[StepShape])
def list_steps(id: int, query: PageQuery) -> Page[StepShape]:
    """The stages somebody went through in a program, the first step first."""
    steps = queries.list_stage_changes(queries.get_enrolment(id, acting_user()))
    return by_number(
        Page[StepShape], steps, query, lambda row: StepShape.of(row[0], row[1]), lambda row: row[0].id
    )


@operation(
    "/enrolments",
    method="POST",
    permission="programs:write",
    body=NewEnrolment,
    out=EnrolmentShape,
    errors=(404,),
)
def admit_person(body: NewEnrolment) -> Created:
    """Take somebody into a program for a goal; the refusal names everything that is missing (G1)."""
    by = acting_user()
    program, person = queries.get_program(body.program_id), people.get_person(body.person_id, by)
    made = operations.admit(program, person, body.details(), by=by)
    return Created(EnrolmentShape.of(made), url_for("api.get_enrolment", id=made.id))


@operation(
    f"/enrolments/{ID}/move", method="POST", permission="programs:write", body=StageMove, out=EnrolmentShape, status=200,
)  # fmt: skip
def move_enrolment(id: int, body: StageMove) -> EnrolmentShape:
    """Move somebody to another stage; the refusal names the entry tests that do not hold."""
    by = acting_user()
    found = operations.move_stage(queries.get_enrolment(id, by), body.stage, by=by, reason=body.reason)
    db.session.flush()
    return EnrolmentShape.of(found)
