"""Another executive steps in: all meetings at an event change at once, or none does (X1)."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events.models import Event
from app.executives import mails, policies, policies_access, queries, queries_access
from app.executives.fitting import fitting_slots
from app.executives.models import Executive, Meeting, MeetingState, Slot
from app.executives.models_access import KeptApart, ProtectedBreak
from app.executives.notifying import tell_of_meeting
from app.executives.operations_meetings import cancel_alone
from app.executives.operations_requests import N_ALTERNATIVES, lock_person
from app.executives.operations_slots import lock_executive, withdraw_slot


class Change(Struct, frozen=True):
    """One meeting that another executive would take over, and what stands against it (empty: nothing)."""

    meeting: Meeting
    problem: str


def changes_of(old: Executive, new: Executive, event: Event) -> list[Change]:
    """What would become of the meetings that lie ahead, were `new` to step in; nothing is written."""
    meetings = _meetings_ahead(old, event)
    own = queries.list_meetings(None, executive=new, is_live=True)
    offered = queries.list_slots(new)
    breaks = queries_access.breaks_of(new, {event.id})
    pairs = queries_access.list_kept_apart(new, None)
    apart = {one.person.merged_into_id or one.person_id: one for one in pairs}
    return [Change(row, _problem(row, new, own, offered, breaks, meetings, apart)) for row in meetings]


def replace_executive(
    old: Executive, new: Executive, event: Event, *, reason: str, by: User | None
) -> list[Meeting]:
    """Let `new` take over what `old` has agreed and offers at an event: one change, each person gets one mail.

    UIDs stay and SEQUENCE rises. ReplaceRefused, with a list, when `new` is not free for all of them: nothing changes.
    """
    policies.check_reason(reason)
    _lock(old, new)
    if old.id == new.id or not new.is_active:
        raise policies_access.ReplaceRefused(_("Choose somebody else who offers time."), field="executive_id")
    changes = changes_of(old, new, event)
    if not changes:
        raise policies_access.ReplaceRefused(
            _("%(old)s has no meeting ahead at this event.", old=old.name), field="executive_id"
        )
    problems = [change for change in changes if change.problem]
    if problems:
        listed = " ".join(
            f"{policies.span_words(policies.span_of(one.meeting), one.meeting.zone)}, {one.meeting.person.name}: {one.problem}"
            for one in problems
        )
        raise policies_access.ReplaceRefused(
            _(
                "%(new)s cannot take over %(n)s of %(all)s meetings, so nothing was changed. %(listed)s",
                new=new.name,
                n=len(problems),
                all=len(changes),
                listed=listed,
            ),
            field="executive_id",
        )
    for slot in _slots_of(old, event):
        before = audit.snapshot(slot)
        slot.executive = new
        audit.record("executives.slot_taken_over", slot, by=by, before=before, reason=reason)
    for change in changes:
        meeting = change.meeting
        before = audit.snapshot(meeting)
        meeting.executive, meeting.executive_id = new, new.id  # the number, so that SEQUENCE rises with it
        audit.record("executives.executive_replaced", meeting, by=by, before=before, reason=reason)
    db.session.flush()
    for change in changes:
        tell_of_meeting(
            change.meeting, _l("takes the place of %(old)s. %(reason)s", old=old.name, reason=reason), by=by
        )
        mails.tell_person(change.meeting, mails.News.REPLACED, by=by, instead_of=old.name)
    return [change.meeting for change in changes]


def call_off(old: Executive, event: Event, *, reason: str, by: User | None) -> list[Meeting]:
    """An executive does not come at all: every meeting ahead is called off and every slot taken back, at once.

    Whoever asked is told, with free windows of other executives in which the person is free.
    """
    policies.check_reason(reason)
    lock_executive(old)
    meetings = _meetings_ahead(old, event)
    for person_id in sorted({row.person_id for row in meetings}):
        lock_person(
            person_id
        )  # in one order, so that two executives called off at once never wait for each other
    others = [one for one in queries.list_executives(None) if one.is_active and one.id != old.id]
    for meeting in meetings:
        cancel_alone(meeting, reason=f"{reason.rstrip('.')}. {proposals_for(meeting, others)}", by=by)
    for slot in queries.list_slots(old, event=event, from_at=clock.now()):
        if queries.live_meeting_of(slot) is None:
            withdraw_slot(slot, reason=reason, by=by)
    return meetings


def proposals_for(meeting: Meeting, others: Sequence[Executive]) -> str:
    """Free windows of other executives at the same event in which the person of a meeting is free, in a sentence."""
    now, found = clock.now(), []
    for one in others:
        slots = queries.list_slots(one, event=meeting.event)
        fitting = fitting_slots(one, slots, now, person_id=meeting.person_id, but=meeting)
        found += [f"{one.name}, {policies.span_words(policies.span_of(slot), slot.zone)}" for slot in fitting]
    if not found:
        return str(_("No other executive has a free window at this event."))
    return str(_("Free with others: %(found)s.", found="; ".join(found[:N_ALTERNATIVES])))


def _slots_of(old: Executive, event: Event) -> list[Slot]:
    """The slots with a meeting that lies ahead; what is still free stays with whoever offers it."""
    ahead = {row.slot_id for row in _meetings_ahead(old, event)}
    return [slot for slot in queries.list_slots(old, event=event) if slot.id in ahead]


def _meetings_ahead(old: Executive, event: Event) -> list[Meeting]:
    now = clock.now()
    rows = queries.list_meetings(None, executive=old, event=event, is_live=True)
    return [row for row in rows if row.state is MeetingState.CONFIRMED and row.starts_at > now]


def _problem(
    meeting: Meeting, new: Executive, own: Sequence[Meeting], offered: Sequence[Slot], breaks: Sequence[ProtectedBreak],
    coming: Sequence[Meeting], apart: Mapping[int, KeptApart],
) -> str:  # fmt: skip
    """Why `new` cannot take this meeting over; their limits count with all that would come to them."""
    span, slot = policies.span_of(meeting), meeting.slot
    taken = policies.overlapping(
        span, [policies.span_of(row, row.person.name) for row in own], new.n_buffer_minutes
    )
    if taken is not None:
        return str(_("meets %(what)s then.", what=taken.what))
    clash = policies.overlapping(span, [policies.span_of(row) for row in offered])
    if clash is not None:
        return str(
            _(
                "offers a window of their own then, %(clash)s: withdraw it first.",
                clash=policies.span_words(clash, slot.zone),
            )
        )
    broken = policies_access.breaks_between(span, breaks, slot.zone)
    if broken is not None:
        return str(
            _(
                "keeps %(begins)s to %(ends)s free.",
                begins=f"{broken.begins:%H:%M}",
                ends=f"{broken.ends:%H:%M}",
            )
        )
    pair = apart.get(meeting.person.merged_into_id or meeting.person_id)
    if pair is not None:
        return str(_("does not meet them: %(reason)s", reason=pair.reason))
    others = [policies.span_of(row) for row in (*own, *coming) if row is not meeting]
    if policies_access.is_day_full(span, others, new.n_most_a_day, slot.zone):
        return str(_("takes %(n_most_a_day)s meetings a day.", n_most_a_day=new.n_most_a_day))
    n = policies_access.n_in_a_row(span, others, new.n_pause_minutes)
    if new.n_most_in_a_row is not None and n > new.n_most_in_a_row:
        return str(_("takes %(n_most_in_a_row)s meetings in a row.", n_most_in_a_row=new.n_most_in_a_row))
    return ""


def _lock(old: Executive, new: Executive) -> None:
    """Both, the lower number first: two replacements wait for each other and never deadlock."""
    wanted = sa.select(Executive.id).where(Executive.id.in_({old.id, new.id})).order_by(Executive.id)
    db.session.execute(wanted.with_for_update())
