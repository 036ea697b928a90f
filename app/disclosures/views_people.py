"""Pages of what people owe and publish: acceptance, duties, publications, the tab of one person."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.errors import NotFound
from app.core.forms import args_without
from app.core.i18n import said, words
from app.disclosures import operations, policies, queries, queries_remedies, queries_ties
from app.disclosures.filters import text_wanted
from app.disclosures.forms import AcknowledgeForm, PublicationForm, WaiveForm
from app.disclosures.models import AcknowledgementHow, LabelVerdict, ObligationState
from app.disclosures.views import bp
from app.disclosures.words import PLACES
from app.people import queries as people
from app.programs.queries_spans import span_asked


@bp.get("/obligations")
@requires("disclosures:read")
def obligations() -> ResponseReturnValue:
    by = acting_user()
    text = request.args.get("state", "")
    state = ObligationState(text) if text in set(ObligationState) else None
    place, page = request.args.get("jurisdiction", "")[:8], request.args.get("page", "")
    found = queries.list_obligations(
        by, state=state, jurisdiction=place, page=int(page) if page.isdecimal() and len(page) < 7 else 1
    )
    return render_template(
        "disclosures/obligations.html", found=found, state=state, counts=queries.count_obligations(by), place=place,
        states=list(ObligationState), places=[policy.jurisdiction for policy in queries.list_policies()],
        args=args_without("page"),
    )  # fmt: skip


@bp.get("/obligations/<int:id>")
@requires("disclosures:read")
def obligation(id: int) -> ResponseReturnValue:
    """One duty: its state, what was published since, and what had to be put right (D1, D5)."""
    by = acting_user()
    duty = queries.get_obligation(id, by)
    return render_template(
        "disclosures/obligation.html", duty=duty, version=duty.policy_version, today=clock.today(),
        answers=queries_remedies.list_answers_to(duty), places=PLACES,
    )  # fmt: skip


@bp.route("/obligations/<int:id>/waive", methods=["GET", "POST"])
@requires("disclosures:write")
def waive(id: int) -> ResponseReturnValue:
    by = acting_user()
    duty = queries.get_obligation(id, by)
    form = WaiveForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.waive_obligation(duty, reason=form.reason.data, by=by)
            flash(_("The duty is let go; the reason stays in the record."), "ok")
            return redirect(url_for("disclosures.obligation", id=id), 303)
    return render_template(
        "disclosures/waive.html", form=form, duty=queries.get_obligation(id, by)
    ), form.status


@bp.get("/publications")
@requires("disclosures:read")
def publications() -> ResponseReturnValue:
    by, span, is_right = acting_user(), span_asked(request.args), request.args.get("verdict") == "evidenced"
    return render_template(
        "disclosures/publications.html", rows=queries_remedies.list_filed(by, span, is_right=is_right),
        figures=queries_remedies.count_labels(by, span), span=span, is_right=is_right,
    )  # fmt: skip


@bp.route("/publications/new", methods=["GET", "POST"])
@requires("disclosures:record")
def new_publication() -> ResponseReturnValue:
    by = acting_user()
    form = PublicationForm(data={"person_id": request.args.get("person", "")}).offer(queries.list_authors(by))
    if form.validate_on_submit():
        with form.attempt():
            person = people.get_person(int(form.person_id.data), by)
            has_file = any(part.filename for part in request.files.values())
            filed = operations.add_publication(person, form.details(), has_file=has_file, by=by)
            _tell(filed.verdict)
            return redirect(url_for("disclosures.for_person", id=person.id), 303)
    return render_template("disclosures/new_publication.html", form=form), form.status


def _tell(verdict: LabelVerdict) -> None:
    if verdict is LabelVerdict.EVIDENCED:
        flash(_("Filed; its label is right."), "ok")
    else:
        flash(
            _(
                "Filed; its label is %(verdict)s. A remedy with a day has been started.",
                verdict=words(verdict).lower(),
            ),
            "warn",
        )


@bp.get("/people/<int:id>")
@requires("disclosures:read")
def for_person(id: int) -> ResponseReturnValue:
    """The disclosure tab of a person: what binds them, what they accepted, what they owe, ready text."""
    by = acting_user()
    person = people.get_person(id, by)
    today = clock.today()
    kinds = [kind for kind, _ in policies.KINDS_OF_VALUE]
    kind = request.args["kind"] if request.args.get("kind") in kinds else "lodging"
    language = person.languages[0] if person.languages else "en"
    wanted = text_wanted(person, request.args)
    return render_template(
        "disclosures/for_person.html", person=person, tab=queries.for_person(person, today, by), kind=kind, wanted=wanted,
        kinds=[(one, said(text)) for one, text in policies.KINDS_OF_VALUE],
        texts=wanted.texts(kind, today, language), places=PLACES,
        ties=queries_ties.list_ties(person), today=today,
    )  # fmt: skip


@bp.route("/people/<int:id>/acknowledge", methods=["GET", "POST"])
@requires("disclosures:record")
def acknowledge(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = people.get_person(id, by)
    open_versions = queries.missing_acknowledgements(person, clock.today())
    if not open_versions:
        raise NotFound(
            _("There is nothing to accept: every policy that binds this person is accepted already.")
        )
    language = person.languages[0] if person.languages else "en"
    form = AcknowledgeForm(data={"language": language}).offer(open_versions)
    if form.validate_on_submit():
        with form.attempt():
            version = queries.get_version(int(form.version_id.data))
            how = AcknowledgementHow(form.how.data)
            operations.acknowledge(person, version, how, form.language.data, by=by)
            said = {"person": person.name, "policy": version.policy.name, "version": version.number}
            flash(_("%(person)s has accepted %(policy)s, version %(version)s.", **said), "ok")
            return redirect(url_for("disclosures.for_person", id=id), 303)
    person = people.get_person(id, by)
    return render_template("disclosures/acknowledge.html", form=form, person=person), form.status
