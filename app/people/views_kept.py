"""Pages of what is kept beside a record: files, and what those who serve need to know."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import files as stored_files
from app.people import operations_files, operations_hospitality, queries_consents, queries_kept
from app.people.forms_kept import (
    FileForm,
    ForgetForm,
    HospitalityForm,
    NewFileForm,
    RemoveFileForm,
    typed_file,
    typed_hospitality,
)
from app.people.models import Person
from app.people.views import bp, person_or_404


@bp.get("/<int:id>/files")
@requires("people:read")
def files(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    rows = queries_kept.list_files(person, acting_user())
    shown = bool(queries_consents.may_show_photo([person.id]))
    return render_template("people/files.html", person=person, rows=rows, may_show_photo=shown)


@bp.route("/<int:id>/files/new", methods=["GET", "POST"])
@requires("people:write")
def new_file(id: int) -> ResponseReturnValue:
    person, by = person_or_404(id), acting_user()
    form = NewFileForm()
    if form.validate_on_submit():
        with form.attempt():
            given = form.file.data
            row = operations_files.keep_file(
                person, given.stream, given.filename or "", form.details(), by=by
            )
            flash(_("%(file)s is kept.", file=row.file.name), "ok")
            return _to_files(person)
    return render_template("people/new_file.html", form=form, person=person), form.status


@bp.get("/files/<int:id>")
@requires("people:read")
def open_file(id: int) -> ResponseReturnValue:
    """The file as a download; who opened it is written down."""
    by = acting_user()
    row = queries_kept.get_file(id, by)
    operations_files.note_opening(row, by=by)
    return stored_files.download(row.file)


@bp.route("/files/<int:id>/edit", methods=["GET", "POST"])
@requires("people:write")
def edit_file(id: int) -> ResponseReturnValue:
    row = queries_kept.get_file(id, acting_user())
    form = FileForm(data=typed_file(row))
    if form.validate_on_submit():
        with form.attempt():
            by, seen = acting_user(), form.seen_version
            operations_files.edit_file(row, form.details(), by=by, seen_version=seen)
            flash(_("Saved."), "ok")
            return _to_files(row.person)
    return render_template("people/edit_file.html", form=form, row=row, person=row.person), form.status


@bp.route("/files/<int:id>/remove", methods=["GET", "POST"])
@requires("people:write")
def remove_file(id: int) -> ResponseReturnValue:
    row = queries_kept.get_file(id, acting_user())
    form = RemoveFileForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_files.remove_file(row, by=acting_user(), reason=form.reason.data or "")
            flash(_("%(file)s was taken away. The line stays.", file=row.file.name), "ok")
            return _to_files(row.person)
    return render_template("people/remove_file.html", form=form, row=row, person=row.person), form.status


# -- what those who serve need to know ---------------------------------------------------------------


@bp.get("/<int:id>/hospitality")
@requires("people:serve")
def hospitality(id: int) -> ResponseReturnValue:
    """Every look is written down (R4)."""
    person, by = person_or_404(id), acting_user()
    row = queries_kept.hospitality_of(person)
    if row is not None:
        operations_hospitality.note_reading(person, by=by)
    return render_template("people/hospitality.html", person=person, row=row)


@bp.route("/<int:id>/hospitality/edit", methods=["GET", "POST"])
@requires("people:serve")
def edit_hospitality(id: int) -> ResponseReturnValue:
    person, by = person_or_404(id), acting_user()
    row = queries_kept.hospitality_of(person)
    if row is not None and request.method == "GET":
        operations_hospitality.note_reading(person, by=by)
    form = HospitalityForm(data=typed_hospitality(row) if row else {"version": "0"})
    if form.validate_on_submit():
        with form.attempt():
            operations_hospitality.set_hospitality(
                person, form.details(), by=by, seen_version=form.seen_version
            )
            flash(_("Kept for those who serve them, until its day."), "ok")
            return redirect(url_for("people.hospitality", id=person.id), 303)
    return render_template("people/edit_hospitality.html", form=form, person=person, row=row), form.status


@bp.route("/<int:id>/hospitality/forget", methods=["GET", "POST"])
@requires("people:serve")
def forget_hospitality(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = ForgetForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_hospitality.forget_hospitality(person, by=acting_user())
            flash(_("It is deleted. Nobody has it any more."), "ok")
            return redirect(url_for("people.hospitality", id=person.id), 303)
    return render_template("people/forget_hospitality.html", form=form, person=person), form.status


def _to_files(person: Person) -> ResponseReturnValue:
    return redirect(url_for("people.files", id=person.id), 303)
