"""Pages of initiatives, what they lend, and launches."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.i18n import day_in_full
from app.people import queries as people
from app.programs import operations_initiatives as operations
from app.programs import queries, queries_initiatives, queries_owners
from app.programs.forms_initiatives import (
    ClosingForm,
    InitiativeForm,
    LaunchForm,
    LoanForm,
    ReturnForm,
    typed_initiative,
    typed_launch,
)
from app.programs.views import bp


@bp.get("/<int:id>/initiatives")
@requires("programs:read")
def initiatives(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    rows = queries_initiatives.list_initiatives(program)
    holders = queries_owners.holders_of_initiatives(rows, clock.now())
    return render_template("programs/initiatives.html", program=program, rows=rows, holders=holders)


@bp.route("/<int:id>/initiatives/new", methods=["GET", "POST"])
@requires("programs:write")
def new_initiative(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    form = InitiativeForm().offer(people.list_possible_owners(), queries.list_goals(program))
    if form.validate_on_submit():
        with form.attempt():
            made = operations.start_initiative(program, form.details(), by=acting_user())
            flash(_("%(made)s has begun.", made=made.name), "ok")
            return redirect(url_for("programs.initiative", id=made.id), 303)
    return render_template("programs/new_initiative.html", form=form, program=program), form.status


@bp.get("/initiatives/<int:id>")
@requires("programs:read")
def initiative(id: int) -> ResponseReturnValue:
    found = queries_initiatives.get_initiative(id)
    lent = queries_initiatives.list_lent(found, by=acting_user())
    return render_template(
        "programs/initiative.html", initiative=found, lent=lent, today=clock.today(),
        holder=queries_owners.holder_of(found, clock.now()),
    )  # fmt: skip


@bp.route("/initiatives/<int:id>/edit", methods=["GET", "POST"])
@requires("programs:write")
def edit_initiative(id: int) -> ResponseReturnValue:
    found = queries_initiatives.get_initiative(id)
    form = InitiativeForm(data=typed_initiative(found, queries_owners.holder_of(found, clock.now()).id))
    form.offer(people.list_possible_owners(), queries.list_goals(found.program))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_initiative(
                found, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("Saved."), "ok")
            return redirect(url_for("programs.initiative", id=found.id), 303)
    return render_template("programs/edit_initiative.html", form=form, initiative=found), form.status


@bp.route("/initiatives/<int:id>/close", methods=["GET", "POST"])
@requires("programs:write")
def close_initiative(id: int) -> ResponseReturnValue:
    found = queries_initiatives.get_initiative(id)
    form = ClosingForm(data={"closed_on": clock.today()})
    if form.validate_on_submit():
        with form.attempt():
            operations.close_initiative(found, form.details(), by=acting_user())
            flash(
                _("%(found)s is closed. Its outcomes may still come for 24 months.", found=found.name), "ok"
            )
            return redirect(url_for("programs.initiative", id=found.id), 303)
    return render_template("programs/close_initiative.html", form=form, initiative=found), form.status


@bp.route("/initiatives/<int:id>/lend", methods=["GET", "POST"])
@requires("programs:write")
def lend(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries_initiatives.get_initiative(id)
    enrolled = [one.person for one in queries.list_enrolments(found.program, by)]
    form = LoanForm().offer(enrolled)
    if form.validate_on_submit():
        with form.attempt():
            made = operations.lend(found, form.details(), by=by)
            flash(_("Lent: %(what)s. Record what it is worth in the ledger.", what=made.what), "ok")
            return redirect(url_for("programs.initiative", id=found.id), 303)
    return render_template("programs/lend.html", form=form, initiative=found, enrolled=enrolled), form.status


@bp.route("/lent/<int:id>/return", methods=["GET", "POST"])
@requires("programs:write")
def take_back(id: int) -> ResponseReturnValue:
    by = acting_user()
    lent = queries_initiatives.get_lent(id, by)
    form = ReturnForm(data={"returned_on": clock.today()})
    if form.validate_on_submit():
        with form.attempt():
            operations.take_back(lent, form.returned_on.data, by=by)
            flash(_("%(what)s is back.", what=lent.what), "ok")
            return redirect(url_for("programs.initiative", id=lent.initiative_id), 303)
    return render_template("programs/take_back.html", form=form, lent=lent), form.status


@bp.route("/<int:id>/launches/new", methods=["GET", "POST"])
@requires("programs:write")
def new_launch(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    form = LaunchForm()
    if form.validate_on_submit():
        with form.attempt():
            made = operations.set_launch(program, form.details(), by=acting_user())
            flash(_("%(made)s comes out on %(on)s.", made=made.name, on=day_in_full(made.on)), "ok")
            return redirect(url_for("programs.show", id=program.id), 303)
    return render_template("programs/new_launch.html", form=form, program=program), form.status


@bp.route("/launches/<int:id>/edit", methods=["GET", "POST"])
@requires("programs:write")
def edit_launch(id: int) -> ResponseReturnValue:
    launch = queries_initiatives.get_launch(id)
    form = LaunchForm(data=typed_launch(launch))
    if form.validate_on_submit():
        with form.attempt():
            operations.move_launch(launch, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved. Lead times are counted from the new day."), "ok")
            return redirect(url_for("programs.show", id=launch.program_id), 303)
    return render_template("programs/edit_launch.html", form=form, launch=launch), form.status
