"""Pages of an engagement's files: adding one, opening one (A5)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.advisory import operations_files, queries, queries_files
from app.advisory.forms import ContractForm, DeliveryForm, FileForm
from app.advisory.models import Engagement
from app.advisory.models_files import FilePart
from app.advisory.views import bp
from app.core import files


def keep_given(engagement: Engagement, part: FilePart, form: ContractForm | DeliveryForm) -> None:
    """Keep the file of a step's form, if one was chosen."""
    given = form.file.data
    if given is not None and given.filename:
        operations_files.add_file(engagement, part, given.stream, given.filename, by=acting_user())


@bp.route("/<int:id>/files/new", methods=["GET", "POST"])
@requires("advisory:write")
def add_file(id: int) -> ResponseReturnValue:
    """One more file beside the engagement."""
    by = acting_user()
    engagement, form = queries.get_engagement(id, by), FileForm(part=request.args.get("part", "contract"))
    if form.validate_on_submit():
        with form.attempt():
            given, part = form.file.data, FilePart(form.part.data)
            name, note = given.filename or "", form.note.data or ""
            operations_files.add_file(engagement, part, given.stream, name, note=note, by=by)
            flash(_("The file is kept with the engagement."), "ok")
            return redirect(url_for("advisory.show", id=id), 303)
    engagement = queries.get_engagement(id, by)
    return render_template("advisory/add_file.html", form=form, engagement=engagement), form.status


@bp.get("/files/<int:id>")
@requires("advisory:read")
def open_file(id: int) -> ResponseReturnValue:
    """The file as a download; who opened it is written down."""
    by = acting_user()
    row, stored = queries_files.get_file(id, by)
    operations_files.note_opening(row, by=by)
    return files.download(stored)
