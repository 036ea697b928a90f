"""The close of an event on one page, and what guests say about what they were promised (J6, E4)."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.events import queries, queries_close, queries_promises
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/close")
@requires("amounts:read")
def close(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    return render_template(
        "events/close.html", event=event, tabs=event_tabs(event), found=queries_close.close_of(event, by)
    )


@bp.get("/<int:id>/promises")
@requires("events:read")
def promises(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    found = queries_promises.promised_of(event, by)
    return render_template("events/promises.html", event=event, tabs=event_tabs(event), found=found)
