"""Which travel rules can be put in force."""

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.travel.details import TravelRuleDetails
from app.travel.models import TravelClass


class RuleRefused(DomainError):
    """A travel rule that would decide nothing, or contradicts itself."""


def check_rule(details: TravelRuleDetails) -> None:
    """A rule limits a class or a night, and ends after it begins."""
    if details.max_class is None and details.max_night is None:
        raise RuleRefused(_("Say which class is the highest, or what a night may cost."), field="max_class")
    if details.max_class is TravelClass.FIRST:
        raise RuleRefused(
            _("First class is always an exception, so no rule can allow it."), field="max_class"
        )
    if details.city and details.country is None:
        raise RuleRefused(_("Say in which country the city lies."), field="country")
    if details.max_night is not None and details.max_night.minor <= 0:
        raise RuleRefused(_("A night costs more than nothing."), field="amount")
    if details.effective_to_on is not None and details.effective_to_on < details.effective_from_on:
        raise RuleRefused(_("The last day lies before the first."), field="effective_to_on")
