"""The door: one request, one transaction; headers; errors as pages or problem documents."""

import contextlib
import errno
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import clock, columns, compiling, logs, problems
from app.core.addresses import WithAddresses
from app.core.db import Transaction, db, restart_transaction, transaction
from app.core.errors import DomainError, Outrun
from app.core.forms import args_without
from app.core.i18n import language_of_browser, marked, said
from app.core.lines import is_blank
from app.core.models import FormSubmission

log = structlog.get_logger()

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_FIELD = "form_key"


class App(WithAddresses):
    """Flask with one transaction around every unsafe request; refused requests keep nothing."""

    jinja_environment = compiling.Templates
    # Every template there is may stay; else each look would search a list of four hundred for the one looked at last.
    jinja_options = {**Flask.jinja_options, "bytecode_cache": compiling.Kept(), "cache_size": -1}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine; Flask would ask each of some twenty functions, with every request."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        if request.method in SAFE_METHODS:
            return super().dispatch_request()
        try:
            return self._in_transaction()
        except Outrun:
            if request.mimetype not in _FORM_TYPES or "version" not in request.form:
                raise
            return self._in_transaction()  # what is saved now is read afresh, and both versions can be shown

    def _in_transaction(self) -> Response:
        with transaction() as current:
            return self._act(current)

    def log_exception(self, exc_info: Any) -> None:
        """A fault of ours, without the secret an address may hold."""
        log.error(
            "unhandled_fault", method=request.method, path=logs.redacted(request.path), exc_info=exc_info
        )

    def _act(self, current: Transaction) -> Response:
        key = _submission_key()
        done = _claim(key) if key else None
        if done is not None:
            current.undo()
            flash(_("This was already done; nothing was done twice."), "info")
            return self.make_response(redirect(done.location or page_before(), 303))
        try:
            response = self.make_response(super().dispatch_request())
        except DomainError:
            self._refuse(current, key)
            raise
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            self._refuse(current, key)
        elif key:
            _settle(key, response.headers.get("Location", ""))
        return response

    def _refuse(self, current: Transaction, key: str) -> None:
        current.undo()
        row = db.session.get(FormSubmission, key) if current.is_kept and key else None
        if row is not None:  # what is kept is the refusal; the same form may be sent again
            db.session.delete(row)


def _submission_key() -> str:
    """What makes a sending the same sending: the form's one-time key, the address and everything typed.

    Somebody who goes back, corrects the form and sends it again means it; two buttons of one form are two acts.
    """
    if request.mimetype not in _FORM_TYPES or not request.form.get(KEY_FIELD):
        return ""
    digest = hashlib.sha256(request.path.encode())
    for name, value in sorted(request.form.items(multi=True)):
        if name != "csrf_token":
            digest.update(f"\0{name}\0{value}".encode("utf-8", "surrogatepass"))
    for name, file in request.files.items(multi=True):
        digest.update(f"\0{name}\0{file.filename}\0{file.stream.seek(0, 2)}".encode("utf-8", "surrogatepass"))
        file.stream.seek(0)
    return digest.hexdigest()


def _claim(key: str) -> FormSubmission | None:
    """Note the key; give back what is known if the form was acted on before.

    The second of two concurrent senders waits here for the first: on SQLite at BEGIN, on PostgreSQL at INSERT.
    """
    known = db.session.get(FormSubmission, key)
    if known is not None:
        return known
    db.session.add(FormSubmission(key=key, path=request.path[:500], made_at=clock.now()))
    try:
        db.session.flush()
    except IntegrityError:
        restart_transaction()
        return db.session.get_one(FormSubmission, key)
    return None


def _settle(key: str, location: str) -> None:
    """Remember where the form led to; attempt() may have started afresh, then the key is noted again."""
    row = db.session.get(FormSubmission, key) or FormSubmission(
        key=key, path=request.path[:500], made_at=clock.now()
    )
    row.location = location[:2000]
    db.session.add(row)


def page_before() -> str:
    """The path of the page of ours a form was sent from; home if the browser does not say."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:  # "http://[::1"
        return "/"
    return before.path if before.netloc == request.host and before.path.startswith("/") else "/"


_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def init_app(app: Flask) -> None:
    """Attach headers and error pages."""
    if app.config["N_PROXIES"]:
        n = app.config["N_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.before_request(_wait_for_no_silent_sender)
    app.before_request(_allow_larger_uploads)
    app.after_request(_add_headers)
    app.after_request(_read_what_is_still_sent)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, args_without=args_without)
    app.jinja_env.tests["blank"] = is_blank
    app.jinja_env.filters["written"] = columns.written
    app.register_error_handler(DomainError, _domain_error_page)
    app.register_error_handler(HTTPException, _http_error_page)
    app.register_error_handler(OperationalError, _database_error_page)
    app.register_error_handler(IntegrityError, _integrity_error_page)
    app.register_error_handler(OSError, _machine_error_page)


def accepts_upload(n_bytes: int) -> Any:
    """Decorator for a view that takes files larger than the general limit."""

    def mark(view: Any) -> Any:
        view.upload_limit = n_bytes
        return view

    return mark


def _allow_larger_uploads() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    limit = getattr(view, "upload_limit", None)
    if limit is not None:
        request.max_content_length = limit


def csp_nonce() -> str:
    """The nonce of this response for our script tags."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


_NO_WORKER = "'none'"


def let_worker_run() -> None:
    """Let this page start a worker of ours; no other page may."""
    g.worker_source = "'self'"


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"object-src 'none'; worker-src {g.get('worker_source', _NO_WORKER)}",
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    headers.setdefault("Cache-Control", "no-store")
    if current_app.config["IS_HTTPS"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


#: Of a body that nobody wanted this much is still read, for so many seconds: more than the proxy lets in.
_DROPPED_BYTES, _DROPPED_SECONDS = 64 * 1024 * 1024, 10.0
#: A sender who falls silent for so many seconds is not waited for; the thread would wait as long as they like.
LONGEST_SILENCE = 30.0


def _wait_for_no_silent_sender() -> None:
    line = request.environ.get("gunicorn.socket")
    if line is not None:
        line.settimeout(LONGEST_SILENCE)


def _read_what_is_still_sent(response: Response) -> Response:
    """Read a body to its end before answering: of an answer that comes early the sender sees a broken line, a proxy above all.

    Only where the server marks the end itself, as gunicorn does; elsewhere reading on might never end.
    """
    if not request.environ.get("wsgi.input_terminated"):
        return response
    left, until = _DROPPED_BYTES, time.monotonic() + _DROPPED_SECONDS
    with contextlib.suppress(OSError):  # whoever sent it is gone
        while left > 0 and time.monotonic() < until:
            block = request.environ["wsgi.input"].read(64 * 1024)
            if not block:
                break
            left -= len(block)
    if (line := request.environ.get("gunicorn.socket")) is not None:
        line.settimeout(None)  # whoever takes the answer may take their time
    return response


# -- errors ----------------------------------------------------------------------------------------


def error_response(
    status: int, message: str, problem: str = "", more: Mapping[str, Any] | None = None
) -> ResponseReturnValue:
    """The error as a page for people and as an RFC 9457 document for programs, there with `more` beside the message."""
    db.session.rollback()
    if request.path.startswith("/api/"):
        document = {
            "type": problems.type_of(status, problem), "title": problems.title_of(status), "status": status,
            "detail": message, **(more or {}),
        }  # fmt: skip
        response = current_app.json.response(document)
        response.mimetype = "application/problem+json"
        return response, status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Straight from the template: what every page is given (who is here, their notices) asks the database,
        # and that may be just what is out of reach.
        _ask_nobody()
        plain = current_app.jinja_env.get_template("errors/error.html")
        return plain.render(status=status, message=message, request_id=logs.request_id()[:12]), status
    return render_template("errors/error.html", status=status, message=message), status


def _ask_nobody() -> None:
    """Speak as the browser wants: the language of whoever reads stands in the database."""
    g.setdefault("language", language_of_browser())


def _domain_error_page(error: DomainError) -> ResponseReturnValue:
    errors = {"errors": [{"field": error.field, "message": error.message}]} if error.field else {}
    response = current_app.make_response(
        error_response(error.status, error.message, error.problem, errors | dict(error.more))
    )
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Rapport"'
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http_error_page(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _ask_nobody()
    words = _SAID.get(error.code, error.description or "")
    if isinstance(error, SecurityError):  # what Flask says to a host that is not ours
        words = _OTHER_HOST
    elif error.code == HTTPStatus.BAD_REQUEST and request.path.startswith("/api/"):
        words = _UNREADABLE
    response = current_app.make_response(error_response(error.code, said(words)))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


_SAID = {
    400: marked("The browser sent something that could not be read. Go back, reload the page and try again."),
    401: marked("Please sign in first."),
    403: marked("Your role does not allow this. If you need it, ask an administrator."),
    404: marked("There is nothing here, or it is not yours to see."),
    405: marked("This address cannot be used that way."),
    413: marked("The file or text is too large. Nothing was saved."),
    415: marked("This kind of content is not accepted here."),
    429: marked("Too many attempts. Wait a few minutes, then try again."),
    500: marked("Something broke on our side. Nothing was saved. It has been logged under the number below."),
}

_UNREADABLE = marked("The request could not be read. Nothing was changed.")
#: Names no host: neither the one that was asked for, which anybody may have written, nor ours.
_OTHER_HOST = marked(
    "Rapport does not answer under this host name. Whoever runs it can allow the name in RAPPORT_HOSTS."
)

_FULL = marked("The disk is full. Nothing was saved; tell whoever runs this machine.")
_NOT_WRITABLE = marked(
    "This server cannot open or write its own files. Nothing was saved; tell whoever runs this machine."
)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_RIGHT = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def _database_error_page(error: OperationalError) -> ResponseReturnValue:
    text = str(error.orig)
    _ask_nobody()
    if "readonly" in text and request.method in SAFE_METHODS:
        raise error  # a page that only reads tried to write: a fault of ours
    if any(words in text for words in ("readonly", "read-only", "unable to open")):
        log.error("database_not_writable", error=text.splitlines()[0])
        return error_response(503, said(_NOT_WRITABLE))
    if "full" in text or "No space" in text:
        return error_response(507, said(_FULL))
    log.warning("database_unavailable", error=text.splitlines()[0])
    return error_response(
        503, _("The database is busy or out of reach. Nothing was saved; try again in a moment.")
    )


def _integrity_error_page(error: IntegrityError) -> ResponseReturnValue:
    log.warning("integrity_error", error=str(error.orig).splitlines()[0])
    return error_response(
        409, _("Somebody else did the same thing at the same moment. Reload and look before trying again.")
    )


def _machine_error_page(error: OSError) -> ResponseReturnValue:
    log.error("machine_error", error=repr(error))
    _ask_nobody()
    if error.errno in _NO_ROOM:
        return error_response(507, said(_FULL))
    if error.errno in _NO_RIGHT:
        return error_response(503, said(_NOT_WRITABLE))
    return error_response(500, said(_SAID[500]))
