"""Who may enter: every view names its permission or says that it is public; anything else is refused."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts import audit, permissions, signing_in
from app.accounts.models import User
from app.accounts.policies_tokens import NoToken
from app.core import logs
from app.core.errors import NotAllowed

log = structlog.get_logger()

View = TypeVar("View", bound=Callable[..., Any])

#: Marks views that anybody may call; each guards itself by a token or shows nothing private.
PUBLIC = "public"
#: Of the pages about one's own second factor: all that is open to those who have yet to set one up.
FACTORS = "accounts:factors"


def requires(permission: str) -> Callable[[View], View]:
    """Let only users with this permission into a view."""
    if permission not in permissions.ALL:
        raise KeyError(f"no role has the permission {permission!r}")

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Let anybody into a view: sign-in, feeds by token, the person's door, assets."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view


def permission_of(view: object) -> str | None:
    """The permission a view was marked with; None if somebody forgot."""
    return getattr(view, "permission", None)


def acting_user() -> User:
    """The signed-in user, for `by=`."""
    user = current_user._get_current_object()
    if not isinstance(user, User):
        raise NotAllowed(_("Please sign in first."))
    return user


def may(permission: str) -> bool:
    """For templates: whether the signed-in user has a permission."""
    user = current_user._get_current_object()
    return isinstance(user, User) and permissions.may(user, permission)


def init_app(app: Flask) -> None:
    """Deny by default, before every request."""
    app.before_request(_name_request)
    app.before_request(_guard)
    app.jinja_env.globals["may"] = may


def _name_request() -> None:
    audit.begin_request(logs.request_id())


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such page: 404 or 405 says so
    wanted = permission_of(current_app.view_functions[request.endpoint])
    if wanted == PUBLIC:
        return None
    if wanted is None:
        raise NotAllowed(_("This page has no permission yet, so nobody may open it."))
    if not current_user.is_authenticated:
        if request.path.startswith("/api/"):
            raise NoToken(g.get("token_refusal") or _SEND_ONE)
        return redirect(url_for("accounts.sign_in", next=_local_path()), 303)
    structlog.contextvars.bind_contextvars(user=acting_user().id)
    if wanted != FACTORS and signing_in.is_limited():
        return redirect(url_for("accounts.factors"), 303)
    if not permissions.may(acting_user(), wanted):
        log.warning("refused", permission=wanted)
        if wanted in permissions.PERMISSIONS[acting_user().role]:
            raise NotAllowed(
                _("You may do this, but this token was made for less: it lacks %(wanted)s.", wanted=wanted)
            )
        raise NotAllowed(_("Your role does not allow this. If you need it, ask an administrator."))
    return None


_SEND_ONE = _l("Send a token: “Authorization: Bearer …”. You make one on your account page.")


def _local_path() -> str:
    return request.path if request.method == "GET" else "/"


def safe_next(path: str) -> str:
    """A path on this site to go to after sign-in; anything else becomes the home page.

    Naive checks have been fooled by tabs, control characters and backslashes, so this is an allow-list.
    """
    plain = all(char.isascii() and (char.isalnum() or char in "/-_.") for char in path)
    return path if plain and path[:1] == "/" and path[1:2].isalnum() and len(path) < 500 else "/"
