"""The page for two who saved the same thing: both versions side by side, three ways on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user
from app.core import clock
from app.core.forms import BaseForm
from app.travel.models import Trip
from app.travel.queries import Part
from app.travel.queries_history import last_change


def conflict_page(
    row: Trip | Part, theirs: Mapping[str, Any], form: BaseForm, action: str
) -> ResponseReturnValue:
    """What the other one saved (`theirs`, by field) beside what was typed; nothing is lost, nothing overwritten."""
    last = last_change(row)
    names = [field.name for field in form if field.name in theirs and field.name != "version"]
    rows = []
    for name in names:
        both = [_plain(theirs[name]), _plain(form[name].data)]
        rows.append({"label": form[name].label.text, "values": both, "differs": both[0] != both[1]})
    trip_id = row.id if isinstance(row, Trip) else row.trip_id
    page = render_template(
        "errors/conflict.html", who=last.by.name if last and last.by else _("Somebody"),
        saved_at=last.at if last else clock.now(), zone=acting_user().zone, heads=[_("Theirs"), _("Yours")], rows=rows,
        action=action, mine={name: _plain(form[name].data) for name in names}, their_version=row.version, form_key="",
        record_url=url_for("travel.show", id=trip_id), edit_url=action,
    )  # fmt: skip
    return page, 409


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
