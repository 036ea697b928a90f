"""The page on which an entry is corrected in one step: what stands, ready to be put right (L1)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.ledger import operations, queries
from app.ledger.forms_corrections import CorrectionForm, as_typed
from app.ledger.views import bp, source_url, tell


@bp.route("/<int:id>/correct", methods=["GET", "POST"])
@requires("ledger:record")
def correct(id: int) -> ResponseReturnValue:
    by, entry = acting_user(), queries.get_entry(id)
    form = _form(id)
    form.offer(queries.list_recipients(by), queries.list_programs())
    if form.validate_on_submit():
        with form.attempt():
            posting = operations.correct_entry(entry, form.details(), reason=form.cause(), by=by)
            flash(_("Entry %(id)s is taken back; what follows stands instead.", id=id), "ok")
            tell(posting)
            return redirect(url_for("ledger.show", id=posting.entry.seq), 303)
    return _page(id, form), form.status


def _form(id: int) -> CorrectionForm:
    """Filled with what stands, unless this cannot be corrected here."""
    entry = queries.get_entry(id)
    why_not = queries.why_not_corrected(entry)
    return CorrectionForm(data=None if why_not else as_typed(queries.as_it_stands(entry)))


def _page(id: int, form: CorrectionForm) -> str:
    entry = queries.get_entry(id)
    return render_template(
        "ledger/correct.html", form=form, entry=entry, why_not=queries.why_not_corrected(entry),
        source_url=source_url(entry), replacement=queries.replacement_of(entry),
    )  # fmt: skip
