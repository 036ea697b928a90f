"""Writing the parts of a person's record: evidence, channels, affiliations."""

from datetime import date

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import policies, queries
from app.people.details import AffiliationDetails, ChannelDetails, EvidenceDetails
from app.people.models import Affiliation, Channel, Evidence, Person
from app.people.upkeep import mark_changed, refresh_search_text


def add_evidence(person: Person, details: EvidenceDetails, *, by: User | None) -> Evidence:
    """Write down something dated that shows the person's influence; NotYet for a date to come."""
    policies.require_happened(details.on, clock.today())
    evidence = Evidence(
        person_id=person.id,
        summary=details.summary,
        url=details.url,
        on=details.on,
        expires_on=details.expires_on,
    )
    db.session.add(evidence)
    mark_changed(person)
    audit.record("people.evidence_added", evidence, by=by)
    db.session.expire(person, ["evidence"])
    return evidence


def add_channel(person: Person, details: ChannelDetails, *, by: User | None) -> Channel:
    """Write down where the person publishes; NameTaken when this handle is already listed for them."""
    known = {(row.platform.casefold(), row.handle.casefold()) for row in person.channels}
    if (details.platform.casefold(), details.handle.casefold()) in known:
        raise policies.NameTaken(f"{details.handle} on {details.platform} is already listed.", field="handle")
    channel = Channel(
        person_id=person.id, platform=details.platform, handle=details.handle, url=details.url,
        language=details.language, audience_countries=list(details.audience_countries), audience_size=details.audience_size,
    )  # fmt: skip
    db.session.add(channel)
    db.session.flush()
    refresh_search_text(person)
    mark_changed(person)
    audit.record("people.channel_added", channel, by=by)
    db.session.expire(person, ["channels"])
    return channel


def add_affiliation(person: Person, details: AffiliationDetails, *, by: User | None) -> Affiliation:
    """Write down where the person works or belongs, and from when to when."""
    organisation = queries.get_organisation(details.organisation_id)
    affiliation = Affiliation(
        person_id=person.id, organisation_id=organisation.id, role=details.role, from_on=details.from_on,
        to_on=details.to_on, is_employment=details.is_employment, is_consent_given=details.is_consent_given,
    )  # fmt: skip
    db.session.add(affiliation)
    db.session.flush()
    refresh_search_text(person)
    mark_changed(person)
    audit.record("people.affiliation_added", affiliation, by=by)
    db.session.expire(person, ["affiliations"])
    return affiliation


def end_affiliation(affiliation: Affiliation, on: date, *, by: User | None) -> Affiliation:
    """Close an affiliation on its last day; the row stays."""
    if on < affiliation.from_on:
        raise policies.NotYet("It cannot end before it began.", field="to_on")
    before = audit.snapshot(affiliation)
    affiliation.to_on = on
    mark_changed(affiliation.person)
    audit.record("people.affiliation_ended", affiliation, by=by, before=before)
    return affiliation
