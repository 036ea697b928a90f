"""Writes about second factors: setting them up, using them at sign-in, taking them away."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import (
    audit,
    operations,
    passwords,
    policies,
    policies_factors,
    queries,
    queries_factors,
    telling,
)
from app.accounts.models import User, UserSession
from app.accounts.models_factors import AuthenticatorApp, RecoveryCode, SignInStep, UserPasskey
from app.accounts.operations import SignedIn
from app.accounts.policies_factors import FactorRefused, StepIsOver
from app.core import clock, passkeys
from app.core.db import db
from app.core.i18n import marked
from app.core.passkeys import Asked, NoProof

_WRONG_DIGITS = _l(
    "These are not the digits of this half minute, or they were used already. Wait for the next ones and type them."
)
_WRONG_CODE = _l(
    "This code is not right, or it was used already. Type the six digits your app shows, or an unused recovery code."
)
_NO_KEY = _l("This passkey belongs to nobody here. Sign in with your password, or use another device.")


# -- setting up ------------------------------------------------------------------------------------


def set_up_app(secret: str, code: str, *, by: User) -> None:
    """From now on the digits of an app are wanted; an app that was there before stops counting. FactorRefused."""
    if not policies_factors.is_app_secret(secret):
        raise FactorRefused(_("This picture is out of date. Reload the page and read the new one."))
    step = policies_factors.step_of(secret, code, clock.now(), last_step=0)
    if step is None:
        raise FactorRefused(_WRONG_DIGITS, field="code")
    row = queries_factors.lock_app(by)
    if row is None:
        row = AuthenticatorApp(user_id=by.id, sealed=secret, made_at=clock.now(), last_step=step)
        db.session.add(row)
    else:
        row.sealed, row.made_at, row.last_step = secret, clock.now(), step
    _note_added(by, marked("an authenticator app"))


def options_to_make(user: User) -> Asked:
    """What the browser of a user needs to make a passkey, and the challenge it has to answer."""
    kept = [one.credential for one in queries_factors.list_passkeys(user)]
    return passkeys.options_to_make(handle=f"user-{user.id}", name=user.email, kept=kept, is_key_enough=True)


def make_passkey(credential: str, challenge: bytes, device: str, *, by: User) -> UserPasskey:
    """Keep the public half of a passkey that answered the challenge. FactorRefused."""
    if len(queries_factors.list_passkeys(by)) >= passkeys.AT_MOST:
        raise FactorRefused(_("These are enough passkeys. Take one away first."))
    try:
        made = passkeys.check_made(credential, challenge, is_key_enough=True)
    except NoProof as wrong:
        raise FactorRefused(_("This passkey could not be made. Try again.")) from wrong
    row = UserPasskey(
        user_id=by.id, credential=made.credential, public_key=made.public_key, n_signs=made.n_signs, device=device[:80],
        made_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    _note_added(by, marked("a passkey"))
    return row


def _note_added(user: User, what: str) -> None:
    db.session.flush()
    _limit_sessions(user)
    audit.record_event("accounts.factor_added", kind="user", ref=str(user.id), by=user, reason=what)
    telling.tell_owner(
        user,
        _l("Your sign-in has a new second factor"),
        _l("Your sign-in has %(what)s from now on.", what=_l(what)),
    )


def make_codes(*, by: User) -> list[str]:
    """Ten new recovery codes, to be shown once; the earlier ones stop working. FactorRefused without a factor."""
    if not queries_factors.has_factor(by):
        raise FactorRefused(_("Recovery codes stand in for a second factor. Set one up first."))
    _drop_codes(by)
    codes = [policies_factors.make_code() for _ in range(policies_factors.N_CODES)]
    now = clock.now()
    db.session.add_all(
        RecoveryCode(user_id=by.id, secret_hash=queries_factors.hash_code(code, by), made_at=now)
        for code in codes
    )
    audit.record_event("accounts.recovery_codes_made", kind="user", ref=str(by.id), by=by)
    return codes


def _drop_codes(user: User) -> None:
    for row in queries_factors.list_codes(user):
        db.session.delete(row)
    db.session.flush()


# -- taking away -----------------------------------------------------------------------------------


def remove_app(user: User, *, by: User) -> None:
    """The digits of the app count no more. FactorNeeded for one's own last one where the role needs one."""
    row = queries_factors.lock_app(user)
    if row is not None:
        db.session.delete(row)
        _note_removed(user, marked("the authenticator app"), by)


def remove_passkey(row: UserPasskey, *, by: User) -> None:
    """A passkey opens nothing from now on. FactorNeeded for one's own last one where the role needs one."""
    user = row.user
    db.session.delete(row)
    _note_removed(user, f"the passkey of {row.device or 'a device'}", by, device=row.device)


def remove_lost(user: User, *, by: User | None) -> None:
    """An administrator takes away every factor of somebody who lost theirs; all their sessions end."""
    for row in (queries_factors.lock_app(user), *queries_factors.list_passkeys(user)):
        if row is not None:
            db.session.delete(row)
    operations.end_sessions(user)
    _note_removed(user, marked("every second factor"), by)


def _note_removed(user: User, what: str, by: User | None, *, device: str | None = None) -> None:
    """`device`: whose passkey it was, where it was one; empty when it has no name."""
    db.session.flush()
    if not queries_factors.has_factor(user):
        needed = policies_factors.is_needed(queries_factors.rules(), user.role, clock.now())
        if by is not None and by.id == user.id and needed:
            raise policies_factors.FactorNeeded(
                _("Your role needs a second factor, and this is your last one. Set up another one first.")
            )
        _drop_codes(user)
    _limit_sessions(user)
    audit.record_event("accounts.factor_removed", kind="user", ref=str(user.id), by=by, reason=what)
    lost = _l(what) if device is None else _l("the passkey of %(device)s", device=device or _l("a device"))
    gone = (
        _l("You have taken %(what)s of your sign-in away.", what=lost)
        if by is not None and by.id == user.id
        else _l(
            "%(name)s has taken %(what)s of your sign-in away.",
            name=by.name if by else _l("Whoever runs Rapport"),
            what=lost,
        )
    )
    telling.tell_owner(user, _l("A second factor of your sign-in is gone"), gone)


def _limit_sessions(user: User) -> None:
    """What is open learns whether a second factor is still to be set up."""
    begins = queries_factors.must_set_up_from(user)
    for session in queries.list_sessions(user):
        session.set_up_from_at = begins


# -- using -----------------------------------------------------------------------------------------


def check_code(user: User, code: str, address: str) -> str:
    """What was shown, "app" or "recovery code"; a wrong one counts as a failed sign-in. FactorRefused, TooManyAttempts."""
    operations.check_attempts(user.email, address)
    app = queries_factors.lock_app(user)
    if policies_factors.digits_of(code):
        step = app and policies_factors.step_of(app.sealed, code, clock.now(), app.last_step)
        if app and step:
            app.last_step = step
            return "app"
    else:
        row = queries_factors.find_code(code, user)
        if row is not None:
            row.used_at = clock.now()
            n_left = len(queries_factors.list_codes(user))
            audit.record_event("accounts.recovery_code_used", kind="user", ref=str(user.id), by=user)
            telling.tell_owner(
                user,
                _l("A recovery code was used"),
                _l("A recovery code let you in. You have %(n)s left.", n=n_left),
            )
            return "recovery code"
    operations.note_failure(user.email, user, address)
    raise FactorRefused(_WRONG_CODE, field="code")


def check_passkey(answer: str, challenge: bytes, *, user: User | None = None) -> UserPasskey:
    """The passkey that proves its owner is there: any of `user`'s, or one of anybody's that verified its owner itself.

    FactorRefused for everything that is none of ours, all alike.
    """
    try:
        row = queries_factors.find_passkey(passkeys.credential_of(answer))
        if row is None or not row.user.is_active or (user is not None and row.user_id != user.id):
            raise NoProof("no passkey of ours")
        row.n_signs = passkeys.check_used(
            answer, challenge, public_key=row.public_key, n_signs=row.n_signs, is_key_enough=user is not None
        )
    except NoProof as wrong:
        raise FactorRefused(_NO_KEY) from wrong
    row.used_at = clock.now()
    return row


def enter_by_passkey(answer: str, challenge: bytes, address: str, agent: str) -> SignedIn:
    """Open a session with a passkey alone: the device has verified its owner, so it is two factors. FactorRefused."""
    try:
        row = check_passkey(answer, challenge)
    except FactorRefused:
        audit.record_event(
            "accounts.sign_in_refused",
            kind="user",
            ref="unknown",
            by=None,
            reason=f"passkey from {address[:64]}",
        )
        raise
    return operations.let_in(row.user, address, agent, how="passkey", is_whole=True)


def _require_step(secret: str) -> SignInStep:
    step = queries_factors.find_step(secret)
    if step is None:
        raise StepIsOver(_("That took too long. Sign in again."))
    return step


def finish_with_code(secret: str, code: str, address: str) -> SignedIn:
    """The second step of a sign-in by digits or a recovery code. FactorRefused, TooManyAttempts, StepIsOver."""
    step = _require_step(secret)
    return _finish(step, check_code(step.user, code, address), address)


def finish_with_passkey(secret: str, answer: str, challenge: bytes, address: str) -> SignedIn:
    """The second step of a sign-in by a passkey. FactorRefused, TooManyAttempts, StepIsOver."""
    step = _require_step(secret)
    operations.check_attempts(step.user.email, address)
    try:
        check_passkey(answer, challenge, user=step.user)
    except FactorRefused:
        operations.note_failure(step.user.email, step.user, address)
        raise
    return _finish(step, "passkey", address)


def _finish(step: SignInStep, what: str, address: str) -> SignedIn:
    step.ended_at = clock.now()
    return operations.let_in(step.user, address, step.agent, how=f"{step.how}, {what}", is_whole=True)


# -- proving it again ------------------------------------------------------------------------------


def prove(session: UserSession, password: str, code: str, *, by: User, address: str) -> None:
    """Whoever sits there proves again who they are. A wrong answer counts as a failed sign-in.

    Where there is a second factor the password proves nothing: whoever stole it, and found an open browser, must not
    change what protects the sign-in. SignInRefused, FactorRefused, TooManyAttempts.
    """
    if code:
        return _prove(session, check_code(by, code, address), by)
    if queries_factors.has_factor(by):
        raise FactorRefused(
            _(
                "You have a second factor, so the password is not enough here. Give a code, or use your passkey."
            ),
            field="code",
        )
    operations.check_attempts(by.email, address)
    if not passwords.is_right(by.password_hash, password):
        operations.note_failure(by.email, by, address)
        raise policies.SignInRefused(_("This is not your password."), field="password")
    return _prove(session, "password", by)


def prove_with_passkey(session: UserSession, answer: str, challenge: bytes, *, by: User) -> None:
    """The same by a passkey. FactorRefused."""
    check_passkey(answer, challenge, user=by)
    _prove(session, "passkey", by)


def _prove(session: UserSession, what: str, by: User) -> None:
    session.proved_at = clock.now()
    audit.record_event("accounts.proved", kind="user", ref=str(by.id), by=by, reason=f"with {what}")
