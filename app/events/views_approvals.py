"""The page that asks for the approval an official's invitation needs."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.events import operations, queries
from app.events.forms import PreApprovalForm
from app.events.views import bp

#: Costs are settled in the weeks after an event.
AFTERWARDS = timedelta(days=30)


@bp.route("/invitations/<int:id>/approval", methods=["GET", "POST"])
@requires("events:write")
def ask_approval(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_invitation(id, by)
    last = found.event.ends_at.astimezone(ZoneInfo(found.event.zone)).date() + AFTERWARDS
    form = PreApprovalForm(data={"expires_on": last})
    if form.validate_on_submit():
        with form.attempt():
            operations.ask_pre_approval(found, form.details(), by=by)
            flash(_("Compliance has been asked. The invitation cannot leave before the answer."), "ok")
            return redirect(url_for("events.invitation", id=found.id), 303)
    return render_template("events/ask_approval.html", form=form, invitation=found), form.status
