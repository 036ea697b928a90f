"""What the operations of this room take: frozen, checked, the same for screens and the API."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import Field, field_validator

from app.core.checked import Checked
from app.core.money import digits_of
from app.people.details import LineText, NeededLine, NeededText, Text
from app.people.models import OfficialStatus
from app.programs.models import GoalKind
from app.programs.policies_rules import CohortRule


class ProgramDetails(Checked):
    """An always-on frame; `currency` is the one its value report is in."""

    name: NeededLine
    statement: Text = ""
    currency: str = "GBP"
    owner_id: int | None = None  # whoever starts it when left out
    n_cadence_days: Annotated[int, Field(ge=1, le=730)] = 30
    is_books_only: bool = False

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        try:
            digits_of(value)
        except ValueError:
            raise ValueError(_("This is not a currency code. Use three letters, for example GBP.")) from None
        return value


class GoalDetails(Checked):
    """What a program wants, and how one would know (G1)."""

    statement: NeededText
    kind: GoalKind
    metric: NeededLine
    baseline: NeededLine
    target: NeededLine
    review_on: date
    market: LineText = ""
    owner_id: int | None = None  # whoever writes it when left out
    evidence: Text = ""


class CohortDetails(Checked):
    """A named group with a capacity and a rule."""

    name: NeededLine
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    rule: CohortRule = CohortRule()


class AdmissionDetails(Checked):
    """Why a person comes in (G1); a status given here is noted on the person and compliance is told."""

    goal_id: int
    fit_risk: NeededLine
    fit_rationale: Text
    official_status: OfficialStatus | None = None
    official_reason: Text = ""
