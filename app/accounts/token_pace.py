"""How often one token may ask: the same for every process of a machine, with no question to the database.

Where the counting file cannot be used, nobody is kept out for it: what a token may do is said elsewhere.
"""

from pathlib import Path

import structlog
from flask import Flask, Response, current_app, g
from flask_babel import gettext as _

from app.accounts.policies_tokens import AskedTooOften
from app.core.pace import SharedPace, Taken

log = structlog.get_logger()

_SECONDS = 60


def init_app(app: Flask) -> None:
    """Count beside the keys of the installation, and say in every answer how many are left."""
    app.extensions["token_pace"] = SharedPace(Path(app.config["INSTANCE"]) / "token-pace", _SECONDS)
    app.after_request(_add_headers)


def keep() -> None:
    """Note one request of the token this one came with. Raises AskedTooOften."""
    most, token = current_app.config["API_PER_MINUTE"], g.pop("token_print", "")
    if not most or not token:
        return
    pace: SharedPace = current_app.extensions["token_pace"]
    try:
        g.token_pace = taken = pace.take(token, most)
    except OSError as trouble:
        log.warning("token_pace_not_kept", error=str(trouble))
        return
    if taken.is_refused:
        raise AskedTooOften(
            _("This token asked %(most)s times within a minute. Go on in %(seconds)s seconds.",
              most=most, seconds=taken.seconds),
            taken.seconds,
        )  # fmt: skip


def _add_headers(response: Response) -> Response:
    taken: Taken | None = g.pop("token_pace", None)
    if taken is not None:
        response.headers["RateLimit-Policy"] = (
            f'"token";q={current_app.config["API_PER_MINUTE"]};w={_SECONDS}'
        )
        response.headers["RateLimit"] = f'"token";r={taken.left};t={taken.seconds}'
    return response
