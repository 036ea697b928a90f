"""The respect checklist: what every guest can expect, ticked; a miss becomes a task with a cause and an owner (E3)."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.i18n import marked
from app.core.spoken import speaking_to
from app.core.versions import check_number
from app.events import operations_tasks, policies_day, queries_respect
from app.events.details_day import MissDetails, TaskDetails
from app.events.models import Event, Invitation
from app.events.models_day import RespectItem, RespectTick, TaskOrigin
from app.events.models_waves import Comer
from app.events.operations_places import lock_comer, lock_event


def set_items(
    event: Event, labels: Sequence[str], *, by: User, seen_version: int | None = None
) -> Sequence[RespectItem]:
    """Say what every guest of the event can expect; a line left out is no longer asked, its ticks stay on record.

    `seen_version` is that of the whole list (`queries_respect.version_of`). Raises Overtaken, CannotTick.
    """
    lock_event(event.id)
    check_number(event, queries_respect.version_of(event), seen_version)
    wanted = list(dict.fromkeys(label for label in labels if label))
    if not 1 <= len(wanted) <= 10 or any(len(label) > 320 for label in wanted):
        raise policies_day.CannotTick(
            _("Write one to ten lines, each short enough for a phone."), field="items"
        )
    known = {item.label.casefold(): item for item in queries_respect.list_items(event, with_retired=True)}
    before = audit.snapshot(event)
    last = max((item.position for item in known.values()), default=0)
    for item in known.values():
        item.is_retired = item.label.casefold() not in {label.casefold() for label in wanted}
    for number, label in enumerate((one for one in wanted if one.casefold() not in known), 1):
        db.session.add(RespectItem(event_id=event.id, position=last + number, label=label))
    audit.record("events.checklist_set", event, by=by, before=before, reason="; ".join(wanted))
    return queries_respect.list_items(event)


def tick(item: RespectItem, comer: Comer, *, by: User) -> RespectTick:
    """The guest got it. Twice is once; a miss must be undone first."""
    known = _known(item, comer)
    if known is not None:
        if not known.is_kept:
            raise policies_day.CannotTick(
                _(
                    "%(item)s is noted as a miss for %(called)s. Undo that first.",
                    item=item.label,
                    called=comer.called,
                )
            )
        return known
    made = RespectTick(
        item_id=item.id,
        invitation_id=comer.who[0],
        guest_id=comer.who[1],
        is_kept=True,
        at=clock.now(),
        by_id=by.id,
    )
    db.session.add(made)
    audit.record("events.respect_ticked", made, by=by)
    return made


def tick_all(item: RespectItem, event: Event, *, by: User) -> int:
    """Everybody who comes and has neither tick nor miss got it; how many that were."""
    rows = queries_respect.respect_of(event, by).rows
    left = [row.comer for row in rows if item.id not in row.ticks]
    for comer in left:
        tick(item, comer, by=by)
    audit.record("events.respect_ticked_for_all", item, by=by, before=audit.snapshot(item))
    return len(left)


def miss(item: RespectItem, comer: Comer, details: MissDetails, *, by: User) -> RespectTick:
    """The guest did not get it: the cause is kept, and somebody is asked to make it good."""
    if not details.cause.strip():
        raise policies_day.CannotTick(
            _("Say what happened; whoever says sorry needs to know."), field="cause"
        )
    known = _known(item, comer)
    if known is not None:
        said = _("ticked") if known.is_kept else _("noted as a miss")
        raise policies_day.CannotTick(
            _("%(item)s is %(said)s already. Undo that first.", item=item.label, said=said)
        )
    task = TaskDetails(
        what=_sorry(item, comer, details.owner_id), cause=details.cause,
        owner_id=details.owner_id, due_on=details.due_on, person_id=comer.person_id if isinstance(comer, Invitation) else None,
    )  # fmt: skip
    asked = operations_tasks.add_task(comer.event, task, by=by, origin=TaskOrigin.RESPECT)
    made = RespectTick(
        item_id=item.id, invitation_id=comer.who[0], guest_id=comer.who[1], is_kept=False, cause=details.cause.strip(),
        at=clock.now(), by_id=by.id, task_id=asked.id,
    )  # fmt: skip
    db.session.add(made)
    audit.record("events.respect_missed", made, by=by, reason=details.cause.strip())
    return made


def _sorry(item: RespectItem, comer: Comer, owner_id: int | None) -> str:
    """The task in the language of whoever does it."""
    owner = db.session.get(User, owner_id) if owner_id is not None else None
    with speaking_to(owner.locale if owner else None):
        return str(_("Say sorry to %(person)s: %(item)s", person=comer.called[:200], item=item.label[:80]))


def undo_tick(found: RespectTick, *, by: User) -> None:
    """Take a tick or a miss back, as if nothing had been noted; the open task of a miss is closed with it."""
    task = found.task
    before = audit.snapshot(found)
    found.task_id = None
    audit.record("events.respect_undone", found, by=by, before=before)
    if task is not None and task.done_at is None:
        operations_tasks.finish_task(task, marked("The miss was noted by mistake."), by=by)
    db.session.delete(found)
    db.session.flush()


def _known(item: RespectItem, comer: Comer) -> RespectTick | None:
    """What is noted already; two phones that tick at once wait for each other here."""
    lock_comer(comer)
    if item.event_id != comer.event_id:
        raise policies_day.CannotTick(_("This line belongs to the checklist of another event."))
    if not comer.is_coming:
        raise policies_day.CannotTick(
            _("%(called)s does not come, so nothing is owed there.", called=comer.called)
        )
    return queries_respect.find_tick(item, comer)
