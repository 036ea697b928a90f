"""Settings, Backups; and what a monitor or a proxy asks of this process and of the house."""

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import NotFound

from app.accounts.access import public, requires
from app.core import clock
from app.core.db import db
from app.core.extensions import head
from app.ledger import queries as ledger
from app.upkeep import metrics, operations_nightly, policies, pulse, queries

#: What a worker does for this room; naming them here makes them known to it.
STEPS = (operations_nightly.look, pulse.say)

bp = Blueprint("upkeep", __name__)


@bp.get("/settings/backups")
@requires("settings:write")
def backups() -> ResponseReturnValue:
    """When the house was last copied, and when such a copy was last tried."""
    last, verified = queries.last_backup(), queries.last_verified()
    return render_template(
        "upkeep/backups.html", last=last, verified=verified, folder=current_app.config["BACKUP_PATH"],
        n_kept=current_app.config["BACKUP_KEEP"], is_old=policies.is_old(last.at if last else None, clock.now()),
    )  # fmt: skip


@bp.get("/health/live")
@public
def live() -> ResponseReturnValue:
    """This process answers; nothing else is asked."""
    return jsonify(status="ok")


@bp.get("/metrics")
@public
def figures() -> ResponseReturnValue:
    """Figures for Prometheus, for whoever brings the token of the monitor; there is no such page where none is set."""
    if not current_app.config["METRICS_TOKEN"]:
        raise NotFound
    if not metrics.is_let_in(request.headers.get("Authorization", "")):
        return Response("", 401, {"WWW-Authenticate": 'Bearer realm="metrics"'}, content_type="text/plain")
    return Response(metrics.text(), headers={"Cache-Control": "no-store"}, content_type=metrics.CONTENT_TYPE)


@bp.get("/health/ready")
@public
def ready() -> ResponseReturnValue:
    """Whether this process can serve: the database answers, is at its version, and was written under the key of this house.

    A missing worker is told, and fails nothing.
    """
    try:
        found = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
        worker = ("silent" if pulse.is_silent() else "seen lately") if found == head() else "unknown"
    except DBAPIError:
        db.session.rollback()
        return jsonify(
            status="not ready", database="out of reach", migrations="unknown", worker="unknown", key="unknown"
        ), 503
    is_at_head = found == head()
    is_ready = is_at_head and ledger.opens_words()
    said = {
        "database": "ok", "migrations": "at head" if is_at_head else "not at head", "worker": worker,
        "key": "unknown" if not is_at_head else "ok" if is_ready else "another",
    }  # fmt: skip
    return jsonify(status="ready" if is_ready else "not ready", **said), 200 if is_ready else 503


# They add their pages to `bp`.
from app.upkeep import (  # noqa: E402, F401
    views_jobs,
)
