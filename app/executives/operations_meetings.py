"""What becomes of a meeting: moved, cancelled, held with the minutes really given, missed."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import later, words
from app.core.wall_times import day_in
from app.executives import fitting, mails, policies
from app.executives.models import Meeting, MeetingState, Slot
from app.executives.notifying import tell_of_meeting
from app.executives.operations_holds import end_due
from app.executives.operations_requests import call_next, lock_person, lock_room
from app.executives.operations_slots import lock_executive
from app.ledger import operations as ledger
from app.ledger import queries as ledger_reads
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Form, Unit
from app.ledger.operations import Posting


def move_meeting(
    meeting: Meeting,
    slot: Slot,
    *,
    by: User | None,
    seen_version: int | None = None,
    tells_person: bool = True,
) -> Meeting:
    """Move an agreed meeting to another free window of the same executive; calendars hear of it (SEQUENCE rises).

    `tells_person`: False for a caller whose own letter tells the person, with the entry for their calendar.
    """
    check_version(meeting, seen_version)
    lock_executive(meeting.executive)
    lock_room(slot)
    _lock(meeting)
    if meeting.state is not MeetingState.CONFIRMED:
        raise policies.MeetingRefused(
            _("This meeting is %(state)s, so it is not moved any more.", state=words(meeting.state).lower())
        )
    policies.check_target(meeting, slot, clock.now())
    end_due(slot)
    fitting.require_fit(slot, meeting.person, but=meeting, field="slot_id")
    before, left, chair = audit.snapshot(meeting), meeting.slot, fitting.free_chair(slot, but=meeting)
    if meeting.place == left.place:
        meeting.place, meeting.room_id = slot.place, slot.room_id
    meeting.slot, meeting.chair, meeting.starts_at, meeting.ends_at, meeting.zone = (
        slot,
        chair,
        slot.starts_at,
        slot.ends_at,
        slot.zone,
    )
    db.session.flush()
    call_next(left, by=by)
    audit.record("executives.meeting_moved", meeting, by=by, before=before)
    tell_of_meeting(
        meeting,
        _l("moved to %(when)s.", when=later(policies.span_words, policies.span_of(slot), slot.zone)),
        by=by,
    )
    if tells_person:
        mails.tell_person(meeting, mails.News.MOVED, by=by)
    return meeting


def cancel_meeting(meeting: Meeting, *, reason: str, by: User | None) -> Meeting:
    """The meeting does not take place; its window is free again, the row stays in calendars as cancelled."""
    cancel_alone(meeting, reason=reason, by=by)
    call_next(meeting.slot, by=by)
    return meeting


def cancel_alone(meeting: Meeting, *, reason: str, by: User | None) -> None:
    """Call a meeting off without calling on whoever waits for its window."""
    _lock(meeting)
    policies.check_reason(reason)
    if meeting.state is not MeetingState.CONFIRMED:
        raise policies.MeetingRefused(
            _("This meeting is %(state)s, so it cannot be cancelled.", state=words(meeting.state).lower())
        )
    before = audit.snapshot(meeting)
    meeting.state, meeting.is_cancelled = MeetingState.CANCELLED, True
    db.session.flush()
    audit.record("executives.meeting_cancelled", meeting, by=by, before=before, reason=reason)
    tell_of_meeting(meeting, f"cancelled. {reason}", by=by)
    mails.tell_person(meeting, mails.News.CANCELLED, by=by)


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
        form=Form.ACCESS, basis=Basis.NOT_VALUED, value_on=day_in(meeting.starts_at, meeting.zone),
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
            _(
                "%(n_minutes_given)s minutes stand in the book as entry %(seq)s. Ask compliance to take "
                "that entry back, then record it again.",
                n_minutes_given=meeting.n_minutes_given,
                seq=entry.seq,
            )
        )


def _lock(meeting: Meeting) -> None:
    """The executive first, then the person, as when a request is accepted."""
    lock_executive(meeting.executive)
    lock_person(meeting.person_id)
    db.session.refresh(meeting)
