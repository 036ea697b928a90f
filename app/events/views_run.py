"""Run of show: one day of an event on a phone, with what is on, who arrives and who meets whom."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.wall_times import day_in
from app.events import layers, queries
from app.events.layers import Layer, Window
from app.events.run_of_show import day_of, days_of, rooms_of
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/run")
@requires("events:read")
def run(id: int) -> ResponseReturnValue:
    """Now and next by room, arrivals and meetings of the day, on the clocks of the event and of the reader."""
    by, now = acting_user(), clock.now()
    event = queries.get_event(id, by)
    on = day_of(event, request.args.get("day", ""), now)
    is_today = day_in(now, event.zone) == on
    window = Window(
        from_at=clock.start_of(on, event.zone), to_at=clock.end_of(on, event.zone), by=by,
        event_id=event.id, zone=event.zone,
    )  # fmt: skip
    entries = layers.list_entries(window, {Layer.MEETINGS, Layer.ARRIVALS})
    return render_template(
        "events/run.html", event=event, on=on, days=days_of(event), now=now, tabs=event_tabs(event),
        is_today=is_today, funnel=queries.funnel(event, by),
        rooms=rooms_of(queries.list_sessions(event), on, event.zone, now if is_today else clock.start_of(on, event.zone)),
        meetings=layers.of_event(entries, Layer.MEETINGS, event.id),
        arrivals=layers.of_event(entries, Layer.ARRIVALS, event.id),
    )  # fmt: skip
