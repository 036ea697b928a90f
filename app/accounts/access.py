"""Who may enter: every view names its permission or says that it is public; anything else is refused."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app, g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts import audit, permissions, seeing, signing_in, token_pace
from app.accounts.models import User
from app.accounts.policies_tokens import NoToken
from app.core import logs
from app.core.door import SAFE_METHODS
from app.core.errors import NotAllowed

log = structlog.get_logger()

View = TypeVar("View", bound=Callable[..., Any])

#: Marks views that anybody may call; each guards itself by a token or shows nothing private.
PUBLIC = "public"
#: Of the pages about one's own second factor: all that is open to those who have yet to set one up.
FACTORS = "accounts:factors"


def requires(permission: str, *, only: str = "") -> Callable[[View], View]:
    """Let only users with this permission into a view.

    `only` says for the X-ray to whom among them the view itself answers 403, as a lazy sentence ("whoever the task is of").
    """
    if permission not in permissions.ALL:
        raise KeyError(f"no role has the permission {permission!r}")

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.only = only  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Let anybody into a view: sign-in, feeds by token, the person's door, assets."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view


def permission_of(view: object) -> str | None:
    """The permission a view was marked with; None if somebody forgot."""
    return getattr(view, "permission", None)


def narrowed_to(view: object) -> str:
    """To whom among those with the permission a view answers; empty: to all of them."""
    return getattr(view, "only", "")


def acting_user() -> User:
    """The signed-in user, for `by=`."""
    user = _signed_in()
    if user is None:
        raise NotAllowed(_("Please sign in first."))
    return user


def _signed_in() -> User | None:
    # A page asks some fifty times, and Flask-Login looks its own note up by four proxies each time.
    user = g._get_current_object().get("_login_user") if has_request_context() else None
    user = user or current_user._get_current_object()
    return user if isinstance(user, User) else None


def may(permission: str) -> bool:
    """For templates: whether the signed-in user has a permission."""
    user = _signed_in()
    return user is not None and permissions.may(user, permission)


def init_app(app: Flask) -> None:
    """Deny by default, before every request."""
    app.before_request(_name_request)
    app.before_request(_only_look)
    app.before_request(_guard)
    token_pace.init_app(app)
    app.jinja_env.globals["may"] = may


def _name_request() -> None:
    audit.begin_request(logs.request_id())


def _only_look() -> None:
    """Whoever sees as somebody else changes nothing, also on pages that are open to everybody."""
    if request.method not in SAFE_METHODS and seeing.is_seeing() and request.endpoint not in seeing.WAYS_OUT:
        raise seeing.OnlyLooking


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
    token_pace.keep()
    first = _to_be_done_first(wanted)
    if first:
        return redirect(url_for(first), 303)
    if not permissions.may(acting_user(), wanted):
        log.warning("refused", permission=wanted)
        if seeing.is_seeing():
            raise seeing.refusal(acting_user(), wanted)
        if wanted in permissions.PERMISSIONS[acting_user().role]:
            raise NotAllowed(
                _("You may do this, but this token was made for less: it lacks %(wanted)s.", wanted=wanted)
            )
        raise NotAllowed(_("Your role does not allow this. If you need it, ask an administrator."))
    return None


def _to_be_done_first(wanted: str) -> str:
    """The page to which a browser is led that may do nothing else yet; empty if it may go on."""
    if signing_in.must_choose_password():
        return "" if request.endpoint in _CHOOSING else "accounts.change_password"
    return "accounts.factors" if wanted != FACTORS and signing_in.is_limited() else ""


#: All that opens by a password that was made by somebody else: choosing another, and the proof that wants.
_CHOOSING = frozenset(
    {"accounts.change_password", "accounts.prove", "accounts.prove_options", "accounts.prove_by_passkey"}
)
_SEND_ONE = _l("Send a token: “Authorization: Bearer …”. You make one on your account page.")


def _local_path() -> str:
    return request.path if request.method == "GET" else "/"


def safe_next(path: str) -> str:
    """A path on this site to go to after sign-in; anything else becomes the home page.

    Naive checks have been fooled by tabs, control characters and backslashes, so this is an allow-list.
    """
    plain = all(char.isascii() and (char.isalnum() or char in "/-_.") for char in path)
    return path if plain and path[:1] == "/" and path[1:2].isalnum() and len(path) < 500 else "/"
