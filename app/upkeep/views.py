"""Settings, Backups: what administrators see of the copies of their house."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import requires
from app.core import clock
from app.upkeep import policies, queries

bp = Blueprint("upkeep", __name__)


@bp.get("/settings/backups")
@requires("settings:write")
def backups() -> ResponseReturnValue:
    """When the house was last copied, and when such a copy was last tried."""
    last, verified = queries.last_backup(), queries.last_verified()
    return render_template(
        "upkeep/backups.html", last=last, verified=verified, folder=current_app.config["BACKUP_PATH"],
        n_kept=current_app.config["BACKUP_KEEP"], now=clock.now(),
        is_old=policies.is_old(last.at if last else None, clock.now()),
    )  # fmt: skip
