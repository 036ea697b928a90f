"""Reading second factors, the steps towards them, links to choose a password, and the rules of sign-in."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from app.accounts import oidc, policies_factors, queries_oidc
from app.accounts.details_sign_in import SignInRules
from app.accounts.models import Role, User, UserSession
from app.accounts.models_factors import AuthenticatorApp, PasswordLink, RecoveryCode, SignInStep, UserPasskey
from app.accounts.signing_in import hash_secret
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import Setting

#: The name of the setting of how people sign in.
RULES = "sign_in"


def rules() -> SignInRules:
    """The rules of sign-in that hold now."""
    stored = db.session.get(Setting, RULES)
    return SignInRules.model_validate(stored.value) if stored else SignInRules()


def app_of(user: User) -> AuthenticatorApp | None:
    """The app of a user."""
    return db.session.get(AuthenticatorApp, user.id)


def lock_app(user: User) -> AuthenticatorApp | None:
    """The app of a user, locked until the end of the transaction: no digits are good for two."""
    wanted = sa.select(AuthenticatorApp).where(AuthenticatorApp.user_id == user.id)
    return db.session.scalars(
        wanted.with_for_update(), execution_options={"populate_existing": True}
    ).one_or_none()


def list_passkeys(user: User) -> Sequence[UserPasskey]:
    """Those of a user, the oldest first."""
    wanted = sa.select(UserPasskey).where(UserPasskey.user_id == user.id)
    return db.session.scalars(wanted.order_by(UserPasskey.id)).all()


def get_passkey(passkey_id: int, user: User) -> UserPasskey:
    """One of a user's; NotFound for any other."""
    row = db.session.get(UserPasskey, passkey_id)
    if row is None or row.user_id != user.id:
        raise NotFound(_("This passkey does not exist, or it is not yours."))
    return row


def find_passkey(credential: str) -> UserPasskey | None:
    """The passkey a device calls so, locked until the end of the transaction; None for every other text."""
    wanted = sa.select(UserPasskey).where(UserPasskey.credential == credential[:1400])
    return db.session.scalars(
        wanted.with_for_update(of=UserPasskey), execution_options={"populate_existing": True}
    ).one_or_none()


def has_factor(user: User) -> bool:
    """Whether a password alone does not let this user in."""
    app = sa.select(AuthenticatorApp.user_id).where(AuthenticatorApp.user_id == user.id)
    key = sa.select(UserPasskey.user_id).where(UserPasskey.user_id == user.id)
    return bool(db.session.scalar(sa.select(sa.or_(app.exists(), key.exists()))))


def with_factor() -> set[int]:
    """Numbers of all users who have a second factor."""
    both = sa.union(sa.select(AuthenticatorApp.user_id), sa.select(UserPasskey.user_id))
    return set(db.session.scalars(both))


def must_set_up_from(user: User) -> datetime | None:
    """From when on a session of a user opens nothing but the pages that set up a second factor; None with one."""
    begins = policies_factors.must_set_up_from(rules(), user.role)
    return None if begins is None or has_factor(user) else begins


def may_have_password(user: User) -> bool:
    """Whether a login may have a password here: not one the provider brought, unless the rules allow it."""
    return rules().own_passwords or not queries_oidc.is_provisioned(user)


def password_opens(user: User) -> bool:
    """Whether a right password lets somebody in: administrators always, so that a provider that is down locks no house."""
    return user.role == Role.ADMIN or rules().passwords or oidc.provider() is None


def list_codes(user: User) -> Sequence[RecoveryCode]:
    """The recovery codes of a user that still work."""
    wanted = sa.select(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session.scalars(wanted.order_by(RecoveryCode.id)).all()


def hash_code(code: str, user: User) -> str:
    """What is kept of a recovery code: a print under the key of the installation, for it is shorter than other secrets."""
    key = hmac.digest(current_app.config["MASTER_KEY"], b"recovery codes", "sha256")
    text = f"{user.id}:{policies_factors.plain_code(code)}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def find_code(code: str, user: User) -> RecoveryCode | None:
    """The unused recovery code that was typed, locked until the end of the transaction."""
    wanted = sa.select(RecoveryCode).where(
        RecoveryCode.user_id == user.id, RecoveryCode.secret_hash == hash_code(code, user)
    )
    row = db.session.scalars(
        wanted.with_for_update(), execution_options={"populate_existing": True}
    ).one_or_none()
    return row if row is not None and row.used_at is None else None


def list_steps(user: User) -> Sequence[SignInStep]:
    """Browsers between the password and the second factor of a user."""
    wanted = sa.select(SignInStep).where(SignInStep.user_id == user.id, SignInStep.ended_at.is_(None))
    return db.session.scalars(wanted).all()


def find_step(secret: str) -> SignInStep | None:
    """The step a browser is at, if it is not over."""
    if not secret:
        return None
    row = db.session.scalar(sa.select(SignInStep).where(SignInStep.secret_hash == hash_secret(secret)))
    if row is None or row.ended_at is not None or not row.user.is_active:
        return None
    return row if clock.now() - row.made_at <= policies_factors.STEP_LIFE else None


def list_links(user: User) -> Sequence[PasswordLink]:
    """Links to choose a password that a user has and did not use."""
    wanted = sa.select(PasswordLink).where(PasswordLink.user_id == user.id, PasswordLink.ended_at.is_(None))
    return db.session.scalars(wanted).all()


def lock_link(secret: str) -> PasswordLink | None:
    """The link of a secret, if it is not over, locked until the end of the transaction."""
    wanted = sa.select(PasswordLink).where(PasswordLink.secret_hash == hash_secret(secret))
    row = db.session.scalars(
        wanted.with_for_update(of=PasswordLink), execution_options={"populate_existing": True}
    ).one_or_none()
    is_live = row is not None and row.ended_at is None and clock.now() < row.expires_at and row.user.is_active
    return row if is_live else None


def get_session_of(session_id: int, user: User) -> UserSession:
    """A session of a user, for whoever manages users; NotFound for any other."""
    row = db.session.get(UserSession, session_id)
    if row is None or row.user_id != user.id:
        raise NotFound(_("This session does not exist."))
    return row
