"""Pages of who is missing: a cohort against the goals' markets and the wanted audience, and that audience."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.programs import operations, queries, queries_missing
from app.programs.forms_cohorts import WishForm
from app.programs.views import bp

#: As many proposals to a gap as can be weighed by a person.
N_PROPOSED = 12


@bp.get("/cohorts/<int:id>/missing")
@requires("programs:read")
def missing(id: int) -> ResponseReturnValue:
    found = queries.get_cohort(id)
    return render_template(
        "programs/missing.html", cohort=found, missing=queries_missing.missing_from(found, acting_user()),
        n_proposed=N_PROPOSED,
    )  # fmt: skip


@bp.route("/<int:id>/audience", methods=["GET", "POST"])
@requires("programs:write")
def audience(id: int) -> ResponseReturnValue:
    """Whom the program wants to reach, line by line."""
    program = queries.get_program(id)
    form = WishForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.want_audience(program, form.details(), by=acting_user())
            flash(_("Noted. Cohorts of this program are compared with it from now on."), "ok")
            return redirect(url_for("programs.audience", id=id), 303)
    wanted = queries_missing.wanted_of(queries.get_program(id))
    page = render_template(
        "programs/audience.html", form=form, program=queries.get_program(id), wanted=wanted
    )
    return page, form.status


@bp.post("/audience/<int:id>/end")
@requires("programs:write")
def end_wish(id: int) -> ResponseReturnValue:
    wish = operations.end_wish(queries_missing.get_wish(id), by=acting_user())
    flash(_("Cohorts are no longer compared with that line."), "ok")
    return redirect(url_for("programs.audience", id=wish.program_id), 303)
