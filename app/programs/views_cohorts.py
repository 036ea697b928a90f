"""Pages of cohorts: the rule, who is in and why, who is out and why, shortlisting and releasing."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core.forms import BaseForm
from app.people import queries as people
from app.programs import operations, policies, queries, queries_cohorts
from app.programs.forms import BulkShortlistForm, CohortForm, ReleaseForm, ShortlistForm, typed_cohort
from app.programs.models import Cohort, Goal
from app.programs.queries_cohorts import CohortBoard
from app.programs.views import bp

#: As many people as a page can be read with; the counts are of all.
N_SHOWN = 100


@bp.route("/<int:id>/cohorts/new", methods=["GET", "POST"])
@requires("programs:write")
def new_cohort(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    form = CohortForm(data={"capacity": 12})
    if form.validate_on_submit():
        with form.attempt():
            made = operations.start_cohort(program, form.details(), by=acting_user())
            flash(f"{made.name} has begun: 0 of {made.capacity}.", "ok")
            return redirect(url_for("programs.cohort", id=made.id), 303)
    return render_template("programs/new_cohort.html", form=form, program=program), form.status


@bp.get("/cohorts/<int:id>")
@requires("programs:read")
def cohort(id: int) -> ResponseReturnValue:
    found = queries.get_cohort(id)
    form = BulkShortlistForm().offer(queries.list_goals(found.program))
    return _cohort_page(found, form, acting_user())


@bp.post("/cohorts/<int:id>/shortlist")
@requires("programs:write")
def shortlist_many(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_cohort(id)
    form = BulkShortlistForm().offer(queries.list_goals(found.program))
    if form.validate_on_submit():
        with form.attempt():
            goal = _goal_chosen(form)
            for person_id in form.ids.data:
                person = people.get_person(person_id, by)
                operations.shortlist(
                    found, person, goal=goal, override_reason=form.override_reason.data or "", by=by
                )
            flash(f"{len(form.ids.data)} shortlisted.", "ok")
            return redirect(url_for("programs.cohort", id=id), 303)
    return _cohort_page(queries.get_cohort(id), form, by)


@bp.route("/cohorts/<int:id>/edit", methods=["GET", "POST"])
@requires("programs:write")
def edit_cohort(id: int) -> ResponseReturnValue:
    found = queries.get_cohort(id)
    form = CohortForm(data=typed_cohort(found, queries_cohorts.rule_of(found)))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_cohort(found, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash("Saved. Whoever is in stays in.", "ok")
            return redirect(url_for("programs.cohort", id=found.id), 303)
    return render_template("programs/edit_cohort.html", form=form, cohort=found), form.status


@bp.route("/cohorts/<int:id>/shortlist/<int:person_id>", methods=["GET", "POST"])
@requires("programs:write")
def shortlist(id: int, person_id: int) -> ResponseReturnValue:
    by = acting_user()
    found, person = queries.get_cohort(id), people.get_person(person_id, by)
    form = ShortlistForm().offer(queries.list_goals(found.program))
    if form.validate_on_submit():
        with form.attempt():
            reason = form.override_reason.data or ""
            operations.shortlist(found, person, goal=_goal_chosen(form), override_reason=reason, by=by)
            flash(f"{person.name} is shortlisted.", "ok")
            return redirect(url_for("programs.cohort", id=id), 303)
    reasons = policies.explain(queries_cohorts.rule_of(found), queries_cohorts.facts_about(person))
    page = render_template(
        "programs/shortlist.html", form=form, cohort=found, person=person, reasons=reasons,
        n_members=queries_cohorts.count_members(found), words=policies.words_of_reason,
    )  # fmt: skip
    return page, form.status


@bp.route("/members/<int:id>/release", methods=["GET", "POST"])
@requires("programs:write")
def release(id: int) -> ResponseReturnValue:
    by = acting_user()
    member = queries.get_member(id, by)
    form = ReleaseForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.release(member, form.reason.data, by=by)
            flash(f"{member.person.name} is released.", "ok")
            return redirect(url_for("programs.cohort", id=member.cohort_id), 303)
    return render_template("programs/release.html", form=form, member=member), form.status


def _goal_chosen(form: ShortlistForm) -> Goal | None:
    return queries.get_goal(form.chosen_goal_id) if form.chosen_goal_id is not None else None


def _cohort_page(found: Cohort, form: BaseForm, by: User) -> ResponseReturnValue:
    """The cohort with everybody weighed against its rule."""
    board = queries_cohorts.cohort_board(found, by, request.args.get("q", "")[:200])
    page = render_template(
        "programs/cohort.html", cohort=found, board=board, form=form, n_shown=N_SHOWN, words=policies.words_of_reason,
        rule_words=[policies.words_of_condition(line) for line in board.rule.all], places=_places_words(found, board),
    )  # fmt: skip
    return page, form.status


def _places_words(found: Cohort, board: CohortBoard) -> str:
    refused = [(one.name, ", ".join(one.broken[0].actual) or "not known") for one in board.refused]
    return policies.words_of_places(len(board.members), found.capacity, refused)
