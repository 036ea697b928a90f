"""Pages of needs: file, edit, approve, close, propose somebody (A1 to A3)."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.advisory import operations, queries, queries_owners
from app.advisory.forms import N_OTHERS, NeedForm, ProposalForm, ReasonForm
from app.advisory.models import Need
from app.advisory.views import bp
from app.core import clock
from app.core.forms import number_asked
from app.people import queries as people
from app.people import queries_listing as people_lists
from app.people.models import Person
from app.people.queries_listing import PersonFilter
from app.programs import queries as programs

#: Notices lead to `advisory.need.show`.
needs = Blueprint("need", __name__, url_prefix="/needs")

#: How many people a select can hold before it is of no use; beyond them come those of the program and the one asked for.
_MOST_OFFERED = 300


@needs.get("/<int:id>")
@requires("advisory:read")
def show(id: int) -> ResponseReturnValue:
    need = queries.get_need(id)
    by = acting_user()
    return render_template(
        "advisory/need.html", need=need, engagements=queries.engagements_for(need, by), form=ReasonForm(),
        holder=queries_owners.holder_of_need(need, clock.now()),
    )  # fmt: skip


bp.register_blueprint(needs)


@bp.route("/needs/new", methods=["GET", "POST"])
@requires("advisory:write")
def new_need() -> ResponseReturnValue:
    form = _offered(NeedForm(data={"program_id": request.args.get("program", "")}))
    if form.validate_on_submit():
        with form.attempt():
            need = operations.file_need(form.details(), by=acting_user())
            flash(_("Filed. Compliance has been asked to approve it; then somebody can be proposed."), "ok")
            return redirect(url_for("advisory.need.show", id=need.id), 303)
    return render_template("advisory/new_need.html", form=form), form.status


@bp.route("/needs/<int:id>/edit", methods=["GET", "POST"])
@requires("advisory:write")
def edit_need(id: int) -> ResponseReturnValue:
    need = queries.get_need(id)
    form = _offered(NeedForm(obj=need, direction="expert"))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_need(need, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved."), "ok")
            return redirect(url_for("advisory.need.show", id=id), 303)
    return render_template("advisory/edit_need.html", form=form, need=queries.get_need(id)), form.status


@bp.post("/needs/<int:id>/approve")
@requires("advisory:approve")
def approve_need(id: int) -> ResponseReturnValue:
    operations.approve_need(queries.get_need(id), by=acting_user())
    flash(_("Approved. The one who filed it has been told."), "ok")
    return redirect(url_for("advisory.need.show", id=id), 303)


@bp.route("/needs/<int:id>/close", methods=["GET", "POST"])
@requires("advisory:write")
def close_need(id: int) -> ResponseReturnValue:
    need, form = queries.get_need(id), ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.close_need(need, reason=form.reason.data, by=acting_user())
            flash(_("Closed. Nobody else is proposed for it."), "ok")
            return redirect(url_for("advisory.need.show", id=id), 303)
    return render_template("advisory/close_need.html", form=form, need=queries.get_need(id)), form.status


@bp.route("/needs/<int:id>/propose", methods=["GET", "POST"])
@requires("advisory:write")
def propose(id: int) -> ResponseReturnValue:
    by, need = acting_user(), queries.get_need(id)
    form = ProposalForm(person_id=request.args.get("person", ""))
    form.offer(_offered_people(need, by), queries.bands_from(clock.today()))
    if form.validate_on_submit():
        with form.attempt():
            person = people.get_person(int(form.person_id.data), by)
            engagement = operations.propose_person(need, person, form.details(), by=by)
            flash(
                _("%(person)s is proposed. Compliance has been asked to clear it.", person=person.name), "ok"
            )
            return redirect(url_for("advisory.show", id=engagement.id), 303)
    need = queries.get_need(id)
    return render_template(
        "advisory/propose.html", form=form, need=need, places=range(1, N_OTHERS + 1)
    ), form.status


def _offered(form: NeedForm) -> NeedForm:
    rows = [row.program for row in programs.list_programs() if not row.program.is_books_only]
    return form.offer(rows, [goal for program in rows for goal in programs.list_goals(program)])


def _offered_people(need: Need, by: User) -> Sequence[Person]:
    """People to choose from: all when they are few, else those of the program; always the one the page was opened for."""
    rows = people_lists.list_all(by, PersonFilter(), _MOST_OFFERED + 1)
    found = [row.person for row in rows]
    if len(rows) > _MOST_OFFERED:
        found = [enrolment.person for enrolment in programs.list_enrolments(need.program, by)]
    asked = number_asked("person")
    if asked is not None and asked not in {person.id for person in found}:
        found.append(people.get_person(asked, by))
    return found
