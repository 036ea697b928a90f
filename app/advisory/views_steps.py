"""The steps of an engagement: the gate, the contract, delivery, payment, the end; and the advice log (A4, A5, G9)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.advisory import operations, policies_rates, queries, queries_gate
from app.advisory.forms import (
    AdviceForm,
    ClearForm,
    ContractForm,
    DeliveryForm,
    PaymentForm,
    ReasonForm,
    ServiceForm,
)
from app.advisory.models import Engagement
from app.advisory.models_files import FilePart
from app.advisory.views import bp
from app.advisory.views_files import keep_given
from app.core.i18n import day


def _engagement(id: int) -> Engagement:
    return queries.get_engagement(id, acting_user())


def _back(id: int, said: str) -> ResponseReturnValue:
    flash(said, "ok")
    return redirect(url_for("advisory.show", id=id), 303)


@bp.route("/<int:id>/clear", methods=["GET", "POST"])
@requires("advisory:approve")
def clear(id: int) -> ResponseReturnValue:
    engagement, form = _engagement(id), ClearForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.clear_engagement(engagement, reason=form.reason.data or "", by=acting_user())
            is_through = engagement.cleared_by_id and engagement.state.value == "cleared"
            return _back(
                id, _("Cleared.") if is_through else _("Noted. A second approver has to clear it too.")
            )
    engagement = _engagement(id)
    gate = queries_gate.gate_of(engagement)
    ties = queries_gate.ties_of(engagement, gate)
    return render_template(
        "advisory/clear.html", form=form, engagement=engagement, gate=gate, ties=ties
    ), form.status


@bp.route("/<int:id>/service", methods=["GET", "POST"])
@requires("advisory:write")
def move_service(id: int) -> ResponseReturnValue:
    engagement = _engagement(id)
    gate = queries_gate.gate_of(engagement)
    form = ServiceForm.about(engagement, gate.earliest_on if gate.is_inside else engagement.service_on)
    if form.validate_on_submit():
        with form.attempt():
            operations.move_service(
                engagement, form.service_on.data, by=acting_user(), seen_version=form.seen_version
            )
            return _back(id, _("The service is on %(day)s.", day=day(form.service_on.data)))
    return render_template(
        "advisory/move_service.html", form=form, engagement=_engagement(id), gate=gate
    ), form.status


@bp.route("/<int:id>/contract", methods=["GET", "POST"])
@requires("advisory:write")
def contract(id: int) -> ResponseReturnValue:
    engagement = _engagement(id)
    form = ContractForm(currency=engagement.fee.currency)
    if form.validate_on_submit():
        with form.attempt():
            operations.contract_engagement(engagement, form.details(), by=acting_user())
            keep_given(engagement, FilePart.CONTRACT, form)
            return _back(id, _("The contract is noted, and the fee is part of what the limits weigh."))
    return render_template("advisory/contract.html", form=form, engagement=_engagement(id)), form.status


@bp.post("/<int:id>/start")
@requires("advisory:write")
def start(id: int) -> ResponseReturnValue:
    operations.start_delivery(_engagement(id), by=acting_user())
    return _back(id, _("The work has begun."))


@bp.route("/<int:id>/deliver", methods=["GET", "POST"])
@requires("advisory:write")
def deliver(id: int) -> ResponseReturnValue:
    engagement, form = _engagement(id), DeliveryForm()
    if form.validate_on_submit():
        with form.attempt():
            keep_given(engagement, FilePart.DELIVERABLE, form)
            operations.record_delivery(engagement, form.details(), by=acting_user())
            return _back(id, _("Delivered. Compliance has been asked to approve the payment."))
    engagement = _engagement(id)
    calculation = policies_rates.restore_calculation(engagement.calculation)
    return render_template(
        "advisory/deliver.html", form=form, engagement=engagement, calculation=calculation
    ), form.status


@bp.post("/<int:id>/approve-payment")
@requires("advisory:approve")
def approve_payment(id: int) -> ResponseReturnValue:
    operations.approve_payment(_engagement(id), by=acting_user())
    return _back(id, _("The payment is approved."))


@bp.route("/<int:id>/pay", methods=["GET", "POST"])
@requires("advisory:write")
def pay(id: int) -> ResponseReturnValue:
    engagement = _engagement(id)
    form = PaymentForm(currency=engagement.fee.currency, payee=engagement.contract_party)
    if form.validate_on_submit():
        with form.attempt():
            paid = operations.pay_engagement(engagement, form.details(), by=acting_user())
            return _back(
                id,
                _(
                    "Paid. The fee is entry %(entry_seq)s of the ledger, on the cash leg.",
                    entry_seq=paid.entry_seq,
                ),
            )
    return render_template("advisory/pay.html", form=form, engagement=_engagement(id)), form.status


@bp.post("/<int:id>/close")
@requires("advisory:write")
def close(id: int) -> ResponseReturnValue:
    operations.close_engagement(_engagement(id), by=acting_user())
    return _back(id, _("Closed."))


@bp.route("/<int:id>/<any(decline, terminate):how>", methods=["GET", "POST"])
@requires("advisory:write")
def end(id: int, how: str) -> ResponseReturnValue:
    """The person says no (decline), or we end it early (terminate); both keep the record."""
    engagement, form = _engagement(id), ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            act = operations.decline_engagement if how == "decline" else operations.terminate_engagement
            act(engagement, reason=form.reason.data, by=acting_user())
            return _back(id, _("Ended. Nothing is paid, and the record stays."))
    return render_template("advisory/end.html", form=form, engagement=_engagement(id), how=how), form.status


@bp.route("/<int:id>/refuse", methods=["GET", "POST"])
@requires("advisory:approve")
def refuse(id: int) -> ResponseReturnValue:
    """Compliance does not let it through; the record stays, with the reason."""
    engagement, form = _engagement(id), ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.decline_engagement(engagement, reason=form.reason.data, by=acting_user())
            return _back(id, _("Refused. Nothing is paid, and the record stays."))
    return render_template("advisory/refuse.html", form=form, engagement=_engagement(id)), form.status


@bp.route("/<int:id>/advice/new", methods=["GET", "POST"])
@requires("advisory:write")
def new_advice(id: int) -> ResponseReturnValue:
    engagement, form = _engagement(id), AdviceForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.record_advice(engagement, form.details(), by=acting_user())
            return _back(id, _("The advice is in the log."))
    return render_template("advisory/new_advice.html", form=form, engagement=_engagement(id)), form.status


@bp.route("/advice/<int:id>", methods=["GET", "POST"])
@requires("advisory:write")
def answer_advice(id: int) -> ResponseReturnValue:
    """What was decided, and when the person was told."""
    by = acting_user()
    advice = queries.get_advice(id, by)
    answer = {True: "yes", False: "no", None: ""}[advice.is_adopted]
    form = AdviceForm(obj=advice, is_adopted=answer)
    if form.validate_on_submit():
        with form.attempt():
            operations.answer_advice(advice, form.details(), by=by, seen_version=form.seen_version)
            return _back(advice.engagement_id, _("Noted."))
    advice = queries.get_advice(id, by)
    return render_template("advisory/answer_advice.html", form=form, advice=advice), form.status
