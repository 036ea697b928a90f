"""Pages about being away: deputies act on these days, and both names are kept (R2)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations_successions, queries_successions
from app.accounts.access import acting_user, requires
from app.accounts.forms import AbsenceForm
from app.accounts.views import bp
from app.core.errors import NotFound


@bp.route("/account/away/new", methods=["GET", "POST"])
@requires("accounts:self")
def new_absence() -> ResponseReturnValue:
    """Say when one is away."""
    form = AbsenceForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_successions.add_absence(form.details(), by=acting_user())
            flash(_("Noted. On these days your deputies act for you; both names are kept."), "ok")
            return redirect(url_for("accounts.account", _anchor="away"), 303)
    return render_template("accounts/new_absence.html", form=form), form.status


@bp.post("/account/away/<int:id>/end")
@requires("accounts:self")
def end_absence(id: int) -> ResponseReturnValue:
    """Be back."""
    me = acting_user()
    absence = queries_successions.get_absence(id, me)
    if absence is None:
        raise NotFound(_("This absence does not exist, or it is not yours."))
    operations_successions.end_absence(absence, by=me)
    flash(_("Welcome back. You decide for yourself again."), "ok")
    return redirect(url_for("accounts.account", _anchor="away"), 303)
