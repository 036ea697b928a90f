"""Pages of whole reports on paper: how far the worker is, and the file as long as it is kept."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import files, jobs
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.models import Job, StoredFile
from app.reports import operations_papers, queries_papers
from app.reports.papers import KINDS
from app.reports.views import bp


@bp.post("/reports/papers/<key>")
@requires("reports:export")
def ask_paper(key: str) -> ResponseReturnValue:
    """Have it laid out with all its rows; the address says of what."""
    with transaction():
        job = operations_papers.ask_paper(key, request.args, by=acting_user())
    return redirect(url_for("reports.show_paper", id=job.id), 303)


@bp.get("/reports/papers/<int:id>")
@requires("reports:export")
def show_paper(id: int) -> ResponseReturnValue:
    """How far it is; then the file."""
    job = queries_papers.get_paper(id, acting_user())
    kind = KINDS[job.arguments["report"]]
    return render_template(
        "reports/paper.html", job=job, title=kind.title(), file=queries_papers.file_of(job), how_far=jobs.progress_of(job),
        back=url_for(kind.endpoint, **job.arguments["args"]), is_under_way=job.state in queries_papers.UNDER_WAY,
    )  # fmt: skip


@bp.get("/reports/papers/<int:id>/progress")
@requires("reports:export")
def paper_progress(id: int) -> ResponseReturnValue:
    """The bar alone; when it is there, the page is loaded again."""
    job = queries_papers.get_paper(id, acting_user())
    if job.state not in queries_papers.UNDER_WAY:
        return "", 200, {"HX-Refresh": "true"}
    return render_template("reports/_paper_progress.html", job=job, how_far=jobs.progress_of(job))


@bp.post("/reports/papers/<int:id>/cancel")
@requires("reports:export")
def cancel_paper(id: int) -> ResponseReturnValue:
    """Ask the worker to stop."""
    job = queries_papers.get_paper(id, acting_user())
    with transaction():
        jobs.cancel(job)
    flash(_("Asked the worker to stop."), "info")
    return redirect(url_for("reports.show_paper", id=id), 303)


@bp.get("/reports/papers/<int:id>/file")
@requires("reports:export")
def paper_file(id: int) -> Response:
    """The PDF; that it was made is in the trail since then (R4)."""
    return files.download(_kept(queries_papers.get_paper(id, acting_user())))


def _kept(job: Job) -> StoredFile:
    stored = queries_papers.file_of(job)
    if stored is None:
        raise NotFound(_("This paper is not kept any more. Ask for it anew."))
    return stored
