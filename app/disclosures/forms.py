"""Forms of this room: typed words in, details of the operations out."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field, SelectChoice, SelectMultipleField, ValidationError

from app.core import clock
from app.core.forms import (
    COMMON_CURRENCIES,
    BaseForm,
    amount,
    choice,
    codes,
    day,
    line,
    money_of,
    prose,
    words_of,
)
from app.core.i18n import later, said
from app.core.money import Money
from app.disclosures.details import PolicyDetails, PublicationDetails, VersionDetails
from app.disclosures.models import (
    AcknowledgementHow,
    EditorialControl,
    Medium,
    Placement,
    PolicyVersion,
    TieKind,
)
from app.disclosures.policies import KINDS_OF_VALUE
from app.disclosures.words import PLACES
from app.people.models import Person


def _place(sentence: str) -> str:
    words = said(sentence)
    return words[:1].upper() + words[1:]


_PLACES = [(place.value, later(_place, words)) for place, words in PLACES.items()]
_LABELS_HELP = "With commas between, the best one first, for example #ad, Ad, Advertisement."
_STATEMENTS_HELP = "One on a line: kind of value, colon, sentence. In French, say, lodging@fr; the label before it is label@fr."
_TEXTS_HELP = "Begin each with its language in brackets on a line of its own, for example [fr]."
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
    texts = prose("The text in further languages", required=False, longest=40_000, description=_TEXTS_HELP)
    employee = line("Said by employees", required=False, description="In addition to the label (D6).")
    equity = line("Said by owners of shares", required=False)
    family = line("Said by close relatives", required=False)
    threshold = amount(
        "Value in kind below this opens no duty", required=False, currency_field="threshold_currency"
    )
    threshold_currency = choice("Its currency", [(code, code) for code in COMMON_CURRENCIES], required=False)
    remedy_steps = prose("What happens when a label is wrong", required=False)
    editorial_control = choice(
        "What the house may do before publication", words_of(EditorialControl), required=False
    )
    sources = prose("Sources", required=False, description="Web addresses, one on a line.")

    def validate_threshold_currency(self, field: Field) -> None:
        """An amount alone says nothing."""
        if self.threshold.data and not field.data:
            raise ValidationError(_("Choose the currency of the amount."))

    def details(self) -> VersionDetails:
        places = {medium: self[f"in_{medium.value}"].data for medium in Medium}
        threshold = money_of(self, "threshold", "threshold_currency")
        return VersionDetails(
            language=self.language.data, effective_from_on=self.effective_from_on.data,
            effective_to_on=self.effective_to_on.data, review_on=self.review_on.data, text=self.text.data,
            triggers=tuple(self.triggers.data or ()), accepted_labels=tuple(codes(self.accepted_labels.data)),
            rejected_labels=tuple(codes(self.rejected_labels.data)),
            placement={medium: Placement(place) for medium, place in places.items() if place},
            statements=_statements(self.statements.data), sources=tuple(_lines(self.sources.data)),
            texts=_texts(self.texts.data), remedy_steps=self.remedy_steps.data or "",
            tie_statements={kind: self[kind.value].data for kind in TieKind if self[kind.value].data},
            threshold_minor=threshold.minor if threshold else None,
            threshold_currency=threshold.currency if threshold else "",
            editorial_control=EditorialControl(self.editorial_control.data or EditorialControl.NONE),
        )  # fmt: skip


def typed(version: PolicyVersion) -> dict[str, Any]:
    """The values of a version as its form shows them: a new version begins with the words of the last."""
    return {
        "language": version.language, "effective_from_on": version.effective_from_on,
        "effective_to_on": version.effective_to_on, "review_on": version.review_on, "text": version.text,
        "triggers": version.triggers, "accepted_labels": ", ".join(version.accepted_labels),
        "rejected_labels": ", ".join(version.rejected_labels), "sources": "\n".join(version.sources),
        "statements": "\n".join(f"{kind}: {sentence}" for kind, sentence in version.statements.items()),
        "texts": "\n".join(f"[{language}]\n{text}" for language, text in version.texts.items()),
        "remedy_steps": version.remedy_steps, "editorial_control": version.editorial_control.value, **version.tie_statements,
        "threshold": _threshold(version), "threshold_currency": version.threshold_currency,
        **{f"in_{medium}": place for medium, place in version.placement.items()},
    }  # fmt: skip


def _threshold(version: PolicyVersion) -> str:
    if version.threshold_minor is None:
        return ""
    return str(Money(version.threshold_minor, version.threshold_currency).amount)


def _texts(text: str | None) -> dict[str, str]:
    """Each language begins with its tag in brackets on a line of its own."""
    found: dict[str, list[str]] = {}
    language = ""
    for row in (text or "").splitlines():
        tag = re.fullmatch(r"\s*\[([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\]\s*", row)
        if tag:
            language = tag[1]
        elif language:
            found.setdefault(language, []).append(row)
    return {tag: "\n".join(rows).strip() for tag, rows in found.items() if "\n".join(rows).strip()}


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
        self.version_id.choices = [
            SelectChoice(str(row.id), _("%(name)s, version %(n)s", name=row.policy.name, n=row.number))
            for row in versions
        ]
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


class WaiveForm(BaseForm):
    """Letting a duty go."""

    reason = prose("Why", longest=4000, description="At least 10 characters; it stays in the record.")


class LookAgainForm(BaseForm):
    """The label that was put right."""

    opening = prose("How it begins now", longest=5000, description="Read for its label only, and not kept.")
    language = line("Language", longest=16, default="en")


class TieForm(BaseForm):
    """What binds a person to the house (D6)."""

    kind = choice("Tie", words_of(TieKind))
    from_on = day("Since", default=clock.today)


class EndTieForm(BaseForm):
    """The last day of a tie."""

    to_on = day("Last day", default=clock.today)


class CovenantForm(BaseForm):
    """A text of the covenant."""

    text = prose("The text", longest=10_000)
    language = line("Language", longest=16, default="en")


class CountersignForm(BaseForm):
    """The signature of the house."""

    is_company_named = BooleanField("The certificate may name the company")
