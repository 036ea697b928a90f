"""What operations of disclosure take: frozen values, built by forms or read from JSON."""

from datetime import date

from app.core.checked import Checked
from app.disclosures.models import AcknowledgementHow, EditorialControl, Medium, Placement, TieKind


class PolicyDetails(Checked):
    """The rule of one jurisdiction: an ISO country, "EU", or "*" for everywhere else."""

    name: str
    jurisdiction: str
    owner_id: int | None = None


class VersionDetails(Checked):
    """One text of a policy; `triggers` and the keys of `statements` are values of ledger.models.Category.

    A key may name a language: "lodging@fr" is the sentence in French, "label@fr" the label that goes before it.
    """

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
    #: The text in further languages; `text` is in `language`.
    texts: dict[str, str] = {}
    #: Kind of tie -> what somebody with it must say besides (D6).
    tie_statements: dict[TieKind, str] = {}
    #: Value in kind below this opens no duty.
    threshold_minor: int | None = None
    threshold_currency: str = ""
    remedy_steps: str = ""
    editorial_control: EditorialControl = EditorialControl.NONE


class AcknowledgementDetails(Checked):
    """How and in which language a person accepted a version."""

    how: AcknowledgementHow
    language: str = "en"


class PublicationDetails(Checked):
    """A public piece of content: its link, day and medium, and the words its label was looked for in (D4).

    `opening` is what a reader meets, from the first word on; only the label found in it is kept.
    """

    url: str
    published_on: date
    medium: Medium
    language: str = "en"
    opening: str = ""
