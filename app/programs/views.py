"""Pages of programs and goals; cohorts, and people in a program, are in files of their own."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.tabs import tabs_of
from app.core import clock
from app.core.i18n import marked
from app.people import queries as people
from app.programs import operations, policies, queries, queries_cohorts, queries_owners
from app.programs.forms import GoalForm, ProgramForm, typed_goal, typed_program
from app.programs.models import Goal, Program, Stage

bp = Blueprint("programs", __name__, url_prefix="/programs")


@bp.get("/")
@requires("programs:read")
def index() -> ResponseReturnValue:
    return render_template("programs/index.html", rows=queries.list_programs())


@bp.route("/new", methods=["GET", "POST"])
@requires("programs:write")
def new() -> ResponseReturnValue:
    form = ProgramForm(data={"currency": current_app.config["REPORTING_CURRENCY"]}).offer(
        people.list_possible_owners()
    )
    if form.validate_on_submit():
        with form.attempt():
            program = operations.start_program(form.details(), by=acting_user())
            flash(
                _("%(program)s has begun. Next: its first goal, before any name.", program=program.name), "ok"
            )
            return redirect(url_for("programs.show", id=program.id), 303)
    return render_template("programs/new.html", form=form), form.status


@bp.get("/<int:id>")
@requires("programs:read")
def show(id: int) -> ResponseReturnValue:
    by = acting_user()
    program, now = queries.load_program(id), clock.now()
    goals = queries.list_goals(program)
    asked = request.args.get("stage", "")
    stage = Stage(asked) if asked in set(Stage) else None
    return render_template(
        "programs/show.html", program=program, goals=_marked(goals, queries.first_shortlisted(program)),
        stages=queries.count_stages(program, by), stage=stage, enrolments=queries.list_enrolments(program, by, stage),
        cohorts=queries_cohorts.list_cohorts(program), events_url=_events_url(program.id),
        holder=queries_owners.holder_of(program, now), holders=queries_owners.holders_of_goals(goals, now),
    )  # fmt: skip


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("programs:write")
def edit(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    form = ProgramForm(data=typed_program(program, _owner_id(program))).offer(people.list_possible_owners())
    if form.validate_on_submit():
        with form.attempt():
            details = form.details(program.is_books_only)
            operations.edit_program(program, details, by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved."), "ok")
            return redirect(url_for("programs.show", id=program.id), 303)
    return render_template("programs/edit.html", form=form, program=program), form.status


# -- goals -----------------------------------------------------------------------------------------


@bp.route("/<int:id>/goals/new", methods=["GET", "POST"])
@requires("programs:write")
def new_goal(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    form = GoalForm().offer(people.list_possible_owners())
    if form.validate_on_submit():
        with form.attempt():
            operations.set_goal(program, form.details(), by=acting_user())
            flash(_("The goal is written down, with today's date."), "ok")
            return redirect(url_for("programs.show", id=program.id), 303)
    return render_template("programs/new_goal.html", form=form, program=program), form.status


@bp.get("/goals/<int:id>")
@requires("programs:read")
def goal(id: int) -> ResponseReturnValue:
    found = queries.get_goal(id)
    first = queries.first_shortlisted(found.program).get(found.id)
    return render_template(
        "programs/goal.html", goal=found, first=first, is_after_names=policies.is_after_names(found.made_at, first),
        linked=queries.people_of_goal(found, acting_user()), holder=queries_owners.holder_of(found, clock.now()),
    )  # fmt: skip


@bp.route("/goals/<int:id>/edit", methods=["GET", "POST"])
@requires("programs:write")
def edit_goal(id: int) -> ResponseReturnValue:
    found = queries.get_goal(id)
    form = GoalForm(data=typed_goal(found, _owner_id(found))).offer(people.list_possible_owners())
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_goal(found, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved. The day it was first written stays."), "ok")
            return redirect(url_for("programs.goal", id=found.id), 303)
    return render_template("programs/edit_goal.html", form=form, goal=found), form.status


# -- what pages need -------------------------------------------------------------------------------


#: The parts of a program; rooms above add theirs by endpoint, so that imports keep going down.
_TABS = (
    (marked("Overview"), "programs.show"),
    (marked("Initiatives"), "programs.initiatives"),
    (marked("Influence"), "programs.influence_of_program"),
    (marked("Briefs"), "programs.briefs"),
    (marked("Lead times"), "outreach.lead_times"),
    (marked("Outcomes"), "outreach.outcomes"),
    (marked("Insights"), "outreach.insights_of_program"),
)


@bp.app_template_global("program_tabs")
def program_tabs(program: Program) -> list[dict[str, Any]]:
    """The tabs of a program."""
    return tabs_of(program.id, _TABS)


def _marked(goals: Any, first: Any) -> list[dict[str, Any]]:
    """Goals as rows, each with whether it came after the names."""
    return [_marked_row(goal, first.get(goal.id)) for goal in goals]


def _marked_row(goal: Goal, first: Any) -> dict[str, Any]:
    return {"id": goal.id, "goal": goal, "is_after_names": policies.is_after_names(goal.made_at, first)}


def _owner_id(row: Goal | Program) -> int | None:
    return queries_owners.holder_of(row, clock.now()).id


def _events_url(program_id: int) -> str | None:
    """The events of a program; the room lies above, so it is named, not imported."""
    return (
        url_for("events.index", program=program_id) if "events.index" in current_app.view_functions else None
    )


from app.programs import (  # noqa: E402 -- they add their pages to `bp`
    listing,  # noqa: F401
    listing_stages,  # noqa: F401
    views_briefs,  # noqa: F401
    views_cohorts,  # noqa: F401
    views_declared,  # noqa: F401
    views_influence,  # noqa: F401
    views_initiatives,  # noqa: F401
    views_missing,  # noqa: F401
    views_people,  # noqa: F401
)
