"""Pages of agencies that begin or cease to speak for somebody, and the kit that comes back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.downloads import download
from app.core.i18n import day
from app.handovers import exports, operations_returns, queries_returns
from app.handovers.forms import RepresentationForm, ReturnForm
from app.handovers.views import bp
from app.people import queries as people
from app.people import queries_representation
from app.people.models import OrganisationKind

#: A room within the room, so that a notice about a kit finds its page by name.
returns = Blueprint("returns", __name__, url_prefix="/returns")


@returns.get("/<int:id>")
@requires("handovers:read")
def show(id: int) -> ResponseReturnValue:
    return render_template("handovers/kit.html", kit=queries_returns.kit_of(id, acting_user()))


@returns.post("/<int:id>/file")
@requires("handovers:read")
def file(id: int) -> ResponseReturnValue:
    """The kit as a file; a POST, because every export is written into the audit trail."""
    by = acting_user()
    kit = queries_returns.kit_of(id, by)
    audit.record_event("handovers.kit_exported", kind="representation", ref=str(id), by=by)
    return download(exports.kit_file(kit), f"hand-back-{id}.xlsx")


@returns.route("/<int:id>/end", methods=["GET", "POST"])
@requires("people:write")
def end(id: int) -> ResponseReturnValue:
    by = acting_user()
    row, form = queries_representation.get_representation(id, by), ReturnForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_returns.hand_back(row, form.reason.data or "", by=by)
            flash(
                _(
                    "%(organisation)s no longer sees %(person)s. This is what comes back.",
                    organisation=row.organisation.name,
                    person=row.person.name,
                ),
                "ok",
            )
            return redirect(url_for("handovers.returns.show", id=row.id), 303)
    return render_template("handovers/end_representation.html", form=form, row=row), form.status


@bp.route("/agencies/<int:person_id>", methods=["GET", "POST"])
@requires("people:write")
def agencies(person_id: int) -> ResponseReturnValue:
    """Who speaks, spoke or will speak for a person, and a form for the next."""
    by = acting_user()
    person = people.get_person(person_id, by)
    form = RepresentationForm(data={"from_on": clock.today(by.zone)})
    form.offer(people.list_organisations(OrganisationKind.AGENCY))
    if form.validate_on_submit():
        with form.attempt():
            row = operations_returns.begin_representation(person, form.details(), by=by)
            said = {"organisation": row.organisation.name, "person": person.name, "from_on": day(row.from_on)}
            flash(_("%(organisation)s speaks for %(person)s from %(from_on)s.", **said), "ok")
            return redirect(url_for("handovers.agencies", person_id=person.id), 303)
    rows = queries_representation.list_representations(person)
    page = render_template("handovers/agencies.html", person=person, form=form, rows=rows, now=clock.now())
    return page, form.status


bp.register_blueprint(returns)
