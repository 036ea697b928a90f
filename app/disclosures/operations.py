"""Writes of disclosure: policies and versions, acceptance, the duties value opens, publications."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.errors import DomainError
from app.core.money import Money
from app.disclosures import operations_remedies, policies, policies_labels, policies_links, queries
from app.disclosures.details import AcknowledgementDetails, PolicyDetails, PublicationDetails, VersionDetails
from app.disclosures.models import (
    Acknowledgement,
    AcknowledgementHow,
    LabelVerdict,
    Obligation,
    ObligationState,
    Policy,
    PolicyVersion,
    Publication,
)
from app.disclosures.starting_texts import StartingText
from app.people.models import Person


class PublicationRefused(DomainError):
    """A publication that cannot be filed."""


# -- policies and their versions -------------------------------------------------------------------


def start_policy(details: PolicyDetails, *, by: User) -> Policy:
    """Open the policy of a jurisdiction; its owner is whoever starts it unless said otherwise."""
    place = details.jurisdiction.strip().upper()
    if db.session.scalar(sa.select(Policy.id).where(Policy.jurisdiction == place)) is not None:
        raise policies.PolicyRefused(
            _("This jurisdiction has a policy already; make a new version of it."), field="jurisdiction"
        )
    if db.session.scalar(sa.select(Policy.id).where(Policy.name == details.name)) is not None:
        raise policies.PolicyRefused(_("Another policy has this name."), field="name")
    policy = Policy(name=details.name, jurisdiction=place, owner_id=details.owner_id or by.id)
    db.session.add(policy)
    audit.record("disclosures.policy_started", policy, by=by)
    return policy


def start_from_text(text: StartingText, *, by: User) -> PolicyVersion:
    """A draft of a jurisdiction's policy that begins with the starting text; the policy is opened if there is none."""
    wanted = sa.select(Policy).where(Policy.jurisdiction == text.jurisdiction)
    policy = db.session.scalars(wanted).one_or_none()
    if policy is None:
        policy = start_policy(PolicyDetails(name=text.name, jurisdiction=text.jurisdiction), by=by)
    return draft_version(policy, text.details(clock.today()), by=by)


def draft_version(policy: Policy, details: VersionDetails, *, by: User) -> PolicyVersion:
    """Write the next version; it binds nobody until it is published."""
    if details.effective_to_on is not None and details.effective_to_on < details.effective_from_on:
        raise policies.PolicyRefused(_("The last day lies before the first."), field="effective_to_on")
    policies.check_words(details.statements, details.accepted_labels)
    bad = [url for url in details.sources if not policies.is_web_address(url)]
    if bad:
        raise policies.PolicyRefused(_("“%(bad)s” is not a web address.", bad=bad[0]), field="sources")
    number = (
        db.session.scalar(
            sa.select(sa.func.max(PolicyVersion.number)).where(PolicyVersion.policy_id == policy.id)
        )
        or 0
    ) + 1
    version = PolicyVersion(policy=policy, number=number, made_at=clock.now(), **_columns(details))
    db.session.add(version)
    audit.record("disclosures.version_drafted", version, by=by)
    return version


def change_draft(
    version: PolicyVersion, details: VersionDetails, *, by: User, seen_version: int | None = None
) -> PolicyVersion:
    """Change a version that is not published yet; a published one never changes (c26). Raises Overtaken."""
    check_version(version, seen_version)
    if version.published_at is not None:
        raise policies.PolicyIsPublished(
            _("This version is published, so it will not change. Make a new version instead.")
        )
    before = audit.snapshot(version)
    for name, value in _columns(details).items():
        setattr(version, name, value)
    audit.record("disclosures.draft_changed", version, by=by, before=before)
    return version


def _columns(details: VersionDetails) -> dict[str, object]:
    # JSON columns hold lists and plain keys.
    apart = {"effective_from_on", "effective_to_on", "review_on", "editorial_control"}
    return details.model_dump(mode="json", exclude=apart) | {
        "editorial_control": details.editorial_control,
        "effective_from_on": details.effective_from_on,
        "effective_to_on": details.effective_to_on,
        "review_on": details.review_on,
    }


def publish_version(version: PolicyVersion, *, by: User, seen_version: int | None = None) -> PolicyVersion:
    """Put a version in force from its day on; it is immutable from now on and asks everybody again (c26, D2).

    Raises Overtaken when the draft is not the one that was read.
    """
    check_version(version, seen_version)
    policies.check_publishable(version)
    before = audit.snapshot(version)
    version.published_at, version.published_by_id = clock.now(), by.id
    audit.record("disclosures.version_published", version, by=by, before=before)
    return version


# -- acceptance --------------------------------------------------------------------------------------


def acknowledge(
    person: Person, version: PolicyVersion, how: AcknowledgementHow, language: str = "en", *, by: User | None
) -> Acknowledgement:
    """A person accepted a version; the duties that waited for it become due (D2). Twice is once."""
    details = AcknowledgementDetails(how=how, language=language)
    if version.published_at is None:
        raise policies.PolicyRefused(_("This version is a draft; only a published one can be accepted."))
    wanted = sa.select(Acknowledgement).filter_by(person_id=person.id, version_id=version.id)
    known = db.session.scalars(wanted).one_or_none()
    if known is not None:
        return known
    accepted = Acknowledgement(
        person_id=person.id, version_id=version.id, at=clock.now(), how=details.how, language=details.language,
        recorded_by_id=by.id if by else None,
    )  # fmt: skip
    db.session.add(accepted)
    waiting = sa.select(Obligation).filter_by(
        person_id=person.id, version_id=version.id, state=ObligationState.PENDING_ACK
    )
    for obligation in db.session.scalars(waiting):
        obligation.state = ObligationState.DUE
    audit.record("disclosures.policy_acknowledged", accepted, by=by)
    return accepted


# -- duties --------------------------------------------------------------------------------------------


def open_obligations(
    person: Person,
    entry_seq: int,
    category: str,
    value_on: date,
    *,
    versions: Sequence[PolicyVersion] | None = None,
    value: Money | None = None,
    by: User | None = None,
) -> list[Obligation]:
    """One duty per jurisdiction of the person's audience whose policy of the day names this kind of value (D1, c25).

    `versions` are those in force for the person, where they were asked for already.
    Value below the threshold of a policy opens none; in another currency than the threshold's it always does.
    """
    named = [
        version
        for version in (queries.versions_in_force(person, value_on) if versions is None else versions)
        if category in version.triggers and not policies.is_below_threshold(version, value)
    ]
    accepted = queries.accepted_versions(person) if named else set()
    opened = []
    for version in named:
        state = ObligationState.DUE if version.id in accepted else ObligationState.PENDING_ACK
        obligation = Obligation(
            person_id=person.id, version_id=version.id, jurisdiction=version.policy.jurisdiction, entry_seq=entry_seq,
            category=category, value_on=value_on, state=state, opened_at=clock.now(),
        )  # fmt: skip
        db.session.add(obligation)
        opened.append(obligation)
        audit.record("disclosures.obligation_opened", obligation, by=by)
    return opened


def void_obligations(entry_seq: int, *, by: User | None = None) -> list[Obligation]:
    """The value was taken back, so its duties are void; they stay readable."""
    wanted = sa.select(Obligation).where(
        Obligation.entry_seq == entry_seq, Obligation.state != ObligationState.VOID
    )
    found = list(db.session.scalars(wanted.order_by(Obligation.id)))
    for obligation in found:
        before = audit.snapshot(obligation)
        obligation.state = ObligationState.VOID
        audit.record("disclosures.obligation_voided", obligation, by=by, before=before)
    return found


def waive_obligation(obligation: Obligation, *, reason: str, by: User) -> Obligation:
    """Compliance lets a duty go, with a reason that stays in the trail."""
    if len(reason.strip()) < 10:
        raise policies.PolicyRefused(_("Give a reason of at least 10 characters."), field="reason")
    if obligation.state in (ObligationState.VOID, ObligationState.WAIVED, ObligationState.EVIDENCED):
        raise policies.PolicyRefused(_("This duty is already closed."))
    before = audit.snapshot(obligation)
    obligation.state = ObligationState.WAIVED
    audit.record("disclosures.obligation_waived", obligation, by=by, before=before, reason=reason)
    return obligation


# -- publications (D4, D5) -----------------------------------------------------------------------------


def add_publication(
    person: Person, details: PublicationDetails, *, has_file: bool = False, by: User | None
) -> Publication:
    """File the link of a published piece and what its label is worth; nothing else of it is kept (D4).

    Deficient or missing starts a dated remedy for the owner of the relationship (D5). A file, or a link to something
    that is not public, is refused and counted (DraftRefused).
    """
    operations_remedies.refuse_draft(person, details, has_file=has_file, by=by)
    if not policies.is_web_address(details.url):
        raise PublicationRefused(
            _("This is not a web address. It begins with https:// and names a site."), field="url"
        )
    if not policies_links.is_open_to_all(details.url):
        raise PublicationRefused(
            _(
                "This address is inside a house or a machine, so nobody else can read what is there. Give the public link, "
                "as readers open it."
            ),
            field="url",
        )
    if details.published_on > clock.today():
        raise PublicationRefused(
            _("Only what is already public is looked at; this day lies ahead."), field="published_on"
        )
    judged = queries.judge(person, details.medium, details.opening, details.language, details.published_on)
    worst = policies_labels.strictest(list(judged.values()))
    publication = Publication(
        person_id=person.id, url=details.url, published_on=details.published_on, medium=details.medium.value,
        label_text=worst.label[:320], label_position=worst.position, verdict=worst.verdict, checked_at=clock.now(),
        checked_by_id=by.id if by else None,
    )  # fmt: skip
    db.session.add(publication)
    _mark_obligations(person, judged, details.published_on)
    audit.record("disclosures.publication_added", publication, by=by)
    if worst.verdict is not LabelVerdict.EVIDENCED:
        operations_remedies.start_remedy(publication, worst, by=by)
    return publication


def _mark_obligations(person: Person, judged: dict[int, policies_labels.Judgement], on: date) -> None:
    """What a publication shows about the duties of value received before it, per policy version."""
    open_states = (ObligationState.DUE, ObligationState.PENDING_ACK, ObligationState.DEFICIENT)
    # An arrangement that goes on is disclosed in every piece, so one right label does not settle it.
    goes_on = sa.and_(
        Obligation.is_standing, Obligation.state.in_((ObligationState.EVIDENCED, ObligationState.REMEDIED))
    )
    wanted = sa.select(Obligation).where(
        Obligation.person_id == person.id,
        sa.or_(Obligation.state.in_(open_states), goes_on),
        Obligation.value_on <= on,
    )
    for obligation in db.session.scalars(wanted):
        judgement = judged.get(obligation.version_id)
        if judgement is None:
            continue
        if judgement.verdict is not LabelVerdict.EVIDENCED:
            obligation.state = ObligationState.DEFICIENT
        elif obligation.state in (ObligationState.DEFICIENT, ObligationState.REMEDIED):
            obligation.state = ObligationState.REMEDIED
        else:
            obligation.state = ObligationState.EVIDENCED
