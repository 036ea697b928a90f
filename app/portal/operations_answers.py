"""Answers that come by a link: bound to one person, never given for them by whoever else holds the letter (E1)."""

import enum

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.errors import DomainError
from app.events import operations as events
from app.events import policies as event_policies
from app.events import queries_places
from app.events.details import AnswerDetails, GuestDetails
from app.events.models import AnswerChannel, Invitation, InvitationState
from app.events.models_waves import GuestHow, PendingWhy, PlaceOffer
from app.events.operations_places import lock_with_event, tell_with
from app.events.policies import INVITED_STATES
from app.outreach import operations as outreach
from app.outreach.details import TouchDetails
from app.outreach.letters import new_reference
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.operations_mail import PersonMail
from app.people import queries as people
from app.people.models import Person
from app.portal import letters, policies

#: What mails about a kept place are called in the outbox.
MAIL_KIND = "place_offer"


class Heard(enum.StrEnum):
    """What became of an answer by link, as the page says it."""

    COUNTED = "counted"
    ALREADY = "already"  # the same answer stands
    WAITS = "waits"  # for the coordinator
    GUEST = "guest"  # whoever holds the letter would come themselves


class LinkAnswer(Struct, frozen=True):
    """What somebody who holds the letter says, and which address they say is theirs."""

    state: InvitationState
    email: str
    name: str = ""
    reason: str = ""
    guest: GuestDetails | None = None


def answer_by_link(invitation: Invitation, said: LinkAnswer) -> Heard:
    """Take an answer from the page of the link.

    It counts when the address is the person's, or that of an agent who speaks for them today; anybody else is noted
    as a guest who waits for the coordinator, and nothing is answered for the person. A link answers once, and again
    when time or place changed; a later answer waits. Pressed twice, or by two at once, it counts once.
    """
    event = lock_with_event(invitation)
    if not policies.may_answer(invitation.state, event.is_cancelled, event.ends_at, clock.now()):
        raise policies.CannotAnswer(
            _("This event is over or was cancelled, so there is nothing to answer any more.")
        )
    agent = None
    if not _is_theirs(invitation.person, said.email):
        agent = queries_places.representatives_at(invitation.person, said.email)
        if agent is None:
            return _note_stranger(invitation, said)
    details = AnswerDetails(
        state=said.state, channel=AnswerChannel.PORTAL, reason=said.reason, answered_by_name=agent.name if agent else "",
        guest=said.guest,
    )  # fmt: skip
    is_used = invitation.link_used_at is not None and not event_policies.is_stale(invitation, event)
    if is_used and _stands(invitation, said):
        return Heard.ALREADY
    if is_used:
        events.keep_for_decision(invitation, details, PendingWhy.REUSED_LINK, by=None)
        return Heard.WAITS
    before = audit.snapshot(invitation)
    invitation.link_used_at = clock.now()
    events.record_answer(invitation, details, by=None)
    audit.record("portal.link_answered", invitation, by=None, before=before)
    return Heard.WAITS if queries_places.pending_answer_of(invitation) is not None else Heard.COUNTED


def _is_theirs(person: Person, email: str) -> bool:
    return bool(person.email) and person.email.strip().casefold() == email.strip().casefold()


def _stands(invitation: Invitation, said: LinkAnswer) -> bool:
    """Whether the same was answered already: a yes that waits for a place is a yes."""
    same = {said.state}
    if said.state is InvitationState.ACCEPTED:
        same.add(InvitationState.WAITING)
    pending = queries_places.pending_answer_of(invitation)
    return invitation.state in same or (pending is not None and pending.state is said.state)


def _note_stranger(invitation: Invitation, said: LinkAnswer) -> Heard:
    if not said.name.strip():
        raise NameNeeded(
            _(
                "We do not know this address. If the letter was passed on to you, tell us your name; otherwise write "
                "the address it came to."
            ),
            field="name",
        )
    words = said.reason.strip()
    if said.state is InvitationState.DECLINED:
        # Somebody who would not come either asks for nothing: only that the letter travelled is worth knowing.
        words = f"Says no. {words}".strip()
    guest = GuestDetails(name=said.name, email=said.email, words=words)  # fields named as in the form
    events.add_guest(invitation, guest.name, guest.email, guest.words, GuestHow.FORWARDED, by=None)
    return Heard.GUEST


class NameNeeded(DomainError):
    """An answer from an address that is not the person's, without a name."""


# -- a place that is kept --------------------------------------------------------------------------


def tell_of_place(offer: PlaceOffer, secret: str, by: User | None) -> str:
    """Mail a person that a place is kept for them; gives why it could not be done, or an empty text.

    They wait for exactly this, so it reaches them through a wish for quiet.
    """
    try:
        _mail_place(offer, secret, by)
    except DomainError as refusal:
        return refusal.message
    return ""


def _mail_place(offer: PlaceOffer, secret: str, by: User | None) -> None:
    person = people.get_person(offer.invitation.person_id, None)
    policies.check_mail(person)
    host = people.owner_of(person) or by
    if host is None:
        raise policies.CannotEnter(
            _("Nobody looks after %(person)s, so nobody can write to them.", person=person.name)
        )
    reference = new_reference()
    words = letters.place_mail(person, host, offer, secret, reference)
    contact = TouchDetails(
        person_id=person.id, channel=TouchChannel.MAIL, kind=TouchKind.TRANSACTIONAL, subject=words.subject,
        summary="A place is kept for them for some hours.", user_id=host.id, source_kind="events",
        source_id=offer.invitation.event_id,
    )  # fmt: skip
    mail = PersonMail(
        kind=MAIL_KIND, recipient=person.email, subject=words.subject, text=words.text, html=words.html,
        language=words.language, dedup_key=f"place-offer:{offer.id}", sender_name=host.name, reply_to=host.email,
    )  # fmt: skip
    outreach.mail_person(contact, mail, by=by)


def take_place(offer: PlaceOffer) -> Invitation:
    """The person takes the place that is kept for them, by their link."""
    taken = events.take_offer(offer, by=None)
    audit.record_event("portal.place_taken", kind="place_offer", ref=str(offer.id), by=None)
    return taken


def refuse_place(offer: PlaceOffer) -> Invitation:
    """ "No thanks", by their link: the place is free at once."""
    refused = events.refuse_offer(offer, by=None)
    audit.record_event("portal.place_refused", kind="place_offer", ref=str(offer.id), by=None)
    return refused


def is_answerable(invitation: Invitation | None) -> bool:
    """Whether a link leads to an invitation that was sent and not withdrawn."""
    return invitation is not None and invitation.state in INVITED_STATES


tell_with(tell_of_place)
