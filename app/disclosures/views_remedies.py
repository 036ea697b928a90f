"""Pages of what went wrong: labels to put right, drafts asked for, ties of a person."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.disclosures import operations_remedies, queries_remedies, queries_ties
from app.disclosures.forms import EndTieForm, LookAgainForm, TieForm, WaiveForm
from app.disclosures.models import TieKind
from app.disclosures.views import bp
from app.people import queries as people
from app.programs.queries_spans import span_asked


@bp.get("/remedies")
@requires("disclosures:read")
def remedies() -> ResponseReturnValue:
    by = acting_user()
    span = span_asked(request.args)
    rows = queries_remedies.list_remedies(by, span)
    repeats = queries_remedies.count_repeats([row.publication.person_id for row in rows])
    return render_template(
        "disclosures/remedies.html", rows=rows, repeats=repeats, today=clock.today(), span=span
    )


@bp.route("/remedies/<int:id>", methods=["GET", "POST"])
@requires("disclosures:record")
def look_again(id: int) -> ResponseReturnValue:
    by = acting_user()
    remedy = queries_remedies.get_remedy(id, by)
    form = LookAgainForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_remedies.look_again(remedy, form.opening.data, form.language.data, by=by)
            flash(_("The label is right now."), "ok")
            return redirect(url_for("disclosures.remedies"), 303)
    found = queries_remedies.get_remedy(id, by)
    return render_template("disclosures/look_again.html", form=form, remedy=found), form.status


@bp.route("/remedies/<int:id>/let-go", methods=["GET", "POST"])
@requires("disclosures:write")
def let_remedy_go(id: int) -> ResponseReturnValue:
    by = acting_user()
    remedy = queries_remedies.get_remedy(id, by)
    form = WaiveForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_remedies.let_remedy_go(remedy, reason=form.reason.data, by=by)
            flash(_("The remedy is closed; the reason stays in the record."), "ok")
            return redirect(url_for("disclosures.remedies"), 303)
    found = queries_remedies.get_remedy(id, by)
    return render_template("disclosures/let_remedy_go.html", form=form, remedy=found), form.status


@bp.get("/drafts")
@requires("disclosures:read")
def drafts() -> ResponseReturnValue:
    """Every time somebody asked for work before it was public (D4)."""
    by, span = acting_user(), span_asked(request.args)
    return render_template(
        "disclosures/drafts.html", rows=queries_remedies.list_drafts(by, span), span=span,
        n=queries_remedies.count_drafts(by, span),
    )  # fmt: skip


@bp.route("/people/<int:id>/ties", methods=["GET", "POST"])
@requires("disclosures:record")
def record_tie(id: int) -> ResponseReturnValue:
    """The ties of a person, past ones included, and one more (D6)."""
    by = acting_user()
    person = people.get_person(id, by)
    form = TieForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_remedies.record_tie(person, TieKind(form.kind.data), form.from_on.data, by=by)
            flash(_("The tie is written down; its words are in the ready text."), "ok")
            return redirect(url_for("disclosures.for_person", id=id), 303)
    person = people.get_person(id, by)
    return render_template(
        "disclosures/record_tie.html", form=form, person=person, ties=queries_ties.list_ties(person),
        today=clock.today(),
    ), form.status  # fmt: skip


@bp.route("/ties/<int:id>/end", methods=["GET", "POST"])
@requires("disclosures:record")
def end_tie(id: int) -> ResponseReturnValue:
    """A tie is over: from the next day on its words are not needed any more (D6)."""
    by = acting_user()
    tie = queries_ties.get_tie(id, by)
    form = EndTieForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_remedies.end_tie(tie, form.to_on.data, by=by)
            flash(_("The tie has an end; after it its words are not in the ready text any more."), "ok")
            return redirect(url_for("disclosures.record_tie", id=tie.person_id), 303)
    return render_template(
        "disclosures/end_tie.html", form=form, tie=queries_ties.get_tie(id, by)
    ), form.status
