"""Pages of the covenant: its text, what people propose instead, signatures, the certificate."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.downloads import download
from app.core.forms import BaseForm
from app.disclosures import exports, operations_covenants, queries_covenants
from app.disclosures.differences import word_difference
from app.disclosures.forms import CountersignForm, CovenantForm
from app.disclosures.views import bp


@bp.get("/covenant")
@requires("disclosures:read")
def covenant() -> ResponseReturnValue:
    by = acting_user()
    return render_template(
        "disclosures/covenant.html", text=queries_covenants.house_text(), proposals=queries_covenants.list_proposals(by),
        rows=queries_covenants.list_covenants(by),
    )  # fmt: skip


@bp.route("/covenant/new", methods=["GET", "POST"])
@requires("disclosures:write")
def new_covenant() -> ResponseReturnValue:
    by, now = acting_user(), queries_covenants.house_text()
    known = {"text": now.text, "language": now.language, "version": str(now.number)} if now else {}
    form = CovenantForm(data=known or {"version": "0"})
    if form.validate_on_submit():
        with form.attempt():
            said, seen = (form.text.data, form.language.data), form.seen_version
            made = operations_covenants.offer_text(*said, by=by, seen_number=seen)
            flash(_("Version %(made)s is offered to everybody from now on.", made=made.number), "ok")
            return redirect(url_for("disclosures.covenant"), 303)
    return render_template("disclosures/new_covenant.html", form=form), form.status


@bp.route("/covenant/proposals/<int:id>", methods=["GET", "POST"])
@requires("disclosures:write")
def proposal(id: int) -> ResponseReturnValue:
    """What a person would sign instead, word by word against the text it was made from."""
    by = acting_user()
    form, proposed = BaseForm(), queries_covenants.get_proposal(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations_covenants.answer_proposal(proposed, is_agreed=True, by=by)
            flash(_("Agreed: these words are now theirs to sign."), "ok")
            return redirect(url_for("disclosures.covenant"), 303)
    proposed = queries_covenants.get_proposal(id, by)
    before = queries_covenants.get_text(proposed.based_on_id).text if proposed.based_on_id else ""
    return render_template(
        "disclosures/proposal.html",
        form=form,
        proposed=proposed,
        pieces=word_difference(before, proposed.text),
    ), form.status


@bp.post("/covenant/proposals/<int:id>/refuse")
@requires("disclosures:write")
def refuse_proposal(id: int) -> ResponseReturnValue:
    by, form = acting_user(), BaseForm()
    proposed = queries_covenants.get_proposal(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations_covenants.answer_proposal(proposed, is_agreed=False, by=by)
            flash(_("Refused: the text before it is still theirs to sign."), "ok")
            return redirect(url_for("disclosures.covenant"), 303)
    return redirect(url_for("disclosures.proposal", id=id), 303)


@bp.route("/covenant/<int:id>/sign", methods=["GET", "POST"])
@requires("disclosures:record")
def countersign(id: int) -> ResponseReturnValue:
    by = acting_user()
    form, signed = CountersignForm(), queries_covenants.get_covenant(id, by)
    if form.validate_on_submit():
        with form.attempt():
            named = bool(form.is_company_named.data)
            operations_covenants.countersign(signed, is_company_named=named, by=by)
            flash(_("Both sides have signed. The certificate is ready."), "ok")
            return redirect(url_for("disclosures.covenant"), 303)
    signed = queries_covenants.get_covenant(id, by)
    return render_template("disclosures/countersign.html", form=form, signed=signed), form.status


@bp.get("/covenant/<int:id>/certificate.pdf")
@requires("disclosures:read")
def certificate(id: int) -> ResponseReturnValue:
    found = queries_covenants.get_covenant(id, acting_user())
    return download(exports.certificate(found), "covenant.pdf")
