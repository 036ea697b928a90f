"""Pages of actions on many rows: what exactly, restated with its number; the receipt; the way back."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import permissions
from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock, jobs
from app.core.errors import NotAllowed, NotFound
from app.core.forms import args_without, row_number
from app.core.models import Job
from app.lists import operations_bulk, policies, queries, showing
from app.lists.catalogue import Action, Listing
from app.lists.models import BulkRun
from app.lists.views import bp

#: Names that are read out before an action.
_N_NAMED = 12


@bp.get("/<key>/bulk")
@requires("accounts:self")
def choose(key: str) -> ResponseReturnValue:
    """From the bar below a list, which sends the action as a word beside the rows."""
    wanted = request.args.get("action", "")
    listing = queries.get_listing(key, acting_user())
    if wanted not in listing.actions:
        raise NotFound(_("There is no such action. Go back and choose one of those offered."))
    return redirect(url_for("lists.bulk", key=key, action=wanted, **_address("action")), 303)


@bp.route("/<key>/bulk/<action>", methods=["GET", "POST"])
@requires("accounts:self", only=_l("whoever may act on one of the rows"))
def bulk(key: str, action: str) -> ResponseReturnValue:
    """What exactly, for how many; then do it."""
    by = acting_user()
    listing = queries.get_listing(key, by)
    what = _action_or_404(listing, action, by)
    ids, form = _ids_asked(listing, by), what.form(by)
    if form.validate_on_submit():
        with form.attempt():
            values = {name: value for name, value in form.data.items() if name not in _OF_THE_FORM}
            n_seen = row_number(request.form.get("n_seen"))
            run = operations_bulk.act_on_many(listing, what, values, ids, by=by, n_seen=n_seen)
            return redirect(url_for("lists.show_bulk", id=run.id), 303)
    names = list(listing.names(by, ids[:_N_NAMED]).values())
    return render_template(
        "lists/bulk.html", form=form, listing=listing, action=what, n_rows=len(ids), names=names, is_all=_is_all(),
        most=policies.MOST_ROWS, n_at_once=policies.MOST_AT_ONCE, address=_address(),
        back=url_for(listing.endpoint, **args_without("ids", "all", "action")),
    ), form.status  # fmt: skip


@bp.get("/bulk/<int:id>")
@requires("accounts:self")
def show_bulk(id: int) -> ResponseReturnValue:
    """The receipt: how many, who was left out and why, and the way back."""
    by = acting_user()
    run = queries.get_run(id, by)
    listing = queries.get_listing(run.listing, by)
    receipt = queries.receipt_of(run)
    names = listing.names(by, [one.subject_id for one in receipt.rows])
    job = run.undo_job or run.job
    return render_template(
        "lists/show_bulk.html", run=run, listing=listing, receipt=receipt, names=names, is_under_way=queries.is_under_way(job),
        may_undo=_may_undo(run, listing, by), undo_until=policies.undo_until(run.made_at), job=job, how_far=_how_far(job),
    )  # fmt: skip


@bp.get("/bulk/<int:id>/progress")
@requires("accounts:self")
def bulk_progress(id: int) -> ResponseReturnValue:
    """The bar alone, asked for every two seconds; when the job is through, the page is loaded again."""
    run = queries.get_run(id, acting_user())
    job = run.undo_job or run.job
    if not queries.is_under_way(job):
        return "", 200, {"HX-Refresh": "true"}
    return render_template("lists/_progress.html", run=run, how_far=_how_far(job))


@bp.post("/bulk/<int:id>/cancel")
@requires("accounts:self")
def cancel_bulk(id: int) -> ResponseReturnValue:
    """Ask the worker to stop; what is done is done, and can be undone."""
    run = queries.get_run(id, acting_user())
    job = run.undo_job or run.job
    if job is not None:
        jobs.cancel(job)
        flash(_("Asked the worker to stop. The rows it has reached are below."), "info")
    return redirect(url_for("lists.show_bulk", id=id), 303)


@bp.post("/bulk/<int:id>/undo")
@requires("accounts:self")
def undo_bulk(id: int) -> ResponseReturnValue:
    """Bring back what was before."""
    by = acting_user()
    run = queries.get_run(id, by)
    operations_bulk.undo_bulk(run, by=by)
    if not queries.is_under_way(run.undo_job):
        flash(_("Undone. Rows that were changed since are named below."), "ok")
    return redirect(url_for("lists.show_bulk", id=run.id), 303)


@bp.get("/bulk/")
@requires("accounts:self")
def bulks() -> ResponseReturnValue:
    """What one did to many rows, the latest first."""
    return render_template("lists/bulks.html", runs=queries.list_runs(acting_user()), now=clock.now())


# -- what pages need -------------------------------------------------------------------------------

_OF_THE_FORM = frozenset({"csrf_token", "form_key", "version"})


def _action_or_404(listing: Listing, key: str, by: User) -> Action:
    found = listing.actions.get(key)
    if found is None:
        raise NotFound(_("There is no such action."))
    if not permissions.may(by, found.permission):
        raise NotAllowed(_("Your role does not allow this. If you need it, ask an administrator."))
    return found


def _address(*less: str) -> dict[str, Any]:
    """The address as keywords for another, names that come several times included."""
    return {name: request.args.getlist(name) for name in args_without(*less)}


def _is_all() -> bool:
    return request.args.get("all") == "yes"


def _ids_asked(listing: Listing, by: User) -> Sequence[int]:
    """The ticked rows, or all that fit the filters; none where a filter is unknown, as it would let in too many."""
    if not _is_all():
        ticked = [row_number(text) for text in request.args.getlist("ids")[: policies.MOST_ROWS]]
        seen = [id for id in ticked if id is not None]
        return list(listing.names(by, seen))
    query = showing.query_asked(listing)
    if showing.narrowed_by(listing, by, query)[1]:
        return []
    return listing.ids(by, query, policies.MOST_ROWS + 1)


def _may_undo(run: BulkRun, listing: Listing, by: User) -> bool:
    action = listing.actions.get(run.action)
    may = action is not None and permissions.may(by, action.permission) and run.undone_at is None
    return may and clock.now() <= policies.undo_until(run.made_at) and not queries.is_under_way(run.job)


def _how_far(job: Job | None) -> tuple[int, int]:
    return jobs.progress_of(job) if job is not None else (0, 0)
