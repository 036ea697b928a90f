"""Second factors: the second step of a sign-in, passkeys at the door, and what everybody sets up for themselves."""

import segno
from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.accounts import operations_factors, policies, policies_factors, queries_factors, signing_in
from app.accounts.access import acting_user, public, requires, safe_next
from app.accounts.entering import enter
from app.accounts.forms_factors import AppForm, CodeForm, ProveForm
from app.accounts.models import User
from app.accounts.operations import SignedIn
from app.accounts.policies_factors import FactorRefused, StepIsOver
from app.accounts.proving import prove_page, proved
from app.accounts.views import bp
from app.core import challenges, clock, passkeys
from app.core.challenges import TooLate


def _address() -> str:
    return request.remote_addr or ""


def _agent() -> str:
    return request.user_agent.string


def _device() -> str:
    return policies.browser_of(_agent())


# -- at the door -----------------------------------------------------------------------------------


@bp.route("/sign-in/second-factor", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """The second step: digits of the app, a recovery code, or a passkey."""
    onward, form = safe_next(request.args.get("next", "/")), CodeForm()
    step = queries_factors.find_step(signing_in.half())
    if step is None:
        flash(_("Sign in with your password first; the second step waits for 10 minutes."), "info")
        return redirect(url_for("accounts.sign_in", next=onward), 303)
    if form.validate_on_submit():
        with form.attempt():
            return _let_in(
                operations_factors.finish_with_code(signing_in.half(), form.code.data, _address()), onward
            )
    page = render_template(
        "accounts/second_factor.html", form=form, onward=onward,
        passkeys=queries_factors.list_passkeys(step.user), has_app=queries_factors.app_of(step.user) is not None,
    )  # fmt: skip
    return page, form.status, {"Retry-After": str(form.retry_after)} if form.retry_after else {}


@bp.post("/sign-in/second-factor/options")
@public
def second_factor_options() -> ResponseReturnValue:
    """What a browser at the second step needs to ask for a passkey of its user."""
    step = queries_factors.find_step(signing_in.half())
    if step is None:
        raise StepIsOver(_("That took too long. Sign in again."))
    kept = [one.credential for one in queries_factors.list_passkeys(step.user)]
    return challenges.ask(passkeys.options_to_use(kept))


@bp.post("/sign-in/second-factor/passkey")
@public
def second_factor_passkey() -> ResponseReturnValue:
    """The second step by a passkey."""
    onward = safe_next(request.args.get("next", "/"))
    try:
        entered = operations_factors.finish_with_passkey(
            signing_in.half(), challenges.answer(), _challenge(), _address()
        )
    except (FactorRefused, policies.TooManyAttempts) as refusal:
        flash(refusal.message, "warn")
        return redirect(url_for("accounts.second_factor", next=onward), 303)
    return _let_in(entered, onward)


@bp.post("/sign-in/passkey/options")
@public
def passkey_options() -> ResponseReturnValue:
    """What any browser needs to offer its passkeys; it names nobody."""
    return challenges.ask(passkeys.options_to_use())


@bp.post("/sign-in/passkey")
@public
def enter_by_passkey() -> ResponseReturnValue:
    """Come in by a passkey, without a password."""
    onward = safe_next(request.args.get("next", "/"))
    try:
        entered = operations_factors.enter_by_passkey(challenges.answer(), _challenge(), _address(), _agent())
    except FactorRefused as refusal:
        flash(refusal.message, "warn")
        return redirect(url_for("accounts.sign_in", next=onward), 303)
    return _let_in(entered, onward)


def _let_in(entered: SignedIn, onward: str) -> ResponseReturnValue:
    response = enter(entered, onward)
    n_left = len(queries_factors.list_codes(entered.user))
    if queries_factors.has_factor(entered.user) and n_left <= 3:
        flash(_("You have %(n)s recovery codes left. Make new ones under your account.", n=n_left), "warn")
    return response


def _challenge() -> bytes:
    try:
        return challenges.take()
    except TooLate as late:
        raise FactorRefused(_("That took too long. Try again.")) from late


# -- proving it again ------------------------------------------------------------------------------


@bp.route("/account/prove", methods=["GET", "POST"])
@requires("accounts:factors")
def prove() -> ResponseReturnValue:
    """Is it still you? Some changes want to know."""
    onward, form, here = (
        safe_next(request.args.get("next", "/account/factors")),
        ProveForm(),
        signing_in.here(),
    )
    form.has_factor = queries_factors.has_factor(acting_user())
    if here is not None and form.validate_on_submit():
        with form.attempt():
            password, code = form.password.data or "", (form.code.data or "").strip()
            operations_factors.prove(here, password, code, by=acting_user(), address=_address())
            signing_in.renew()
            return redirect(onward, 303)
    return prove_page(form, onward)


@bp.post("/account/prove/options")
@requires("accounts:factors")
def prove_options() -> ResponseReturnValue:
    """What the browser needs to ask for a passkey of this user."""
    kept = [one.credential for one in queries_factors.list_passkeys(acting_user())]
    return challenges.ask(passkeys.options_to_use(kept))


@bp.post("/account/prove/passkey")
@requires("accounts:factors")
def prove_by_passkey() -> ResponseReturnValue:
    """The same by a passkey."""
    onward, here = safe_next(request.args.get("next", "/account/factors")), signing_in.here()
    try:
        if here is not None:
            operations_factors.prove_with_passkey(here, challenges.answer(), _challenge(), by=acting_user())
            signing_in.renew()
    except FactorRefused as refusal:
        flash(refusal.message, "warn")
        return redirect(url_for("accounts.prove", next=onward), 303)
    return redirect(onward, 303)


# -- setting up ------------------------------------------------------------------------------------


@bp.get("/account/factors")
@requires("accounts:factors")
def factors() -> ResponseReturnValue:
    """What proves who one is besides the password."""
    me = acting_user()
    return render_template(
        "accounts/factors.html", me=me, app=queries_factors.app_of(me), passkeys=queries_factors.list_passkeys(me),
        n_codes=len(queries_factors.list_codes(me)), is_limited=signing_in.is_limited(),
        is_needed=policies_factors.is_needed(queries_factors.rules(), me.role, clock.now()),
    )  # fmt: skip


@bp.route("/account/factors/app", methods=["GET", "POST"])
@requires("accounts:factors")
@proved
def set_up_app() -> ResponseReturnValue:
    """Tie an app to the sign-in: a picture to read, and its first digits."""
    me, form = acting_user(), AppForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_factors.set_up_app(form.secret.data, form.code.data, by=me)
            return _with_codes(me, _("Your app is set up. It is asked for at every sign-in from now on."))
    secret = form.secret.data if policies_factors.is_app_secret(form.secret.data or "") else ""
    return _app_page(form, me, secret or policies_factors.new_app_secret()), form.status


def _app_page(form: AppForm, me: User, secret: str) -> str:
    form.secret.data = secret
    address = policies_factors.app_address(secret, me.email, current_app.config["COMPANY"])
    picture = segno.make(address, error="m", micro=False)
    drawn = picture.svg_inline(border=4, omitsize=True, title=_("Picture for your authenticator app"))
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return render_template("accounts/set_up_app.html", form=form, picture=Markup(drawn), groups=groups)  # noqa: S704


@bp.post("/account/factors/app/remove")
@requires("accounts:factors")
@proved
def remove_app() -> ResponseReturnValue:
    """Let the app count no more."""
    operations_factors.remove_app(acting_user(), by=acting_user())
    flash(_("The app is no longer asked for."), "ok")
    return redirect(url_for("accounts.factors"), 303)


@bp.post("/account/factors/passkeys/options")
@requires("accounts:factors")
@proved
def own_passkey_options() -> ResponseReturnValue:
    """What the browser needs to make one."""
    return challenges.ask(operations_factors.options_to_make(acting_user()))


@bp.post("/account/factors/passkeys")
@requires("accounts:factors")
@proved
def make_passkey() -> ResponseReturnValue:
    """Keep a passkey that was just made."""
    me = acting_user()
    try:
        operations_factors.make_passkey(challenges.answer(), _challenge(), _device(), by=me)
    except FactorRefused as refusal:
        flash(refusal.message, "warn")
        return redirect(url_for("accounts.factors"), 303)
    return _with_codes(
        me, _("The passkey is set up. It opens Rapport on its own, and is the second step after a password.")
    )


@bp.post("/account/factors/passkeys/<int:id>/remove")
@requires("accounts:factors")
@proved
def remove_passkey(id: int) -> ResponseReturnValue:
    """Take one away."""
    me = acting_user()
    operations_factors.remove_passkey(queries_factors.get_passkey(id, me), by=me)
    flash(_("The passkey opens nothing any more."), "ok")
    return redirect(url_for("accounts.factors"), 303)


@bp.post("/account/factors/codes")
@requires("accounts:factors")
@proved
def make_codes() -> ResponseReturnValue:
    """Ten new recovery codes; shown in the answer and never again."""
    return _codes_page(operations_factors.make_codes(by=acting_user()))


def _with_codes(me: User, said: str) -> ResponseReturnValue:
    """After the first factor come its recovery codes; this browser goes on under a new secret (a rise of rights)."""
    flash(said, "ok")
    signing_in.renew()
    if queries_factors.list_codes(me):
        return redirect(url_for("accounts.factors"), 303)
    return _codes_page(operations_factors.make_codes(by=me))


def _codes_page(codes: list[str]) -> str:
    return render_template("accounts/recovery_codes.html", codes=codes)
