"""Pages of what was open to everybody at large events: the list, and the size from which an event is large (c8)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries_choices
from app.accounts.access import acting_user, requires
from app.core import clock
from app.ledger import operations, queries_general
from app.ledger.forms_general import GeneralSizeForm
from app.ledger.views import bp


@bp.get("/general")
@requires("ledger:read")
def general() -> ResponseReturnValue:
    return render_template(
        "ledger/general/index.html", rows=queries_general.list_items(), sizes=queries_general.sizes(),
        size=queries_general.size_on(clock.today()),
    )  # fmt: skip


@bp.route("/general/size", methods=["GET", "POST"])
@requires("ledger:rules")
def general_size() -> ResponseReturnValue:
    version = str(queries_choices.version_of(queries_general.SETTING))
    form = GeneralSizeForm(data={"size": queries_general.size_on(clock.today()), "version": version})
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            operations.set_general_size(
                form.size.data, form.from_on.data, by=acting_user(), seen_version=seen
            )
            flash(_("The size is set; what was recorded before keeps its rule."), "ok")
            return redirect(url_for("ledger.general"), 303)
    return render_template("ledger/general/size.html", form=form), form.status
