"""Decisions about notes: who reads, who decides, what may be discarded."""

import enum
from collections.abc import Mapping

from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.models import User
from app.core.errors import DomainError
from app.people.models_notes import NoteState, PersonNote


class NoteDecision(enum.StrEnum):
    """What becomes of a private note when its author hands over."""

    GIVE = "give"
    ARCHIVE = "archive"
    DISCARD = "discard"


DONE: Mapping[NoteDecision, str] = {
    NoteDecision.GIVE: "given",
    NoteDecision.ARCHIVE: "archived",
    NoteDecision.DISCARD: "discarded",
}


class NotYourNote(DomainError):
    """A note of somebody else."""


class WasShared(DomainError):
    """A note others have read is on record and stays."""


def may_read(note: PersonNote, by: User) -> bool:
    """Shared notes: all who may read notes. Private ones: who holds them. Archived ones: their author and the auditors."""
    if not permissions.may(by, "notes:read") or note.state is NoteState.DISCARDED:
        return False
    if note.state is NoteState.ARCHIVED:
        return by.id == note.author_id or permissions.may(by, "audit:read")
    return not note.is_private or by.id == note.holder_id


def require_holder(note: PersonNote, by: User) -> None:
    """Raise NotYourNote unless `by` has the note."""
    if note.holder_id != by.id or note.state is not NoteState.OPEN:
        raise NotYourNote(_("Only whoever has this note can share it."))


def require_decision(note: PersonNote, decision: NoteDecision, by: User) -> None:
    """Raise NotYourNote or WasShared unless this may become of the note.

    Discarding is for the author alone, and only for words nobody else has read.
    """
    if note.state is not NoteState.OPEN:
        raise NotYourNote(_("This note was decided about already."))
    if decision is NoteDecision.DISCARD and note.was_shared:
        raise WasShared(_("This note was shared, so it is on record. Give it, or keep it archived."))
    if decision is NoteDecision.DISCARD and note.author_id != by.id:
        raise NotYourNote(
            _("Only %(author)s can discard this note. Give it, or keep it archived.", author=note.author.name)
        )
