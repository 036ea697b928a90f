"""Letting people in: links that open the door once, visits that end, and what a person says at their own door."""

import secrets
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.accounts.signing_in import hash_secret, new_secret
from app.core import clock
from app.core.db import db
from app.core.models import OutboxMail
from app.disclosures import operations as disclosures
from app.disclosures.models import Acknowledgement, AcknowledgementHow, PolicyVersion
from app.events import operations as events
from app.events.details import AnswerDetails, GuestDetails
from app.events.models import AnswerChannel, Invitation, InvitationState
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations as outreach
from app.outreach.details import TouchDetails
from app.outreach.letters import new_reference
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.operations_mail import PersonMail, mail_helper
from app.outreach.queries_agencies import list_represented
from app.people import operations_consents, queries_consents, queries_kept
from app.people import queries as people
from app.people.details import ConsentDetails
from app.people.models import Person
from app.people.models_consents import Consent, ConsentSource, Purpose
from app.portal import letters, policies, queries_door
from app.portal.models import Holder, PersonLink, PersonSession

#: What mails of this room are called in the outbox.
MAIL_KIND = "portal_link"

# -- links -------------------------------------------------------------------------------------------


def invite_in(person: Person, *, by: User) -> str:
    """A link to hand over now: it works once, for ten minutes, and ends every older one. CannotEnter."""
    _check_may_have_page(person)
    link, secret = make_link(person, policies.AWAITED_LIFE, by)
    audit.record("portal.link_shown", link, by=by)
    return letters.entry_link(secret)


def invite_by_mail(person: Person, *, by: User) -> OutboxMail:
    """Mail a person their link, in the name of the owner of the relationship; it leaves at once.

    The mail is a contact like any other: somebody who asked for silence gets none (ContactStopped). CannotEnter.
    """
    _check_may_have_page(person)
    policies.check_mail(person)
    host = people.owner_of(person) or by
    link, secret = make_link(person, policies.MAILED_LIFE, by)
    mail = send_link(person, host, link, secret, is_asked_for=False, by=by)
    audit.record("portal.link_mailed", link, by=by)
    return mail


def renew(secret: str, asker: str = "") -> None:
    """Mail a new link, for ten minutes, to the address we know, when somebody comes with one of ours that is dead.

    It does nothing, and says nothing, for a secret that was never ours, a person without an address, or too many
    wishes in a row: whoever asks learns nothing. `asker`: the secret of the browser that asked, for which the link is.
    """
    old = queries_door.find_link(secret, is_locked=True)
    if old is None or clock.now() - old.made_at > policies.RENEWABLE:
        return
    mail_asked(queries_door.holder_at(old), hash_secret(asker) if asker else "", policies.code_of(asker))


def mail_asked(holder: Holder, asker_hash: str, code: str) -> None:
    """Mail a link that somebody at a browser asked for, if there is an address and not too many were asked for already.

    A representative who speaks for nobody gets none.
    """
    links = queries_door.list_links(holder)
    if isinstance(holder, User):
        host = queries_door.host_of_agent(holder)
    else:
        host = people.owner_of(holder) or next(
            (link.made_by for link in links if link.made_by is not None), None
        )
    recent = [link.made_at for link in links]
    if not holder.email or host is None or not policies.may_renew(recent, clock.now()):
        return
    link, fresh = make_link(holder, policies.AWAITED_LIFE, None, is_asked_for=True)
    if asker_hash:
        link.asker_hash, link.code_hash = asker_hash, policies.hash_code(code, asker_hash)
    send_link(holder, host, link, fresh, is_asked_for=True, by=None)
    audit.record("portal.link_renewed", link, by=None)


def _check_may_have_page(person: Person) -> None:
    """Raise CannotEnter or ConsentWithdrawn where a person has no page of their own, or wants none."""
    policies.check_has_page(person)
    queries_consents.require_not_withdrawn(person, Purpose.PORTAL)


def make_link(
    holder: Holder, life: timedelta, by: User | None, *, is_asked_for: bool = False
) -> tuple[PersonLink, str]:
    """A new link; those before it open nothing any more.

    One that somebody asked for ends only others of its kind: a stranger who types an address must not be able to end
    the link that was sent.
    """
    now, secret = clock.now(), new_secret()
    for older in queries_door.list_links(holder):
        if policies.is_live_link(older, now) and (older.asker_hash or not is_asked_for):
            before = audit.snapshot(older)
            older.revoked_at = now
            audit.record("portal.link_replaced", older, by=by, before=before)
    link = PersonLink(
        **_held_by(holder), secret_hash=hash_secret(secret), reference=new_reference(), made_by_id=by.id if by else None,
        made_at=now, expires_at=now + life,
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    return link, secret


def _held_by(holder: Holder) -> dict[str, int]:
    return {"user_id" if isinstance(holder, User) else "person_id": holder.id}


def send_link(
    holder: Holder, host: User, link: PersonLink, secret: str, *, is_asked_for: bool, by: User | None
) -> OutboxMail:
    """Mail a link. To a person it is a contact, weighed like any other; a representative is no person of ours."""
    words = letters.link_mail(holder, host, link, secret, is_asked_for=is_asked_for)
    mail = PersonMail(
        kind=MAIL_KIND, recipient=holder.email, subject=words.subject, text=words.text, html=words.html,
        language=words.language, dedup_key=f"portal-link:{link.reference}", sender_name=host.name, reply_to=host.email,
    )  # fmt: skip
    if isinstance(holder, User):
        return mail_helper(mail, source=("portal", link.id))
    kind = TouchKind.ASKED_FOR if is_asked_for else TouchKind.COURTESY
    contact = TouchDetails(
        person_id=holder.id, channel=TouchChannel.MAIL, kind=kind, subject=words.subject,
        summary="A personal link to their own page.", user_id=host.id,
    )  # fmt: skip
    return outreach.mail_person(contact, mail, by=by)


# -- visits ------------------------------------------------------------------------------------------


class Entered(Struct, frozen=True):
    """A browser that is at home now, and the secret for its cookie."""

    visit: PersonSession
    secret: str


def redeem(secret: str, *, asker: str = "", code: str = "", device: str = "") -> Entered | None:
    """Open the door with a link, once; whoever looks after them is told. LinkIsDead for everything else.

    None, and nothing is opened, where the link was asked for by another browser than this one (`asker`) and the code
    that one shows was not typed, or typed wrongly; after some wrong ones the link is dead.
    """
    now = clock.now()
    link = queries_door.find_link(secret, is_locked=True)
    if link is None or not policies.is_live_link(link, now):
        raise policies.LinkIsDead(_("This link opens nothing any more."))
    holder = queries_door.holder_at(link)
    if link.asker_hash and hash_secret(asker) != link.asker_hash and not _is_code(link, code):
        return None
    before = audit.snapshot(link)
    link.redeemed_at = now
    visit, fresh = begin_visit(holder, device)
    audit.record("portal.link_redeemed", link, by=None, before=before)
    audit.record("portal.visit_begun", visit, by=None)
    return Entered(visit, fresh)


def _is_code(link: PersonLink, code: str) -> bool:
    if not code.strip():
        return False
    if secrets.compare_digest(policies.hash_code(code, link.asker_hash), link.code_hash):
        return True
    before = audit.snapshot(link)
    link.n_wrong += 1
    if link.n_wrong >= policies.WRONG_CODES:
        link.revoked_at = clock.now()
    audit.record("portal.code_refused", link, by=None, before=before)
    return False


def begin_visit(holder: Holder, device: str) -> tuple[PersonSession, str]:
    """This browser is at home from now on; whoever looks after the person, or those a representative speaks for, is told."""
    now, fresh = clock.now(), new_secret()
    visit = PersonSession(
        **_held_by(holder), secret_hash=hash_secret(fresh), made_at=now, expires_at=now + policies.VISIT_LIFE,
        device=device[:80],
    )  # fmt: skip
    db.session.add(visit)
    if isinstance(holder, User):
        said, spoken_for = (
            _l("%(holder)s opened their page for representatives.", holder=holder.name),
            list_represented(holder),
        )
    else:
        events.note_opened(holder, by=None)
        said, spoken_for = _l("%(holder)s opened their own page.", holder=holder.name), [holder]
    for person in spoken_for:
        owner = people.owner_of(person)
        if owner is not None:
            notices.notify(said, user=owner, urgency=Urgency.INFO, source=("people", person.id))
    return visit, fresh


def end_visit(visit: PersonSession, *, by: User | None) -> None:
    """Sign a browser out; it ends on the server too."""
    if visit.ended_at is not None:
        return
    before = audit.snapshot(visit)
    visit.ended_at = clock.now()
    audit.record("portal.visit_ended", visit, by=by, before=before)


def shut(holder: Holder, *, by: User) -> int:
    """End every visit and every open link of theirs, because a phone or a mail got lost; the number of visits."""
    visits, now = queries_door.list_visits(holder), clock.now()
    for visit in visits:
        end_visit(visit, by=by)
    for link in queries_door.list_links(holder):
        if policies.is_live_link(link, now):
            before = audit.snapshot(link)
            link.revoked_at = now
            audit.record("portal.link_ended", link, by=by, before=before)
    kind = "user" if isinstance(holder, User) else "person"
    audit.record_event("portal.door_shut", kind=kind, ref=str(holder.id), by=by)
    return len(visits)


# -- what a person says ------------------------------------------------------------------------------


def answer(
    invitation: Invitation, state: InvitationState, reason: str, *, guest: GuestDetails | None = None
) -> Invitation:
    """The person themself answers, or changes their mind, until the event is over. CannotAnswer."""
    event = invitation.event
    if not policies.may_answer(invitation.state, event.is_cancelled, event.ends_at, clock.now()):
        raise policies.CannotAnswer(
            _("This event is over or was cancelled, so there is nothing to answer any more.")
        )
    return events.record_answer(
        invitation,
        AnswerDetails(state=state, channel=AnswerChannel.PORTAL, reason=reason, guest=guest),
        by=None,
    )


def accept_policy(person: Person, version: PolicyVersion, language: str) -> Acknowledgement:
    """The person themself has read a text and accepts it; the travel that waited for it may be booked (D2)."""
    return disclosures.acknowledge(person, version, AcknowledgementHow.PORTAL, language, by=None)


def withdraw_consent(person: Person, purpose: Purpose) -> Consent | None:
    """The person themself takes a consent back; nothing else of theirs changes (P4).

    What those who serve know may rest on a consent from before there were steps: taking it back is then the first one.
    """
    today = clock.today(person.zone)
    if purpose is Purpose.HOSPITALITY and queries_kept.hospitality_of(person) is not None:
        step = ConsentDetails(purpose=purpose, is_given=False, said_on=today, source=ConsentSource.PORTAL)
        return operations_consents.record_consent(person, step, by=None)
    return operations_consents.withdraw_consent(person, purpose, today, by=None)
