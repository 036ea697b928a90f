"""Writing the parts of a person's record: evidence, channels, affiliations."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.people import policies, policies_lists, queries, queries_lists
from app.people.details import AffiliationDetails, ChannelDetails, EvidenceDetails
from app.people.models import Affiliation, Channel, Evidence, Person, Platform
from app.people.upkeep import mark_changed, refresh_search_text


def add_evidence(person: Person, details: EvidenceDetails, *, by: User | None) -> Evidence:
    """Write down something dated that shows the person's influence; NotYet for a date to come."""
    policies.require_happened(details.on, clock.today())
    evidence = Evidence(person_id=person.id, **details.model_dump())
    db.session.add(evidence)
    mark_changed(person)
    audit.record("people.evidence_added", evidence, by=by)
    db.session.expire(person, ["evidence"])
    return evidence


def edit_evidence(
    evidence: Evidence,
    details: EvidenceDetails,
    *,
    by: User | None,
    seen_version: int | None = None,
    reason: str = "",
) -> Evidence:
    """Correct a piece of evidence, or say until when it counts."""
    check_version(evidence, seen_version)
    policies.require_happened(details.on, clock.today())
    before = audit.snapshot(evidence)
    for field, value in details.model_dump().items():
        setattr(evidence, field, value)
    mark_changed(evidence.person)
    audit.record("people.evidence_edited", evidence, by=by, before=before, reason=reason)
    return evidence


def add_channel(person: Person, details: ChannelDetails, *, by: User | None) -> Channel:
    """Write down where the person publishes; NameTaken when this handle is already listed for them.

    WordUnknown or WordRetired for a platform that is not offered; without one it follows from the address.
    """
    platform = platform_of(details, None)
    _require_free(platform, details.handle, person.channels)
    channel = Channel(person_id=person.id)
    _fill_channel(channel, details, platform)
    db.session.add(channel)
    db.session.flush()
    refresh_search_text(person)
    mark_changed(person)
    audit.record("people.channel_added", channel, by=by)
    db.session.expire(person, ["channels"])
    return channel


def edit_channel(
    channel: Channel,
    details: ChannelDetails,
    *,
    by: User | None,
    seen_version: int | None = None,
    reason: str = "",
) -> Channel:
    """Correct a channel, or note a newer size of its audience; the older ones stay in the history."""
    check_version(channel, seen_version)
    person, before = channel.person, audit.snapshot(channel)
    platform = platform_of(details, channel.platform)
    _require_free(platform, details.handle, (row for row in person.channels if row is not channel))
    _fill_channel(channel, details, platform)
    db.session.flush()
    refresh_search_text(person)
    mark_changed(person)
    audit.record("people.channel_edited", channel, by=by, before=before, reason=reason)
    db.session.expire(channel, ["listed"])
    return channel


def end_channel(channel: Channel, on: date, *, by: User | None) -> Channel:
    """Note the last day the person published there; the row stays and counts no more from the day after."""
    policies.require_happened(on, clock.today(), field="ended_on")
    before = audit.snapshot(channel)
    channel.ended_on = on
    mark_changed(channel.person)
    audit.record("people.channel_ended", channel, by=by, before=before)
    return channel


def resume_channel(channel: Channel, *, by: User | None) -> Channel:
    """The person publishes there again."""
    before = audit.snapshot(channel)
    channel.ended_on = None
    mark_changed(channel.person)
    audit.record("people.channel_resumed", channel, by=by, before=before)
    return channel


def add_affiliation(person: Person, details: AffiliationDetails, *, by: User | None) -> Affiliation:
    """Write down where the person works or belongs, and from when to when."""
    queries.get_organisation(details.organisation_id)
    affiliation = Affiliation(person_id=person.id, **details.model_dump())
    db.session.add(affiliation)
    db.session.flush()
    refresh_search_text(person)
    mark_changed(person)
    audit.record("people.affiliation_added", affiliation, by=by)
    db.session.expire(person, ["affiliations"])
    return affiliation


def edit_affiliation(
    affiliation: Affiliation,
    details: AffiliationDetails,
    *,
    by: User | None,
    seen_version: int | None = None,
    reason: str = "",
) -> Affiliation:
    """Correct an affiliation: its dates, the part played, whether the employer agrees."""
    check_version(affiliation, seen_version)
    queries.get_organisation(details.organisation_id)
    before = audit.snapshot(affiliation)
    for field, value in details.model_dump().items():
        setattr(affiliation, field, value)
    mark_changed(affiliation.person)
    audit.record("people.affiliation_edited", affiliation, by=by, before=before, reason=reason)
    db.session.expire(affiliation, ["organisation"])
    return affiliation


def end_affiliation(affiliation: Affiliation, on: date, *, by: User | None) -> Affiliation:
    """Close an affiliation on its last day; the row stays."""
    if on < affiliation.from_on:
        raise policies.NotYet(_("It cannot end before it began."), field="to_on")
    before = audit.snapshot(affiliation)
    affiliation.to_on = on
    mark_changed(affiliation.person)
    audit.record("people.affiliation_ended", affiliation, by=by, before=before)
    return affiliation


# -- steps -----------------------------------------------------------------------------------------


def platform_of(details: ChannelDetails, kept: str | None) -> Platform:
    """The platform that is named, or the one the address belongs to, or the web at large."""
    if not details.platform and (found := queries_lists.platform_at(details.url)) is not None:
        return found
    return policies_lists.require_offered(
        details.platform or policies_lists.FALLBACK,
        queries_lists.list_platforms(),
        what="platform",
        field="platform",
        kept=kept,
    )


def _require_free(platform: Platform, handle: str, others: Iterable[Channel]) -> None:
    if (platform.code, handle.casefold()) in {(row.platform, row.handle.casefold()) for row in others}:
        raise policies.NameTaken(
            _("%(handle)s on %(platform)s is already listed.", handle=handle, platform=platform.name),
            field="handle",
        )


def channel_said(details: ChannelDetails, platform_code: str) -> dict[str, Any]:
    """The columns that say what a channel is; NotYet when its size was read on a day to come."""
    today = clock.today()
    read_on = details.audience_read_on or (today if details.audience_size is not None else None)
    policies.require_happened(read_on or today, today, field="audience_read_on")
    return {
        "platform": platform_code, "handle": details.handle, "url": details.url, "language": details.language,
        "audience_countries": list(details.audience_countries), "audience_size": details.audience_size,
        "audience_read_on": read_on,
    }  # fmt: skip


def _fill_channel(channel: Channel, details: ChannelDetails, platform: Platform) -> None:
    for name, value in channel_said(details, platform.code).items():
        setattr(channel, name, value)
