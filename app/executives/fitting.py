"""Whether a meeting fits: one judgement, for accepting, holding, moving, replacing, and for naming alternatives (X1)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.wall_times import day_in
from app.executives import policies_access, queries, queries_access
from app.executives.models import Executive, Meeting, Slot
from app.executives.models_access import ProtectedBreak, SlotHold
from app.executives.policies import LIVE, NobodyTwice, Span, overlapping, span_of, span_words
from app.people.models import Person


class Diary(Struct, frozen=True):
    """What takes an executive's time, and the rooms of some of their slots; read once, asked of many slots."""

    executive: Executive
    meetings: Sequence[Meeting]
    holds: Mapping[int, Sequence[SlotHold]]
    breaks: Sequence[ProtectedBreak]
    in_rooms: Mapping[int, Sequence[tuple[int, Span]]]

    def problem_of(self, slot: Slot, person_id: int | None = None, but: Meeting | None = None) -> str:
        """Why a meeting cannot be in a slot, as a sentence; empty when it can. `but` is the one that would move there."""
        own = [row for row in self.meetings if row is not but]
        here = [row for row in own if row.slot_id == slot.id]
        held = [one for one in self.holds.get(slot.id, ()) if one.person_id != person_id]
        if len(here) >= slot.capacity:
            return str(
                _("%(person)s has this window already. Choose another one.", person=here[0].person.name)
            )
        if len(here) + len(held) >= slot.capacity:
            until = span_words(Span(held[0].expires_at, held[0].expires_at), slot.zone).partition("–")[0]
            return str(
                _(
                    "This window is held for %(person)s until %(until)s. Release the hold, or choose "
                    "another one.",
                    person=held[0].person.name,
                    until=until,
                )
            )
        return (
            self._break(slot)
            or self._buffer(slot, [row for row in own if row.slot_id != slot.id])
            or self._limits(slot, own)
            or self._room(slot)
        )

    def _break(self, slot: Slot) -> str:
        broken = policies_access.breaks_between(span_of(slot), self.breaks, slot.zone)
        if broken is None:
            return ""
        named = f" ({broken.label})" if broken.label else ""
        return str(
            _(
                "%(executive)s keeps %(begins)s to %(ends)s free%(named)s. Choose a window outside it.",
                executive=self.executive.name,
                begins=f"{broken.begins:%H:%M}",
                ends=f"{broken.ends:%H:%M}",
                named=named,
            )
        )

    def _buffer(self, slot: Slot, others: Sequence[Meeting]) -> str:
        n_minutes = self.executive.n_buffer_minutes
        taken = overlapping(span_of(slot), [span_of(row, row.person.name) for row in others], n_minutes)
        if taken is not None:
            return str(
                _(
                    "%(executive)s meets %(what)s too close to this: %(n_minutes)s minutes are kept free "
                    "before and after. Choose another window.",
                    executive=self.executive.name,
                    what=taken.what,
                    n_minutes=n_minutes,
                )
            )
        taken = overlapping(occupied(slot), [occupied(row.slot, row.person.name) for row in others])
        if taken is not None:
            return str(
                _(
                    "Preparation and wrap-up of this window run into the meeting with %(what)s. Choose "
                    "another window.",
                    what=taken.what,
                )
            )
        return ""

    def _limits(self, slot: Slot, own: Sequence[Meeting]) -> str:
        spans = [
            span_of(row.slot) for row in {row.slot_id: row for row in own}.values() if row.slot_id != slot.id
        ]
        if any(row.slot_id == slot.id for row in own):
            return ""  # one more on a chair of a slot that is taken anyway
        most, span = self.executive.n_most_a_day, span_of(slot)
        if policies_access.is_day_full(span, spans, most, slot.zone):
            return str(
                _(
                    "%(executive)s has %(most)s meetings on that day, and takes no more. Choose another day.",
                    executive=self.executive.name,
                    most=most,
                )
            )
        row = self.executive.n_most_in_a_row
        n = policies_access.n_in_a_row(span, spans, self.executive.n_pause_minutes)
        if row is not None and n > row:
            return str(
                _(
                    "That would be %(n)s meetings in a row for %(executive)s, who takes %(row)s before a "
                    "pause of %(n_pause_minutes)s minutes. Choose another window.",
                    n=n,
                    executive=self.executive.name,
                    row=row,
                    n_pause_minutes=self.executive.n_pause_minutes,
                )
            )
        return ""

    def _room(self, slot: Slot) -> str:
        if slot.room_id is None:
            return ""
        others = [span for slot_id, span in self.in_rooms.get(slot.room_id, ()) if slot_id != slot.id]
        taken = overlapping(span_of(slot), others)
        if taken is None:
            return ""
        return str(
            _(
                "%(room)s is taken at that time: %(what)s. Choose another room or window.",
                room=slot.place or _("The room"),
                what=taken.what,
            )
        )


def diary_of(executive: Executive, slots: Iterable[Slot], but: Meeting | None = None) -> Diary:
    """The diary of an executive for some slots; five queries whatever their number."""
    wanted = (
        sa.select(Meeting)
        .where(Meeting.executive_id == executive.id, Meeting.state.in_(LIVE))
        .options(joinedload(Meeting.person), joinedload(Meeting.slot))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    meetings = db.session.scalars(wanted).all()
    slots = list(slots)
    rooms = {slot.room.id: slot.room for slot in slots if slot.room is not None}
    event = next((slot.event for slot in slots if slot.room is not None), None)
    return Diary(
        executive, meetings, queries_access.live_holds_of([slot.id for slot in slots]),
        queries_access.breaks_of(executive, {slot.event_id for slot in slots}),
        queries_access.spans_in_rooms(event, rooms.values(), but) if event is not None else {},
    )  # fmt: skip


def occupied(slot: Slot, what: str = "") -> Span:
    """The time a slot takes of the executive: with preparation before and wrap-up after."""
    return Span(
        slot.starts_at - timedelta(minutes=slot.n_preparation_minutes),
        slot.ends_at + timedelta(minutes=slot.n_wrap_up_minutes),
        what,
    )


def fitting_slots(
    executive: Executive,
    slots: Sequence[Slot],
    now: datetime,
    *,
    person_id: int | None = None,
    but: Meeting | None = None,
) -> list[Slot]:
    """Those of an executive's slots that lie ahead and into which a meeting fits; for a person, they are free then, too."""
    ahead = [slot for slot in slots if slot.starts_at > now and slot.withdrawn_at is None]
    diary = diary_of(executive, ahead, but)
    own = queries.spans_of_person(person_id, but=but) if person_id is not None else []
    return [
        slot
        for slot in ahead
        if not diary.problem_of(slot, person_id, but) and overlapping(span_of(slot), own) is None
    ]


def windows_for(meeting: Meeting, now: datetime) -> list[Slot]:
    """The windows a meeting can move to: ahead, fitting for the executive, the room and the person."""
    slots = queries.list_slots(meeting.executive, event=meeting.event)
    others = [slot for slot in slots if slot.id != meeting.slot_id]
    return fitting_slots(meeting.executive, others, now, person_id=meeting.person_id, but=meeting)


def require_fit(slot: Slot, person: Person, *, but: Meeting | None = None, field: str = "") -> None:
    """NobodyTwice unless a meeting of this person fits into a slot: executive, person and room are free (X1)."""
    problem = diary_of(slot.executive, [slot], but).problem_of(slot, person.id, but)
    if not problem:
        taken = overlapping(span_of(slot), queries.spans_of_person(person.id, but=but))
        if taken is not None:
            problem = _(
                "%(person)s meets %(what)s at that time. Choose another window, or move that meeting first.",
                person=person.name,
                what=taken.what,
            )
    if problem:
        raise NobodyTwice(problem, field=field)


def require_may_meet(slot: Slot, person: Person) -> None:
    """KeptApartRefused or NotSigned unless nothing stands between these two at this event (X1)."""
    apart = queries_access.kept_apart(person, slot.executive_id)
    if apart is not None:
        raise policies_access.KeptApartRefused(
            _(
                "%(person)s does not meet %(executive)s: %(reason)s Decline the request, or end that first.",
                person=person.name,
                executive=slot.executive.name,
                reason=apart.reason,
            )
        )
    needed = queries_access.needed_by(queries_access.terms_of(slot.event))
    on = day_in(slot.starts_at, slot.zone)
    signed = queries_access.signatures_of(person, slot.event_id) if needed else []
    policies_access.require_signed(policies_access.missing_signatures(needed, signed, on), person.name)


def free_chair(slot: Slot, but: Meeting | None = None) -> int:
    """The first chair of a slot on which nobody sits; asked after `require_fit`, under the lock."""
    taken = set(
        db.session.scalars(
            sa.select(Meeting.chair).where(
                Meeting.slot_id == slot.id, Meeting.state.in_(LIVE),
                Meeting.id != (but.id if but is not None else -1),
            )
        )
    )  # fmt: skip
    return next(chair for chair in range(1, slot.capacity + 2) if chair not in taken)
