"""Pages of offers: what is planned for whom, one offer with what compliance was asked, and what became of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.forms import BaseForm
from app.ledger import operations, queries, queries_offers
from app.ledger.forms_offers import DeclineForm, GivenForm, OfferForm, typed_given
from app.ledger.models_offers import LIVE_OFFERS, OfferState, PlannedOffer

bp = Blueprint("offers", __name__, url_prefix="/offers")


@bp.get("/")
@requires("ledger:read")
def index() -> ResponseReturnValue:
    text = request.args.get("state", "")
    state = OfferState(text) if text in set(OfferState) else None
    rows = queries_offers.list_offers(acting_user(), state)
    return render_template("ledger/offers/index.html", rows=rows, state=state, states=list(OfferState))


@bp.route("/new", methods=["GET", "POST"])
@requires("ledger:record")
def new() -> ResponseReturnValue:
    by = acting_user()
    form = OfferForm(data={"person_id": request.args.get("person", "")})
    form.offer(queries.list_recipients(by), queries.list_programs())
    if form.validate_on_submit():
        with form.attempt():
            made = operations.plan_offer(form.details(), by=by)
            is_waiting = made.state is OfferState.WAITING
            flash(_("Compliance is asked; it waits for their answer.") if is_waiting else _("Planned."), "ok")
            return redirect(url_for("ledger.offers.show", id=made.id), 303)
    return render_template("ledger/offers/new.html", form=form), form.status


@bp.get("/<int:id>")
@requires("ledger:read")
def show(id: int) -> ResponseReturnValue:
    return _page(queries_offers.get_offer(id, acting_user()), BaseForm())


@bp.route("/<int:id>/give", methods=["GET", "POST"])
@requires("ledger:record")
def give(id: int) -> ResponseReturnValue:
    offer = queries_offers.get_offer(id, acting_user())
    form = GivenForm(data=typed_given(offer))
    if form.validate_on_submit():
        with form.attempt():
            entry = operations.give_offer(_locked(id), form.details(), by=acting_user())
            flash(_("It is in the book."), "ok")
            return redirect(url_for("ledger.show", id=entry.seq), 303)
    offer = queries_offers.get_offer(id, acting_user())
    return render_template("ledger/offers/give.html", form=form, offer=offer), form.status


@bp.route("/<int:id>/decline", methods=["GET", "POST"])
@requires("ledger:record")
def decline(id: int) -> ResponseReturnValue:
    form = DeclineForm()
    if form.validate_on_submit():
        with form.attempt():
            entry = operations.decline_offer(_locked(id), reason=form.reason.data, by=acting_user())
            flash(_("The declined offer stays on record; received is zero."), "ok")
            return redirect(url_for("ledger.show", id=entry.seq), 303)
    offer = queries_offers.get_offer(id, acting_user())
    return render_template("ledger/offers/decline.html", form=form, offer=offer), form.status


@bp.post("/<int:id>/withdraw")
@requires("ledger:record")
def withdraw(id: int) -> ResponseReturnValue:
    form = BaseForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.withdraw_offer(_locked(id), by=acting_user())
            flash(_("Withdrawn: it was never offered."), "ok")
            return redirect(url_for("ledger.offers.index"), 303)
    return _page(queries_offers.get_offer(id, acting_user()), form)


def _locked(id: int) -> PlannedOffer:
    """The offer, so that of two who act at the same moment the second sees what the first did."""
    return queries_offers.get_offer(id, acting_user(), is_locked=True)


def _page(offer: PlannedOffer, form: BaseForm) -> ResponseReturnValue:
    page = render_template(
        "ledger/offers/show.html", offer=offer, form=form, asked=queries_offers.list_asked_for(offer),
        is_live=offer.state in LIVE_OFFERS, rules=queries.rule_words(),
    )  # fmt: skip
    return page, form.status
