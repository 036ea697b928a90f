"""Disclosure policies, published and accepted, made by the operations the screens use."""

from datetime import date
from typing import Any

from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.disclosures import operations
from app.disclosures.details import PolicyDetails, PublicationDetails, VersionDetails
from app.disclosures.models import AcknowledgementHow, Medium, Placement, PolicyVersion, Publication
from app.people.models import Person
from tests.factories import accounts

#: What real jurisdictions ask for (facts-compliance section 3).
JURISDICTIONS: dict[str, dict[str, Any]] = {
    "US": {
        "accepted_labels": ("Ad", "#ad", "#sponsored"), "rejected_labels": ("#spon", "#partner", "#ee"),
        "placement": {Medium.TEXT: Placement.BEFORE_FOLD, Medium.VIDEO: Placement.FIRST_WORDS},
        "sources": ("https://www.ftc.gov/influencers",),
    },
    "GB": {
        "accepted_labels": ("Ad", "#ad", "Advert", "Advertisement"),
        "rejected_labels": ("#gifted", "#spon", "sponsored by", "#collab", "#prtrip"),
        "placement": {Medium.TEXT: Placement.FIRST_WORDS, Medium.VIDEO: Placement.FIRST_WORDS},
        "sources": ("https://www.asa.org.uk/",),
    },
    "CN": {
        "accepted_labels": ("广告",), "language": "zh", "placement": {Medium.TEXT: Placement.ANYWHERE},
        "sources": ("https://www.samr.gov.cn/",),
    },
    "FR": {
        "accepted_labels": ("Publicité", "Collaboration commerciale"), "language": "fr",
        "placement": {Medium.TEXT: Placement.FIRST_TAGS}, "sources": ("https://www.economie.gouv.fr/dgccrf",),
    },
}  # fmt: skip


def compliance() -> User:
    """Helga, who writes the policies."""
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


def details(jurisdiction: str = "GB", **changes: Any) -> VersionDetails:
    """A version that may be published, by what its jurisdiction asks for."""
    values: dict[str, Any] = {
        "effective_from_on": date(2026, 1, 1), "text": "Say who paid for the trip, before anything else.",
        "triggers": ("travel_air", "lodging", "gift", "meal"), "accepted_labels": ("Ad",),
        "placement": {Medium.TEXT: Placement.FIRST_WORDS}, "review_on": date(2027, 1, 1),
        "statements": {"lodging": "Lumen Networks paid for my hotel.", "travel_air": "Lumen Networks paid for my flight."},
        "sources": ("https://example.com/rule",),
    }  # fmt: skip
    return VersionDetails(**(values | JURISDICTIONS.get(jurisdiction, {}) | changes))


def version(jurisdiction: str = "GB", *, is_published: bool = True, **changes: Any) -> PolicyVersion:
    """The next version of a jurisdiction's policy, published unless asked otherwise."""
    by = compliance()
    with transaction():
        known = [
            policy for policy in operations.queries.list_policies() if policy.jurisdiction == jurisdiction
        ]
        name = {"*": "Everywhere else"}.get(jurisdiction, f"Disclosure in {jurisdiction}")
        policy = (
            known[0]
            if known
            else operations.start_policy(PolicyDetails(name=name, jurisdiction=jurisdiction), by=by)
        )
        made = operations.draft_version(policy, details(jurisdiction, **changes), by=by)
        return operations.publish_version(made, by=by) if is_published else made


def acceptance(
    of: Person, what: PolicyVersion, *, how: AcknowledgementHow = AcknowledgementHow.SIGNED_PAPER
) -> None:
    """The person accepted it."""
    with transaction():
        operations.acknowledge(db.session.merge(of), db.session.merge(what), how, by=accounts.user())


def publication(of: Person, opening: str = "#ad My days in London", **changes: Any) -> Publication:
    """A post of the person, with its opening words."""
    values: dict[str, Any] = {
        "url": "https://video.example/watch", "published_on": date(2026, 10, 20), "medium": Medium.TEXT, "opening": opening,
    }  # fmt: skip
    with transaction():
        return operations.add_publication(
            db.session.merge(of), PublicationDetails(**(values | changes)), by=db.session.merge(compliance())
        )
