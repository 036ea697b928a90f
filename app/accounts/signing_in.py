"""How a browser is recognised: a random secret in the signed cookie, its hash in `user_session`."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from flask import Flask, Request, current_app, g, request, session
from flask_login import LoginManager
from sqlalchemy.exc import OperationalError

from app.accounts import seeing
from app.accounts.models import ApiToken, User, UserSession
from app.accounts.permissions import rights_of_token
from app.accounts.policies import is_over, is_recent
from app.accounts.policies_tokens import why_not
from app.core import clock
from app.core.db import db, side_transaction

log = structlog.get_logger()

login_manager = LoginManager()

_COOKIE_KEY = "sid"
#: Of a browser that has shown the password and not yet the second factor.
_HALF_KEY = "half"
#: "Last used" is written at most this often, so that reading pages stays reading.
_NOTED_EVERY = timedelta(minutes=5)


def init_app(app: Flask) -> None:
    """Let Flask-Login ask us who is there; it keeps nothing of its own."""
    # Flask-Login asks us only when it finds no "remember me" cookie, and one of another program on this host would do.
    app.config.setdefault("REMEMBER_COOKIE_NAME", "rapport-remembers-nothing")
    login_manager.session_protection = None
    login_manager.init_app(app)
    login_manager.request_loader(_load_user)


def hash_secret(secret: str) -> str:
    """What is stored of a random secret: plain SHA-256 is right for 128 and more random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_email(email: str) -> str:
    """An address in the list of failed attempts: counted without being readable; passwords are typed there too."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(
        key, f"email:{email.strip().lower()}".encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


#: How long the text of `new_secret` is; anything else is not looked up.
SECRET_LENGTH = 43


def new_secret() -> str:
    """A secret of 256 random bits for cookies, tokens and links."""
    return secrets.token_urlsafe(32)


def _load_user(incoming: Request) -> User | None:
    if incoming.path.startswith("/api/"):
        return _user_of_token(incoming)
    secret = session.get(_COOKIE_KEY)
    if not secret:
        return None
    row = here()
    if row is None or is_over(row, clock.now()) or not row.user.is_active:
        session.pop(_COOKIE_KEY, None)
        return None
    g.user_session = row
    if request.method == "GET":
        _note_use(UserSession, row.id, "seen_at", row.seen_at)
    row.user.limited_to = None
    return seeing.seen_by(row)


def _user_of_token(incoming: Request) -> User | None:
    scheme, _, secret = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    row = db.session.scalar(sa.select(ApiToken).where(ApiToken.secret_hash == hash_secret(secret)))
    g.token_refusal = why_not(row, clock.today(row.user.zone if row else "UTC"))
    if row is None or g.token_refusal:
        return None
    row.user.limited_to = rights_of_token(row.scope, row.rights)
    g.token_print = row.secret_hash
    _note_use(ApiToken, row.id, "used_at", row.used_at)
    return row.user


def _note_use(kind: type[UserSession | ApiToken], id: int, column: str, last: datetime | None) -> None:
    """Write down "last used" now and then; a database that is busy with something else is not kept from it."""
    now = clock.now()
    if last is not None and now - last < _NOTED_EVERY:
        return
    try:
        with side_transaction() as side:
            noted = sa.update(kind).where(kind.id == id).values({column: now})
            side.execute(noted, execution_options={"audited": True})  # bookkeeping, not a business fact
    except OperationalError as trouble:
        log.warning("use_not_noted", error=str(trouble.orig))


def remember(secret: str) -> None:
    """Put the secret of a new session into the browser; what an earlier visitor left there goes."""
    session.clear()
    session[_COOKIE_KEY] = secret
    session.permanent = False


def replace(secret: str, *, end: Callable[[str], None]) -> None:
    """Let a new session take the place of the one this browser had, which is ended with `end`."""
    old = forget()
    if old:
        end(old)
    remember(secret)


def renew() -> None:
    """Let the session of this browser go on under a new secret, as whenever it may do more than before."""
    row = here()
    if row is not None:
        secret = new_secret()
        row.secret_hash = hash_secret(secret)
        session[_COOKIE_KEY] = secret


def remember_half(secret: str) -> None:
    """Put the secret of a step into the browser: whoever was here before is not, and nobody is yet."""
    session.clear()
    session[_HALF_KEY] = secret


def half() -> str:
    """The secret of the step this browser is at; empty for none."""
    return str(session.get(_HALF_KEY, ""))


def is_limited() -> bool:
    """Whether this browser may do nothing yet but set up the second factor its user needs."""
    row: UserSession | None = g.get("user_session")
    return row is not None and row.set_up_from_at is not None and row.set_up_from_at <= clock.now()


def must_choose_password() -> bool:
    """Whether this browser came in by a password somebody else made, and may do nothing before its user has their own."""
    row: UserSession | None = g.get("user_session")
    return row is not None and row.user.password_ends_at is not None and row.how.startswith("password")


def is_proved() -> bool:
    """Whether whoever sits here has proved within some minutes who they are."""
    row = here()
    return row is not None and is_recent(row.proved_at, clock.now())


#: Asked by every page, so built once.
_SESSION = sa.select(UserSession).where(UserSession.secret_hash == sa.bindparam("hash"))


def here() -> UserSession | None:
    """The session of this browser, over or not."""
    secret = session.get(_COOKIE_KEY)
    return db.session.scalar(_SESSION, {"hash": hash_secret(secret)}) if secret else None


def forget() -> str | None:
    """Take the secret out of the browser; gives it back so that the row can be ended."""
    secret = session.get(_COOKIE_KEY)
    session.clear()
    return secret
