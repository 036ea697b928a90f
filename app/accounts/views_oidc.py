"""Sign-in through the provider of the company, and what its groups mean here."""

from flask import Response, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import oidc, operations_oidc, queries, queries_factors, queries_oidc
from app.accounts.access import acting_user, public, requires, safe_next
from app.accounts.entering import enter
from app.accounts.forms import SignInForm
from app.accounts.forms_oidc import FinishForm, GroupForm
from app.accounts.models import Role
from app.accounts.oidc import ProviderRefused
from app.accounts.views import bp
from app.core import clock
from app.core.errors import DomainError

_KEPT = "provider"
_NOT_OURS = _l("This sign-in was begun elsewhere, or it is over. Start again.")


@bp.get("/sign-in/provider")
@public
def provider() -> ResponseReturnValue:
    """Send a browser to the provider; what must come back with it waits in its cookie."""
    onward = safe_next(request.args.get("next", "/"))
    try:
        oidc.check_pace(request.remote_addr or "")
        house = oidc.required()
        started = oidc.client().start(house)
    except DomainError as trouble:
        return _failed(trouble, onward)
    until = (clock.now() + oidc.LIFE).timestamp()
    session[_KEPT] = [started.state, started.nonce, started.verifier, onward, until]
    return redirect(started.address, 303)


@bp.get("/sign-in/provider/return")
@public
def provider_return() -> ResponseReturnValue:
    """Ask the provider who came back. It writes nothing: that is done by the form this page sends at once."""
    onward = "/"
    try:
        oidc.check_pace(request.remote_addr or "")
        house = oidc.required()
        nonce, verifier, onward = _waiting(request.args.get("state", ""), request.args.get("iss"), house)
        code = request.args.get("code", "")
        if not code or len(code) > 4_000:
            raise ProviderRefused(
                _("Your company's sign-in let you go without confirming who you are. Start again.")
            )
        proved = oidc.client().finish(house, code, nonce, verifier, clock.now())
    except DomainError as trouble:
        return _failed(trouble, onward)
    session[_KEPT] = [nonce, onward]
    form = FinishForm(formdata=None, data={"proof": oidc.seal(proved, nonce, clock.now())})
    response = make_response(render_template("accounts/provider_return.html", form=form))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _waiting(state: str, issuer: str | None, house: oidc.Provider) -> tuple[str, str, str]:
    """Nonce, verifier and way on of the sign-in this browser began; from now on none waits. ProviderRefused."""
    kept = session.pop(_KEPT, None)
    if not kept or len(kept) != 5 or kept[0] != state or clock.now().timestamp() > kept[4]:
        raise ProviderRefused(_NOT_OURS)
    if issuer is not None and issuer.rstrip("/") != house.issuer.rstrip("/"):
        raise ProviderRefused(_NOT_OURS)
    return kept[1], kept[2], kept[3]


@bp.post("/sign-in/provider/finish")
@public
def provider_finish() -> ResponseReturnValue:
    """Let somebody in whom the provider has confirmed a moment ago."""
    kept, form = session.pop(_KEPT, None), FinishForm()
    nonce, onward = kept if kept and len(kept) == 2 else ("", "/")
    try:
        if not form.validate_on_submit() or not nonce:
            raise ProviderRefused(_NOT_OURS)
        proved = oidc.unseal(form.proof.data or "", nonce, clock.now())
        agent = request.user_agent.string
        return enter(operations_oidc.enter(proved, request.remote_addr or "", agent), onward)
    except DomainError as trouble:
        return _failed(trouble, onward)


def _failed(trouble: DomainError, onward: str) -> Response:
    """The sign-in page, with what went wrong in plain words; a password works there as before, if it may."""
    form = SignInForm(formdata=None)
    form.refuse(trouble.message)
    page = render_template("accounts/sign_in.html", form=form, onward=onward, provider=oidc.provider())
    later = {"Retry-After": str(trouble.retry_after)} if trouble.retry_after else {}
    return make_response(page, 422 if trouble.status < 400 else trouble.status, later)


# -- what groups mean ------------------------------------------------------------------------------


@bp.route("/settings/sign-in/groups", methods=["GET", "POST"])
@requires("accounts:manage")
def groups() -> ResponseReturnValue:
    """Which group gets which role and department."""
    form = GroupForm(data={"role": Role.RELATIONS.value})
    if form.validate_on_submit():
        with form.attempt():
            operations_oidc.add_mapping(form.details(), by=acting_user())
            flash(_("Whoever is in this group gets that role at their next sign-in."), "ok")
            return redirect(url_for("accounts.groups"), 303)
    page = render_template(
        "accounts/groups.html", form=form, lines=queries_oidc.list_mappings(), departments=queries.list_departments(),
        ended=queries_oidc.list_mappings(has_ended=True), provider=oidc.provider(), return_address=oidc.return_address(),
        rules=queries_factors.rules(),
    )  # fmt: skip
    return page, form.status


@bp.post("/settings/sign-in/groups/<int:id>/end")
@requires("accounts:manage")
def end_group(id: int) -> ResponseReturnValue:
    """Let a group mean nothing any more."""
    operations_oidc.end_mapping(queries_oidc.get_mapping(id), by=acting_user())
    flash(_("The line is ended."), "ok")
    return redirect(url_for("accounts.groups"), 303)


@bp.post("/settings/users/<int:id>/identities/<int:identity_id>/end")
@requires("accounts:manage")
def disconnect(id: int, identity_id: int) -> ResponseReturnValue:
    """Forget who somebody is at the provider."""
    user = queries.get_user(id)
    operations_oidc.disconnect(queries_oidc.get_identity(identity_id, user), by=acting_user())
    flash(_("%(name)s is no longer connected, and signed out everywhere.", name=user.name), "ok")
    return redirect(url_for("accounts.show", id=id), 303)
