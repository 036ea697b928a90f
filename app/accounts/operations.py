"""Writes about users: letting people in and out, what they may do, who stands in for them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import (
    audit,
    duties,
    operations_choices,
    operations_seeing,
    passwords,
    policies,
    policies_oidc,
    queries,
    queries_delegations,
    queries_factors,
    telling,
)
from app.accounts.details import DelegationDetails, ProfileDetails, ReportingDetails, UserDetails
from app.accounts.models import (
    Delegation,
    Department,
    Role,
    SignInAttempt,
    Theme,
    User,
    UserSession,
)
from app.accounts.models_factors import PasswordLink, SignInStep
from app.accounts.operations_tokens import revoke_token
from app.accounts.signing_in import hash_email, hash_secret, new_secret
from app.core import clock
from app.core.db import check_version, db, keep_transaction
from app.core.models import Setting

#: How long failed attempts are kept, for whoever looks into an attack.
_KEEP_ATTEMPTS = timedelta(days=30)


class SignedIn(NamedTuple):
    """A new session; its secret goes into the browser and is known to nobody else."""

    user: User
    secret: str
    #: The second factor is still to come: the secret is that of a step, and opens nothing yet.
    is_half: bool = False


# -- users and departments -------------------------------------------------------------------------


def add_department(name: str, *, by: User | None) -> Department:
    """A department; the one of this name if it is there already."""
    known = queries.find_department(name)
    if known is not None:
        return known
    department = Department(name=name.strip())
    db.session.add(department)
    audit.record("accounts.department_added", department, by=by)
    return department


def add_user(details: UserDetails, password: str | None = None, *, by: User | None) -> User:
    """A new login; without a password it cannot sign in until it is given one. Raises EmailTaken, PasswordTooEasy."""
    if queries.find_user(details.email) is not None:
        raise policies.EmailTaken
    user = User(
        email=details.email, name=details.name, role=details.role, department=add_department(details.department, by=by),
        organisation_id=details.organisation_id, locale=details.locale, zone=details.zone, made_at=clock.now(),
    )  # fmt: skip
    if password is not None:
        give_password(user, password)
    db.session.add(user)
    audit.record("accounts.user_added", user, by=by)
    return user


def edit_user(user: User, details: UserDetails, *, by: User | None, seen_version: int | None = None) -> User:
    """Change who a login is. A new role or agency ends every session, so that no page with the old rights stays open.

    Raises EmailTaken, LastAdmin, StillHolds, Conflict.
    """
    check_version(user, seen_version)
    other = queries.find_user(details.email)
    if other is not None and other.id != user.id:
        raise policies.EmailTaken
    if user.role == Role.ADMIN and details.role != Role.ADMIN:
        require_other_admin(user)
    duties.require_free(user, new_role=details.role)
    before = audit.snapshot(user)
    rights_before = (user.role, user.organisation_id)
    user.email, user.name, user.role, user.organisation_id = (
        details.email,
        details.name,
        details.role,
        details.organisation_id,
    )
    user.department = add_department(details.department, by=by)
    user.locale, user.zone = details.locale, details.zone
    if (user.role, user.organisation_id) != rights_before:
        end_sessions(user)
    audit.record("accounts.user_edited", user, by=by, before=before)
    return user


def deactivate_user(user: User, *, by: User | None) -> None:
    """Let nobody in with this login any more: sessions and tokens end at once. Raises LastAdmin, NotYourself, StillHolds."""
    if by is not None and user.id == by.id:
        raise policies.NotYourself(_("You cannot deactivate yourself. Ask another administrator."))
    if not user.is_active:
        return
    require_other_admin(user)
    duties.require_free(user)
    before = audit.snapshot(user)
    user.is_active = False
    end_sessions(user)
    for token in queries.list_tokens(user):
        revoke_token(token, by=by)
    duties.say_farewell(user, by)
    audit.record("accounts.user_deactivated", user, by=by, before=before)


def reactivate_user(user: User, *, by: User | None) -> None:
    """Let a login in again, with its old password; tokens stay revoked."""
    if user.is_active:
        return
    before = audit.snapshot(user)
    user.is_active = True
    audit.record("accounts.user_reactivated", user, by=by, before=before)


def edit_profile(user: User, details: ProfileDetails, *, by: User, seen_version: int | None = None) -> None:
    """What everybody may change about themselves."""
    check_version(user, seen_version)
    before = audit.snapshot(user)
    user.name, user.locale, user.zone, user.theme = details.name, details.locale, details.zone, details.theme
    audit.record("accounts.profile_edited", user, by=by, before=before)


def choose_theme(theme: Theme, *, by: User) -> None:
    """Light, dark, or as the machine says."""
    before = audit.snapshot(by)
    by.theme = theme
    audit.record("accounts.theme_chosen", by, by=by, before=before)


def require_other_admin(user: User) -> None:
    """Raise LastAdmin when nobody else could let people in."""
    if user.role == Role.ADMIN and user.is_active and queries.count_active_admins() <= 1:
        raise policies.LastAdmin


# -- passwords and sessions ------------------------------------------------------------------------


def set_password(user: User, password: str, *, by: User | None) -> None:
    """Give a user a password; every session ends. Raises PasswordTooEasy."""
    give_password(user, password)
    end_sessions(user)
    audit.record_event("accounts.password_set", kind="user", ref=str(user.id), by=by)


def make_password(user: User, *, by: User | None) -> str:
    """A password for somebody, to be handed over: good for three days, and for nothing but choosing another.

    Every session ends, the owner gets a mail. NoPasswordHere.
    """
    password = passwords.make_password()
    set_password(user, password, by=by)
    user.password_ends_at = clock.now() + policies.MADE_LIFE
    telling.tell_owner(
        user,
        _l("Your password is new"),
        _l(
            "%(name)s made a new password for your sign-in.",
            name=by.name if by else _l("Whoever runs Rapport"),
        ),
    )
    return password


def change_password(current: str, new: str, *, by: User, here: UserSession | None, address: str) -> None:
    """Somebody changes their own password, having shown the old one; all other browsers are signed out.

    A wrong old password counts as a failed sign-in. Raises PasswordTooEasy, SignInRefused, TooManyAttempts.
    """
    check_attempts(by.email, address)
    if not passwords.is_right(by.password_hash, current):
        note_failure(by.email, by, address)
        raise policies.SignInRefused(_("This is not your present password."), field="current")
    give_password(by, new)
    end_sessions(by, but=here)
    audit.record_event("accounts.password_set", kind="user", ref=str(by.id), by=by)
    telling.tell_owner(by, _l("Your password is new"), _l("The password of your sign-in was changed."))


def sign_in(email: str, password: str, address: str, agent: str) -> SignedIn:
    """Open a session. A failure is kept on record though it is refused.

    The unknown, the deactivated and the wrong password look the same and cost the same work. Raises SignInRefused,
    TooManyAttempts.
    """
    check_attempts(email, address)
    user = queries.find_user(email)
    may_enter = user is not None and user.is_active
    if not passwords.is_right(user.password_hash if user and may_enter else "", password) or user is None:
        note_failure(email, user, address)
        raise policies.SignInRefused(
            _("This address and password do not belong together. Check both, then try again.")
        )
    if not queries_factors.password_opens(user):
        raise policies.SignInRefused(
            _("Sign in through your company instead: passwords are switched off here.")
        )
    if user.password_ends_at is not None and clock.now() >= user.password_ends_at:
        raise policies.PasswordIsOver
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return let_in(user, address, agent, how="password")


def let_in(user: User, address: str, agent: str, *, how: str, is_whole: bool = False) -> SignedIn:
    """A session for somebody who has shown `how`; without a second factor that they have, only the step towards it.

    `is_whole`: what was shown is two factors by itself. Failures are forgotten only when all was shown, so that a known
    password buys no further guesses at the digits.
    """
    secret, now = new_secret(), clock.now()
    if not is_whole and queries_factors.has_factor(user):
        step = SignInStep(
            secret_hash=hash_secret(secret), user_id=user.id, how=how, agent=agent[:320], made_at=now
        )
        db.session.add(step)
        return SignedIn(user, secret, is_half=True)
    _forget_failures(user.email)
    operations_seeing.end_left(user)
    db.session.add(
        UserSession(
            secret_hash=hash_secret(secret), user_id=user.id, address=address[:64], agent=agent[:320], made_at=now,
            seen_at=now, how=how, proved_at=now,
            set_up_from_at=None if is_whole else queries_factors.must_set_up_from(user),
        )
    )  # fmt: skip
    audit.record_event("accounts.signed_in", kind="user", ref=str(user.id), by=user, reason=f"with {how}")
    return SignedIn(user, secret)


def sign_out(secret: str) -> None:
    """End the session of a browser, here and not only in its cookie."""
    session = queries.find_session(hash_secret(secret))
    if session is not None and session.ended_at is None:
        operations_seeing.note_end(session)
        session.ended_at = clock.now()
        audit.record_event("accounts.signed_out", kind="user", ref=str(session.user_id), by=session.user)


def end_session(session: UserSession, *, by: User) -> None:
    """Sign a browser out from afar."""
    if session.ended_at is None:
        operations_seeing.note_end(session)
        session.ended_at = clock.now()
        audit.record_event("accounts.session_ended", kind="user_session", ref=str(session.id), by=by)


def end_other_sessions(here: UserSession | None, *, by: User) -> int:
    """Sign all browsers out but one; returns how many there were."""
    n_ended = end_sessions(by, but=here)
    audit.record_event(
        "accounts.sessions_ended", kind="user", ref=str(by.id), by=by, reason=f"{n_ended} sessions"
    )
    return n_ended


def end_sessions_of(user: User, *, by: User | None) -> int:
    """Sign every browser of somebody out; returns how many there were."""
    n_ended = end_sessions(user)
    audit.record_event(
        "accounts.sessions_ended", kind="user", ref=str(user.id), by=by, reason=f"{n_ended} sessions"
    )
    return n_ended


def give_password(user: User, password: str) -> None:
    """Set a password. PasswordTooEasy, NoPasswordHere."""
    if user in db.session and not queries_factors.may_have_password(user):
        raise policies_oidc.NoPasswordHere
    policies.check_password(password, own_words=_own_words(user))
    user.password_hash, user.password_ends_at = passwords.hash_password(password), None


def _own_words(user: User) -> Iterable[str]:
    return (user.name, user.email, current_app.config["COMPANY"])


def end_sessions(user: User, but: UserSession | None = None) -> int:
    """End every session of a user, also half ones, but one; returns how many there were."""
    ending = [session for session in queries.list_sessions(user) if but is None or session.id != but.id]
    for session in ending:
        operations_seeing.note_end(session)
        session.ended_at = clock.now()
    for step in queries_factors.list_steps(user):
        step.ended_at = clock.now()
    for link in queries_factors.list_links(user):
        link.ended_at = clock.now()
    return len(ending)


def check_attempts(email: str, address: str) -> None:
    """Refuse a guess when there were too many for the account or from the address. TooManyAttempts."""
    now = clock.now()
    since = now - policies.WINDOW
    policies.check_attempts(
        queries.failures_since(since, email_hash=hash_email(email), most=policies.MOST_PER_ACCOUNT),
        queries.failures_since(since, address=address[:64], most=policies.MOST_PER_ADDRESS),
        now,
    )


def note_failure(email: str, user: User | None, address: str) -> None:
    """Keep a failure on record whatever becomes of the request."""
    db.session.add(SignInAttempt(email_hash=hash_email(email), address=address[:64], made_at=clock.now()))
    audit.record_event(
        "accounts.sign_in_refused",
        kind="user",
        ref=str(user.id) if user else "unknown",
        by=None,
        reason=f"from {address[:64]}",
    )
    keep_transaction()


def _forget_failures(email: str) -> None:
    """Who got in starts anew; what is long past goes for everybody: failures, half sign-ins, links that are over."""
    long_ago = clock.now() - _KEEP_ATTEMPTS
    over = (SignInAttempt.email_hash == hash_email(email)) | (SignInAttempt.made_at < long_ago)
    for gone in (
        sa.delete(SignInAttempt).where(over), sa.delete(SignInStep).where(SignInStep.made_at < long_ago),
        sa.delete(PasswordLink).where(PasswordLink.expires_at < long_ago),
    ):  # fmt: skip
        db.session.execute(gone, execution_options={"audited": True})


# -- stand-ins, settings -------------------------------------------------------------------


def add_delegation(details: DelegationDetails, *, by: User) -> Delegation:
    """Let somebody approve in one's name for some days; both names are kept (R2). Raises WrongDelegate."""
    if details.to_on < clock.today(by.zone):
        raise policies.WrongDelegate(_("These days are over already."), field="to_on")
    delegate = db.session.get(User, details.delegate_id)
    if delegate is None:
        raise policies.WrongDelegate(_("This user does not exist."), field="delegate_id")
    policies.check_delegate(by, delegate)
    policies.check_new_days(queries_delegations.standing_in(by, delegate, details.from_on, details.to_on))
    delegation = Delegation(
        user_id=by.id,
        delegate_id=delegate.id,
        from_on=details.from_on,
        to_on=details.to_on,
        made_at=clock.now(),
    )
    db.session.add(delegation)
    audit.record("accounts.delegation_added", delegation, by=by)
    return delegation


def end_delegation(delegation: Delegation, *, by: User) -> None:
    """Take a name back from today on; the days that were stay on record."""
    before = audit.snapshot(delegation)
    delegation.to_on = min(delegation.to_on, clock.today(by.zone) - timedelta(days=1))
    audit.record("accounts.delegation_ended", delegation, by=by, before=before)


def set_reporting(details: ReportingDetails, *, by: User, seen_version: int | None = None) -> None:
    """How reports are made from now on; entries and finished reports do not change. Raises Overtaken."""
    said = details.model_dump(mode="json")
    operations_choices.choose(
        queries.REPORTING, said, "accounts.reporting_set", by=by, seen_version=seen_version
    )


def mark_demo(*, by: User | None) -> None:
    """Note for good that everything here is invented; staff may then look at mail that was never sent."""
    if db.session.get(Setting, "demo") is None:
        row = Setting(name="demo", value={"loaded_at": clock.now().isoformat()})
        db.session.add(row)
        audit.record("accounts.demo_marked", row, by=by)
