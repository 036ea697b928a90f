"""The notes on a person: one's own and shared ones, a form for one more, and sharing."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.people import operations, queries_notes
from app.people.forms import NoteForm
from app.people.views import bp, person_or_404


@bp.route("/<int:id>/notes", methods=["GET", "POST"])
@requires("notes:read")
def notes(id: int) -> ResponseReturnValue:
    by, person = acting_user(), person_or_404(id)
    form = NoteForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.add_note(person, form.details(), by=by)
            flash(_("Noted."), "ok")
            return redirect(url_for("people.notes", id=person.id), 303)
    return render_template(
        "people/notes.html", form=form, person=person, notes=queries_notes.list_notes(person, by),
        n_hidden=queries_notes.count_hidden(person, by), me=by,
    ), form.status  # fmt: skip


@bp.post("/notes/<int:id>/share")
@requires("notes:read")
def share_note(id: int) -> ResponseReturnValue:
    by = acting_user()
    note = operations.share_note(queries_notes.get_note(id, by), by=by)
    flash(_("Everybody who may read notes reads it now."), "ok")
    return redirect(url_for("people.notes", id=note.person_id), 303)
