"""How a browser is recognised: a random secret in the signed cookie, its hash in `user_session`."""

import hashlib
import hmac
import secrets

import sqlalchemy as sa
from flask import Flask, Request, request, session
from flask_login import LoginManager

from app.accounts.models import ApiToken, User, UserSession
from app.core import clock
from app.core.db import db, side_transaction

login_manager = LoginManager()

_COOKIE_KEY = "sid"
#: "Last seen" is written at most this often, so that reading pages stays reading.
_SEEN_EVERY_SECONDS = 300


def init_app(app: Flask) -> None:
    """Let Flask-Login ask us who is there; it keeps nothing of its own."""
    login_manager.init_app(app)
    login_manager.request_loader(_load_user)


def hash_secret(secret: str) -> str:
    """What is stored of a random secret: plain SHA-256 is right for 128 and more random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """A secret of 256 random bits for cookies, tokens and links."""
    return secrets.token_urlsafe(32)


def _load_user(incoming: Request) -> User | None:
    if incoming.path.startswith("/api/"):
        return _user_of_token(incoming)
    secret = session.get(_COOKIE_KEY)
    if not secret:
        return None
    row = db.session.scalar(sa.select(UserSession).where(UserSession.secret_hash == hash_secret(secret)))
    if row is None or row.ended_at is not None or not row.user.is_active:
        session.pop(_COOKIE_KEY, None)
        return None
    if request.method == "GET" and (clock.now() - row.seen_at).total_seconds() > _SEEN_EVERY_SECONDS:
        with side_transaction() as side:
            side.execute(
                sa.update(UserSession).where(UserSession.id == row.id).values(seen_at=clock.now()),
                execution_options={"audited": True},  # bookkeeping, not a business fact
            )
    return row.user


def _user_of_token(incoming: Request) -> User | None:
    scheme, _, secret = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    row = db.session.scalar(sa.select(ApiToken).where(ApiToken.secret_hash == hash_secret(secret)))
    if row is None or row.revoked_at is not None or not row.user.is_active:
        return None
    return row.user


def remember(secret: str) -> None:
    """Put the secret of a new session into the browser; what an earlier visitor left there goes."""
    session.clear()
    session[_COOKIE_KEY] = secret
    session.permanent = False


def forget() -> str | None:
    """Take the secret out of the browser; gives it back so that the row can be ended."""
    secret = session.get(_COOKIE_KEY)
    session.clear()
    return secret


def same(left: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
