"""The form of the simulator of travel rules: read from the address, for nothing is written."""

from typing import Any

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError as FieldError

from app.core import clock
from app.core.forms import choice, day, prose
from app.travel.forms_rules import APPROVERS, RuleForm
from app.travel.models import Beyond, TravelRule
from app.travel.policies import night_limit


class RuleSimulatorForm(RuleForm):
    """A rule that is only thought of, and the past it is run over."""

    class Meta:
        csrf = False

    text = prose(
        "The rule in words", required=False, longest=2000, description="Needed only when it is put in force."
    )
    effective_from_on = day("In force from", required=False)
    from_on = day("Travel from", required=False, description="Left empty: from the first trip.")
    to_on = day("Travel until", required=False, description="Left empty: to the last trip.")
    approver = choice("Who approves more", APPROVERS, required=False)
    against = choice("In the place of", [], required=False)

    def offer_rules(self, rules: list[tuple[str, str]]) -> None:
        """Fill the rules it may take the place of."""
        self.against.choices = [("", _("no rule: it is added")), *rules]

    def validate_to_on(self, field: Field) -> None:
        """The past ends after it begins."""
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise FieldError(_("The last day lies before the first."))

    def complete(self) -> None:
        """What says nothing here, so that the rule is whole."""
        if not self.text.data:
            self.text.data = "The rule that is tried."
        if self.effective_from_on.data is None:
            self.effective_from_on.data = clock.today()

    def adopted(self) -> dict[str, Any]:
        """What "Put it in force" hands over to the form that sets one."""
        names = (
            "place",
            "program_id",
            "organisation_id",
            "employer_kind",
            "mode",
            "country",
            "city",
            "month",
            "min_minutes",
            "max_class",
            "amount",
            "currency",
            "approver",
            "text",
        )
        flags = {name: "y" for name in ("is_for_officials", "is_strict") if self[name].data}
        return {name: self[name].data for name in names if self[name].data} | flags


def asked_of_rule(rule: TravelRule) -> dict[str, Any]:
    """A rule that stands, as the simulator's address holds it."""
    night = night_limit(rule)
    words = {
        "place": rule.place, "text": rule.text, "program_id": rule.program_id, "organisation_id": rule.organisation_id,
        "mode": rule.mode.value if rule.mode else None, "min_minutes": rule.min_minutes, "against": rule.id,
        "max_class": rule.max_class.value if rule.max_class else None, "is_for_officials": "y" if rule.is_for_officials else None,
        "employer_kind": rule.employer_kind.value if rule.employer_kind else None, "country": rule.country,
        "city": rule.city or None, "month": rule.month, "is_strict": "y" if rule.beyond is Beyond.REFUSED else None,
        "approver": rule.approver.value,
        "amount": f"{night.amount:f}" if night else None, "currency": night.currency if night else "GBP",
    }  # fmt: skip
    return {name: str(value) for name, value in words.items() if value is not None}
