"""What a person may read at their own door: an allow-list of fields, so that a new column of a table stays hidden."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.calendars import queries as calendars
from app.calendars.items import Item
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.ics import CalendarItem, Status
from app.core.vtimezone import ZonedTime, get_zone
from app.disclosures import queries as disclosures
from app.disclosures import queries_covenants as covenants
from app.disclosures import queries_remedies
from app.disclosures.models import LabelVerdict, PolicyVersion
from app.events import queries as events
from app.events import queries_places, queries_promises
from app.events.models import Invitation, InvitationState
from app.events.policies_waves import is_open
from app.outreach import queries as outreach
from app.outreach.models import Touch
from app.people import queries_consents, queries_kept
from app.people.models import Person
from app.people.models_consents import Purpose
from app.portal import policies, queries_door, words
from app.portal.models import PersonLink
from app.travel import queries_sensitive as travel

# -- invitations and policies ------------------------------------------------------------------------


class OwnInvitation(Struct, frozen=True):
    """An invitation as its person sees it."""

    id: int
    event: str
    place: str
    city: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    days: tuple[date, date]
    promise: str
    state: InvitationState
    answered_at: datetime | None
    reason: str
    #: Somebody of their agency who answered for them.
    answered_by: str
    waitlist_place: int | None
    is_cancelled: bool
    may_answer: bool
    #: Time or place changed after the answer.
    is_stale: bool
    #: A place is kept for them until then.
    kept_until: datetime | None = None
    #: An answer of theirs waits for the coordinator.
    is_pending: bool = False
    #: They were there, were promised something, and may say whether it was kept (E4).
    may_say_kept: bool = False


def list_invitations(person: Person) -> list[OwnInvitation]:
    """What a person was invited to and has to know of, the latest event first."""
    return own_all([one for one in events.list_invitations_of(person) if policies.is_shown(one.state)])


def _with_places(shown: Sequence[Invitation], rows: Sequence[OwnInvitation]) -> list[OwnInvitation]:
    """With what is kept for them, and what of theirs waits; two queries whatever the rows."""
    ids, now = [one.id for one in shown], clock.now()
    offers, pending = queries_places.latest_offers(ids), queries_places.pending_ids(ids)
    kept = {id: one.expires_at for id, one in offers.items() if is_open(one, now)}
    return [replace(row, kept_until=kept.get(row.id), is_pending=row.id in pending) for row in rows]


def list_to_judge(invitations: Sequence[OwnInvitation]) -> list[OwnInvitation]:
    """Those of a person's invitations whose promises they are asked about now: lately kept or not, and nothing said yet (E4)."""
    since = clock.now() - policies.ASKED_FOR
    lately = [one for one in invitations if one.may_say_kept and one.ends_at > since]
    said = queries_promises.answered_among([one.id for one in lately])
    return [one for one in lately if one.id not in said]


def get_invitation(person: Person, id: int) -> Invitation:
    """An invitation that was sent to this person; NotFound for anybody else's, for drafts and withdrawn ones."""
    for invitation in events.list_invitations_of(person):
        if invitation.id == id and policies.is_shown(invitation.state):
            return invitation
    raise NotFound(_("There is no such invitation."))


def own(invitation: Invitation) -> OwnInvitation:
    """An invitation as its person sees it."""
    return own_all([invitation])[0]


def own_all(invitations: Sequence[Invitation]) -> list[OwnInvitation]:
    """Several of them, in two queries more whatever their number."""
    now = clock.now()
    return _with_places(invitations, [_own(invitation, now) for invitation in invitations])


def _own(invitation: Invitation, now: datetime) -> OwnInvitation:
    event = invitation.event
    zone, seen = get_zone(event.zone), invitation.sequence_answered
    return OwnInvitation(
        id=invitation.id, event=event.name, place=event.place, city=event.city, zone=event.zone, starts_at=event.starts_at,
        ends_at=event.ends_at, days=(event.starts_at.astimezone(zone).date(), event.ends_at.astimezone(zone).date()),
        promise=invitation.promise, state=invitation.state, answered_at=invitation.answered_at,
        reason=invitation.answer_reason, answered_by=invitation.answered_by_name,
        waitlist_place=invitation.waitlist_place, is_cancelled=event.is_cancelled,
        may_answer=policies.may_answer(invitation.state, event.is_cancelled, event.ends_at, now),
        is_stale=seen is not None and seen < event.sequence and not event.is_cancelled,
        may_say_kept=invitation.checked_in_at is not None and bool(invitation.promise.strip()) and event.ends_at < now,
    )  # fmt: skip


class OwnPolicy(Struct, frozen=True):
    """A version of a disclosure policy as the person it binds sees it."""

    id: int
    name: str
    jurisdiction: str
    number: int
    language: str
    text: str
    labels: tuple[str, ...]
    from_on: date
    is_accepted: bool
    is_in_own_language: bool


def list_policies(person: Person) -> list[OwnPolicy]:
    """The versions that bind a person today, those not yet accepted first (D1, D2)."""
    accepted = disclosures.accepted_versions(person)
    versions = disclosures.versions_in_force(person, _today(person))
    rows = [_own_policy(person, version, version.id in accepted) for version in versions]
    return sorted(rows, key=lambda row: (row.is_accepted, row.jurisdiction))


def get_version(person: Person, id: int) -> PolicyVersion:
    """A version that binds this person today; NotFound for any other."""
    for version in disclosures.versions_in_force(person, _today(person)):
        if version.id == id:
            return version
    raise NotFound(_("There is no such text for you to read."))


def own_policy(person: Person, version: PolicyVersion) -> OwnPolicy:
    """A version as the person sees it."""
    return _own_policy(person, version, version.id in disclosures.accepted_versions(person))


def _own_policy(person: Person, version: PolicyVersion, is_accepted: bool) -> OwnPolicy:
    """In the first of the person's languages that the version has, else in its own (c27)."""
    language, text = disclosures.text_for(version, person.languages)
    return OwnPolicy(
        version.id, version.policy.name, version.policy.jurisdiction, version.number, language, text,
        tuple(version.accepted_labels), version.effective_from_on, is_accepted,
        is_in_own_language=language.split("-")[0] in {tag.split("-")[0] for tag in person.languages or ["en"]},
    )  # fmt: skip


def _today(person: Person) -> date:
    return clock.today(person.zone)


class OwnConsent(Struct, frozen=True):
    """One purpose as the person it concerns sees it: an allow-list, like everything at this door."""

    purpose: str
    name: str
    wording: str
    is_given: bool
    #: None where nothing was said yet.
    said_on: date | None


def list_consents(person: Person) -> list[OwnConsent]:
    """What a person allowed and took back, and what they could allow; being at this page says enough about the page itself."""
    standing, names, wordings = queries_consents.standing_of(person), words.of_purposes(), words.of_wordings()
    found = []
    for purpose in Purpose:
        step = standing.get(purpose)
        if step is None and purpose is Purpose.PORTAL:
            continue
        # The words they agreed to stay as they were; what they could agree to is in their language.
        wording = step.wording if step is not None and step.is_given and step.wording else wordings[purpose]
        is_given, said_on = (step.is_given, step.said_on) if step is not None else (False, None)
        if purpose is Purpose.HOSPITALITY and step is None and (kept := queries_kept.hospitality_of(person)):
            is_given, said_on = True, kept.consented_on
        found.append(OwnConsent(purpose.value, names[purpose], wording, is_given, said_on))
    return found


# -- publications ------------------------------------------------------------------------------------


class OwnPublication(Struct, frozen=True):
    """A link of theirs: the label, the day, and what is still to be put right; nothing else is kept (D4, D5)."""

    url: str
    published_on: date
    verdict: LabelVerdict
    #: Until when the label can be put right before it counts; None when there is nothing to do.
    remedy_by: date | None


def list_publications(person: Person) -> list[OwnPublication]:
    """What they told us of or we found, the newest first."""
    rows = disclosures.list_own_publications(person)
    open_until = queries_remedies.open_until([one.id for one in rows])
    return [OwnPublication(one.url, one.published_on, one.verdict, open_until.get(one.id)) for one in rows]


# -- agenda ------------------------------------------------------------------------------------------


class Coming(Struct, frozen=True):
    """One item of a person's calendar that lies ahead; `last_on` is the last of its whole days."""

    uid: str
    summary: str
    description: str
    location: str
    starts: ZonedTime | date
    last_on: date | None
    is_planned: bool


def list_coming(person: Person) -> list[Coming]:
    """What lies ahead of a person, the next first; the same items as in their calendar feed."""
    return lying_ahead(calendars.items_of_person(person), _today(person))


def lying_ahead(found: Sequence[Item], today: date, most: int = 12) -> list[Coming]:
    """Those of these items that are not over, the next first."""
    now = clock.now()

    def lies_ahead(item: CalendarItem) -> bool:
        return item.ends.at > now if isinstance(item.ends, ZonedTime) else item.ends > today

    items = [one for one in found if isinstance(one, CalendarItem)]
    ahead = [item for item in items if item.status is not Status.CANCELLED and lies_ahead(item)]
    return [_coming(item) for item in sorted(ahead, key=_begins)[:most]]


def _coming(item: CalendarItem) -> Coming:
    last_on = None if isinstance(item.ends, ZonedTime) else item.ends - timedelta(days=1)
    return Coming(
        item.uid, item.summary, item.description, item.location, item.starts, last_on,
        is_planned=item.status is Status.TENTATIVE,
    )  # fmt: skip


def _begins(item: CalendarItem) -> tuple[date, float, str]:
    """Whole days stand before the hours of their first day."""
    if isinstance(item.starts, ZonedTime):
        local = item.starts.at.astimezone(get_zone(item.starts.zone))
        return local.date(), item.starts.at.timestamp(), item.summary
    return item.starts, 0.0, item.summary


# -- who wrote to me (G6) ----------------------------------------------------------------------------


class Writer(Struct, frozen=True):
    """Who stands behind a message; nothing about who received it."""

    name: str
    department: str
    event: str
    on: date
    #: When we took it back; it says nothing any more since.
    withdrawn_on: date | None = None


class SealedCovenant(Struct, frozen=True):
    """What the code of a certificate tells anybody who types it: names only as each side allows."""

    number: int
    person: str
    person_on: date
    house_on: date


def find_covenant(text: str) -> SealedCovenant | None:
    """The covenant behind the code of a certificate; None for everything else."""
    code = policies.reference_in(text) if "@" not in text else ""
    found = covenants.find_by_code(code) if code else None
    if found is None or found.signed_by_user_at is None:
        return None
    person = found.person.name if covenants.may_name(found) else ""
    return SealedCovenant(
        found.covenant_text.number, person, found.signed_by_person_at.date(), found.signed_by_user_at.date()
    )


def find_writer(text: str) -> Writer | None:
    """Who wrote the message with this reference; None for anything else, so that nothing can be learned by trying.

    Only messages that have left count. A mail address is never looked up: whether we know one is nobody's business.
    """
    reference = policies.reference_in(text) if "@" not in text else ""
    if not reference:
        return None
    letter = outreach.find_letter(reference)
    if letter is not None:
        touch = db.session.get(Touch, letter.touch_id)
        on = (touch.at if touch else letter.made_at).date()
        return Writer(letter.user.name, letter.department.name, str(letter.fields.get("event", "")), on)
    visa_letter = travel.find_letter(reference)
    if visa_letter is not None and visa_letter.issued_by is not None:
        by, event = visa_letter.issued_by, visa_letter.trip.event
        return Writer(
            by.name, by.department.name, event.name, visa_letter.issued_at.date(), visa_letter.withdrawn_on
        )
    link = db.session.scalars(sa.select(PersonLink).where(PersonLink.reference == reference)).one_or_none()
    host = queries_door.host_of(link) if link is not None else None
    if link is None or host is None:
        return None
    return Writer(host.name, host.department.name, "", link.made_at.date())
