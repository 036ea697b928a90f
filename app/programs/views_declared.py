"""Pages of declared facets: counts of whole cohorts that were let out, and the questions that are asked (P7)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.programs import operations, operations_declared, queries, queries_cohorts, queries_declared
from app.programs.forms_cohorts import CountForm, FacetForm
from app.programs.models import Cohort
from app.programs.views import bp


@bp.get("/cohorts/<int:id>/declared")
@requires("programs:declared")
def declared(id: int) -> ResponseReturnValue:
    """What was let out about a cohort; every look is written down (R4)."""
    found = queries.get_cohort(id)
    operations_declared.note_reading(found, by=acting_user())
    return _declared_page(found, CountForm())


@bp.post("/cohorts/<int:id>/declared/<int:facet_id>")
@requires("programs:declared")
def count_declared(id: int, facet_id: int) -> ResponseReturnValue:
    """Count over the whole cohort, never over a part of it."""
    form = CountForm()
    found, facet = queries.get_cohort(id), queries_declared.get_facet(facet_id)
    if form.validate_on_submit():
        with form.attempt():
            operations.count_facet(facet, found, by=acting_user())
            return redirect(url_for("programs.declared", id=id), 303)
    return _declared_page(queries.get_cohort(id), form)


@bp.get("/facets")
@requires("settings:write")
def facets() -> ResponseReturnValue:
    """What people may declare about themselves."""
    return render_template("programs/facets.html", facets=queries_declared.list_facets())


@bp.route("/facets/new", methods=["GET", "POST"])
@requires("settings:write")
def new_facet() -> ResponseReturnValue:
    form = FacetForm()
    if form.validate_on_submit():
        with form.attempt():
            facet = operations.offer_facet(form.details(), by=acting_user())
            flash(_("People may declare %(facet)s from now on, or leave it.", facet=facet.name), "ok")
            return redirect(url_for("programs.facets"), 303)
    return render_template("programs/new_facet.html", form=form), form.status


def _declared_page(found: Cohort, form: CountForm) -> ResponseReturnValue:
    members = frozenset(queries_cohorts.member_ids(found))
    rows = queries_declared.list_facet_rows(found, members)
    page = render_template(
        "programs/declared.html", cohort=found, rows=rows, form=form, n_members=len(members),
        n_minimum=queries_declared.minimum(),
    )  # fmt: skip
    return page, form.status
