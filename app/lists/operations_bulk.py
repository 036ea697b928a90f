"""Actions on many rows: one row after the other by the operation of that row, a receipt of each, and the way back."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.accounts import audit, permissions
from app.accounts.models import User
from app.core import clock, jobs
from app.core.db import db
from app.core.errors import DomainError, NotAllowed
from app.core.i18n import marked
from app.lists import catalogue, policies, queries
from app.lists.catalogue import Action, Listing
from app.lists.models import BulkChange, BulkRun, ChangeState

_DO, _UNDO = "lists.bulk", "lists.bulk_undo"
_CHUNK = 50


def act_on_many(
    listing: Listing, action: Action, values: Mapping[str, Any], ids: Sequence[int], *, by: User, n_seen: int | None = None
) -> BulkRun:  # fmt: skip
    """Do something to many rows: at once for a few, by a job for more. A row whose rule says no is left as it is.

    Raises BulkRefused for no rows, too many, or another number than was shown; whatever `action.words` refuses.
    """
    _require_allowed(action, by)
    seen = listing.names(by, ids)
    wanted = [id for id in dict.fromkeys(ids) if id in seen]
    policies.require_rows(len(wanted), n_seen)
    run = BulkRun(
        listing=listing.key, action=action.key, words=action.words(by, values), values=dict(values), n_rows=len(wanted),
        by=by, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    db.session.add_all([BulkChange(run_id=run.id, subject_id=id) for id in wanted])
    audit.record("lists.bulk_done", run, by=by, reason=run.words)
    if len(wanted) > policies.MOST_AT_ONCE:
        run.job_id = jobs.enqueue(_DO, {"run_id": run.id}, by.id).id
    else:
        _do_some(run, action, by, len(wanted))
    return run


def undo_bulk(run: BulkRun, *, by: User) -> BulkRun:
    """Bring back what the rows were before, as far as nobody has changed them since. Raises UndoRefused."""
    action = _action_of(run)
    _require_allowed(action, by)
    db.session.refresh(run, with_for_update={"of": BulkRun})
    policies.require_undoable(
        run.made_at,
        clock.now(),
        is_undone=run.undone_at is not None,
        is_running=queries.is_under_way(run.job),
    )
    before = audit.snapshot(run)
    run.undone_at, run.undone_by_id = clock.now(), by.id
    audit.record("lists.bulk_undone", run, by=by, before=before)
    n_changed = queries.receipt_of(run).n(ChangeState.CHANGED)
    if n_changed > policies.MOST_AT_ONCE:
        run.undo_job_id = jobs.enqueue(_UNDO, {"run_id": run.id, "by_id": by.id}, by.id).id
    else:
        _undo_some(run, action, by, n_changed)
    return run


@jobs.job(_DO, in_chunks=True)
def _do_job(progress: jobs.JobRun, run_id: int) -> dict[str, Any]:
    return _in_chunks(progress, run_id, None, ChangeState.WAITING)


@jobs.job(_UNDO, in_chunks=True)
def _undo_job(progress: jobs.JobRun, run_id: int, by_id: int) -> dict[str, Any]:
    return _in_chunks(progress, run_id, by_id, ChangeState.CHANGED)


# -- steps -----------------------------------------------------------------------------------------


def _in_chunks(progress: jobs.JobRun, run_id: int, by_id: int | None, left: ChangeState) -> dict[str, Any]:
    """Take up the rows in a state, some at a time; a job that was cut goes on with those that are left."""
    n_done, n_some = 0, _CHUNK
    while n_some:
        with progress.chunk():
            run = db.session.get_one(BulkRun, run_id)
            by = db.session.get_one(User, by_id or run.by_id)
            _require_allowed(_action_of(run), by)
            some = _do_some if left is ChangeState.WAITING else _undo_some
            n_some = some(run, _action_of(run), by, _CHUNK)
            n_done, n_rows = n_done + n_some, run.n_rows
        progress.progress(n_done, n_rows)
    return {"rows": n_done}


def _do_some(run: BulkRun, action: Action, by: User, most: int) -> int:
    changes = queries.list_changes(run, ChangeState.WAITING, most)
    for change in changes:
        change.before = action.state(change.subject_id, run.values)
        change.reason = _attempt(run, change, lambda row=change.subject_id: action.act(row, run.values, by))
        change.after = action.state(change.subject_id, run.values)
        done = ChangeState.SAME if change.after == change.before else ChangeState.CHANGED
        change.state = ChangeState.SKIPPED if change.reason else done
    db.session.flush()
    return len(changes)


def _undo_some(run: BulkRun, action: Action, by: User, most: int) -> int:
    changes = queries.list_changes(run, ChangeState.CHANGED, most)
    for change in changes:
        if action.state(change.subject_id, run.values) != change.after:
            change.state, change.reason = ChangeState.KEPT, marked("Changed since.")
            continue
        before = dict(change.before)
        change.reason = _attempt(
            run, change, lambda row=change.subject_id, old=before: action.restore(row, run.values, old, by)
        )
        change.state = ChangeState.KEPT if change.reason else ChangeState.UNDONE
    db.session.flush()
    return len(changes)


def _attempt(run: BulkRun, change: BulkChange, act: Any) -> str:
    """Do it; what a rule says against it, in words without the name of the row, which may be erased one day (P8)."""
    try:
        with db.session.begin_nested():
            act()
            db.session.flush()
    except DomainError as refusal:
        listing = catalogue.find(run.listing)
        names = listing.names(run.by, [change.subject_id]) if listing else {}
        name = names.get(change.subject_id, "")
        return refusal.message.replace(name, "…") if name else refusal.message
    return ""


def _action_of(run: BulkRun) -> Action:
    listing = catalogue.find(run.listing)
    found = listing.actions.get(run.action) if listing else None
    if found is None:
        raise policies.BulkRefused(_("This version has no such action any more."))
    return found


def _require_allowed(action: Action, by: User) -> None:
    if not permissions.may(by, action.permission):
        raise NotAllowed(_("Your role does not allow this. If you need it, ask an administrator."))
