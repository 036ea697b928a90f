"""What people say about the promises of their invitation, after the event; a promise not kept becomes a task (E4)."""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.spoken import speaking_to
from app.events import operations_tasks, policies_day, queries_promises
from app.events.details_day import PromiseDetails, TaskDetails
from app.events.models import Invitation
from app.events.models_day import PromiseAnswer, TaskOrigin
from app.events.operations_places import lock_invitation
from app.events.queries_coordinators import coordinator_of

#: Whoever coordinates the event answers a promise that was not kept within so many days.
_DAYS_TO_ANSWER = 7


def answer_promises(
    invitation: Invitation, answers: Sequence[PromiseDetails], *, by: User | None
) -> list[PromiseAnswer]:
    """Keep what a guest says about each promise; `by` is None when they said it on their own page.

    They may say it otherwise later: the last word counts, and what they said before is in the trail.
    """
    lock_invitation(invitation)
    if invitation.checked_in_at is None:
        raise policies_day.CannotSay(_("Only who was there can say whether promises were kept."))
    promises = policies_day.promises_of(invitation.promise)
    known = queries_promises.answers_of(invitation)
    wanted = {one.number: one for one in answers}
    if not wanted or not set(wanted) <= set(range(1, len(promises) + 1)):
        raise policies_day.CannotSay(_("Say of at least one of the promises whether it was kept."))
    return [
        _answer(invitation, known.get(number), details, promises[number - 1], by)
        for number, details in sorted(wanted.items())
    ]


def _answer(
    invitation: Invitation,
    known: PromiseAnswer | None,
    details: PromiseDetails,
    promise: str,
    by: User | None,
) -> PromiseAnswer:
    before = audit.snapshot(known) if known else None
    answer = known or PromiseAnswer(invitation_id=invitation.id, number=details.number, promise=promise)
    answer.is_kept, answer.note, answer.at = details.is_kept, details.note.strip(), clock.now()
    db.session.add(answer)
    if not answer.is_kept and answer.task_id is None:
        answer.task_id = _ask(invitation, answer, by)
    audit.record("events.promise_answered", answer, by=by, before=before)
    return answer


def _ask(invitation: Invitation, answer: PromiseAnswer, by: User | None) -> int:
    """Ask whoever coordinates the event to make good what was promised."""
    event = invitation.event
    owner = coordinator_of(event)
    with speaking_to(owner.locale):
        what = _(
            "Promised and not kept for %(person)s: %(promise)s",
            person=invitation.person.name[:150],
            promise=answer.promise[:120],
        )
    task = TaskDetails(
        what=what,
        cause=answer.note or answer.promise, owner_id=owner.id, person_id=invitation.person_id,
        due_on=clock.today(event.zone) + timedelta(days=_DAYS_TO_ANSWER),
    )  # fmt: skip
    return operations_tasks.add_task(event, task, by=by, origin=TaskOrigin.PROMISE).id
