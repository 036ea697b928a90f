"""Pages for windows and requests: publish, withdraw, ask, accept, decline."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.db import restart_transaction
from app.core.forms import now_wall
from app.core.i18n import when
from app.events import queries as events
from app.events.clashes import Clash
from app.events.models import Event
from app.events.plans import unseen
from app.events.views import say_readings, shown_first
from app.executives import operations, queries, queries_access, queries_cards
from app.executives.forms import AcceptForm, AskForm, ReasonForm, SeriesForm
from app.executives.forms_access import waiting_choices
from app.executives.models import Executive
from app.executives.operations_requests import alternatives_to
from app.executives.plans import clashes_of_request, plan_of_series
from app.executives.views import bp
from app.people import queries as people
from app.people.zones import zone_names


@bp.route("/<int:id>/slots/new", methods=["GET", "POST"])
@requires("executives:write")
def publish(id: int) -> ResponseReturnValue:
    """Offer several windows at once."""
    by = acting_user()
    executive = queries.get_executive(id, by)
    upcoming = events.list_upcoming(by, 50)
    form = SeriesForm(data=_usual_series(executive, upcoming)).offer(upcoming)
    met: Sequence[Clash] = []
    if form.validate_on_submit():
        with form.attempt():
            details = form.details()
            met = unseen(plan_of_series(executive, events.get_event(details.event_id, by), details), by)
            slots = operations.publish_slots(executive, details, by=by)
            if not met:
                say_readings(form, _published(len(slots)))
                return _back_to(executive, slots[0].event_id)
            restart_transaction()
    context = {"executive": executive, "zones": zone_names(), "upcoming": upcoming, **shown_first(met)}
    page = render_template("executives/publish.html", form=form, **context)
    return page, 422 if met else form.status


def _published(n: int) -> str:
    return str(ngettext("%(num)s window is published.", "%(num)s windows are published.", n))


def _usual_series(executive: Executive, upcoming: Sequence[Event]) -> dict[str, object]:
    asked = request.args.get("event", type=int)
    event = next((one for one in upcoming if one.id == asked), upcoming[0] if upcoming else None)
    usual: dict[str, object] = {"n_break_minutes": executive.n_buffer_minutes}
    if event is None:
        return usual | {"zone": "UTC", "starts_at": now_wall("UTC").replace(second=0, microsecond=0)}
    return usual | {"event_id": str(event.id), "zone": event.zone, "place": event.place}


@bp.route("/slots/<int:id>/withdraw", methods=["GET", "POST"])
@requires("executives:write")
def withdraw(id: int) -> ResponseReturnValue:
    """Take a window back; whoever asked for it is told why."""
    slot = queries.get_slot(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.withdraw_slot(slot, reason=form.reason.data, by=acting_user())
            flash(_("The window is withdrawn; whoever asked for it has been told."), "ok")
            return _back_to(slot.executive, slot.event_id)
    waiting = [row for row in queries.list_requests(None, executive=slot.executive) if row.slot_id == slot.id]
    return render_template(
        "executives/withdraw.html", form=form, slot=slot, n_waiting=len(waiting)
    ), form.status


@bp.route("/slots/<int:id>/ask", methods=["GET", "POST"])
@requires("executives:request")
def ask(id: int) -> ResponseReturnValue:
    """Ask for a window for a person; it blocks nothing."""
    by = acting_user()
    slot = queries.get_slot(id, by)
    form = AskForm(data={"person_id": request.args.get("person", "")}).offer(
        queries.list_askable(slot.event, by)
    )
    if form.validate_on_submit():
        with form.attempt():
            person = people.get_person(int(form.person_id.data), by)
            operations.request_access(slot, person, form.details(), by=by)
            flash(_("The assistant of %(executive)s has been asked.", executive=slot.executive.name), "ok")
            return _back_to(slot.executive, slot.event_id)
    return render_template("executives/ask.html", form=form, slot=slot), form.status


@bp.route("/requests/<int:id>/accept", methods=["GET", "POST"])
@requires("executives:write")
def accept(id: int) -> ResponseReturnValue:
    """Agree: the others for this window are declined, with alternatives."""
    by = acting_user()
    asked = queries.get_request(id, by)
    rivals = queries.rivals_of(asked)
    form = AcceptForm(data={"terms": "on_record", "place": asked.slot.place, "is_written_to": True})
    form.keep_waiting_id.choices = waiting_choices(rivals)
    if form.validate_on_submit():
        with form.attempt():
            meeting = operations.accept_request(asked, form.details(), by=by)
            who = {"person": meeting.person.name, "executive": meeting.executive.name}
            flash(_("%(person)s meets %(executive)s. Everybody who asked has been told.", **who), "ok")
            return redirect(url_for("executives.meeting", id=meeting.id), 303)
    return render_template(
        "executives/accept.html", form=form, request_=asked, alternatives=alternatives_to(asked.slot),
        card=queries_cards.card_of(asked, by, clock.today(by.zone).year), rivals=rivals,
        clashes=clashes_of_request(asked, by),
    ), form.status  # fmt: skip


@bp.route("/requests/<int:id>/decline", methods=["GET", "POST"])
@requires("executives:write")
def decline(id: int) -> ResponseReturnValue:
    """Turn a request down with a word why."""
    asked = queries.get_request(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.decline_request(asked, reason=form.reason.data, by=acting_user())
            flash(
                _(
                    "%(asked_by)s has been told, with the windows that are still free.",
                    asked_by=asked.asked_by.name,
                ),
                "ok",
            )
            return _back_to(asked.slot.executive, asked.slot.event_id)
    return render_template(
        "executives/decline.html", form=form, request_=asked, alternatives=alternatives_to(asked.slot)
    ), form.status


@bp.post("/requests/<int:id>/withdraw")
@requires("executives:request")
def take_back(id: int) -> ResponseReturnValue:
    """The one who asked does not want it any more."""
    asked = queries.get_request(id, acting_user())
    operations.withdraw_request(asked, by=acting_user())
    flash(_("The request is withdrawn."), "ok")
    return _back_to(asked.slot.executive, asked.slot.event_id)


@bp.post("/requests/<int:id>/hold")
@requires("executives:write")
def keep(id: int) -> ResponseReturnValue:
    """Hold the window for a request, for the hours the event says; the others are not declined."""
    asked = queries.get_request(id, acting_user())
    hold = operations.hold_slot(asked, by=acting_user())
    flash(
        _(
            "The window is held for %(person)s until %(expires_at)s.",
            person=hold.person.name,
            expires_at=when(hold.expires_at, hold.slot.zone),
        ),
        "ok",
    )
    return _back_to(asked.slot.executive, asked.slot.event_id)


@bp.post("/holds/<int:id>/release")
@requires("executives:write")
def release(id: int) -> ResponseReturnValue:
    """Let go of a window before its time; whoever waits is told."""
    hold = queries_access.get_hold(id, acting_user())
    operations.release_hold(hold, by=acting_user())
    flash(
        _(
            "The window is not held for %(person)s any more. Whoever waits has been told.",
            person=hold.person.name,
        ),
        "ok",
    )
    return _back_to(hold.slot.executive, hold.slot.event_id)


def _back_to(executive: Executive, event_id: int) -> ResponseReturnValue:
    return redirect(url_for("executives.show", id=executive.id, event=event_id), 303)
