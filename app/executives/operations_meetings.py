"""What becomes of a meeting: moved, cancelled, held with the minutes really given, missed."""

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.executives import policies, queries
from app.executives.models import Meeting, MeetingState, Slot
from app.executives.notifying import tell_of_meeting
from app.executives.operations_slots import lock_executive
from app.ledger import operations as ledger
from app.ledger import queries as ledger_reads
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Form, Unit
from app.ledger.operations import Posting
from app.people.models import Person


def move_meeting(
    meeting: Meeting, slot: Slot, *, by: User | None, seen_version: int | None = None
) -> Meeting:
    """Move an agreed meeting to another free window of the same executive; calendars hear of it (SEQUENCE rises)."""
    check_version(meeting, seen_version)
    _lock(meeting)
    if meeting.state is not MeetingState.CONFIRMED:
        raise policies.MeetingRefused(f"This meeting is {meeting.state.value}, so it is not moved any more.")
    policies.check_target(meeting, slot, clock.now())
    taken = queries.live_meeting_of(slot)
    if taken is not None:
        raise policies.NobodyTwice(
            f"{taken.person.name} has that window. Choose another one.", field="slot_id"
        )
    policies.check_free(
        policies.span_of(slot), queries.spans_of_executive(slot.executive_id, but=meeting),
        queries.spans_of_person(meeting.person_id, but=meeting), slot.executive.n_buffer_minutes,
        (slot.executive.name, meeting.person.name),
    )  # fmt: skip
    before = audit.snapshot(meeting)
    if meeting.place == meeting.slot.place:
        meeting.place = slot.place
    meeting.slot, meeting.starts_at, meeting.ends_at, meeting.zone = (
        slot,
        slot.starts_at,
        slot.ends_at,
        slot.zone,
    )
    audit.record("executives.meeting_moved", meeting, by=by, before=before)
    tell_of_meeting(meeting, f"moved to {policies.span_words(policies.span_of(slot), slot.zone)}.", by=by)
    return meeting


def cancel_meeting(meeting: Meeting, *, reason: str, by: User | None) -> Meeting:
    """The meeting does not take place; its window is free again, the row stays in calendars as cancelled."""
    _lock(meeting)
    policies.check_reason(reason)
    if meeting.state is not MeetingState.CONFIRMED:
        raise policies.MeetingRefused(f"This meeting is {meeting.state.value}, so it cannot be cancelled.")
    before = audit.snapshot(meeting)
    meeting.state, meeting.is_cancelled = MeetingState.CANCELLED, True
    audit.record("executives.meeting_cancelled", meeting, by=by, before=before, reason=reason)
    tell_of_meeting(meeting, f"cancelled. {reason}", by=by)
    return meeting


def hold_meeting(meeting: Meeting, *, n_minutes: int, by: User | None) -> Posting:
    """The meeting took place: the minutes really given go into the book, counted and never priced (X4, L4)."""
    _lock(meeting)
    policies.check_minutes(n_minutes)
    _require_not_in_book(meeting)
    policies.check_begun(meeting, clock.now())
    before = audit.snapshot(meeting)
    meeting.state, meeting.n_minutes_given = MeetingState.HELD, n_minutes
    db.session.flush()
    posting = ledger.post_entry(_entry(meeting, n_minutes, by), by=by)
    meeting.entry_seq = posting.entry.seq
    audit.record("executives.meeting_held", meeting, by=by, before=before)
    return posting


def miss_meeting(meeting: Meeting, *, by: User | None, reason: str = "") -> Meeting:
    """Somebody did not come; no minutes were given."""
    _lock(meeting)
    _require_not_in_book(meeting)
    policies.check_begun(meeting, clock.now())
    before = audit.snapshot(meeting)
    meeting.state, meeting.n_minutes_given, meeting.entry_seq = MeetingState.MISSED, None, None
    audit.record("executives.meeting_missed", meeting, by=by, before=before, reason=reason)
    tell_of_meeting(meeting, f"missed. {reason}".strip(), by=by)
    return meeting


def _entry(meeting: Meeting, n_minutes: int, by: User | None) -> EntryDetails:
    event = meeting.event
    giver = by or event.coordinator
    return EntryDetails(
        person_id=meeting.person_id, program_id=event.program_id, event_id=event.id, category=Category.EXEC_ACCESS,
        form=Form.ACCESS, basis=Basis.NOT_VALUED, value_on=policies.local_day(meeting.starts_at, meeting.zone),
        unit=Unit.EXECUTIVE_MINUTE, quantity=n_minutes, department_id=giver.department_id,
        place=meeting.place or event.place, context=f"Meeting with {meeting.executive.title}",
        source_kind="executives", source_part=f"meeting:{meeting.id}", source_id=meeting.executive_id,
    )  # fmt: skip


def _require_not_in_book(meeting: Meeting) -> None:
    """Minutes are posted once; when compliance has taken the entry back, they may be given anew."""
    if meeting.entry_seq is None:
        return
    entry = ledger_reads.get_entry(meeting.entry_seq)
    if ledger_reads.reversal_of(entry) is None:
        raise policies.MeetingRefused(
            f"{meeting.n_minutes_given} minutes stand in the book as entry {entry.seq}. Ask compliance to take that entry "
            "back, then record it again."
        )


def _lock(meeting: Meeting) -> None:
    """The executive first, then the person, as when a request is accepted."""
    lock_executive(meeting.executive)
    db.session.execute(sa.select(Person.id).where(Person.id == meeting.person_id).with_for_update())
    db.session.refresh(meeting)
