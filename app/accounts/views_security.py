"""Settings of sign-in, and what administrators do about the sign-in of somebody else."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import (
    operations,
    operations_factors,
    operations_rules,
    queries,
    queries_choices,
    queries_factors,
)
from app.accounts.access import acting_user, requires
from app.accounts.forms_factors import RulesForm
from app.accounts.proving import proved
from app.accounts.views import bp


@bp.route("/settings/sign-in", methods=["GET", "POST"])
@requires("accounts:manage")
def sign_in_rules() -> ResponseReturnValue:
    """Who needs a second factor, and since when."""
    rules = queries_factors.rules()
    form = RulesForm.about(rules, queries_choices.version_of(queries_factors.RULES))
    if form.validate_on_submit():
        with form.attempt():
            operations_rules.set_rules(form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("People sign in this way from now on."), "ok")
            return redirect(url_for("accounts.sign_in_rules"), 303)
    ready = queries_factors.with_factor()
    users = queries.list_users(is_active=True)
    without = [user for user in users if user.id not in ready]
    return render_template(
        "accounts/sign_in_rules.html", form=form, without=without, n_users=len(users)
    ), form.status


@bp.post("/settings/users/<int:id>/sessions/<int:session_id>/end")
@requires("accounts:manage")
def end_session_of(id: int, session_id: int) -> ResponseReturnValue:
    """Sign one browser of somebody out."""
    session = queries_factors.get_session_of(session_id, queries.get_user(id))
    operations.end_session(session, by=acting_user())
    flash(_("That browser is signed out."), "ok")
    return redirect(url_for("accounts.show", id=id, _anchor="sessions"), 303)


@bp.post("/settings/users/<int:id>/sessions/end")
@requires("accounts:manage")
def end_sessions_of(id: int) -> ResponseReturnValue:
    """Sign every browser of somebody out."""
    n_ended = operations.end_sessions_of(queries.get_user(id), by=acting_user())
    flash(_("Browsers signed out: %(n)s.", n=n_ended), "ok")
    return redirect(url_for("accounts.show", id=id, _anchor="sessions"), 303)


@bp.get("/settings/users/<int:id>/factors/remove")
@requires("accounts:manage")
def ask_remove_factors(id: int) -> ResponseReturnValue:
    """Whether really."""
    user = queries.get_user(id)
    return render_template(
        "accounts/confirm.html", login=user, verb=_("Remove the second factor"), tone="warn",
        action=url_for("accounts.remove_factors", id=id), title=_("Remove the second factor of %(name)s?", name=user.name),
        restate=_("Be sure it is they who ask. Browsers are signed out, the password alone lets them in, and mail tells them."),
    )  # fmt: skip


@bp.post("/settings/users/<int:id>/factors/remove")
@requires("accounts:manage")
@proved
def remove_factors(id: int) -> ResponseReturnValue:
    """Take away what somebody lost."""
    user = queries.get_user(id)
    operations_factors.remove_lost(user, by=acting_user())
    flash(_("%(name)s has no second factor any more, and was told by mail.", name=user.name), "ok")
    return redirect(url_for("accounts.show", id=user.id), 303)
