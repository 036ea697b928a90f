"""Pages of people in a program: admitting, enrolments and their stages, a person's tab, official status."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.errors import NotFound
from app.core.i18n import words
from app.people import queries as people
from app.people.models import Person
from app.programs import operations, policies, queries, queries_cohorts
from app.programs.forms import AdmitForm, MoveForm, OfficialForm
from app.programs.models import Stage
from app.programs.views import bp


@bp.get("/<int:id>/admissions")
@requires("programs:read")
def admissions(id: int) -> ResponseReturnValue:
    """Who is shortlisted and not in yet, each with what is missing."""
    program = queries.get_program(id)
    rows = queries_cohorts.list_candidates(program, acting_user())
    return render_template("programs/admissions.html", program=program, rows=rows)


@bp.route("/<int:id>/admit/<int:person_id>", methods=["GET", "POST"])
@requires("programs:write")
def admit(id: int, person_id: int) -> ResponseReturnValue:
    by = acting_user()
    program, person = queries.get_program(id), _person_of_page(person_id)
    form = AdmitForm().offer(queries.list_goals(program))
    if form.validate_on_submit():
        with form.attempt():
            made = operations.admit(program, person, form.details(person.official_status), by=by)
            flash(_("%(person)s is in %(program)s.", person=person.name, program=program.name), "ok")
            return redirect(url_for("programs.enrolment", id=made.id), 303)
    tests = policies.admission_tests(queries.admission_facts(program, person))
    known = queries.enrolment_of(program, person)
    page = render_template(
        "programs/admit.html", form=form, program=program, person=person, tests=tests, known=known
    )
    return page, form.status


@bp.get("/enrolments/<int:id>")
@requires("programs:read")
def enrolment(id: int) -> ResponseReturnValue:
    found = queries.get_enrolment(id, acting_user())
    facts = queries.stage_facts(found)
    following = [
        (stage, policies.stage_problems(found.stage, stage, facts, reason="to be given"))
        for stage in policies.NEXT_STAGES[found.stage]
    ]
    steps = queries.list_stage_changes(found)
    reasoned = policies.REASONED
    return render_template(
        "programs/enrolment.html", enrolment=found, steps=steps, following=following, reasoned=reasoned
    )


@bp.route("/enrolments/<int:id>/move", methods=["GET", "POST"])
@requires("programs:write")
def move(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_enrolment(id, by)
    form = MoveForm().offer(policies.NEXT_STAGES[found.stage])
    if form.validate_on_submit():
        with form.attempt():
            operations.move_stage(found, Stage(form.stage.data), by=by, reason=form.reason.data or "")
            flash(
                _("%(person)s is %(stage)s now.", person=found.person.name, stage=words(found.stage).lower()),
                "ok",
            )
            return redirect(url_for("programs.enrolment", id=found.id), 303)
    return render_template("programs/move.html", form=form, enrolment=found), form.status


@bp.get("/person/<int:id>")
@requires("programs:read")
def for_person(id: int) -> ResponseReturnValue:
    """The tab of a person's record: programs, stages, goals and cohorts."""
    person = _person_of_page(id)
    return render_template(
        "programs/for_person.html", person=person, enrolments=queries.list_enrolments_of(person),
        memberships=queries.list_memberships_of(person), programs=queries.list_open_programs(person),
    )  # fmt: skip


@bp.route("/official/<int:id>", methods=["GET", "POST"])
@requires("programs:write")
def official(id: int) -> ResponseReturnValue:
    """A person's official status; here, because compliance is told of it."""
    person = _person_of_page(id)
    form = OfficialForm(
        data={"official_status": person.official_status.value, "version": str(person.version)}
    )
    if form.validate_on_submit():
        with form.attempt():
            operations.set_official_status(
                person, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("The status is noted."), "ok")
            return redirect(url_for("people.show", id=person.id), 303)
    return render_template("programs/official.html", form=form, person=person), form.status


@bp.app_template_global("person_stages")
def person_stages(person: Person) -> list[tuple[Stage, str]]:
    """The stages a person is at, for the head of their record."""
    return queries.list_stages_of(person)


def _person_of_page(id: int) -> Person:
    person = people.get_person(id, acting_user())
    if person.id != id:
        raise NotFound(_("This record was merged into another. Open the person and go on from there."))
    return person
