"""Settings, Jobs: what waits, runs and failed; trying again and giving up."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import keyset
from app.core.forms import args_without, words_of
from app.core.models import JobState
from app.upkeep import operations, pulse, queries_jobs
from app.upkeep.queries_jobs import JobFilter
from app.upkeep.views import bp


@bp.get("/settings/jobs/")
@requires("settings:write")
def jobs() -> ResponseReturnValue:
    """Long work, the newest first; without a filter what is not done."""
    state, name = request.args.get("state", ""), request.args.get("name", "")
    kinds = queries_jobs.count_by_kind()
    wanted = JobFilter(
        JobState(state) if state in set(JobState) else None,
        name if name in {one.name for one in kinds} else "",
    )
    place, _is_lost = keyset.place_asked(queries_jobs.ORDER)
    return render_template(
        "upkeep/jobs.html", wanted=wanted, page=queries_jobs.list_jobs(wanted, place), n=queries_jobs.count_jobs(wanted),
        kinds=kinds, kind_choices=[(one.name, one.name) for one in kinds], state_choices=words_of(JobState),
        states=list(JobState), seen_at=pulse.seen_at(), is_silent=pulse.is_silent(), args=args_without("page", "after", "before"),
    )  # fmt: skip


@bp.post("/settings/jobs/<int:id>/retry")
@requires("settings:write")
def retry_job(id: int) -> ResponseReturnValue:
    """Let a failed or cancelled job be done again."""
    operations.retry_job(queries_jobs.get_job(id), by=acting_user())
    flash(_("Job %(id)s waits for a worker.", id=id), "ok")
    return redirect(url_for("upkeep.jobs"), 303)


@bp.post("/settings/jobs/<int:id>/cancel")
@requires("settings:write")
def cancel_job(id: int) -> ResponseReturnValue:
    """Give a job up: at once if it waits, at its next step if it runs."""
    found = queries_jobs.get_job(id)
    operations.cancel_job(found, by=acting_user())
    is_running = found.state is JobState.RUNNING
    flash(_("Job %(id)s ends at its next step.", id=id) if is_running else _("Job %(id)s is given up.", id=id), "ok")  # fmt: skip
    return redirect(url_for("upkeep.jobs"), 303)
