"""The page of an agency: its own contacts with the people it represents, and a form for one more."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.outreach import operations_agencies, queries_agencies
from app.outreach.forms import AgencyContactForm
from app.outreach.models import Collision
from app.outreach.views import bp


@bp.route("/agency", methods=["GET", "POST"])
@requires("outreach:contact")
def agency() -> ResponseReturnValue:
    by = acting_user()
    form = AgencyContactForm().offer(queries_agencies.list_represented(by))
    if form.validate_on_submit():
        with form.attempt():
            made = operations_agencies.record_agency_contact(form.details(), by=by)
            flash(*_said(made))
            return redirect(url_for("outreach.agency"), 303)
    return render_template(
        "outreach/agency.html", form=form, contacts=queries_agencies.list_contacts_of_agency(by),
        stops=queries_agencies.list_stops_of_agency(by),
    ), form.status  # fmt: skip


def _said(made: object) -> tuple[str, str]:
    """What the agency reads; never what we said to the person, or who did (R3)."""
    if not isinstance(made, Collision):
        return _("The contact is recorded."), "ok"
    if not made.is_releasable:
        return _(
            "Not recorded: %(name)s wants no contact now. Please do not write.", name=made.person.name
        ), "warn"
    words = _(
        "Not recorded: we are in touch with %(name)s ourselves at the moment. The owner has been asked; please wait.",
        name=made.person.name,
    )
    return words, "warn"
