"""Pages that prove the book: verifying it, handing it out with its verifier."""

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core import clock
from app.ledger import checkpoint, keys, operations, policies_verification, queries
from app.ledger.forms import VerifyForm
from app.ledger.operations_excerpts import export_excerpt
from app.ledger.views import bp
from app.people import queries as people


@bp.route("/verify", methods=["GET", "POST"])
@requires("ledger:verify")
def verify() -> ResponseReturnValue:
    form = VerifyForm()
    if form.validate_on_submit():
        try:
            found = operations.check_book(form.notes(), by=acting_user())
            flash(policies_verification.in_words(found.message, found.size), "ok" if found.is_ok else "block")
            return redirect(url_for("ledger.verify"), 303)
        except checkpoint.CheckpointError as error:
            form.refuse(str(error), field="note")
    page = render_template(
        "ledger/verify.html", form=form, checkpoint=queries.current_checkpoint(), verified=queries.last_verification(),
        fingerprint=checkpoint.fingerprint(keys.signing_key().public_key()),
    )  # fmt: skip
    return page, form.status


@bp.post("/bundle")
@requires("ledger:verify")
def bundle() -> Response:
    """The whole book with its signed head and a verifier, as a zip; a POST, because every export is recorded."""
    file = operations.export_book(by=acting_user())
    name = f"ledger-{clock.today().isoformat()}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)


@bp.post("/people/<int:id>/excerpt")
@requires("reports:export")
def excerpt(id: int) -> Response:
    """One person's entries with the proof of each, as a zip that is verified without us."""
    by = acting_user()
    person = people.get_person(id, by)
    name = f"excerpt-{person.id}-{clock.today().isoformat()}.zip"
    return send_file(
        export_excerpt(person, by=by), mimetype="application/zip", as_attachment=True, download_name=name
    )
