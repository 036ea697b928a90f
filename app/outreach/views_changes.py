"""Pages of a batch that left: its letters, and who must hear of what changed since (G5)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.core.forms import BaseForm
from app.outreach import operations, queries_changes
from app.outreach.views import bp


@bp.get("/sent/batch")
@requires("outreach:read")
def sent_batch() -> ResponseReturnValue:
    return _page(request.args.get("name", ""), BaseForm())


@bp.post("/sent/batch")
@requires("outreach:write")
def write_changes() -> ResponseReturnValue:
    """Write to exactly those whose facts changed."""
    form, batch = BaseForm(), request.form.get("batch", "")
    if form.validate_on_submit():
        with form.attempt():
            name, written = operations.write_changes(batch, by=acting_user())
            n = len(written)
            flash(
                ngettext(
                    "%(num)s letter waits in the outbox. Read it, then send.",
                    "%(num)s letters wait in the outbox. Read them, then send.",
                    n,
                ),
                "ok",
            )
            return redirect(url_for("outreach.batch", name=name), 303)
    return _page(batch, form)


def _page(name: str, form: BaseForm) -> ResponseReturnValue:
    found = queries_changes.get_sent_batch(name)
    return render_template("outreach/sent_batch.html", batch=found, form=form), form.status
