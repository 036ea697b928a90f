"""The daily work of retention: report what is due, delete what was approved, its time over, and not held (c48)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.i18n import later, number
from app.core.versions import check_number
from app.notices import operations as notices
from app.notices.models import Urgency
from app.privacy import erasures, policies, queries, queries_retention
from app.privacy.details import RuleDetails
from app.privacy.models import RetentionItem, RetentionRule, RetentionRun
from app.privacy.retention import POLICIES
from app.privacy.retention_kinds import WAIT, Due, Kind, Policy

#: The room within the room where a notice about a report leads.
SOURCE = "privacy.retention"
_HELD = "held"
#: Nobody has said yes yet.
UNAPPROVED = "approval"


def set_rule(details: RuleDetails, *, by: User, seen_id: int | None = None) -> RetentionRule:
    """Keep a kind of data for so many days, from a day on; earlier rules stay on record.

    `seen_id` is the rule it was written over, 0 for none. Raises Overtaken, RequestRefused.
    """
    known = queries_retention.newest_rule(details.kind)
    check_number(known, known.id if known is not None else 0, seen_id)
    kind = queries_retention.get_kind(details.kind)
    if kind is not None and POLICIES[kind].is_promise:
        raise policies.RequestRefused(
            _("This time is promised to each person when they answer; it cannot be changed here.")
        )
    if kind is None and details.n_days < 1:
        raise policies.RequestRefused(
            _("Leave at least a day between the report and the deletion."), field="n_days"
        )
    if details.from_on < clock.today(by.zone):
        raise policies.RequestRefused(_("A rule begins today or later."), field="from_on")
    rule = RetentionRule(
        kind=details.kind, n_days=details.n_days, is_asked=details.is_asked, from_on=details.from_on,
        reason=details.reason, made_by_id=by.id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(rule)
    db.session.flush()
    audit.record("privacy.retention_rule_set", rule, by=by)
    return rule


def approve(kind: str, n_seen: int, *, by: User) -> int:
    """Say yes to the deletion of what was reported: of one kind, or of all; how many things (c48).

    `n_seen` is what the page restated; RequestRefused when it is another number by now.
    """
    return _decide(queries_retention.unapproved(kind), n_seen, "approved", by)


def withdraw_approval(kind: str, n_seen: int, *, by: User) -> int:
    """Take the yes back from what has not gone yet; how many things."""
    return _decide(queries_retention.approved(kind), n_seen, "approval_withdrawn", by)


def _decide(wanted: sa.Select[RetentionItem], n_seen: int, what: str, by: User) -> int:
    items = db.session.scalars(wanted.with_for_update(of=RetentionItem)).all()
    if not items:
        raise policies.RequestRefused(_("Nothing waits for this any more. Look at the list again."))
    if len(items) != n_seen:
        raise policies.RequestRefused(
            _(
                "By now it is %(n)s instead of %(n_seen)s. Look at the list again, then confirm the new "
                "number.",
                n=f"{len(items):,}",
                n_seen=number(n_seen),
            )
        )
    is_yes = what == "approved"
    _mark(
        [item.id for item in items],
        approved_at=clock.now() if is_yes else None,
        approved_by_id=by.id if is_yes else None,
        held_because="",
    )
    kinds = Counter(item.kind for item in items)
    said = "; ".join(f"{kind}: {n}" for kind, n in sorted(kinds.items()))
    audit.record_event(f"privacy.retention_{what}", kind="retention_item", ref="", by=by, reason=said)
    return len(items)


def run_daily() -> int:
    """Once a day, whoever looks first: report, then delete what earlier reports announced; how much there was."""
    today = clock.today()
    done = db.session.scalar(sa.select(sa.exists().where(RetentionRun.on == today)))
    db.session.rollback()
    if done:
        return 0
    try:
        with transaction():
            n_done = _run(today)
        erasures.keep()
        return n_done
    except IntegrityError:  # another worker was quicker; nothing of ours is kept
        return 0


def _run(today: date) -> int:
    days = queries_retention.days_in_force(today)
    run = RetentionRun(on=today, at=clock.now(), n_wait_days=days[WAIT])
    db.session.add(run)
    db.session.flush()
    held, asked = queries.list_held_ids(), queries_retention.asked_kinds(today)
    run.counts = {
        kind.value: _do_kind(kind, policy, run, days[kind.value], held, is_asked=kind.value in asked)
        for kind, policy in POLICIES.items()
    }
    n_reported = sum(count["reported"] for count in run.counts.values())
    n_deleted = sum(count["deleted"] for count in run.counts.values())
    if n_reported:
        is_yes_needed = any(run.counts[kind]["reported"] for kind in asked)
        reached = {"n": later(number, n_reported)}
        said = (
            _l("%(n)s things reach the end of their time. Say which may be deleted.", **reached)
            if is_yes_needed
            else _l(
                "%(n)s things reach the end of their time. They are deleted after %(n_days)s days unless held.",
                n_days=days[WAIT],
                **reached,
            )
        )
        notices.notify(
            said, role=Role.COMPLIANCE,
            urgency=Urgency.SOON if is_yes_needed else Urgency.INFO, source=(SOURCE, run.id),
        )  # fmt: skip
    db.session.flush()
    audit.record("privacy.retention_run", run, by=None, reason=f"{n_reported} reported, {n_deleted} deleted")
    return int(n_reported + n_deleted)


def _do_kind(
    kind: Kind, policy: Policy, run: RetentionRun, n_days: int, held: set[int], *, is_asked: bool
) -> dict[str, int]:
    """Report what will be due within the wait; delete what is due, was reported long enough ago, and may go."""
    wait = timedelta(days=run.n_wait_days)
    found = {due.row_id: due for due in policy.find(run.on + wait - timedelta(days=n_days))}
    known = queries_retention.open_items(kind)
    for row_id, item in known.items():
        if row_id not in found:
            item.dropped_on = run.on
        else:  # its day may have been moved since, by a rule or by hand
            item.due_on = _due_on(found[row_id], n_days)
    fresh = [due for row_id, due in found.items() if row_id not in known]
    known |= {due.row_id: _report(kind, due, run, n_days) for due in fresh}
    waiting = [known[row_id] for row_id in found if row_id in known]
    ripe = [item for item in waiting if _is_ripe(item, run, wait, policy)]
    stopped = [item for item in ripe if not policy.is_promise and item.person_id in held]
    for item in stopped:
        item.held_because = _HELD
    free = [item for item in ripe if item not in stopped]
    if is_asked:
        for item in free:
            if item.approved_at is None:
                item.held_because = UNAPPROVED
        free = [item for item in free if item.approved_at is not None]
    n_deleted = _delete(kind, policy, run, free)
    return {"reported": len(fresh), "deleted": n_deleted, "held": len(ripe) - n_deleted}


def _report(kind: Kind, due: Due, run: RetentionRun, n_days: int) -> RetentionItem:
    item = RetentionItem(
        kind=kind.value, row_id=due.row_id, person_id=due.person_id, label=due.label, run_id=run.id, reported_on=run.on,
        due_on=_due_on(due, n_days),
    )  # fmt: skip
    db.session.add(item)
    return item


def _due_on(due: Due, n_days: int) -> date:
    return due.from_on + timedelta(days=n_days)


def _is_ripe(item: RetentionItem, run: RetentionRun, wait: timedelta, policy: Policy) -> bool:
    if policy.is_promise:
        return item.due_on < run.on  # on the day itself it is still kept
    return item.due_on <= run.on and item.reported_on + wait <= run.on


def _delete(kind: Kind, policy: Policy, run: RetentionRun, items: Sequence[RetentionItem]) -> int:
    """Delete the rows behind these items; how many went. What something open still needs stays, and says so."""
    if not items:
        return 0
    db.session.flush()
    numbers = {item.row_id: item.id for item in items}
    left = set(policy.delete(sorted(numbers), None))
    db.session.flush()
    gone = [id for row_id, id in numbers.items() if row_id not in left]
    kept = [id for row_id, id in numbers.items() if row_id in left]
    _mark(gone, deleted_on=run.on, held_because="")
    _mark(kept, held_because="something is open")
    audit.record_event(
        "privacy.retention_deleted",
        kind="retention_run",
        ref=str(run.id),
        by=None,
        reason=f"{kind.value}: {len(gone)}",
    )
    return len(gone)


def _mark(ids: Sequence[int], **values: object) -> None:
    for start in range(0, len(ids), 500):
        mark = sa.update(RetentionItem).where(RetentionItem.id.in_(ids[start : start + 500])).values(values)
        db.session.execute(mark, execution_options={"audited": True, "synchronize_session": "fetch"})


_wake = waking.step("retention", run_daily)
