"""Pages of cohorts: the rule, who is in and why, who is out and why, shortlisting and releasing."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.core.downloads import download
from app.core.forms import BaseForm
from app.core.sheets import SheetFormat
from app.people import queries as people
from app.programs import exports, forms_rules, operations, policies, queries, queries_cohorts, words_rules
from app.programs.forms import BulkShortlistForm, ReleaseForm, ShortlistForm
from app.programs.forms_cohorts import CohortForm, typed_cohort
from app.programs.models import Cohort, Goal
from app.programs.policies_rules import LABELS, CohortRule, label_of
from app.programs.queries_cohorts import CohortBoard, RuleEffect
from app.programs.views import bp

#: As many people as a page can be read with; the counts are of all.
N_SHOWN = 100


@bp.route("/<int:id>/cohorts/new", methods=["GET", "POST"])
@requires("programs:write")
def new_cohort(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    form = CohortForm(data={"capacity": 12}).about(CohortRule(), queries_cohorts.user_names())
    if form.is_editing:
        form.change()
    elif form.validate_on_submit():
        with form.attempt():
            made = operations.start_cohort(program, form.details(), by=acting_user())
            flash(_("%(made)s has begun: 0 of %(capacity)s.", made=made.name, capacity=made.capacity), "ok")
            return redirect(url_for("programs.cohort", id=made.id), 303)
    page = render_template("programs/new_cohort.html", form=form, program=program, **_editor_lists())
    return page, form.status


@bp.get("/cohorts/<int:id>")
@requires("programs:read")
def cohort(id: int) -> ResponseReturnValue:
    found = queries.get_cohort(id)
    form = BulkShortlistForm().offer(queries.list_goals(found.program))
    return _cohort_page(found, form, acting_user())


@bp.get("/cohorts/<int:id>/why")
@requires("programs:read")
def why(id: int) -> ResponseReturnValue:
    """Why somebody who is typed in is in or out, line by line."""
    found, by = queries.get_cohort(id), acting_user()
    q = request.args.get("q", "").strip()[:200]
    return render_template(
        "programs/why.html", cohort=found, q=q, names=queries_cohorts.user_names(),
        standings=queries_cohorts.list_standings(found, by, q) if q else [], words=words_rules,
    )  # fmt: skip


@bp.post("/cohorts/<int:id>/export/<any(csv, xlsx):format>")
@requires("programs:read")
def export_cohort(id: int, format: SheetFormat) -> ResponseReturnValue:
    """Who is in, as on the page; a POST, because every export is written into the audit trail."""
    found, by = queries.get_cohort(id), acting_user()
    rows = queries_cohorts.cohort_board(found, by).members
    audit.record_event(
        "programs.cohort_exported", kind="cohort", ref=str(id), by=by, reason=f"{len(rows)} people"
    )
    text = exports.cohort_file(rows, queries_cohorts.user_names(), format)
    return download(text, f"cohort-{id}-{clock.today().isoformat()}.{format}")


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
            flash(_("%(n)s shortlisted.", n=len(form.ids.data)), "ok")
            return redirect(url_for("programs.cohort", id=id), 303)
    return _cohort_page(queries.get_cohort(id), form, by)


@bp.route("/cohorts/<int:id>/edit", methods=["GET", "POST"])
@requires("programs:write")
def edit_cohort(id: int) -> ResponseReturnValue:
    """Edit; a changed rule is saved once its effect was seen."""
    found, effect = queries.get_cohort(id), None
    stored = queries_cohorts.rule_of(found)
    form = CohortForm(data=typed_cohort(found)).about(stored, queries_cohorts.user_names())
    if form.is_editing:
        form.change()
    elif form.validate_on_submit() and not form.is_confirmed(stored):
        effect = queries_cohorts.effect_of(found, form.rule, acting_user())
        form.note_seen()
    elif form.is_submitted() and not form.errors:
        with form.attempt():
            operations.edit_cohort(found, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved. Whoever is in stays in."), "ok")
            return redirect(url_for("programs.cohort", id=found.id), 303)
    return _editor_page(found, form, effect)


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
            flash(_("%(person)s is shortlisted.", person=person.name), "ok")
            return redirect(url_for("programs.cohort", id=id), 303)
    page = render_template(
        "programs/shortlist.html", form=form, cohort=found, person=person, names=queries_cohorts.user_names(),
        explanation=queries_cohorts.explain_person(found, person), n_members=queries_cohorts.count_members(found),
        words=words_rules,
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
            flash(_("%(person)s is released.", person=member.person.name), "ok")
            return redirect(url_for("programs.cohort", id=member.cohort_id), 303)
    return render_template("programs/release.html", form=form, member=member), form.status


def _goal_chosen(form: ShortlistForm) -> Goal | None:
    return queries.get_goal(form.chosen_goal_id) if form.chosen_goal_id is not None else None


def _cohort_page(found: Cohort, form: BaseForm, by: User) -> ResponseReturnValue:
    """The cohort with everybody weighed against its rule."""
    board = queries_cohorts.cohort_board(found, by, request.args.get("q", "")[:200])
    names = queries_cohorts.user_names()
    page = render_template(
        "programs/cohort.html", cohort=found, board=board, form=form, n_shown=N_SHOWN, names=names,
        sentence=words_rules.words_of_rule(board.rule, names), places=_places_words(found, board),
        changes=queries_cohorts.list_rule_changes(found),
    )  # fmt: skip
    return page, form.status


def _places_words(found: Cohort, board: CohortBoard) -> str:
    refused = [
        (one.name, ", ".join(one.broken[0].actual) or str(_("not known")))
        for one in board.refused
        if not one.person.is_opted_out
    ]
    return policies.words_of_places(len(board.members), found.capacity, refused)


def _editor_page(found: Cohort, form: CohortForm, effect: RuleEffect | None) -> ResponseReturnValue:
    """The editor, with what saving would change when that was asked."""
    sentence = words_rules.words_of_rule(form.rule, form.names) if effect else ""
    page = render_template(
        "programs/edit_cohort.html", form=form, cohort=found, effect=effect, sentence=sentence, n_shown=N_SHOWN,
        **_editor_lists(),
    )  # fmt: skip
    return page, form.status


def _editor_lists() -> dict[str, object]:
    """What the editor offers and suggests."""
    return {
        "rule_fields": [(about.value, label_of(about)) for about in LABELS],
        "unknown_choices": forms_rules.unknown_choices(),
        "suggestions": {
            "place": forms_rules.known_places(),
            "kind": [kind.name for kind in people.list_kinds()],
            "organisation": [one.name for one in people.list_organisations()],
            "owner": [user.name for user in people.list_possible_owners()],
        },
    }
