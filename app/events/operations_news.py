"""Telling those who were invited by letter that an event does not take place: letters in the outbox, held (G5, C1)."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.events import policies
from app.events.models import Event, Invitation, InvitationState
from app.outreach import operations as outreach
from app.outreach import queries_changes
from app.outreach import queries_outbox as outbox
from app.outreach.details import LetterDetails
from app.outreach.models import Letter, TouchKind
from app.outreach.operations_drafts import own_words

#: The letter that says that an event is off.
KEY = "cancellation"
#: The letter that says that one person's invitation is taken back.
WITHDRAWAL = "withdrawal"
#: What asked a calendar whether its person comes; each is undone by a CANCEL.
_ASKED = ("invitation", queries_changes.KEY, queries_changes.ASK_AGAIN)
#: Who may still count on the event.
_MAY_COME = (InvitationState.INVITED, InvitationState.ACCEPTED, InvitationState.WAITING)


def write_cancellations(event: Event, *, by: User) -> list[Letter]:
    """Write to everybody who was invited by a letter and may still count on the event; the letters are held.

    Each says the dates and the place as that person was told them last. Letters about changes that still wait say what
    is no longer true, so they are discarded.
    """
    told = outbox.letters_of("events", event.id, "invitation")
    for key in (queries_changes.KEY, queries_changes.ASK_AGAIN):
        for person_id, news in outbox.letters_of("events", event.id, key).items():
            if news.touch_id is None:
                outreach.discard_letter(news, by=by)
            elif person_id not in told or told[person_id].id < news.id:
                told[person_id] = news
    wanted = sa.select(Invitation).where(Invitation.event_id == event.id, Invitation.state.in_(_MAY_COME))
    may_come = db.session.scalars(wanted.order_by(Invitation.id).options(joinedload(Invitation.person)))
    letters = [told.get(one.person_id) for one in may_come if one.person.email]
    return [_write(event, one, by) for one in letters if one is not None and one.touch_id is not None]


def write_withdrawal(invitation: Invitation, *, by: User) -> Letter | None:
    """Write to somebody whose invitation was taken back after a letter had asked their calendar; held, and None for others.

    It carries a CANCEL for them alone, with a SEQUENCE above what they were asked by. What else waits for them is discarded.
    """
    event = invitation.event
    asked = None
    for key in _ASKED:
        letter = outbox.letters_of("events", event.id, key).get(invitation.person_id)
        if letter is not None and letter.touch_id is None:
            outreach.discard_letter(letter, by=by)
        elif letter is not None and (asked is None or letter.id > asked.id):
            asked = letter
    if asked is None or not invitation.person.email:
        return None
    invitation.sequence_withdrawn = policies.sequence_for(invitation, event) + 1
    return _write(event, asked, by, key=WITHDRAWAL, title="invitations taken back")


def _write(event: Event, told: Letter, by: User, key: str = KEY, title: str = "cancelled") -> Letter:
    details = LetterDetails(
        person_id=told.person_id, key=key, kind=TouchKind.TRANSACTIONAL, fields=own_words(told),
        batch=f"event-{event.id}-{'cancelled' if key == KEY else key}", batch_title=f"{event.name[:280]}: {title}",
        source_kind="events", source_id=event.id,
    )  # fmt: skip
    return outreach.write_letter(details, by=by)
