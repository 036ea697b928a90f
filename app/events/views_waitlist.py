"""Pages of the waitlist: who waits and why, offers, and what waits for the coordinator's word."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, may, requires
from app.core import clock
from app.core.errors import NotFound
from app.core.forms import BaseForm
from app.core.i18n import colon
from app.core.spoken import within
from app.events import operations, queries, queries_places
from app.events.forms import ReasonForm
from app.events.forms_waves import DecideForm, HoursForm
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/waitlist")
@requires("events:read")
def waitlist(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    return render_template(
        "events/waitlist.html", event=event, tabs=event_tabs(event), rows=queries_places.list_waiting(event, by),
        guests=queries_places.list_guests(event, by), answers=queries_places.list_pending(event, by),
        n_places=queries_places.count_places(event), n_taken=queries_places.count_taken(event), now=clock.now(),
        funnel=queries.funnel(event, by), form=BaseForm(),
    )  # fmt: skip


@bp.route("/<int:id>/waitlist/hours", methods=["GET", "POST"])
@requires("events:write")
def offer_hours(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    form = HoursForm(data={"n_hours": event.n_offer_hours, "version": str(event.version)})
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            operations.set_offer_hours(event, form.n_hours.data, by=acting_user(), seen_version=seen)
            flash(_("Saved. Offers that are out keep their end."), "ok")
            return redirect(url_for("events.waitlist", id=event.id), 303)
    return render_template("events/offer_hours.html", form=form, event=event), form.status


@bp.route("/invitations/<int:id>/offer", methods=["GET", "POST"])
@requires("events:write")
def offer_place(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    found = queries.get_invitation(id, by)
    if form.validate_on_submit():
        with form.attempt():
            offer = operations.offer_place(found, by=by, reason=form.reason.data or "")
            flash(_("A place is kept for %(person)s.", person=offer.invitation.person.name), "ok")
            return redirect(url_for("events.waitlist", id=found.event_id), 303)
    page = render_template(
        "events/offer_place.html", form=form, invitation=found,
        rows=[row for row in queries_places.list_waiting(found.event, by) if row.id == found.id],
    )  # fmt: skip
    return page, form.status


@bp.route("/invitations/<int:id>/offer/end", methods=["GET", "POST"])
@requires("events:write")
def end_offer(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    found = queries.get_invitation(id, by)
    offer = queries_places.open_offer_of(found)
    if offer is None:
        raise NotFound(_("No place is kept for them now."))
    if form.validate_on_submit():
        with form.attempt():
            operations.take_back_offer(offer, form.reason.data or "", by=by)
            flash(_("The place is not kept any more. Offer it to somebody, or they stay next."), "ok")
            return redirect(url_for("events.waitlist", id=found.event_id), 303)
    return render_template("events/end_offer.html", form=form, invitation=found, offer=offer), form.status


@bp.route("/guests/<int:id>", methods=["GET", "POST"])
@requires("events:write")
def decide_guest(id: int) -> ResponseReturnValue:
    by, form = acting_user(), DecideForm()
    guest = queries_places.get_guest(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.decide_guest(guest, form.is_admitted, form.reason.data or "", by=by)
            flash(f"{guest.name}{colon()}{within(guest.state.value)}.", "ok")
            return redirect(url_for("events.waitlist", id=guest.invitation.event_id), 303)
    return render_template("events/decide_guest.html", form=form, guest=guest), form.status


@bp.route("/answers/<int:id>", methods=["GET", "POST"])
@requires("events:write")
def decide_answer(id: int) -> ResponseReturnValue:
    by, form = acting_user(), DecideForm()
    pending = queries_places.get_pending(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.decide_answer(pending, form.is_admitted, form.reason.data or "", by=by)
            flash(f"{pending.invitation.person.name}{colon()}{within(pending.invitation.state.value)}.", "ok")
            return redirect(url_for("events.waitlist", id=pending.invitation.event_id), 303)
    page = render_template(
        "events/decide_answer.html", form=form, pending=pending, may_see_words=may("notes:read")
    )
    return page, form.status
