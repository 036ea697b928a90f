"""The simulator: a changed or new cap over the value of the past, before anybody adopts it (O5)."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.db import transaction
from app.core.downloads import download
from app.core.errors import NotFound
from app.core.forms import args_without
from app.core.sheets import SheetFormat
from app.ledger import exports_simulator, operations, policies, policies_limits, queries
from app.ledger.forms_limits import SimulatorForm, asked_of
from app.ledger.models import CapWindow
from app.ledger.queries import Affected, Simulation
from app.ledger.views import bp
from app.ledger.views_rules import cap_form

#: A page shows the gravest; the figures count all.
N_SHOWN = 200


@bp.get("/caps/simulator")
@requires("ledger:read")
def simulator() -> ResponseReturnValue:
    """Nothing is written: the cap stands in the address."""
    caps = queries.list_caps()
    form = cap_form(SimulatorForm)
    form.offer_caps([(str(cap.id), policies.cap_rule(cap)) for cap in caps])
    found = _simulated(form) if "window" in request.args else None
    in_force = [cap for cap in caps if not cap.effective_to_on]
    page = render_template(
        "ledger/simulator.html", form=form, found=found, n_shown=N_SHOWN, entries_of=entries_of, against=form.against.data,
        args=args_without(),
        starts=[(policies.cap_rule(cap), url_for("ledger.simulator", **asked_of(cap))) for cap in in_force],
    )  # fmt: skip
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/caps/simulator.<any(csv, xlsx):format>")
@requires("reports:export")
def export_simulation(format: SheetFormat) -> ResponseReturnValue:
    """The result as it is on the screen; the export is written into the audit trail (R4)."""
    form = cap_form(SimulatorForm)
    form.offer_caps([(str(cap.id), policies.cap_rule(cap)) for cap in queries.list_caps()])
    found = _simulated(form) if "window" in request.args else None
    if found is None:
        raise NotFound(_("Try a cap first; then there is something to take away."))
    content = exports_simulator.simulation_file(found, format)
    # Reading stays reading: this one line is written in a transaction of its own, after the file was made.
    with transaction():
        operations.record_simulation_export(format, len(found.rows) + len(found.no_longer), by=acting_user())
    return download(content, f"cap-tried.{format}")


def _simulated(form: SimulatorForm) -> Simulation | None:
    if not form.validate():
        return None
    number = form.against.data
    against = queries.get_cap(int(number)) if number else None
    details = form.details()
    with form.attempt():
        policies.check_cap(details)
        policies_limits.check_limits(details)
    if form.errors or form.form_errors:
        return None
    return queries.simulate(details, from_on=form.from_on.data, to_on=form.to_on.data, against=against)


def entries_of(found: Simulation, row: Affected) -> str:
    """The address of the entries behind one row: the same person, kind, program and window."""
    cap, crossing = found.cap, row.crossing
    narrowed: dict[str, Any] = {
        **row.scope,
        "leg": cap.leg.value,
        "program_id": cap.program_id,
        "category": cap.category,
    }
    if cap.window is CapWindow.CALENDAR_YEAR:
        return url_for("ledger.index", **narrowed, year=crossing.begins.year)
    return url_for("ledger.index", **narrowed, from_on=crossing.begins, to_on=crossing.ends)
