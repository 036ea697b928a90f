"""Seeing as a role: beginning, on any page, and ending."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations_seeing, queries, signing_in
from app.accounts.access import FACTORS, acting_user, requires, safe_next
from app.accounts.forms_seeing import SeeAsForm
from app.accounts.models import Role
from app.accounts.views import bp


@bp.route("/settings/see-as", methods=["GET", "POST"])
@requires("accounts:manage")
def see_as() -> ResponseReturnValue:
    """Choose a role, and for a partner the agency; then the page that was open is shown as they find it."""
    given = {
        "next": safe_next(request.args.get("next", "/")),
        "role": request.args.get("role", "coordinator"),
    }
    form = SeeAsForm(data=given).offer(queries.list_agencies())
    session = signing_in.here()
    if session is not None and form.validate_on_submit():
        with form.attempt():
            agency = int(form.agency_id.data) if form.agency_id.data else None
            operations_seeing.begin(session, Role(form.role.data), agency, by=acting_user())
            return redirect(safe_next(form.next.data or "/"), 303)
    return render_template(
        "accounts/see_as.html", form=form, page=safe_next(form.next.data or "/")
    ), form.status


@bp.post("/settings/see-as/stop")
@requires(FACTORS)
def stop_seeing() -> ResponseReturnValue:
    """Be oneself again, on the same page."""
    session = signing_in.here()
    if session is not None and session.seen_as_role is not None:
        operations_seeing.note_end(session)
        flash(_("You see as yourself again."), "ok")
    return redirect(safe_next(request.form.get("next", "/")), 303)
