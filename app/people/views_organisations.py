"""Pages of organisations and their rules."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.people import operations, queries
from app.people.forms import OrganisationForm
from app.people.models import Organisation, OrganisationKind
from app.people.views import bp


@bp.get("/organisations")
@requires("people:read")
def organisations() -> ResponseReturnValue:
    asked = request.args.get("kind", "")
    kind = OrganisationKind(asked) if asked in set(OrganisationKind) else None
    rows = queries.list_organisations(kind)
    return render_template("people/organisations.html", rows=rows, kind=kind, kinds=list(OrganisationKind))


@bp.route("/organisations/new", methods=["GET", "POST"])
@requires("people:write")
def new_organisation() -> ResponseReturnValue:
    form = OrganisationForm()
    if form.validate_on_submit():
        with form.attempt():
            made = operations.add_organisation(form.details(), by=acting_user())
            flash(_("%(made)s is here now.", made=made.name), "ok")
            return redirect(url_for("people.organisation", id=made.id), 303)
    return render_template("people/new_organisation.html", form=form), form.status


@bp.get("/organisations/<int:id>")
@requires("people:read")
def organisation(id: int) -> ResponseReturnValue:
    found = queries.get_organisation(id)
    members = queries.list_members(found, acting_user())
    return render_template(
        "people/organisation.html", organisation=found, members=members, today=clock.today()
    )


@bp.route("/organisations/<int:id>/edit", methods=["GET", "POST"])
@requires("people:write")
def edit_organisation(id: int) -> ResponseReturnValue:
    found = queries.get_organisation(id)
    form = OrganisationForm(data=_typed(found))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_organisation(
                found, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("Saved. The rules hold from now on."), "ok")
            return redirect(url_for("people.organisation", id=found.id), 303)
    return render_template("people/edit_organisation.html", form=form, organisation=found), form.status


def _typed(found: Organisation) -> dict[str, Any]:
    names = (
        "name", "is_state_body", "is_gift_allowed", "is_vendor_travel_allowed", "is_invoice_to_employer_only", "max_class",
        "rule_text", "rule_url",
    )  # fmt: skip
    chosen = {"kind": found.kind.value, "country": found.country or "", "version": str(found.version)}
    return {name: getattr(found, name) for name in names} | chosen
