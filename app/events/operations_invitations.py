"""Inviting people: drafts, letters through the outbox, and what happens when a letter has left (E1, G3, G5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events import policies, queries
from app.events.details import InvitationDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState, InvitationStep
from app.ledger import queries as ledger
from app.outreach import operations as outreach
from app.outreach import queries_changes
from app.outreach import queries_outbox as outbox
from app.outreach.details import LetterDetails, TouchDetails
from app.outreach.models import Letter, Touch, TouchChannel, TouchKind
from app.people.models import Person
from app.programs import queries as programs
from app.programs.models import Stage


def invite(event: Event, person: Person, details: InvitationDetails, *, by: User) -> Invitation:
    """Draft an invitation; nothing is sent yet, so the contact guard only refuses what nobody can release.

    CannotInvite when the person is not enrolled in the event's program, has opted out, or is invited already.
    """
    _require_invitable(event, person)
    known = queries.invitation_of(event, person)
    if known is not None and known.state is not InvitationState.WITHDRAWN:
        raise policies.CannotInvite(f"{person.name} is invited already: {known.state.value}.")
    before = audit.snapshot(known) if known else None
    invitation = known or Invitation(event_id=event.id, person_id=person.id, made_at=clock.now())
    invitation.event, invitation.person = event, person
    invitation.state = InvitationState.DRAFT
    _fill(invitation, details)
    db.session.add(invitation)
    db.session.flush()
    note_step(invitation, by, reason=details.reason)
    audit.record("events.person_invited", invitation, by=by, before=before, reason=details.reason)
    return invitation


def edit_invitation(invitation: Invitation, details: InvitationDetails, *, by: User) -> Invitation:
    """Change wave, promise or badge; what was promised in a letter that left stays as it was sent.

    A letter that still waits in the outbox says the old words, so it is discarded and written again.
    """
    if invitation.state is not InvitationState.DRAFT and details.promise != invitation.promise:
        raise policies.CannotSend(
            "The invitation has left; what it promised stays on record.", field="promise"
        )
    before = audit.snapshot(invitation)
    if (details.promise, details.wave) != (invitation.promise, invitation.wave):
        take_back_letter(invitation, by)
    _fill(invitation, details)
    audit.record("events.invitation_edited", invitation, by=by, before=before, reason=details.reason)
    return invitation


@dataclass(frozen=True, slots=True)
class Prepared:
    """Letters that wait in the outbox; `outreach.operations.release_batch(batch)` sends them."""

    batch: str
    letters: tuple[Letter, ...]


def send_invitations(event: Event, invitations: Sequence[Invitation], *, by: User) -> Prepared:
    """Write the letters of drafted invitations into the outbox, held, each in the person's language (G5, G6).

    Somebody looks at them there and presses send; an invitation counts as sent when its letter has left. Preparing
    twice prepares once. Refuses before anything is written when somebody cannot be reached by mail.
    """
    _require_live(event)
    drafts = [one for one in invitations if one.state is InvitationState.DRAFT]
    if not drafts:
        raise policies.CannotSend("Every one of these invitations was sent already.")
    without = [one.person.name for one in drafts if not one.person.email]
    if without:
        raise policies.CannotSend(
            f"No mail address: {', '.join(without)}. Add one, or invite them by hand and leave them out here."
        )
    for one in drafts:
        ledger.require_invitable(one.person, [("events", event.id)])
    letters = tuple(_letter(event, one, by) for one in drafts)
    audit.record("events.invitations_prepared", event, by=by, before=audit.snapshot(event))
    return Prepared(letters[0].batch, letters)


def invite_by_hand(
    invitation: Invitation,
    channel: TouchChannel,
    *,
    by: User,
    join: Touch | None = None,
    release_reason: str = "",
) -> Invitation:
    """Note that the invitation was given by phone, in person or on paper; the contact guard weighs it like a letter."""
    if invitation.state is not InvitationState.DRAFT:
        raise policies.CannotSend(f"This invitation is {invitation.state.value} already.")
    _require_live(invitation.event)
    ledger.require_invitable(invitation.person, [("events", invitation.event_id)])
    contact = TouchDetails(
        person_id=invitation.person_id, channel=channel, kind=TouchKind.INVITATION, is_ask=True,
        subject=f"Invitation to {invitation.event.name}", summary=invitation.promise, source_kind="events",
        source_id=invitation.event_id,
    )  # fmt: skip
    outreach.record_touch(contact, by=by, join=join, release_reason=release_reason)
    before = audit.snapshot(invitation)
    _mark_sent(invitation, by)
    audit.record("events.invitation_sent", invitation, by=by, before=before)
    return invitation


def send_thanks(event: Event, message: str, *, by: User) -> Prepared:
    """Write a thank-you letter to everybody who came, held in the outbox (J6)."""
    came = [one for one in queries.list_accepted(event) if one.checked_in_at is not None and one.person.email]
    if not came:
        raise policies.CannotSend("Nobody has been checked in, so there is nobody to thank yet.")
    details = {"message": message.strip(), **_fields(event)}
    letters = tuple(_thank(event, one, details, by) for one in came)
    audit.record("events.thanks_prepared", event, by=by, before=audit.snapshot(event))
    return Prepared(letters[0].batch, letters)


def note_step(
    invitation: Invitation, by: User | None, *, reason: str = "", channel: AnswerChannel | None = None
) -> None:
    """Add the invitation's present state to its history, which is never rewritten."""
    step = InvitationStep(
        invitation_id=invitation.id, state=invitation.state, at=clock.now(), by_id=by.id if by else None, channel=channel,
        reason=reason.strip(),
    )  # fmt: skip
    db.session.add(step)


def take_back_letter(invitation: Invitation, by: User) -> None:
    """Discard the letter of an invitation if it still waits in the outbox."""
    letter = outbox.pending_letter(invitation.person, "invitation", "events", invitation.event_id)
    if letter is not None and letter.touch_id is None:
        outreach.discard_letter(letter, by=by)


def _letter(event: Event, invitation: Invitation, by: User) -> Letter:
    known = outbox.pending_letter(invitation.person, "invitation", "events", event.id)
    if known is not None and known.touch_id is None:
        return known
    details = LetterDetails(
        person_id=invitation.person_id, key="invitation", kind=TouchKind.INVITATION, is_ask=True,
        fields={**_fields(event), "promise": invitation.promise}, batch=f"event-{event.id}-wave-{invitation.wave}",
        batch_title=f"{event.name[:280]}, wave {invitation.wave}", source_kind="events", source_id=event.id,
    )  # fmt: skip
    return outreach.write_letter(details, by=by)


def _thank(event: Event, invitation: Invitation, fields: dict[str, str], by: User) -> Letter:
    known = outbox.pending_letter(invitation.person, "thank_you", "events", event.id)
    if known is not None:
        return known
    details = LetterDetails(
        person_id=invitation.person_id, key="thank_you", kind=TouchKind.COURTESY, fields=fields,
        batch=f"event-{event.id}-thanks", batch_title=f"{event.name[:280]}, thank-you", source_kind="events",
        source_id=event.id,
    )  # fmt: skip
    return outreach.write_letter(details, by=by)


def _fields(event: Event) -> dict[str, str]:
    """What letters about an event can say; the dates are written in the language of each letter."""
    return {**_facts(event), "program": event.program.name}


def _facts(event: Event) -> dict[str, str]:
    """What somebody who comes must know, and must hear of when it changes."""
    return {
        "event": event.name, "place": event.place, "city": event.city or event.place,
        "starts_at": event.starts_at.isoformat(), "ends_at": event.ends_at.isoformat(), "zone": event.zone,
    }  # fmt: skip


def _note_letter_left(letter: Letter, by: User) -> None:
    """The letter of an invitation has left: the person is invited now."""
    if letter.key != "invitation":
        return
    wanted = sa.select(Invitation).where(
        Invitation.event_id == letter.source_id, Invitation.person_id == letter.person_id
    )
    invitation = db.session.scalars(wanted).one_or_none()
    if invitation is None or invitation.state is not InvitationState.DRAFT:
        raise policies.CannotSend(
            f"The invitation of {letter.person.name} was withdrawn. Discard this letter."
        )
    _require_live(invitation.event)
    before = audit.snapshot(invitation)
    _mark_sent(invitation, by)
    audit.record("events.invitation_sent", invitation, by=by, before=before)


outreach.tell_when_released("events", _note_letter_left)


def _facts_now(letters: Sequence[Letter]) -> dict[int, dict[str, str]]:
    """The facts of today for letters about events that lie ahead, to people who come or may still come; two queries."""
    ids = {letter.source_id for letter in letters if letter.source_id is not None}
    ahead = sa.select(Event).where(
        Event.id.in_(ids), Event.is_cancelled.is_(False), Event.ends_at > clock.now()
    )
    events = {event.id: event for event in db.session.scalars(ahead)}
    may_come = (InvitationState.INVITED, InvitationState.ACCEPTED, InvitationState.WAITING)
    invited = sa.select(Invitation.event_id, Invitation.person_id).where(
        Invitation.event_id.in_(ids), Invitation.state.in_(may_come)
    )
    concerned = {(row[0], row[1]) for row in db.session.execute(invited)}
    return {
        letter.id: _facts(events[letter.source_id])
        for letter in letters
        if letter.source_id in events and (letter.source_id, letter.person_id) in concerned
    }


queries_changes.tell_current_fields("events", _facts_now)


def _mark_sent(invitation: Invitation, by: User) -> None:
    invitation.state = InvitationState.INVITED
    invitation.sent_at = clock.now()
    invitation.sent_by_id = by.id
    note_step(invitation, by)


def _fill(invitation: Invitation, details: InvitationDetails) -> None:
    invitation.wave = details.wave
    invitation.promise = details.promise
    invitation.badge = details.badge


def _require_live(event: Event) -> None:
    if event.is_cancelled:
        raise policies.EventIsOver(f"{event.name} is cancelled, so nobody can be invited to it.")


def _require_invitable(event: Event, person: Person) -> None:
    _require_live(event)
    if person.is_pseudonymous:
        raise policies.CannotInvite(f"{person.name} stands in imported books and has no identity here.")
    if person.is_opted_out:
        raise policies.CannotInvite(f"{person.name} asked not to be contacted. Nobody can release that.")
    enrolment = programs.enrolment_of(event.program, person)
    if enrolment is None:
        raise policies.CannotInvite(
            f"{person.name} is not in {event.program.name}. Admit them under a goal first."
        )
    if enrolment.stage is Stage.DECLINED:
        raise policies.CannotInvite(
            f"{person.name} declined {event.program.name}. Move their stage first if that changed."
        )
