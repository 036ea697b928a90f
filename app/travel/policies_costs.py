"""Decisions about what travel costs: when an estimate becomes actual, and which parts have a cost of their own."""

from datetime import date

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.i18n import day as day_words
from app.core.i18n import words
from app.core.money import Money
from app.travel.models import CostStage


class CostRefused(DomainError):
    """A cost that cannot be entered, changed, settled or taken back now."""


#: Costs that can still become something else.
OPEN_STAGES = frozenset({CostStage.ESTIMATED, CostStage.COMMITTED})


def check_settling(stage: CostStage, has_cost: bool, on: date, today: date) -> None:
    """A cost becomes actual once, after the fact, and only when there is one (T1)."""
    if stage not in OPEN_STAGES:
        raise CostRefused(
            _("This is %(stage)s already, so there is nothing to settle.", stage=words(stage).lower())
        )
    if not has_cost:
        raise CostRefused(
            _("There is no cost of its own here: it is part of another fare, or not paid by us."),
            field="amount",
        )
    if on > today:
        raise CostRefused(
            _("The actual cost is entered once the fact has happened; %(on)s lies ahead.", on=day_words(on)),
            field="value_on",
        )


def check_cost(cost: Money | None, is_covered: bool) -> None:
    """A leg has a fare of its own or stands under another one's, not both."""
    if cost is not None and is_covered:
        raise CostRefused(
            _(
                "The fare of another leg covers this one, so it has no amount of its own. Empty one of the two."
            ),
            field="amount",
        )
    if cost is not None and cost.minor == 0:
        raise CostRefused(_("Leave the amount empty when there is no cost of its own."), field="amount")
