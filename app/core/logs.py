"""Logs: one line an event, no secrets, nothing a visitor typed can forge a line."""

import logging
import re
import sys
import time
import uuid
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.stdlib import ProcessorFormatter

log = structlog.get_logger()

#: Addresses that are keys: a calendar feed, a person's own door, a new password. What follows the room is never written down.
_SECRET_PATH = re.compile(r"(/(?:calendars?|p|password)(?:/[a-z-]{1,15})*/)[\w~.-]{16,}")
_SECRET_WORD = re.compile(
    r"(?i)\b(bearer\s+|(?:password|passwd|secret|token|csrf_token)[\"']?\s*[=:]\s*[\"']?|whsec_)[^\s\"',;&]+"
)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
#: Asked for by machines every few seconds; a line each would bury the others.
_QUIET = ("/assets/", "/health/", "/metrics")


def init_app(app: Flask) -> None:
    """Name every request and write one line about it."""
    if app.testing:
        _configure_structlog(structlog.processors.KeyValueRenderer(key_order=["event"]))
    else:
        configure(app.config.get("LOG_LEVEL", "INFO"))
    app.before_request(_begin)
    app.after_request(_end)


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send our log and that of the libraries to a stream (stderr): readable on a terminal, JSON elsewhere."""
    target = stream or sys.stderr
    plain = structlog.processors.JSONRenderer(ensure_ascii=False)
    renderer = structlog.dev.ConsoleRenderer(colors=True) if target.isatty() else plain
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[ProcessorFormatter.remove_processors_meta, make_safe, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in ("alembic", "huey", "fontTools", "weasyprint", "PIL", "urllib3", "boto3", "botocore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    _configure_structlog(ProcessorFormatter.wrap_for_formatter)


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


#: One list for good: loggers that were used keep it.
_STEPS: list[Any] = []


def _configure_structlog(last: Any) -> None:
    _STEPS[:] = [structlog.stdlib.filter_by_level, *_SHARED, last]
    structlog.configure(
        processors=_STEPS,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def make_safe(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets and control characters out of everything that is about to be written."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = value if value.isalnum() else printable(redacted(value))
        elif not isinstance(value, int | float | bool | None):
            event[key] = printable(redacted(repr(value)))
    return event


def redacted(text: str) -> str:
    """The text without keys, tokens and passwords: "/calendar/…", "Bearer …"."""
    return _SECRET_WORD.sub(r"\1…", _SECRET_PATH.sub(r"\1…", text))


def printable(text: str) -> str:
    """The text on one line: a line end becomes the two characters backslash and n, and so on."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def request_id() -> str:
    """The name of this request in the log, in the audit trail and on an error page; empty outside any."""
    return str(g.get("request_id", "")) if has_request_context() else ""


def _begin() -> None:
    structlog.contextvars.clear_contextvars()
    g.request_id, g.began_at = uuid.uuid4().hex, time.perf_counter()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _end(response: Response) -> Response:
    if not request.path.startswith(_QUIET):
        milliseconds = round((time.perf_counter() - g.get("began_at", time.perf_counter())) * 1000, 1)
        # The path alone: what is typed into a search stands behind the question mark.
        log.info(
            "request", method=request.method, path=redacted(request.path), status=response.status_code, ms=milliseconds,
            address=request.remote_addr,
        )  # fmt: skip
    return response
