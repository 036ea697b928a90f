"""Pages of identity papers and letters for a visa: masked until somebody says why they look (R4, T4)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.downloads import download
from app.people import queries as people
from app.people.models import Person
from app.travel import (
    exports_documents,
    operations_documents,
    operations_sensitive,
    queries,
    queries_sensitive,
)
from app.travel.forms import ReasonForm
from app.travel.forms_documents import (
    ForgetIdentityForm,
    HandOverForm,
    IdentityForm,
    LetterForm,
    RevealForm,
    typed_identity,
)
from app.travel.models import Trip
from app.travel.policies_sensitive import PURPOSE_WORDS, LetterRefused
from app.travel.views import bp


@bp.get("/people/<int:id>/identity")
@requires("travel:identity")
def identity(id: int) -> ResponseReturnValue:
    """That papers are kept, for what and until when; not what they say."""
    return _identity_page(people.get_person(id, acting_user()), RevealForm())


def _identity_page(person: Person, form: RevealForm, shown: object = None) -> ResponseReturnValue:
    page = render_template(
        "travel/documents/identity.html", person=person, form=form, shown=shown, purposes=PURPOSE_WORDS,
        masked=queries_sensitive.masked_identity(person), readings=queries_sensitive.list_readings(person),
    )  # fmt: skip
    return page, form.status


@bp.post("/people/<int:id>/identity/reveal")
@requires("travel:identity")
def reveal_identity(id: int) -> ResponseReturnValue:
    """What the papers say, after the reason is written down (R4)."""
    by, form = acting_user(), RevealForm()
    person = people.get_person(id, by)
    shown = None
    if form.validate_on_submit():
        shown = operations_sensitive.read_identity(person, form.reason.data, by=by)
    return _identity_page(person, form, shown)


@bp.route("/people/<int:id>/identity/edit", methods=["GET", "POST"])
@requires("travel:identity")
def edit_identity(id: int) -> ResponseReturnValue:
    """The form begins empty: whoever writes a new passport down need not read the old one."""
    by = acting_user()
    person = people.get_person(id, by)
    masked = queries_sensitive.masked_identity(person)
    form = IdentityForm(data=typed_identity(masked, next(iter(queries.list_trips(by, person=person)), None)))
    if form.validate_on_submit():
        with form.attempt():
            operations_sensitive.set_identity(person, form.details(), by=by, seen_version=form.seen_version)
            flash(_("Kept sealed, until its day."), "ok")
            return redirect(url_for("travel.identity", id=person.id), 303)
    return _edit_page(person, form), form.status


def _edit_page(person: Person, form: IdentityForm) -> str:
    masked = queries_sensitive.masked_identity(person)
    return render_template("travel/documents/edit_identity.html", form=form, person=person, masked=masked)


@bp.route("/people/<int:id>/identity/forget", methods=["GET", "POST"])
@requires("travel:identity")
def forget_identity(id: int) -> ResponseReturnValue:
    person, form = people.get_person(id, acting_user()), ForgetIdentityForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_sensitive.forget_identity(person, by=acting_user())
            flash(_("It is deleted. Nobody has it any more."), "ok")
            return redirect(url_for("travel.identity", id=person.id), 303)
    return render_template("travel/documents/forget_identity.html", form=form, person=person), form.status


# -- letters -------------------------------------------------------------------------------------------


@bp.route("/<int:id>/letters", methods=["GET", "POST"])
@requires("travel:identity")
def letters(id: int) -> ResponseReturnValue:
    """The letters of a trip, and the form to issue one, with the last day that is safe (T4)."""
    by = acting_user()
    trip = queries.get_trip(id, by)
    form = LetterForm(data={"delete_after_on": trip.to_on})
    if form.validate_on_submit():
        with form.attempt():
            operations_sensitive.issue_letter(trip, form.details(), exports_documents.letter_pdf, by=by)
            flash(_("The letter is issued. Print it, then note to whom it was given."), "ok")
            return _to_letters(trip)
    rows = queries_sensitive.list_letters(trip)
    live = next((row for row in rows if row.destroyed_at is None), None)
    return render_template(
        "travel/documents/letters.html", form=form, trip=trip, rows=rows, live=live, obstacle=_obstacle(trip),
        is_outdated=queries_sensitive.is_outdated(live) if live else False, today=clock.today(),
    ), form.status  # fmt: skip


def _obstacle(trip: Trip) -> str:
    """Why no letter can be made now, before anybody types; empty when one can."""
    try:
        queries_sensitive.letter_facts(trip)
    except LetterRefused as refused:
        return refused.message
    return ""


@bp.get("/letters/<int:id>.pdf")
@requires("travel:identity")
def letter_file(id: int) -> ResponseReturnValue:
    """The letter as it was issued; who opened it is written down (R4)."""
    by = acting_user()
    letter = queries_sensitive.get_letter(id, by)
    content = queries_sensitive.content_of(letter)
    operations_sensitive.note_letter_reading(letter, by=by)
    return download(content, f"visa-letter-{letter.id}.pdf")


@bp.route("/letters/<int:id>/hand-over", methods=["GET", "POST"])
@requires("travel:identity")
def hand_over_letter(id: int) -> ResponseReturnValue:
    letter = queries_sensitive.get_letter(id, acting_user())
    form = HandOverForm(data={"recipient": letter.trip.person.name})
    if form.validate_on_submit():
        with form.attempt():
            operations_documents.hand_over_letter(letter, form.recipient.data, by=acting_user())
            flash(_("Noted."), "ok")
            return _to_letters(letter.trip)
    return render_template("travel/documents/hand_over_letter.html", form=form, letter=letter), form.status


@bp.route("/letters/<int:id>/withdraw", methods=["GET", "POST"])
@requires("travel:identity")
def withdraw_letter(id: int) -> ResponseReturnValue:
    """Destroy it before its day."""
    letter = queries_sensitive.get_letter(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_sensitive.withdraw_letter(letter, form.reason.data, by=acting_user())
            flash(_("The letter is destroyed. That there was one stays."), "ok")
            return _to_letters(letter.trip)
    return render_template("travel/documents/withdraw_letter.html", form=form, letter=letter), form.status


def _to_letters(trip: Trip) -> ResponseReturnValue:
    return redirect(url_for("travel.letters", id=trip.id), 303)
