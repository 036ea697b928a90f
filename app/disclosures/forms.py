"""Forms of this room: typed words in, details of the operations out."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectChoice, SelectMultipleField

from app.core import clock
from app.core.forms import BaseForm, choice, codes, day, line, prose, words_of
from app.disclosures.details import PolicyDetails, PublicationDetails, VersionDetails
from app.disclosures.models import AcknowledgementHow, Medium, Placement, PolicyVersion
from app.disclosures.policies import KINDS_OF_VALUE
from app.disclosures.policies_labels import PLACES
from app.people.models import Person

_PLACES = [(place.value, words.capitalize()) for place, words in PLACES.items()]
_LABELS_HELP = "With commas between, the best one first, for example #ad, Ad, Advertisement."
_STATEMENTS_HELP = (
    "One on a line: kind of value, colon, sentence. For example: lodging: Lumen Networks paid for my hotel."
)
_JURISDICTION_HELP = "A country code such as GB, EU for the Union, or * for everywhere else."


class PolicyForm(BaseForm):
    """The policy of a jurisdiction."""

    name = line("Name")
    jurisdiction = line("Jurisdiction", longest=8, description=_JURISDICTION_HELP)

    def details(self) -> PolicyDetails:
        return PolicyDetails(name=self.name.data, jurisdiction=self.jurisdiction.data)


class VersionForm(BaseForm):
    """One text of a policy."""

    language = line(
        "Language", longest=16, default="en", description="Of the audience, for example en or zh."
    )
    effective_from_on = day("In force from", default=clock.today)
    effective_to_on = day("In force until", required=False)
    review_on = day("Reviewed again on")
    text = prose("What the person is asked to do", longest=20_000)
    triggers = SelectMultipleField(
        "Value that opens a duty", choices=[SelectChoice(*row) for row in KINDS_OF_VALUE]
    )
    accepted_labels = line("Accepted labels", required=False, longest=1000, description=_LABELS_HELP)
    rejected_labels = line(
        "Rejected labels", required=False, longest=1000, description="Tried often, and not good enough."
    )
    in_text = choice("In text", _PLACES, required=False)
    in_video = choice("In video", _PLACES, required=False)
    in_audio = choice("In audio", _PLACES, required=False)
    in_live = choice("Live", _PLACES, required=False)
    in_story = choice("In a story", _PLACES, required=False)
    statements = prose("Ready sentences", required=False, description=_STATEMENTS_HELP)
    sources = prose("Sources", required=False, description="Web addresses, one on a line.")

    def details(self) -> VersionDetails:
        places = {medium: self[f"in_{medium.value}"].data for medium in Medium}
        return VersionDetails(
            language=self.language.data, effective_from_on=self.effective_from_on.data,
            effective_to_on=self.effective_to_on.data, review_on=self.review_on.data, text=self.text.data,
            triggers=tuple(self.triggers.data or ()), accepted_labels=tuple(codes(self.accepted_labels.data)),
            rejected_labels=tuple(codes(self.rejected_labels.data)),
            placement={medium: Placement(place) for medium, place in places.items() if place},
            statements=_statements(self.statements.data), sources=tuple(_lines(self.sources.data)),
        )  # fmt: skip


def typed(version: PolicyVersion) -> dict[str, Any]:
    """The values of a version as its form shows them: a new version begins with the words of the last."""
    return {
        "language": version.language, "effective_from_on": version.effective_from_on,
        "effective_to_on": version.effective_to_on, "review_on": version.review_on, "text": version.text,
        "triggers": version.triggers, "accepted_labels": ", ".join(version.accepted_labels),
        "rejected_labels": ", ".join(version.rejected_labels), "sources": "\n".join(version.sources),
        "statements": "\n".join(f"{kind}: {sentence}" for kind, sentence in version.statements.items()),
        **{f"in_{medium}": place for medium, place in version.placement.items()},
    }  # fmt: skip


def _lines(text: str | None) -> list[str]:
    return [row.strip() for row in (text or "").splitlines() if row.strip()]


def _statements(text: str | None) -> dict[str, str]:
    pairs = (row.partition(":") for row in _lines(text))
    return {kind.strip(): sentence.strip() for kind, colon, sentence in pairs if colon and sentence.strip()}


class AcknowledgeForm(BaseForm):
    """How a person accepted a version."""

    version_id = choice("Version", [])
    how = choice("How", [row for row in words_of(AcknowledgementHow) if row[0] != AcknowledgementHow.PORTAL])
    language = line("In which language", longest=16, default="en")

    def offer(self, versions: Sequence[PolicyVersion]) -> "AcknowledgeForm":
        """Fill the choices."""
        names = [(row.id, f"{row.policy.name}, version {row.number}") for row in versions]
        self.version_id.choices = [SelectChoice(str(id), name) for id, name in names]
        return self


class PublicationForm(BaseForm):
    """A public piece of content (D4)."""

    person_id = choice("Person", [])
    url = line("Link", longest=2000)
    published_on = day("Published on", default=clock.today)
    medium = choice("Medium", words_of(Medium))
    language = line("Language", longest=16, default="en")
    opening = prose(
        "How it begins", required=False, longest=5000, description="Read for its label only, and not kept."
    )

    def offer(self, people: Sequence[Person]) -> "PublicationForm":
        """Fill the choices."""
        self.person_id.choices = [
            SelectChoice("", "—"),
            *(SelectChoice(str(row.id), row.name) for row in people),
        ]
        return self

    def details(self) -> PublicationDetails:
        return PublicationDetails(
            url=self.url.data, published_on=self.published_on.data, medium=self.medium.data, language=self.language.data,
            opening=self.opening.data or "",
        )  # fmt: skip


class TesterForm(BaseForm):
    """Pasting a post to see what its label is worth."""

    version_id = choice("Policy", [])
    medium = choice("Medium", words_of(Medium))
    language = line("Language", longest=16, default="en")
    text = prose("The post", longest=10_000, description="From its first word on; nothing is kept.")

    def offer(self, versions: Sequence[PolicyVersion]) -> "TesterForm":
        """Fill the choices; all at once comes first."""
        names = [(str(row.id), f"{row.policy.name}, version {row.number}") for row in versions]
        self.version_id.choices = [
            SelectChoice("all", "All in force"),
            *(SelectChoice(*row) for row in names),
        ]
        return self


class WaiveForm(BaseForm):
    """Letting a duty go."""

    reason = prose("Why", longest=4000, description="At least 10 characters; it stays in the record.")
