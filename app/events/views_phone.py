"""The door on a phone: a code typed or scanned, and what the phone kept while it had no connection."""

from typing import Any

from flask import Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import ValidationError

from app.accounts.access import acting_user, public, requires
from app.core import clock
from app.core.assets import asset_bytes
from app.events import operations_door, queries
from app.events.details_day import DoorDetails
from app.events.forms import CheckInForm
from app.events.forms_day import CodeForm
from app.events.models_day import DoorOutcome, DoorReport
from app.events.views import bp
from app.events.views_seats import door_page

#: A phone sends at most so many at once and comes again for the rest.
MOST_REPORTS = 100


@bp.get("/door-worker.js")
@public
def door_worker() -> ResponseReturnValue:
    """The script by which a phone opens the door without a connection; beside the doors, because it reaches no higher."""
    return Response(asset_bytes("door-worker.js"), mimetype="text/javascript")


@bp.post("/<int:id>/door/code")
@requires("events:door")
def check_in_by_code(id: int) -> ResponseReturnValue:
    """A code typed on a page without scripts: a report that arrives at once."""
    by, form = acting_user(), CodeForm()
    event = queries.get_event(id, by)
    if form.validate_on_submit():
        with form.attempt():
            details = DoorDetails(client_key=form.key(), at=clock.now(), code=form.code.data)
            report = operations_door.take_reports(event, [details], by=by)[0]
            flash(*_said(report))
            return redirect(url_for("events.door", id=event.id), 303)
    return door_page(event, CheckInForm(formdata=None), code=form)


@bp.post("/<int:id>/door/reports")
@requires("events:door")
def take_reports(id: int) -> ResponseReturnValue:
    """What a phone kept; each line gets an answer, also one that cannot be read."""
    by = acting_user()
    event = queries.get_event(id, by)
    sent = request.get_json(silent=True)
    rows = sent.get("reports") if isinstance(sent, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_REPORTS:
        return jsonify(
            message=_("Send a list of at most %(most_reports)s reports.", most_reports=MOST_REPORTS)
        ), 422
    read = [_read(row) for row in rows]
    done = operations_door.take_reports(event, [row for row in read if isinstance(row, DoorDetails)], by=by)
    unread = [row for row in read if isinstance(row, dict)]
    return jsonify(answers=[*(_answer(report) for report in done), *unread])


def _read(row: Any) -> DoorDetails | dict[str, Any]:
    """One report as it was sent, or the answer to one that cannot be read."""
    try:
        return DoorDetails.model_validate(row, strict=False)
    except ValidationError:
        key = str(row.get("client_key", ""))[:64] if isinstance(row, dict) else ""
        return {"client_key": key, "outcome": DoorOutcome.REFUSED.value, "who": "",
                "message": "This could not be read, so nobody was counted. Check them in by name."}  # fmt: skip


def _answer(report: DoorReport) -> dict[str, Any]:
    who = report.comer
    return {
        "client_key": report.client_key, "outcome": report.outcome.value, "message": report.message,
        "who": who.key if who else "", "name": who.called if who else "",
    }  # fmt: skip


def _said(report: DoorReport) -> tuple[str, str]:
    if report.outcome is DoorOutcome.COUNTED and report.comer is not None:
        return _(
            "%(called)s is here. %(message)s", called=report.comer.called, message=report.message
        ).strip(), "ok"
    return report.message, "warn"
