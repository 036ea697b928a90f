"""Asking again: reminders to the silent, and questions to those who answered before time or place changed (E1, G3, G5)."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.events import policies, queries_places, queries_waves
from app.events.models import Event, Invitation
from app.events.models_waves import Wave
from app.events.operations_invitations import Prepared, deadline_fields, fields_of, link_fields
from app.outreach import operations as outreach
from app.outreach import queries_outbox as outbox
from app.outreach.details import LetterDetails
from app.outreach.models import Letter, TouchKind
from app.outreach.queries_changes import ASK_AGAIN, KEY

REMINDER = "reminder"
_NOBODY = _l("nobody is asked")


def remind_silent(event: Event, *, by: User, wave: int | None = None) -> Prepared:
    """Write a reminder to everybody who has not answered, held in the outbox; the contact guard weighs each when it leaves.

    Their first letter asked already, so a reminder opens no second ask. Whoever has one waiting gets no second one;
    whoever has no mail address is left to the phone. CannotSend when nobody is left.
    """
    policies.require_live(event, _NOBODY)
    silent = queries_waves.list_silent(event, by, wave=wave)
    letters = _write(event, silent, REMINDER, TouchKind.INVITATION, "reminder", by, is_ask=False)
    audit.record("events.reminders_prepared", event, by=by, before=audit.snapshot(event))
    return letters


def ask_again(event: Event, *, by: User, only: Invitation | None = None) -> Prepared:
    """Ask everybody whose answer is stale whether they still come; necessary news, and an ask until they answer.

    One letter: it says the time and place of now, carries them as a calendar part, and the link to answer by. News of the
    change that still waits for them says less, and is discarded. `only`: one of them alone.
    """
    policies.require_live(event, _NOBODY)
    stale = [one for one in queries_waves.list_stale(event, by) if only is None or one.id == only.id]
    _discard_what_is_less(event, stale, by)
    letters = _write(
        event, stale, ASK_AGAIN, TouchKind.TRANSACTIONAL, "another time or place", by, is_ask=True
    )
    audit.record("events.asked_again", event, by=by, before=audit.snapshot(event))
    return letters


def was_asked(invitation: Invitation) -> bool:
    """Whether a question with the time and place of now waits for somebody, or left."""
    asked = outbox.letters_of("events", invitation.event_id, ASK_AGAIN).get(invitation.person_id)
    return asked is not None and _is_true(asked, fields_of(invitation.event))


def _is_true(letter: Letter, facts: Mapping[str, str]) -> bool:
    return all(letter.fields.get(name) == value for name, value in facts.items())


def _discard_what_is_less(event: Event, invitations: Sequence[Invitation], by: User) -> None:
    """News of the change without a question, and a question about what was the time and place before."""
    asked, facts = {one.person_id for one in invitations}, fields_of(event)
    for key in (KEY, ASK_AGAIN):
        for person_id, letter in outbox.letters_of("events", event.id, key).items():
            if (
                person_id in asked
                and letter.touch_id is None
                and not (key == ASK_AGAIN and _is_true(letter, facts))
            ):
                outreach.discard_letter(letter, by=by)


def _write(
    event: Event,
    invitations: Sequence[Invitation],
    key: str,
    kind: TouchKind,
    title: str,
    by: User,
    *,
    is_ask: bool,
) -> Prepared:
    waiting = {
        id: letter for id, letter in outbox.letters_of("events", event.id, key).items() if not letter.touch_id
    }
    firsts = outbox.letters_of("events", event.id, "invitation")
    told = [one for one in invitations if one.person.email and one.person_id not in waiting]
    if not told:
        raise policies.CannotSend(
            _(
                "Nobody is left to write to: the letters wait in the outbox, or those left have no mail address."
            )
        )
    waves = {one.number: one for one in queries_places.list_waves(event)}
    batch = f"event-{event.id}-{key.replace('_', '-')}-{_n_batches(event, key) + 1}"
    facts = fields_of(event)
    letters = []
    for one in told:
        first = firsts.get(one.person_id)
        details = LetterDetails(
            person_id=one.person_id, key=key, kind=kind, is_ask=is_ask, batch=batch,
            batch_title=f"{event.name[:280]}: {title}", source_kind="events", source_id=event.id,
            fields={**facts, "promise": one.promise, **_link(one, first, waves.get(one.wave))},
        )  # fmt: skip
        letters.append(outreach.write_letter(details, by=by))
    return Prepared(batch, tuple(letters))


def _link(invitation: Invitation, first: Letter | None, wave: Wave | None) -> Mapping[str, str]:
    """The link they have already, so that the first letter still works; a new one where they were invited by hand."""
    link = str(first.fields.get("answer_link", "")) if first is not None else ""
    if not link or invitation.link_hash is None:
        return link_fields(invitation, wave)
    return {"answer_link": link, **deadline_fields(invitation, wave)}


def _n_batches(event: Event, key: str) -> int:
    wanted = sa.select(sa.func.count(sa.distinct(Letter.batch))).where(
        Letter.key == key, Letter.source_kind == "events", Letter.source_id == event.id
    )
    return db.session.scalar(wanted) or 0
