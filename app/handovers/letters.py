"""The letters of a hand-over: one to each person, in their language, in the name of who looks after them next."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from app.accounts.models import User
from app.handovers import queries
from app.handovers.details import DraftDecision
from app.handovers.models import HandOver
from app.outreach import operations as outreach
from app.outreach import operations_drafts, queries_holdings
from app.outreach.details import LetterDetails
from app.outreach.models import Letter, TouchKind
from app.people import operations_notes, queries_notes
from app.people.models import Person

SOURCE = "handovers"


def batch_of(hand_over: HandOver) -> str:
    """The name under which the letters wait together."""
    return f"hand-over-{hand_over.id}"


def draft_letters(
    hand_over: HandOver, persons: Sequence[Person], heirs: Mapping[int, User], *, by: User
) -> int:
    """Put a letter to each person who can be written to into the outbox, held; returns how many.

    Where the text is not written in their language it waits untranslated, and nothing of the batch is sent (G5).
    """
    languages = queries.mailing_for(persons).languages
    title = _("%(name)s hands over", name=hand_over.from_user.name)
    for person in persons:
        if person.id not in languages:
            continue
        fields = {"predecessor": hand_over.from_user.name, "from_on": hand_over.from_on.isoformat()}
        details = LetterDetails(
            person_id=person.id, key=queries.LETTER_KEY, kind=TouchKind.COURTESY, fields=fields, batch=batch_of(hand_over),
            batch_title=title, source_kind=SOURCE, source_id=hand_over.id, user_id=heirs[person.id].id,
        )  # fmt: skip
        outreach.write_letter(details, by=by)
    return len(languages)


def decide_drafts(
    drafts: Sequence[Letter],
    decisions: Mapping[int, DraftDecision],
    heirs: Mapping[int, User],
    heir: User,
    *,
    by: User,
) -> list[int]:
    """Write waiting letters again in the successor's name, or discard them, as decided; the ids of those written."""
    written = []
    for letter in drafts:
        decision = decisions.get(letter.id, DraftDecision.KEEP)
        if decision is DraftDecision.READDRESS:
            to = heirs.get(letter.person_id, heir)
            written.append(operations_drafts.readdress_letter(letter, to, by=by).id)
        elif decision is DraftDecision.DISCARD:
            outreach.discard_letter(letter, by=by)
    return written


def discard_unsent(hand_over: HandOver, *, by: User) -> int:
    """Take the letters of an undone hand-over out of the outbox; returns how many."""
    waiting = [
        letter
        for letter in queries_holdings.list_letters_of(SOURCE, hand_over.id)
        if letter.discarded_at is None and letter.touch_id is None
    ]
    for letter in waiting:
        outreach.discard_letter(letter, by=by)
    return len(waiting)


def wipe_discarded_notes(hand_over_id: int, by: User) -> None:
    """Once it cannot be undone any more, the words of discarded notes go for good."""
    for note in queries_notes.list_decided_in(hand_over_id):
        operations_notes.wipe_note(note, by=by)


def _on_release(letter: Letter, by: User) -> None:
    if letter.source_id is not None:
        wipe_discarded_notes(letter.source_id, by)


outreach.tell_when_released(SOURCE, _on_release)
