"""Writing notes on people, sharing them, and deciding about them one by one when their author leaves (P1).

The audit trail names the note, never its words: they would be readable there by those who may not read the note.
"""

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import policies_notes
from app.people.details import NoteDetails
from app.people.models import Person
from app.people.models_notes import NoteState, PersonNote
from app.people.policies_notes import NoteDecision


def add_note(person: Person, details: NoteDetails, *, by: User) -> PersonNote:
    """Write something down about a person: for oneself, or for all who may read notes."""
    now = clock.now()
    note = PersonNote(
        person_id=person.id, author_id=by.id, holder_id=by.id, text=details.text, is_private=details.is_private,
        shared_at=None if details.is_private else now, made_at=now,
    )  # fmt: skip
    db.session.add(note)
    db.session.flush()
    _record("people.note_added", note, by)
    return note


def share_note(note: PersonNote, *, by: User) -> PersonNote:
    """Let all who may read notes read it; there is no way back. Raises NotYourNote."""
    policies_notes.require_holder(note, by)
    if note.is_private:
        note.is_private, note.shared_at = False, clock.now()
        _record("people.note_shared", note, by)
    return note


def decide_note(
    note: PersonNote,
    decision: NoteDecision,
    *,
    by: User,
    to: User | None = None,
    hand_over_id: int | None = None,
) -> PersonNote:
    """Give a note to who comes after, keep it archived, or discard it. Raises NotYourNote, WasShared."""
    policies_notes.require_decision(note, decision, by)
    if decision is NoteDecision.GIVE and to is not None:
        note.holder_id = to.id
    elif decision is NoteDecision.ARCHIVE:
        note.state = NoteState.ARCHIVED
    elif decision is NoteDecision.DISCARD:
        note.state = NoteState.DISCARDED
    note.hand_over_id, note.decided_at = hand_over_id, clock.now()
    _record(f"people.note_{policies_notes.DONE[decision]}", note, by)
    return note


def take_back_decision(note: PersonNote, *, by: User) -> PersonNote:
    """Undo what a hand-over decided: the note is open and with its author again, if its words are still there."""
    note.state = NoteState.OPEN if note.text else NoteState.DISCARDED
    note.holder_id, note.hand_over_id, note.decided_at = note.author_id, None, None
    _record("people.note_taken_back", note, by)
    return note


def wipe_note(note: PersonNote, *, by: User) -> PersonNote:
    """Take the words out of a discarded note for good."""
    if note.state is NoteState.DISCARDED:
        note.text = ""
        _record("people.note_wiped", note, by)
    return note


def _record(action: str, note: PersonNote, by: User) -> None:
    audit.record_event(action, kind="person_note", ref=str(note.id), by=by)
