"""Pages of the copy of everything: made, taken, handed over; each a POST, because each is written into the trail."""

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import files
from app.core.errors import NotFound
from app.privacy import operations_access, queries
from app.privacy.views import bp


@bp.post("/<int:id>/copy")
@requires("privacy:approve")
def copy(id: int) -> ResponseReturnValue:
    """Write everything about the person into a file."""
    operations_access.make_copy(queries.get_request(id), by=acting_user())
    flash(_("The copy is made. Look at it, then hand it over."), "ok")
    return redirect(url_for("privacy.show", id=id), 303)


@bp.post("/<int:id>/download")
@requires("privacy:approve")
def download(id: int) -> Response:
    """The file."""
    found = queries.get_request(id)
    if found.file is None:
        raise NotFound(_("There is no copy, or its time is over. Make it again."))
    operations_access.note_download(found, by=acting_user())
    return files.download(found.file)


@bp.post("/<int:id>/handed-over")
@requires("privacy:approve")
def handed_over(id: int) -> ResponseReturnValue:
    """The person has it."""
    operations_access.hand_over_copy(queries.get_request(id), by=acting_user())
    flash(_("Answered."), "ok")
    return redirect(url_for("privacy.show", id=id), 303)
