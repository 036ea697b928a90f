"""What executives' calendars know of somebody who is not there: their meetings, and the next window that is free for both."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.accounts.models import User
from app.core.db import db
from app.events import disruptions
from app.events.disruptions import Absence, Area, Effect, Fate, Reader, Span, Wants
from app.events.models import Session
from app.events.models_agenda import Appearance
from app.executives import fitting, operations, queries
from app.executives.models import Executive, Meeting, MeetingState, Slot
from app.executives.policies import Span as Taken
from app.executives.policies import overlapping, span_of, span_words
from app.people.models import Person


def list_effects(absence: Absence) -> Sequence[Effect]:
    """Agreed meetings in the absence, each with the next window of the same executive, or as work for somebody."""
    found = _hit(absence)
    if absence.is_held and found:
        ids = sorted({meeting.executive_id for meeting in found})
        db.session.execute(
            sa.select(Executive.id).where(Executive.id.in_(ids)).order_by(Executive.id).with_for_update()
        )
        db.session.execute(sa.select(Person.id).where(Person.id == absence.person.id).with_for_update())
        db.session.expire_all()
        found = _hit(absence)
    taken: list[Taken] = []
    effects = []
    for meeting in found:
        slot = _next_window(absence, meeting, taken)
        if slot is not None:
            taken.append(span_of(slot, meeting.executive.name))
        effects.append(_effect(meeting, slot))
    return effects


def _hit(absence: Absence) -> list[Meeting]:
    live = queries.list_meetings(
        None, person=absence.person, event=absence.event, from_at=absence.now, is_live=True
    )
    return [
        one
        for one in live
        if one.state is MeetingState.CONFIRMED and absence.hits(one.starts_at, one.ends_at)
    ]


def _next_window(absence: Absence, meeting: Meeting, taken: Sequence[Taken]) -> Slot | None:
    """The first window after the person is there and before they leave; not one another meeting of theirs moves to."""
    ready = absence.ready_at
    if ready is None:
        return None
    busy = _on_stage(absence)
    return next(
        (
            slot for slot in fitting.windows_for(meeting, absence.now)
            if slot.starts_at >= ready
            and (absence.leaves_at is None or slot.ends_at <= absence.leaves_at)
            and overlapping(span_of(slot), taken, meeting.executive.n_buffer_minutes) is None
            and overlapping(span_of(slot), busy) is None
        ),
        None,
    )  # fmt: skip


def _on_stage(absence: Absence) -> list[Taken]:
    """When the person stands on a stage of the event; meetings are weighed by `fitting`."""
    wanted = (
        sa.select(Session.starts_at, Session.ends_at)
        .join(Appearance, Appearance.session_id == Session.id)
        .where(
            Session.event_id == absence.event.id, Session.is_cancelled.is_(False), Appearance.person_id == absence.person.id
        )
    )  # fmt: skip
    return [Taken(starts_at, ends_at) for starts_at, ends_at in db.session.execute(wanted)]


def _effect(meeting: Meeting, slot: Slot | None) -> Effect:
    executive = meeting.executive
    was = Span(meeting.starts_at, meeting.ends_at, meeting.zone)
    title = f"Interview with {executive.name}"
    if slot is None:
        return Effect(
            key=f"meeting:{meeting.id}", area=Area.MEETING, title=title, was=was, fate=Fate.OPEN, wants=Wants.WORK,
            said=f"Will miss it, and no window of {executive.name} is known to suit: agree on another time.",
            state=str(meeting.version), endpoint="executives.meeting", target_id=meeting.id,
        )  # fmt: skip
    words = span_words(span_of(slot), slot.zone)
    assistant = executive.assistant
    return Effect(
        key=f"meeting:{meeting.id}", area=Area.MEETING, title=title, was=was, fate=Fate.MOVED, wants=Wants.TICK,
        said="Cannot be there in time.", proposal=f"Move it to {words}", becomes=Span(slot.starts_at, slot.ends_at, slot.zone),
        state=f"{meeting.version}/{slot.id}", act=lambda by: _move(meeting, slot, by),
        readers=(Reader(assistant.name, assistant.email),) if assistant is not None and assistant.is_active else (),
        endpoint="executives.meeting", target_id=meeting.id,
    )  # fmt: skip


def _move(meeting: Meeting, slot: Slot, by: User) -> Meeting:
    """The window was published to be taken, so whoever arranges the journey may take it; the assistant is told."""
    return operations.move_meeting(meeting, slot, by=by)


disruptions.offer("executives", list_effects)
