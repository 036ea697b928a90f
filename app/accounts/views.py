"""The way in and out, and what everybody may do about their own login."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import (
    oidc,
    operations,
    operations_tokens,
    permissions,
    policies,
    policies_tokens,
    queries,
    queries_successions,
    signing_in,
)
from app.accounts.access import acting_user, may, public, requires, safe_next
from app.accounts.entering import enter
from app.accounts.forms import DelegationForm, PasswordForm, ProfileForm, SignInForm, TokenForm
from app.accounts.models import Theme, TokenScope, User
from app.accounts.proving import proved
from app.core import clock, search
from app.core.door import page_before
from app.core.errors import DomainError

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """The way in."""
    onward = safe_next(request.args.get("next", "/"))
    form = SignInForm()
    if form.validate_on_submit():
        with form.attempt():
            agent = request.user_agent.string
            entered = operations.sign_in(
                form.email.data, form.password.data, request.remote_addr or "", agent
            )
            return enter(entered, onward)
    response = make_response(
        render_template("accounts/sign_in.html", form=form, onward=onward, provider=oidc.provider()),
        form.status,
    )
    response.headers.update({"Retry-After": str(form.retry_after)} if form.retry_after else {})
    return response


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """The way out: the session ends on the server too."""
    secret = signing_in.forget()
    if secret:
        operations.sign_out(secret)
    flash(_("You are signed out."), "ok")
    return redirect(url_for("accounts.sign_in"), 303)


@bp.route("/account/", methods=["GET", "POST"])
@requires("accounts:self")
def account() -> ResponseReturnValue:
    """Oneself: profile, sessions, tokens, stand-ins."""
    me = acting_user()
    form = ProfileForm(obj=me)
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_profile(me, form.details(), by=me, seen_version=form.seen_version)
            flash(_("Your profile is saved."), "ok")
            return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/account.html", form=form, **_about(acting_user())), form.status


def _about(me: User) -> dict[str, object]:
    """What the account page shows beside the profile."""
    return {
        "me": me,
        "sessions": queries.list_sessions(me),
        "here": signing_in.here(),
        "browser_of": policies.browser_of,
        "tokens": queries.list_tokens(me),
        "is_over": policies_tokens.is_over,
        "delegations": queries.list_delegations(me, clock.today(me.zone)),
        "absences": queries_successions.list_absences(me, clock.now()),
        "delegators": queries.delegators_of(me, clock.today(me.zone)),
        "approves": any(permissions.may(me, right) for right in permissions.APPROVALS),
        "today": clock.today(me.zone),
    }


@bp.post("/account/theme")
@requires("accounts:self")
def choose_theme() -> ResponseReturnValue:
    """Light or dark, from the menu of every page."""
    wanted = request.form.get("theme", "")
    if wanted not in set(Theme):
        raise DomainError(_("There is no such appearance. Choose one of the three."))
    operations.choose_theme(Theme(wanted), by=acting_user())
    return redirect(safe_next(page_before()), 303)


@bp.route("/account/password", methods=["GET", "POST"])
@requires("accounts:factors")
@proved
def change_password() -> ResponseReturnValue:
    """A new password; all other browsers are signed out, and this one goes on under a new secret."""
    form = PasswordForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.change_password(
                form.current.data,
                form.password.data,
                by=acting_user(),
                here=signing_in.here(),
                address=request.remote_addr or "",
            )
            signing_in.renew()
            flash(_("Your password is changed. All other browsers are signed out."), "ok")
            return redirect(url_for("accounts.account") if may("accounts:self") else "/", 303)
    is_made = acting_user().password_ends_at is not None
    return render_template("accounts/password.html", form=form, is_made=is_made), form.status


@bp.post("/account/sessions/<int:id>/end")
@requires("accounts:self")
def end_session(id: int) -> ResponseReturnValue:
    """Sign one browser out."""
    me = acting_user()
    operations.end_session(queries.get_session(id, me), by=me)
    flash(_("That browser is signed out."), "ok")
    return redirect(url_for("accounts.account", _anchor="sessions"), 303)


@bp.post("/account/sessions/end")
@requires("accounts:self")
def end_other_sessions() -> ResponseReturnValue:
    """Sign all browsers out but this one."""
    n_ended = operations.end_other_sessions(signing_in.here(), by=acting_user())
    flash(_("Browsers signed out: %(n)s.", n=n_ended), "ok")
    return redirect(url_for("accounts.account", _anchor="sessions"), 303)


@bp.route("/account/tokens/new", methods=["GET", "POST"])
@requires("accounts:self")
@proved
def new_token() -> ResponseReturnValue:
    """A token for a script; it is shown in the answer and never again."""
    me = acting_user()
    form = TokenForm().offer(permissions.rooms_of(me))
    if form.validate_on_submit():
        with form.attempt():
            rights = form.rights(permissions.rights_of(me))
            made = operations_tokens.make_token(
                form.name.data,
                by=me,
                ends_on=form.ends_on.data,
                scope=TokenScope(form.scope.data),
                rights=rights,
            )
            return render_template("accounts/token.html", made=made)
    return render_template("accounts/new_token.html", form=form), form.status


@bp.post("/account/tokens/<int:id>/revoke")
@requires("accounts:self")
def revoke_token(id: int) -> ResponseReturnValue:
    """Let a token of one's own go; administrators any token."""
    me = acting_user()
    operations_tokens.revoke_token(
        queries.get_token(id, me, may_any=permissions.may(me, "accounts:manage")), by=me
    )
    flash(_("The token no longer works."), "ok")
    return redirect(safe_next(page_before()), 303)


@bp.route("/account/stand-ins/new", methods=["GET", "POST"])
@requires("accounts:self")
def new_delegation() -> ResponseReturnValue:
    """Somebody who approves in one's name for some days (R2)."""
    me = acting_user()
    form = DelegationForm().offer(queries.list_possible_delegates(me))
    if form.validate_on_submit():
        with form.attempt():
            operations.add_delegation(form.details(), by=me)
            flash(_("The stand-in is set. Both names will be on every approval."), "ok")
            return redirect(url_for("accounts.account", _anchor="stand-ins"), 303)
    return render_template("accounts/new_delegation.html", form=form), form.status


@bp.post("/account/stand-ins/<int:id>/end")
@requires("accounts:self")
def end_delegation(id: int) -> ResponseReturnValue:
    """Take one's name back."""
    me = acting_user()
    operations.end_delegation(queries.get_delegation(id, me), by=me)
    flash(_("From today on nobody stands in for you under this entry."), "ok")
    return redirect(url_for("accounts.account", _anchor="stand-ins"), 303)


@bp.get("/search")
@requires("accounts:self")
def find() -> ResponseReturnValue:
    """One search over all rooms: a fragment for the palette, a page without JavaScript."""
    text = request.args.get("q", "")[:200]
    groups = [
        {
            "label": kind,
            "items": [{"label": hit.label, "url": hit.url, "note": hit.hint, "icon": ""} for hit in hits],
        }
        for kind, hits in search.find(acting_user(), text).items()
    ]
    whole = "accounts/search.html" if "HX-Request" not in request.headers else "accounts/search_results.html"
    return render_template(whole, groups=groups, q=text)


# They add their pages to `bp`; `saving` adds what the trail knows to forms that were overtaken.
from app.accounts import (  # noqa: E402, F401
    saving,
    views_absences,
    views_branding,
    views_delegations,
    views_factors,
    views_links,
    views_oidc,
    views_security,
    views_seeing,
    views_settings,
    views_x_ray,
)
