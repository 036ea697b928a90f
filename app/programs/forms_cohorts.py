"""Forms of cohorts: name, capacity and rule with a look at its effect, the wanted audience, declared facets."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext as _
from wtforms import HiddenField

from app.core import regions
from app.core.forms import BaseForm, choice, codes, line, prose, whole, words_of
from app.programs.details import CohortDetails
from app.programs.details_cohorts import FacetDetails, WishDetails
from app.programs.forms_rules import Draft, draft_of, draft_typed, language_code
from app.programs.models import Cohort
from app.programs.models_cohorts import WishAbout
from app.programs.policies_rules import CohortRule
from app.programs.words_rules import Names, words_of_rule


class CohortForm(BaseForm):
    """Name, capacity and the lines of a rule; a changed rule is looked at before it is saved."""

    name = line("Name")
    capacity = whole("Capacity", least=1, most=100_000, description="One more than this needs a reason.")
    #: The rule whose effect was shown last.
    seen = HiddenField()

    draft: Draft
    rule: CohortRule
    stored: CohortRule
    names: Names

    def about(self, rule: CohortRule, names: Names) -> "CohortForm":
        """Take the lines that were sent, or those of a stored rule."""
        self.names, self.stored = names, rule
        self.draft = draft_typed(request.form) if self.is_submitted() else draft_of(rule, names)
        return self

    @property
    def is_editing(self) -> bool:
        """Whether a line or group is being added or removed, so that nothing is saved yet."""
        return self.is_submitted() and _verb() in {"add", "remove", "group"}

    def change(self) -> None:
        """Add or remove what the pressed button says."""
        self.draft.change(request.form["do"], request.form)
        self.seen.data = ""

    def validate(self, extra_validators: Any = None) -> bool:
        """The fields, then each line of the rule; a mistake stands at its line and at the head."""
        is_fine = bool(super().validate(extra_validators))
        rule = self.draft.rule(self.names)
        for message in self.draft.errors:
            self.refuse(message)
        self.rule = rule or CohortRule()
        return is_fine and rule is not None

    def is_confirmed(self, stored: CohortRule) -> bool:
        """Whether it may be saved: the rule is as it was, or the effect of just this rule was seen."""
        return self.rule == stored or (_verb() != "look" and self.seen.data == _digest(self.rule))

    def note_seen(self) -> None:
        """From now on this rule may be saved."""
        self.seen.data = _digest(self.rule)

    def further_pairs(self) -> Iterable[tuple[str, str, str]]:
        """The rule in words."""
        saved, yours = (words_of_rule(one, self.names) for one in (self.stored, self.rule))
        return [(str(_("Rule")), saved, yours)]

    def details(self) -> CohortDetails:
        return CohortDetails(name=self.name.data, capacity=self.capacity.data, rule=self.rule)


def _verb() -> str:
    return request.form.get("do", "save").partition(":")[0]


def _digest(rule: CohortRule) -> str:
    text = json.dumps(rule.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def typed_cohort(cohort: Cohort) -> dict[str, Any]:
    """A cohort as its form shows it."""
    return {"name": cohort.name, "capacity": cohort.capacity, "version": str(cohort.version)}


_WISH_HELP = (
    "Countries or regions for market and audience, languages, names of kinds or platforms. "
    "Several have commas between; any one of them counts."
)


class WishForm(BaseForm):
    """One line of the wanted audience."""

    about = choice("About", words_of(WishAbout))
    values = line("Values", description=_WISH_HELP)
    n_wanted = whole("How many people", least=1, most=100_000, default=1)
    label = line(
        "Called",
        required=False,
        description="Only where the values do not say it, for example “video channels”.",
    )

    def details(self) -> WishDetails:
        values = [_code(self.about.data, value) for value in codes(self.values.data)]
        return WishDetails(
            about=self.about.data,
            values=tuple(values),
            n_wanted=self.n_wanted.data,
            label=self.label.data or "",
        )


def _code(about: str, text: str) -> str:
    """What is stored for a name; what names nothing stays, and is refused as such."""
    if about in {WishAbout.MARKET.value, WishAbout.AUDIENCE.value}:
        found = regions.find_place(text)
        return found.code if found else text
    return language_code(text) if about == WishAbout.LANGUAGE.value else text


class FacetForm(BaseForm):
    """A question people may answer about themselves."""

    name = line("Name", description="For example gender.")
    choices = line("Answers", description="In the words of a count, with commas between: women, men.")
    purpose = prose("Purpose", description="Why it is asked; people read this before they answer.")
    n_keep_days = whole("Days until an answer is deleted", least=1, most=1830, default=365)

    def details(self) -> FacetDetails:
        return FacetDetails(
            name=self.name.data, choices=tuple(codes(self.choices.data)), purpose=self.purpose.data,
            n_keep_days=self.n_keep_days.data,
        )  # fmt: skip


class CountForm(BaseForm):
    """The button that counts one facet over a cohort."""
