"""Pages about offering time: a stretch cut into slots, taken back; ranked wishes of both sides."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.events import queries as events
from app.events.models import Event
from app.executives import operations, queries, queries_access
from app.executives.forms import ReasonForm
from app.executives.forms_access import StretchForm, WishForm
from app.executives.models import Executive
from app.executives.models_access import ProtectedBreak
from app.executives.views import bp
from app.people import queries as people
from app.people.zones import zone_names


@bp.route("/<int:id>/availability/new", methods=["GET", "POST"])
@requires("executives:write")
def offer_time(id: int) -> ResponseReturnValue:
    """Offer a stretch at an event; `event` in the address says at which, else the next one."""
    by = acting_user()
    executive = queries.get_executive(id, by)
    event = event_asked(executive)
    if event is None:
        return render_template("executives/offer_time.html", executive=executive, event=None)
    form = StretchForm(data={"zone": event.zone}).offer(queries_access.list_rooms(event))
    if form.validate_on_submit():
        with form.attempt():
            _stretch, slots = operations.offer_stretch(executive, form.details(event), by=by)
            flash(ngettext("%(num)s slot is offered.", "%(num)s slots are offered.", len(slots)), "ok")
            return redirect(url_for("executives.show", id=executive.id, event=event.id), 303)
    return render_template(
        "executives/offer_time.html", form=form, executive=executive, event=event, zones=zone_names(),
        breaks=queries_access.breaks_of(executive, {event.id}), upcoming=events.list_upcoming(by, 50),
    ), form.status  # fmt: skip


@bp.app_template_global("breaks_words")
def breaks_words(breaks: Sequence[ProtectedBreak]) -> str:
    """ "12:00–13:00 (lunch), 16:00–16:30"."""
    return ", ".join(
        f"{one.begins:%H:%M}–{one.ends:%H:%M}" + (f" ({one.label})" if one.label else "") for one in breaks
    )


def event_asked(executive: Executive) -> Event | None:
    """The event in the address, else the next that is ahead."""
    asked = request.args.get("event", type=int)
    if asked is not None:
        return events.get_event(asked, acting_user())
    return next(iter(events.list_upcoming(acting_user(), 1)), None)


@bp.route("/availability/<int:id>/withdraw", methods=["GET", "POST"])
@requires("executives:write")
def withdraw_time(id: int) -> ResponseReturnValue:
    """Take back what nobody has taken of a stretch."""
    stretch = queries_access.get_availability(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            n = operations.withdraw_stretch(stretch, reason=form.reason.data, by=acting_user())
            flash(ngettext("%(num)s slot is withdrawn.", "%(num)s slots are withdrawn.", n), "ok")
            return redirect(url_for("executives.show", id=stretch.executive_id, event=stretch.event_id), 303)
    return render_template("executives/withdraw_time.html", form=form, stretch=stretch), form.status


@bp.get("/events/<int:id>/wishes")
@requires("executives:read")
def wishes(id: int) -> ResponseReturnValue:
    """Who would like to meet whom at an event, and how much."""
    event = events.get_event(id, acting_user())
    return render_template(
        "executives/wishes.html", event=event, rows=queries_access.list_seen_wishes(event, acting_user())
    )


@bp.route("/events/<int:id>/wishes/new", methods=["GET", "POST"])
@requires("executives:wish")
def wish(id: int) -> ResponseReturnValue:
    """One side would like to meet the other."""
    by = acting_user()
    event = events.get_event(id, by)
    form = WishForm().offer(queries.list_askable(event, by), queries.list_executives(by))
    if form.validate_on_submit():
        with form.attempt():
            person = people.get_person(int(form.person_id.data), by)
            executive = queries.get_executive(int(form.executive_id.data), by)
            operations.record_wish(event, person, executive, form.details(), by=by)
            flash(_("Noted."), "ok")
            return redirect(url_for("executives.wishes", id=event.id), 303)
    return render_template("executives/wish.html", event=event, form=form), form.status


@bp.post("/wishes/<int:id>/drop")
@requires("executives:wish")
def drop_wish(id: int) -> ResponseReturnValue:
    """It is not wished any more."""
    found = queries_access.get_wish(id, acting_user())
    event_id = found.event_id
    operations.drop_wish(found, by=acting_user())
    flash(_("The wish is gone."), "ok")
    return redirect(url_for("executives.wishes", id=event_id), 303)
