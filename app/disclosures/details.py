"""What operations of disclosure take: frozen values, built by forms or read from JSON."""

from datetime import date

from pydantic import BaseModel

from app.disclosures.models import AcknowledgementHow, Medium, Placement


class PolicyDetails(BaseModel, frozen=True):
    """The rule of one jurisdiction: an ISO country, "EU", or "*" for everywhere else."""

    name: str
    jurisdiction: str
    owner_id: int | None = None


class VersionDetails(BaseModel, frozen=True):
    """One text of a policy; `triggers` and the keys of `statements` are values of ledger.models.Category."""

    language: str = "en"
    effective_from_on: date
    effective_to_on: date | None = None
    text: str
    triggers: tuple[str, ...] = ()
    accepted_labels: tuple[str, ...] = ()
    rejected_labels: tuple[str, ...] = ()
    placement: dict[Medium, Placement] = {}
    statements: dict[str, str] = {}
    sources: tuple[str, ...] = ()
    review_on: date


class AcknowledgementDetails(BaseModel, frozen=True):
    """How and in which language a person accepted a version."""

    how: AcknowledgementHow
    language: str = "en"


class PublicationDetails(BaseModel, frozen=True):
    """A public piece of content: its link, day and medium, and the words its label was looked for in (D4).

    `opening` is what a reader meets, from the first word on; only the label found in it is kept.
    """

    url: str
    published_on: date
    medium: Medium
    language: str = "en"
    opening: str = ""
