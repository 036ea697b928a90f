"""The person's pages about what they publish and what both sides promise: links, drafts asked for, the covenant."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.downloads import download
from app.core.errors import NotFound
from app.disclosures import exports, operations, operations_covenants, operations_remedies, queries_covenants
from app.people.models import Person
from app.portal import queries
from app.portal.entering import of_person
from app.portal.forms import EmptyForm, LinkForm, ProposalForm, SignForm
from app.portal.views import bp, page_of


@bp.route("/links", methods=["GET", "POST"])
@of_person
def links(person: Person) -> ResponseReturnValue:
    """What the person has published and lets us look at: its label, nothing else (D4, J8.5)."""
    form = LinkForm()
    if form.validate_on_submit():
        with form.attempt():
            has_file = any(part.filename for part in request.files.values())
            operations.add_publication(person, form.details(person.languages), has_file=has_file, by=None)
            flash(_("Thank you. The label was looked at, and nothing else."), "ok")
            return redirect(url_for("portal.links"), 303)
    rows = queries.list_publications(person)
    return page_of("links", person, form=form, rows=rows, told=EmptyForm()), form.status


@bp.post("/links/asked-for-a-draft")
@of_person
def report_draft(person: Person) -> ResponseReturnValue:
    """Somebody asked to see their work first: it is counted, and compliance is told (D4)."""
    if EmptyForm().validate_on_submit():
        operations_remedies.report_draft_request(person, by=None)
        flash(_("Thank you for telling us. It is counted, and somebody looks into it today."), "ok")
    return redirect(url_for("portal.links"), 303)


@bp.route("/covenant", methods=["GET", "POST"])
@of_person
def covenant(person: Person) -> ResponseReturnValue:
    """What both sides promise, to read, sign, or change (D4, J8.2)."""
    form, text = SignForm(), queries_covenants.offered_to(person)
    if text is not None and form.validate_on_submit():
        with form.attempt():
            seen = queries_covenants.get_text(int(form.text_id.data))
            operations_covenants.sign_as_person(person, seen, is_named=bool(form.is_named.data), by=None)
            flash(_("Signed. You get the certificate as soon as we have signed too."), "ok")
            return redirect(url_for("portal.covenant"), 303)
    return _covenant_page(person, form, ProposalForm(data={"text": text.text if text else ""})), form.status


@bp.post("/covenant/propose")
@of_person
def propose_covenant(person: Person) -> ResponseReturnValue:
    """Send us the words the person would sign instead."""
    form, text = ProposalForm(), queries_covenants.offered_to(person)
    if text is not None and form.validate_on_submit():
        with form.attempt():
            operations_covenants.propose_edit(person, text, form.text.data, by=None)
            flash(_("Thank you. We read your words and answer soon."), "ok")
            return redirect(url_for("portal.covenant"), 303)
    return _covenant_page(person, SignForm(formdata=None), form), form.status


def _covenant_page(person: Person, form: SignForm, proposal: ProposalForm) -> str:
    text = queries_covenants.offered_to(person)
    return page_of(
        "covenant", person, form=form, proposal=proposal, text=text, proposed=queries_covenants.proposal_of(person),
        signed=queries_covenants.signed_of(person, text) if text else None,
    )  # fmt: skip


@bp.get("/covenant/<int:id>/certificate.pdf")
@of_person
def certificate(person: Person, id: int) -> ResponseReturnValue:
    """The person's own certificate, to publish if they like."""
    for signed in queries_covenants.list_of(person):
        if signed.id == id:
            return download(exports.certificate(signed), "covenant.pdf")
    raise NotFound(_("There is no such certificate of yours."))
