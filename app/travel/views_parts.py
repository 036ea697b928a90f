"""Pages for legs, stays and transfers: new, edit, settle, decline, cancel."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import money_of
from app.core.i18n import amount as figures
from app.core.money import Money
from app.ledger.operations import Posting
from app.people.zones import zone_names
from app.travel import operations, queries, queries_costs, queries_history, queries_trip
from app.travel.airports import larger_airports
from app.travel.costing import likely_charge, worth_of
from app.travel.forms import ChargeForm, LegForm, ReasonForm, SettleForm, StayForm
from app.travel.forms_transfers import TransferForm, typed_part
from app.travel.models import Leg, Stay, Transfer, Trip
from app.travel.queries import Part
from app.travel.queries_timings import timings
from app.travel.views import bp

_KIND = "<any(leg, stay, transfer):kind>"


@bp.route("/<int:id>/leg/new", methods=["GET", "POST"])
@requires("travel:write")
def new_leg(id: int) -> ResponseReturnValue:
    trip = queries.get_trip(id, acting_user())
    form = LegForm(data={"currency": trip.event.program.currency, "travel_class": "economy"}).offer(trip)
    if form.validate_on_submit():
        with form.attempt():
            if form.is_declined:
                operations.decline_leg(trip, form.details(), reason=form.reason.data, by=acting_user())
            else:
                operations.book_leg(trip, form.details(), by=acting_user())
            return _said(trip, _("The leg is on the trip."))
    return render_template("travel/new_leg.html", form=form, trip=trip, **_lists(trip)), form.status


@bp.route("/<int:id>/stay/new", methods=["GET", "POST"])
@requires("travel:write")
def new_stay(id: int) -> ResponseReturnValue:
    trip = queries.get_trip(id, acting_user())
    form = StayForm(data=_usual_stay(trip)).offer(trip)
    if form.validate_on_submit():
        with form.attempt():
            if form.is_declined:
                operations.decline_stay(trip, form.details(), reason=form.reason.data, by=acting_user())
            else:
                operations.book_stay(trip, form.details(), by=acting_user())
            return _said(trip, _("The stay is on the trip."))
    return render_template("travel/new_stay.html", form=form, trip=trip), form.status


@bp.route("/<int:id>/transfer/new", methods=["GET", "POST"])
@requires("travel:write")
def new_transfer(id: int) -> ResponseReturnValue:
    trip = queries.get_trip(id, acting_user())
    form = TransferForm(data=_usual_transfer(trip)).offer(trip)
    if form.validate_on_submit():
        with form.attempt():
            if form.is_declined:
                operations.decline_transfer(trip, form.details(), reason=form.reason.data, by=acting_user())
            else:
                operations.book_transfer(trip, form.details(), by=acting_user())
            return _said(trip, _("The transfer is on the trip."))
    return render_template("travel/new_transfer.html", form=form, trip=trip, **_lists(trip)), form.status


@bp.route("/leg/<int:id>/edit", methods=["GET", "POST"])
@requires("travel:write")
def edit_leg(id: int) -> ResponseReturnValue:
    leg = queries.get_leg(id, acting_user())
    form = LegForm(data=typed_part(leg)).offer(leg.trip, but=leg)
    form.for_editing()
    return _edit(leg, form, lambda: operations.edit_leg(
        leg, form.details(), by=acting_user(), seen_version=form.seen_version
    ))  # fmt: skip


@bp.route("/stay/<int:id>/edit", methods=["GET", "POST"])
@requires("travel:write")
def edit_stay(id: int) -> ResponseReturnValue:
    stay = queries.get_stay(id, acting_user())
    form = StayForm(data=typed_part(stay)).offer(stay.trip)
    _offer_passed_on(form, stay)
    form.for_editing()
    return _edit(stay, form, lambda: operations.edit_stay(
        stay, form.details(), by=acting_user(), seen_version=form.seen_version
    ))  # fmt: skip


@bp.route("/transfer/<int:id>/edit", methods=["GET", "POST"])
@requires("travel:write")
def edit_transfer(id: int) -> ResponseReturnValue:
    transfer = queries.get_transfer(id, acting_user())
    form = TransferForm(data=typed_part(transfer)).offer(transfer.trip)
    _offer_passed_on(form, transfer)
    form.for_editing()
    return _edit(transfer, form, lambda: operations.edit_transfer(
        transfer, form.details(), by=acting_user(), seen_version=form.seen_version
    ))  # fmt: skip


def _offer_passed_on(form: StayForm | TransferForm, part: Stay | Transfer) -> None:
    """Whoever has a room or a car after somebody else is offered its cost; nothing is booked before it is saved."""
    known = None if form.is_submitted() else queries_history.cost_passed_on(part)
    if known is not None:
        form.amount.data, form.currency.data = f"{known.cost.amount:f}", known.cost.currency
        form.amount.description = _(
            "Filled in: what it was booked for under %(known)s. Change it, or empty it.", known=known.name
        )


def _edit(
    part: Part, form: LegForm | StayForm | TransferForm, save: Callable[[], Part]
) -> ResponseReturnValue:
    """What the three edit pages share; somebody who saved first gets a page that compares."""
    kind, trip = part.__tablename__, part.trip
    if form.validate_on_submit():
        with form.attempt():
            save()
            return _said(trip, "Saved.")
    return render_template(
        f"travel/edit_{kind}.html", form=form, part=part, trip=trip, **_lists(trip)
    ), form.status


@bp.route(f"/{_KIND}/<int:id>/settle", methods=["GET", "POST"])
@requires("travel:write")
def settle(kind: str, id: int) -> ResponseReturnValue:
    """What was really paid goes into the book."""
    part = queries.get_part(kind, id, acting_user())
    form = SettleForm(data=_to_settle(part))
    if form.validate_on_submit():
        with form.attempt():
            return _posted(part.trip, _settle(part, form))
    return render_template(
        "travel/settle.html",
        form=form,
        part=part,
        kind=kind,
        trip=part.trip,
        title=queries_costs.title_of(part),
    ), form.status


def _settle(part: Part, form: SettleForm) -> Posting:
    by, actual, on = acting_user(), money_of(form), form.value_on.data
    if isinstance(part, Leg):
        return operations.settle_leg(part, by=by, actual=actual, flown_on=on)
    if isinstance(part, Stay):
        return operations.settle_stay(part, by=by, actual=actual, left_on=on)
    return operations.settle_transfer(part, by=by, actual=actual, driven_on=on)


@bp.route(f"/{_KIND}/<int:id>/decline", methods=["GET", "POST"])
@requires("travel:write")
def decline(kind: str, id: int) -> ResponseReturnValue:
    """The person or the employer does not want it; the offer stays, with received value 0."""
    part = queries.get_part(kind, id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            _turn_down(part, form.reason.data)
            return _said(part.trip, _("The offer is kept as declined; nothing was received."))
    return _step("travel/decline.html", form, part, kind)


def _turn_down(part: Part, reason: str) -> None:
    by = acting_user()
    if isinstance(part, Leg):
        operations.turn_down_leg(part, reason=reason, by=by)
    elif isinstance(part, Stay):
        operations.turn_down_stay(part, reason=reason, by=by)
    else:
        operations.turn_down_transfer(part, reason=reason, by=by)


@bp.route(f"/{_KIND}/<int:id>/cancel", methods=["GET", "POST"])
@requires("travel:write")
def cancel_part(kind: str, id: int) -> ResponseReturnValue:
    """It does not take place; it stays, marked, in lists and calendars. What is charged all the same is our own cost."""
    part = queries.get_part(kind, id, acting_user())
    form = _charge_form(part)
    if form.validate_on_submit():
        with form.attempt():
            _cancel(part, form.reason.data, money_of(form))
            return _said(part.trip, _("Cancelled. It stays on the trip, marked."))
    return _step("travel/cancel_part.html", form, part, kind)


def _cancel(part: Part, reason: str, charged: Money | None) -> None:
    by = acting_user()
    if isinstance(part, Leg):
        operations.cancel_leg(part, reason=reason, by=by, charged=charged)
    elif isinstance(part, Stay):
        operations.cancel_stay(part, reason=reason, by=by, charged=charged)
    else:
        operations.cancel_transfer(part, reason=reason, by=by, charged=charged)


@bp.route(f"/{_KIND}/<int:id>/missed", methods=["GET", "POST"])
@requires("travel:write")
def missed(kind: str, id: int) -> ResponseReturnValue:
    """A no-show: nobody received anything; what was charged is our own cost."""
    part = queries.get_part(kind, id, acting_user())
    form = _charge_form(part)
    if form.validate_on_submit():
        with form.attempt():
            operations.note_missed(part, reason=form.reason.data, by=acting_user(), charged=money_of(form))
            return _said(part.trip, _("Noted as missed; it is no value of the person."))
    return _step("travel/missed.html", form, part, kind)


@bp.post(f"/{_KIND}/<int:id>/taken")
@requires("travel:write")
def taken(kind: str, id: int) -> ResponseReturnValue:
    """It took place, under the fare or the bill of another one."""
    part = queries.get_part(kind, id, acting_user())
    operations.note_taken(part, by=acting_user())
    return _said(part.trip, "Noted.")


def _charge_form(part: Part) -> ChargeForm:
    charge = likely_charge(part)
    amount = f"{charge.likely.amount:f}" if charge.likely else ""
    return ChargeForm(data={"amount": amount, "currency": charge.currency})


# -- what the pages share -----------------------------------------------------------------------------


def _step(template: str, form: ReasonForm, part: Part, kind: str) -> ResponseReturnValue:
    title = queries_costs.title_of(part)
    return render_template(
        template, form=form, part=part, kind=kind, trip=part.trip, title=title
    ), form.status


def _said(trip: Trip, message: str) -> ResponseReturnValue:
    """Back to the trip, with what the caps say to it."""
    flash(message, "ok")
    return redirect(url_for("travel.show", id=trip.id), 303)


def _posted(trip: Trip, posting: Posting) -> ResponseReturnValue:
    entry = posting.entry
    if posting.was_known:
        flash(posting.warnings[0], "info")
    else:
        flash(
            _(
                "%(reporting_currency)s %(reporting)s is in the book as entry %(seq)s.",
                reporting_currency=entry.reporting_currency,
                reporting=figures(entry.reporting),
                seq=entry.seq,
            ),
            "ok",
        )
        for warning in posting.warnings:
            flash(
                _("%(warning)s Compliance has been told.", warning=warning) if posting.breaches else warning,
                "warn",
            )
    return redirect(url_for("travel.show", id=trip.id), 303)


def _lists(trip: Trip) -> dict[str, object]:
    """Suggestions while typing: zones, and the larger airports of both countries."""
    home = trip.person.home_country or ""
    return {"zones": zone_names(), "airports": larger_airports((home, trip.event.country))}


def _usual_stay(trip: Trip) -> dict[str, object]:
    event = trip.event
    return {
        "currency": event.program.currency, "city": event.city, "country": event.country, "check_in_on": trip.from_on,
        "check_out_on": trip.to_on,
    }  # fmt: skip


def _usual_transfer(trip: Trip) -> dict[str, object]:
    """A car that meets the leg which brings the person, as long after it lands as the house reckons with."""
    usual: dict[str, object] = {"currency": trip.event.program.currency, "zone": trip.event.zone}
    arrival = queries_trip.arrival_of(trip)
    if arrival is None or any(row.leg_id == arrival.id and row.takes_place for row in trip.transfers):
        return usual
    return usual | {
        "leg_id": str(arrival.id), "timing": "after", "minutes": timings().pick_up, "under_way": 60,
        "origin": arrival.destination,
    }  # fmt: skip


def _to_settle(part: Part) -> dict[str, object]:
    cost, worth = part.cost, worth_of(part)
    on = min(worth.on, clock.today(worth.zone))
    if cost is None or request.method == "POST":
        return {"currency": part.trip.event.program.currency, "value_on": on}
    return {"amount": f"{cost.amount:f}", "currency": cost.currency, "value_on": on}
