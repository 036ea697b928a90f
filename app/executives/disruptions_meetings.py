"""What executives' calendars know of somebody who is not there: their meetings, and the next windows that are free for both."""

from collections.abc import Sequence
from itertools import islice

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.core.db import db
from app.events import disruptions
from app.events.disruptions import Absence, Answer, Area, Effect, Fate, Option, Reader, Span, Wants
from app.events.models import Session
from app.events.models_agenda import Appearance
from app.executives import fitting, mails, operations, queries
from app.executives.models import Executive, Meeting, MeetingState, Slot
from app.executives.policies import Span as Taken
from app.executives.policies import overlapping, span_of, span_words
from app.people.models import Person

#: So many windows are offered to choose from.
MOST_WINDOWS = 3


def list_effects(absence: Absence) -> Sequence[Effect]:
    """Agreed meetings in the absence, each with the next windows of the same executive, or as work for somebody."""
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
        slots = _next_windows(absence, meeting, taken)
        if slots:
            taken.append(span_of(slots[0], meeting.executive.name))
        effects.append(_effect(meeting, slots))
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


def _next_windows(absence: Absence, meeting: Meeting, taken: Sequence[Taken]) -> list[Slot]:
    """The first windows after the person is there and before they leave; none that is proposed for another meeting of theirs."""
    ready = absence.ready_at
    if ready is None:
        return []
    busy = _on_stage(absence)
    fits = (
        slot for slot in fitting.windows_for(meeting, absence.now)
        if slot.starts_at >= ready
        and (absence.leaves_at is None or slot.ends_at <= absence.leaves_at)
        and overlapping(span_of(slot), taken, meeting.executive.n_buffer_minutes) is None
        and overlapping(span_of(slot), busy) is None
    )  # fmt: skip
    return list(islice(fits, MOST_WINDOWS))


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


def _effect(meeting: Meeting, slots: Sequence[Slot]) -> Effect:
    executive = meeting.executive
    was = Span(meeting.starts_at, meeting.ends_at, meeting.zone)
    title = _("Interview with %(executive)s", executive=executive.name)
    if not slots:
        return Effect(
            key=f"meeting:{meeting.id}", area=Area.MEETING, title=title, was=was, fate=Fate.OPEN, wants=Wants.WORK,
            said=_("Will miss it, and no window of %(executive)s is known to suit: agree on another "
"time.", executive=executive.name),
            state=str(meeting.version), endpoint="executives.meeting", target_id=meeting.id,
        )  # fmt: skip
    options, assistant = [_option(meeting, slot) for slot in slots], executive.assistant
    return Effect(
        key=f"meeting:{meeting.id}", area=Area.MEETING, title=title, was=was, fate=Fate.MOVED, wants=Wants.TICK,
        said=_("Cannot be there in time."), proposal=options[0].words, becomes=options[0].becomes, place=options[0].place,
        options=options, state=str(meeting.version), act=lambda by, answer: _move(meeting, slots, answer, by),
        name=lambda: mails.title_of(meeting),
        readers=(Reader(assistant.name, assistant.email),) if assistant is not None and assistant.is_active else (),
        endpoint="executives.meeting", target_id=meeting.id,
    )  # fmt: skip


def _option(meeting: Meeting, slot: Slot) -> Option:
    moves_along = meeting.place == meeting.slot.place  # as `move_meeting` has it
    return Option(
        str(slot.id),
        _("Move it to %(slot)s", slot=span_words(span_of(slot), slot.zone)),
        Span(slot.starts_at, slot.ends_at, slot.zone),
        slot.place if moves_along else meeting.place,
    )


def _move(meeting: Meeting, slots: Sequence[Slot], answer: Answer, by: User) -> Meeting:
    """The window was published to be taken, so whoever arranges the journey may take it; the assistant is told.

    The person reads of it in the one letter about their journey.
    """
    slot = next((one for one in slots if str(one.id) == answer.option), slots[0])
    return operations.move_meeting(meeting, slot, by=by, tells_person=False)


disruptions.offer("executives", list_effects)
