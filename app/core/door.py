"""The door: one request, one transaction; headers; errors as pages or problem documents."""

import secrets
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import clock
from app.core.db import Transaction, db, transaction
from app.core.errors import DomainError
from app.core.models import FormSubmission

log = structlog.get_logger()

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_FIELD = "form_key"


class App(Flask):
    """Flask with one transaction around every unsafe request; refused requests keep nothing."""

    def dispatch_request(self) -> ResponseReturnValue:
        if request.method in SAFE_METHODS:
            return super().dispatch_request()
        with transaction() as current:
            return self._act(current)

    def _act(self, current: Transaction) -> Response:
        submission = _claim_submission()
        if submission is not None and submission.location:
            current.undo()
            flash("This was already done; nothing was done twice.", "info")
            return self.make_response(redirect(submission.location, 303))
        response = self.make_response(super().dispatch_request())
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            current.undo()
        elif submission is not None:
            # attempt() may have started afresh; what was claimed is then claimed again.
            claimed = db.session.merge(submission)
            claimed.location = response.headers.get("Location", "")
        return response


def _claim_submission() -> FormSubmission | None:
    """Note the form's one-time key; the second of two concurrent senders waits here for the first."""
    key = request.form.get(KEY_FIELD, "") if request.mimetype in _FORM_TYPES else ""
    if not key:
        return None
    key = key[:64]
    known = db.session.get(FormSubmission, key)
    if known is not None:
        return known
    submission = FormSubmission(key=key, path=request.path[:500], made_at=clock.now())
    db.session.add(submission)
    db.session.flush()
    return submission


_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def init_app(app: Flask) -> None:
    """Attach headers and error pages."""
    if app.config["N_PROXIES"]:
        n = app.config["N_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.before_request(_allow_larger_uploads)
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
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


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "object-src 'none'",
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


# -- errors ----------------------------------------------------------------------------------------


def error_response(status: int, message: str) -> ResponseReturnValue:
    """The error as a page for people and as an RFC 9457 document for programs."""
    db.session.rollback()
    if request.path.startswith("/api/"):
        title = HTTPStatus(status).phrase
        document = {"type": "about:blank", "title": title, "status": status, "detail": message}
        response = current_app.json.response(document)
        response.mimetype = "application/problem+json"
        return response, status
    return render_template("errors/error.html", status=status, message=message), status


def _domain_error_page(error: DomainError) -> ResponseReturnValue:
    return error_response(error.status, error.message)


def _http_error_page(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    return error_response(error.code, _SAID.get(error.code, error.description or ""))


_SAID = {
    400: "The browser sent something that could not be read. Go back, reload the page and try again.",
    401: "Please sign in first.",
    403: "Your role does not allow this. If you need it, ask an administrator.",
    404: "There is nothing here, or it is not yours to see.",
    405: "This address cannot be used that way.",
    413: "The file or text is too large. Nothing was saved.",
    415: "This kind of content is not accepted here.",
    429: "Too many attempts. Wait a few minutes, then try again.",
    500: "Something broke on our side. Nothing was saved. It has been logged under the number below.",
}


def _database_error_page(error: OperationalError) -> ResponseReturnValue:
    text = str(error.orig)
    if "full" in text or "No space" in text:
        return error_response(507, "The disk is full. Nothing was saved; tell whoever runs this machine.")
    log.warning("database_unavailable", error=text.splitlines()[0])
    return error_response(
        503, "The database is busy or out of reach. Nothing was saved; try again in a moment."
    )


def _integrity_error_page(error: IntegrityError) -> ResponseReturnValue:
    log.warning("integrity_error", error=str(error.orig).splitlines()[0])
    return error_response(
        409, "Somebody else did the same thing at the same moment. Reload and look before trying again."
    )


def _machine_error_page(error: OSError) -> ResponseReturnValue:
    log.error("machine_error", error=repr(error))
    full = error.errno in {28, 122}  # ENOSPC, EDQUOT
    return error_response(
        507 if full else 500,
        "The disk is full. Nothing was saved; tell whoever runs this machine." if full else _SAID[500],
    )
