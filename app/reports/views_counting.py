"""Having a worker count a report, and how far it is."""

from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import jobs
from app.core.db import transaction
from app.reports import counting
from app.reports.gallery import Ask
from app.reports.views import bp

#: What such a report may be asked, and the most characters of one of them.
NAMES, MOST = (*(ask.value for ask in Ask), "layout"), 60


@bp.post("/reports/counts/<key>")
@requires("reports:read")
def ask_count(key: str) -> ResponseReturnValue:
    """Have it counted as the address says; then its page tells how far it is."""
    args = {name: request.args[name][:MOST] for name in NAMES if name in request.args}
    with transaction():
        counting.ask(key, args, by=acting_user())
    return redirect(f"{url_for(counting.kind_of(key).endpoint)}?{urlencode(args)}", 303)


@bp.get("/reports/counts/<int:id>/progress")
@requires("reports:read")
def count_progress(id: int) -> ResponseReturnValue:
    """The bar alone; when it is counted, the page is loaded again."""
    job = counting.get(id, acting_user())
    if job.state not in counting.UNDER_WAY:
        return "", 200, {"HX-Refresh": "true"}
    return render_template("reports/_counting_progress.html", job=job, how_far=jobs.progress_of(job))


@bp.post("/reports/counts/<int:id>/cancel")
@requires("reports:read")
def cancel_count(id: int) -> ResponseReturnValue:
    """Ask the worker to stop."""
    job = counting.get(id, acting_user())
    with transaction():
        jobs.cancel(job)
    flash(_("Asked the worker to stop."), "info")
    return redirect(url_for("reports.index"), 303)
