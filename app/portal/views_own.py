"""My data: what is kept, corrected, allowed, taken back; who else may see it; a copy; to be forgotten."""

from typing import Any

from flask import Response, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.errors import NotFound
from app.people.models import Person
from app.people.models_consents import Purpose
from app.portal import entering, operations, operations_own, operations_wishes, queries, queries_own
from app.portal.entering import of_person
from app.portal.forms import EmptyForm
from app.portal.forms_own import NOT_SAID, ErasureForm, FacetForm, RecordForm
from app.portal.operations_own import Corrected
from app.portal.views import bp, page_of
from app.privacy import operations_access
from app.programs import queries_declared


@bp.get("/my-data")
@of_person
def my_data(person: Person) -> ResponseReturnValue:
    """Everything about oneself on one page, each thing with its button."""
    return _page(person)


@bp.route("/my-data/correct", methods=["GET", "POST"])
@of_person
def correct(person: Person) -> ResponseReturnValue:
    """Put right who we think they are."""
    kept = {
        "name": person.name, "phone": person.phone, "home_country": person.home_country or "", "zone": person.zone,
        "language": person.languages[0] if person.languages else "en", "known_for": person.known_for,
        "known_among": person.known_among, "version": str(person.version),
    }  # fmt: skip
    form = RecordForm(data=kept).offer(person)
    if form.validate_on_submit():
        with form.attempt():
            said = Corrected(**{name: form[name].data or "" for name in Corrected.__struct_fields__})
            operations_own.correct(person, said, seen_version=form.seen_version)
            flash(_("Thank you. It is corrected."), "ok")
            return redirect(url_for("portal.my_data"), 303)
    return page_of("correct", person, form=form, email=person.email), form.status


@bp.post("/my-data/<purpose>/withdraw")
@of_person
def withdraw_consent(person: Person, purpose: str) -> ResponseReturnValue:
    """Take one consent back; nothing else changes (P4)."""
    form, found = EmptyForm(), _purpose(purpose)
    if form.validate_on_submit():
        with form.attempt():
            operations.withdraw_consent(person, found)
            return _back(_("Taken back. Nothing else has changed."))
    return _page(person), form.status


@bp.post("/my-data/<purpose>/give")
@of_person
def give_consent(person: Person, purpose: str) -> ResponseReturnValue:
    """Allow one thing, in the words beside the button; nothing else changes (P4)."""
    form, found = EmptyForm(), _purpose(purpose)
    if form.validate_on_submit():
        with form.attempt():
            operations_wishes.give_consent(person, found)
            return _back(_("Thank you. You can take it back here at any time."))
    return _page(person), form.status


@bp.post("/my-data/visits/<int:id>/end")
@of_person
def end_own_visit(person: Person, id: int) -> ResponseReturnValue:
    """Sign out another browser of theirs."""
    visit = queries_own.find_visit(person, id)
    if visit is None:
        raise NotFound(_("There is no such browser of yours."))
    if EmptyForm().validate_on_submit():
        operations.end_visit(visit, by=None)
    return _back(_("That browser is signed out."), "browsers")


@bp.post("/my-data/agents/<int:id>/end")
@of_person
def end_agent(person: Person, id: int) -> ResponseReturnValue:
    """An agency speaks for them no more (R3)."""
    row = queries_own.find_agent(person, id)
    if row is None:
        raise NotFound(_("There is no such agency of yours."))
    if EmptyForm().validate_on_submit():
        operations_own.let_agent_go(person, row)
    return _back(_("Ended. From this moment they see nothing of yours."), "agents")


@bp.route("/my-data/about-me/<int:id>", methods=["GET", "POST"])
@of_person
def facet(person: Person, id: int) -> ResponseReturnValue:
    """Say something of oneself, take it back, or leave it; the page never shows what was said (P7)."""
    found, form = queries_declared.get_facet(id), FacetForm()
    form.choice.choices = [(one, one) for one in found.choices] + [(NOT_SAID, _("I would rather not say"))]
    if form.validate_on_submit():
        with form.attempt():
            operations_own.declare(person, found, "" if form.choice.data == NOT_SAID else form.choice.data)
            return _back(_("Thank you. What you answered is shown to nobody, not even here."), "about-me")
    shown = next(one for one in queries_own.list_facets() if one.id == id)
    return page_of("facet", person, form=form, facet=shown), form.status


@bp.post("/my-data/copy")
@of_person
def own_copy(person: Person) -> ResponseReturnValue:
    """Everything kept about them, at once, as a file (P9)."""
    if not EmptyForm().validate_on_submit():
        return _page(person), 422
    name = f"my-data-{clock.today().isoformat()}.zip"
    made: Response = send_file(
        operations_access.own_copy(person), mimetype="application/zip", as_attachment=True, download_name=name
    )
    return made


@bp.post("/my-data/erase")
@of_person
def ask_erasure(person: Person) -> ResponseReturnValue:
    """Ask to be forgotten (P8)."""
    form = ErasureForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_own.ask_erasure(person, form.words.data or "")
            return _back(_("We have your wish. You get an answer within a month."), "erase")
    return _page(person, erasure_form=form), form.status


def _purpose(text: str) -> Purpose:
    if text not in set(Purpose):
        raise NotFound(_("There is no such consent."))
    return Purpose(text)


def _back(said: str, part: str | None = None) -> ResponseReturnValue:
    flash(said, "ok")
    return redirect(url_for("portal.my_data", _anchor=part), 303)


def _page(person: Person, **forms: Any) -> str:
    return page_of(
        "my_data", person, record=queries_own.record_of(person), consents=queries.list_consents(person),
        agents=queries_own.agents_of(person), visits=queries_own.list_visits(person, entering.here()),
        facets=queries_own.list_facets(), passkeys=queries_own.list_passkeys(person),
        erasure=queries_own.erasure_of(person), zone=person.zone,
        form=EmptyForm(formdata=None), **({"erasure_form": ErasureForm(formdata=None)} | forms),
    )  # fmt: skip
