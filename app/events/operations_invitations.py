"""Inviting people: drafts, letters through the outbox, and what happens when a letter has left (E1, G3, G5)."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.accounts.signing_in import hash_secret, new_secret
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import words as words_of
from app.events import policies, queries, queries_checks, queries_places
from app.events.details import InvitationDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState, InvitationStep
from app.events.models_waves import Wave
from app.events.operations_news import WITHDRAWAL
from app.events.operations_promised import plan_promise
from app.ledger import queries as ledger
from app.outreach import letters as words
from app.outreach import operations as outreach
from app.outreach import queries_changes
from app.outreach import queries_outbox as outbox
from app.outreach.details import LetterDetails, TouchDetails
from app.outreach.letters import answer_link
from app.outreach.models import Letter, Touch, TouchChannel, TouchKind
from app.people.models import Person
from app.programs import queries as programs
from app.programs.models import Stage

_NOBODY = _l("nobody can be invited to it")


def invite(event: Event, person: Person, details: InvitationDetails, *, by: User) -> Invitation:
    """Draft an invitation; nothing is sent yet, so the contact guard only refuses what nobody can release.

    What it promises is planned under every limit: HeadroomRefused where a hard one would be passed (L7).
    CannotInvite when the person is not enrolled in the event's program, has opted out, or is invited already.
    """
    _require_invitable(event, person)
    known = queries.invitation_of(event, person)
    if known is not None and known.state is not InvitationState.WITHDRAWN:
        raise policies.CannotInvite(
            _(
                "%(person)s is invited already: %(state)s.",
                person=person.name,
                state=words_of(known.state).lower(),
            )
        )
    before = audit.snapshot(known) if known else None
    invitation = known or Invitation(event_id=event.id, person_id=person.id, made_at=clock.now())
    invitation.event, invitation.person = event, person
    invitation.state = InvitationState.DRAFT
    _fill(invitation, details)
    db.session.add(invitation)
    db.session.flush()
    plan_promise(invitation, by=by)
    note_step(invitation, by, reason=details.reason)
    audit.record("events.person_invited", invitation, by=by, before=before, reason=details.reason)
    return invitation


def edit_invitation(
    invitation: Invitation, details: InvitationDetails, *, by: User, seen_version: int | None = None
) -> Invitation:
    """Change wave, promise or badge; what was promised in a letter that left stays as it was sent.

    A letter that still waits in the outbox says the old words, so it is discarded and written again.
    """
    check_version(invitation, seen_version)
    if invitation.state is not InvitationState.DRAFT and details.promise != invitation.promise:
        raise policies.CannotSend(
            _("The invitation has left; what it promised stays on record."), field="promise"
        )
    before = audit.snapshot(invitation)
    if (details.promise, details.wave) != (invitation.promise, invitation.wave):
        take_back_letter(invitation, by)
    _fill(invitation, details)
    plan_promise(invitation, by=by)
    audit.record("events.invitation_edited", invitation, by=by, before=before, reason=details.reason)
    return invitation


class Prepared(Struct, frozen=True):
    """Letters that wait in the outbox; `outreach.operations.release_batch(batch)` sends them."""

    batch: str
    letters: tuple[Letter, ...]
    #: Those whose letter a rule stopped, with the rule quoted; they stay drafts.
    stopped: tuple[tuple[Invitation, str], ...] = ()


def send_invitations(event: Event, invitations: Sequence[Invitation], *, by: User) -> Prepared:
    """Write the letters of drafted invitations into the outbox, held, each in the person's language (G5, G6).

    Somebody looks at them there and presses send; an invitation counts as sent when its letter has left. Preparing
    twice prepares once. What a rule stands against is not written and named in the answer: no mail address, an office
    without approval (c20), a hard limit (L7). CannotSend when nothing is left to write.
    """
    policies.require_live(event, _NOBODY)
    drafts = [one for one in invitations if one.state is InvitationState.DRAFT]
    if not drafts:
        raise policies.CannotSend(_("Every one of these invitations was sent already."))
    stops = queries_checks.stops_of(event, drafts)
    written = [one for one in drafts if one.id not in stops]
    stopped = tuple((one, stops[one.id].text) for one in drafts if one.id in stops)
    if not written:
        raise policies.CannotSend(" ".join(words for _, words in stopped[:20]))
    waves = {one.number: one for one in queries_places.list_waves(event)}
    letters = tuple(_letter(event, one, waves.get(one.wave), by) for one in written)
    audit.record("events.invitations_prepared", event, by=by, before=audit.snapshot(event))
    return Prepared(letters[0].batch, letters, stopped)


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
        raise policies.CannotSend(
            _("This invitation is %(state)s already.", state=words_of(invitation.state).lower())
        )
    policies.require_live(invitation.event, _NOBODY)
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
        raise policies.CannotSend(_("Nobody has been checked in, so there is nobody to thank yet."))
    details = {"message": message.strip(), **fields_of(event)}
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


def _letter(event: Event, invitation: Invitation, wave: Wave | None, by: User) -> Letter:
    known = outbox.pending_letter(invitation.person, "invitation", "events", event.id)
    if known is not None and known.touch_id is None:
        return known
    fields = {**fields_of(event), "promise": invitation.promise, **link_fields(invitation, wave)}
    details = LetterDetails(
        person_id=invitation.person_id, key="invitation", kind=TouchKind.INVITATION, is_ask=True, fields=fields,
        batch=f"event-{event.id}-wave-{invitation.wave}", batch_title=f"{event.name[:280]}, wave {invitation.wave}",
        source_kind="events", source_id=event.id,
    )  # fmt: skip
    return outreach.write_letter(details, by=by)


def link_fields(invitation: Invitation, wave: Wave | None) -> dict[str, str]:
    """The link by which this person answers, and until when; only its hash is kept beside the letter."""
    secret = new_secret()
    invitation.link_hash, invitation.link_used_at = hash_secret(secret), None
    return {"answer_link": answer_link(secret), **deadline_fields(invitation, wave)}


def deadline_fields(invitation: Invitation, wave: Wave | None) -> dict[str, str]:
    """Until when an answer is hoped for, on the clocks of the event."""
    if wave is None or wave.answer_by_at is None:
        return {}
    return {"answer_by_on": wave.answer_by_at.astimezone(ZoneInfo(invitation.event.zone)).date().isoformat()}


def _thank(event: Event, invitation: Invitation, fields: dict[str, str], by: User) -> Letter:
    known = outbox.pending_letter(invitation.person, "thank_you", "events", event.id)
    if known is not None:
        return known
    details = LetterDetails(
        person_id=invitation.person_id, key="thank_you", kind=TouchKind.COURTESY,
        fields={**fields, "kept_link": words.kept_link(invitation.id)},
        batch=f"event-{event.id}-thanks", batch_title=f"{event.name[:280]}, thank-you", source_kind="events",
        source_id=event.id,
    )  # fmt: skip
    return outreach.write_letter(details, by=by)


def fields_of(event: Event) -> dict[str, str]:
    """What letters about an event can say; the dates are written in the language of each letter."""
    return {**_facts(event), "program": event.program.name}


def _facts(event: Event) -> dict[str, str]:
    """What somebody who comes must know, and must hear of when it changes."""
    return {
        "event": event.name, "place": event.place, "city": event.city or event.place,
        "starts_at": event.starts_at.isoformat(), "ends_at": event.ends_at.isoformat(), "zone": event.zone,
    }  # fmt: skip


def _note_letter_left(letter: Letter, by: User) -> None:
    """The letter of an invitation has left: the person is invited now. So has a CANCEL for one alone: its SEQUENCE is kept."""
    invitation = queries.invitation_told(letter)
    if letter.key == WITHDRAWAL and invitation is not None:
        invitation.sequence_withdrawn = policies.sequence_of_cancel(invitation, invitation.event)
    if letter.key != "invitation":
        return
    if invitation is None or invitation.state is not InvitationState.DRAFT:
        raise policies.CannotSend(
            _("The invitation of %(person)s was withdrawn. Discard this letter.", person=letter.person.name)
        )
    policies.require_live(invitation.event, _NOBODY)
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
    invited = sa.select(Invitation.event_id, Invitation.person_id).where(
        Invitation.event_id.in_(ids), Invitation.state.in_(policies.MAY_COME)
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
    invitation.promise_minor = details.worth.minor if details.worth else None
    invitation.promise_currency = details.worth.currency if details.worth else None


def _require_invitable(event: Event, person: Person) -> None:
    policies.require_live(event, _NOBODY)
    if person.is_pseudonymous:
        raise policies.CannotInvite(
            _("%(person)s stands in imported books and has no identity here.", person=person.name)
        )
    if person.is_opted_out:
        raise policies.CannotInvite(
            _("%(person)s asked not to be contacted. Nobody can release that.", person=person.name)
        )
    enrolment = programs.enrolment_of(event.program, person)
    if enrolment is None:
        raise policies.CannotInvite(
            _(
                "%(person)s is not in %(program)s. Admit them under a goal first.",
                person=person.name,
                program=event.program.name,
            )
        )
    if enrolment.stage is Stage.DECLINED:
        raise policies.CannotInvite(
            _(
                "%(person)s declined %(program)s. Move their stage first if that changed.",
                person=person.name,
                program=event.program.name,
            )
        )
