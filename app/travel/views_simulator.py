"""The simulator of travel rules: a changed class or lodging rule over the trips of the past, before it is in force (O5)."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.db import transaction
from app.core.downloads import download
from app.core.errors import NotFound
from app.core.forms import args_without
from app.core.sheets import SheetFormat
from app.people import queries as people
from app.programs import queries as programs
from app.travel import exports_simulator, operations, policies_rules, queries
from app.travel.forms_simulator import RuleSimulatorForm, asked_of_rule
from app.travel.queries_simulator import TravelSimulation, simulate_rule
from app.travel.views import bp

#: A page shows so many rows; the figures count all, and the file has all.
N_SHOWN = 200


@bp.get("/rules/simulator")
@requires("amounts:read")
def simulator() -> ResponseReturnValue:
    """Nothing is written: the rule stands in the address."""
    form = _form()
    found = _simulated(form) if "place" in request.args else None
    starts = [
        (f"{rule.place}. {rule.text}", url_for("travel.simulator", **asked_of_rule(rule)))
        for rule in queries.list_rules()
        if rule.effective_to_on is None
    ]
    page = render_template(
        "travel/simulator.html", form=form, found=found, n_shown=N_SHOWN, starts=starts, args=args_without()
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/rules/simulator.<any(csv, xlsx):format>")
@requires("reports:export")
def export_simulation(format: SheetFormat) -> ResponseReturnValue:
    """The result as it is on the screen; the export is written into the audit trail (R4)."""
    found = _simulated(_form()) if "place" in request.args else None
    if found is None:
        raise NotFound(_("Try a rule first; then there is something to take away."))
    content = exports_simulator.simulation_file(found, format)
    # Reading stays reading: this one line is written in a transaction of its own, after the file was made.
    with transaction():
        operations.record_simulation_export(format, len(found.rows) + len(found.free), by=acting_user())
    return download(content, f"travel-rule-tried.{format}")


def _form() -> RuleSimulatorForm:
    form = RuleSimulatorForm(
        request.args if request.args else None, data={"place": queries.next_place(), "min_minutes": 0}
    )
    form.offer([row.program for row in programs.list_programs()], people.list_organisations())
    form.offer_rules([(str(rule.id), f"{rule.place}. {rule.text}"[:100]) for rule in queries.list_rules()])
    return form


def _simulated(form: RuleSimulatorForm) -> TravelSimulation | None:
    if not form.validate():
        return None
    text = form.text.data
    form.complete()
    details = form.details()
    form.text.data = text
    with form.attempt():
        policies_rules.check_rule(details)
    if form.errors or form.form_errors:
        return None
    number = form.against.data
    against = queries.get_rule(int(number)) if number else None
    return simulate_rule(
        details, acting_user(), from_on=form.from_on.data, to_on=form.to_on.data, against=against
    )
