"""Pages of briefs: the approved message and its versions."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.programs import operations_briefs as operations
from app.programs import queries, queries_initiatives
from app.programs.forms_initiatives import BriefForm, BriefVersionForm
from app.programs.views import bp


@bp.get("/<int:id>/briefs")
@requires("programs:read")
def briefs(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    return render_template(
        "programs/briefs.html", program=program, rows=queries_initiatives.list_briefs(program)
    )


@bp.route("/<int:id>/briefs/new", methods=["GET", "POST"])
@requires("programs:write")
def new_brief(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    form = BriefForm()
    if form.validate_on_submit():
        with form.attempt():
            made = operations.write_brief(program, form.details(), by=acting_user())
            flash(_("Version 1 is written."), "ok")
            return redirect(url_for("programs.brief", id=made.id), 303)
    return render_template("programs/new_brief.html", form=form, program=program), form.status


@bp.get("/briefs/<int:id>")
@requires("programs:read")
def brief(id: int) -> ResponseReturnValue:
    return render_template("programs/brief.html", brief=queries_initiatives.get_brief(id))


@bp.route("/briefs/<int:id>/versions/new", methods=["GET", "POST"])
@requires("programs:write")
def new_brief_version(id: int) -> ResponseReturnValue:
    found = queries_initiatives.get_brief(id)
    form = BriefVersionForm(data={"message": found.current.message, "seen": str(found.current.number)})
    if form.validate_on_submit():
        with form.attempt():
            made = operations.write_brief_version(
                found, form.details(), by=acting_user(), seen_number=form.seen_number
            )
            flash(_("Version %(made)s is the message from now on.", made=made.number), "ok")
            return redirect(url_for("programs.brief", id=found.id), 303)
    return render_template("programs/new_brief_version.html", form=form, brief=found), form.status
