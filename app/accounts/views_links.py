"""A forgotten password, and the link that brings a new one."""

from flask import flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations_links, queries
from app.accounts.access import acting_user, public, requires
from app.accounts.forms_factors import EmptyForm, ForgottenForm, NewPasswordForm
from app.accounts.operations_links import LinkIsOver
from app.accounts.proving import proved
from app.accounts.views import bp

_KEPT = "new_password"


@bp.route("/sign-in/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Ask for a link with an address; the answer is the same whether anybody has it."""
    form = ForgottenForm()
    if form.validate_on_submit():
        operations_links.ask_by_address(form.email.data)
        return render_template("accounts/forgotten_sent.html", n_minutes=_minutes())
    return render_template("accounts/forgotten.html", form=form), form.status


def _minutes() -> int:
    return int(operations_links.LIFE.total_seconds() // 60)


@bp.get("/password/<secret>")
@public
def password_link(secret: str) -> ResponseReturnValue:
    """A page with one button, the same for every address: mail scanners open links, and learn nothing here."""
    response = make_response(render_template("accounts/password_link.html", secret=secret[:64]))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.post("/password/<secret>")
@public
def open_password_link(secret: str) -> ResponseReturnValue:
    """Use the link up: this browser may choose a password now, and the address is worth nothing."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("accounts.password_link", secret=secret[:64]), 303)
    try:
        session[_KEPT] = operations_links.open_link(secret[:64])
    except LinkIsOver as over:
        flash(over.message, "warn")
        return redirect(url_for("accounts.forgotten"), 303)
    return redirect(url_for("accounts.choose_password"), 303)


@bp.route("/sign-in/new-password", methods=["GET", "POST"])
@public
def choose_password() -> ResponseReturnValue:
    """Choose it. Nobody is signed in by that: the second factor is asked for as ever."""
    form, secret = NewPasswordForm(), str(session.get(_KEPT, ""))
    if not secret:
        return redirect(url_for("accounts.forgotten"), 303)
    if form.validate_on_submit():
        with form.attempt():
            operations_links.choose_password(secret, form.password.data)
            session.clear()
            flash(_("Your password is new, and every browser is signed out. Sign in with it."), "ok")
            return redirect(url_for("accounts.sign_in"), 303)
    return render_template("accounts/choose_password.html", form=form), form.status


@bp.post("/settings/users/<int:id>/password-link")
@requires("accounts:manage")
@proved
def hand_over_link(id: int) -> ResponseReturnValue:
    """A link to hand over; it is shown in the answer and never again."""
    user = queries.get_user(id)
    address = operations_links.hand_over(user, by=acting_user())
    return render_template("accounts/made_link.html", login=user, address=address, n_minutes=_minutes())
