"""The shape of the proximity report, an allow-list like all others."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.api.layer import MAX_ID, Needs, Query, Shape
from app.api.shapes import MoneyShape
from app.api.shapes_report import NoteShape, ProgramName
from app.ledger.looks import MOST_DAYS
from app.reports.proximity import DEFAULT_DAYS

#: Amounts of money and what follows from them.
_AMOUNTS = Needs("amounts:read")


class ValueBeforeShape(Shape):
    """The pieces of value that came before any of the fees; one amount for each currency."""

    n: int
    amounts: Annotated[list[MoneyShape] | None, _AMOUNTS] = None


class WithinShape(Shape):
    """The fees that came within so many days; a pair is a person and a provider."""

    n_days: int
    n_fees: int
    n_pairs: int
    fees: Annotated[list[MoneyShape] | None, _AMOUNTS] = None


class DistanceShape(Shape):
    """How many fees came so many days after the latest value before them; `to_days` is null for the rest."""

    from_days: int
    to_days: int | None
    n_fees: int


class PairShape(Shape):
    """A person and a provider in one currency; `person_id` is null for people who were erased."""

    person_id: int | None
    name: str
    provider: str
    n_fees: int
    fees: Annotated[MoneyShape | None, _AMOUNTS] = None
    n_value: int
    value: Annotated[MoneyShape | None, _AMOUNTS] = None
    least_days: int


class HeadShape(Shape):
    """The signed head of the book."""

    checkpoint: str


class ProximityReportShape(Shape):
    """Fees soon after in-kind value of the same provider, the same figures as page, PDF and spreadsheet (O4)."""

    report: Literal["proximity"]
    program: ProgramName | None
    as_of: AwareDatetime
    n_days: int
    value_counted: Literal["any", "hospitality"]
    n_all_fees: int
    n_fees: int
    n_pairs: int
    n_people: int
    fees: Annotated[list[MoneyShape] | None, _AMOUNTS] = None
    value_before: ValueBeforeShape
    days_compared: list[WithinShape]
    days_between: list[DistanceShape]
    pairs: list[PairShape]
    methodology: list[NoteShape]
    ledger: HeadShape


class ProximityQuery(Query):
    """Within how many days, in which program (all without one), after which value, and as of when (L14)."""

    days: int = Field(default=DEFAULT_DAYS, ge=0, le=MOST_DAYS)
    program_id: int | None = Field(default=None, ge=1, le=MAX_ID)
    counting: Literal["any", "hospitality"] = "hospitality"
    as_of: AwareDatetime | None = None
