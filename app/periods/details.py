"""What operations of periods take: frozen values, built by forms."""

from datetime import date

from pydantic import BaseModel

from app.core.money import Money
from app.periods.models import PeriodKind


class PeriodDetails(BaseModel, frozen=True):
    """A quarter or a year from its first day; `closes_on` default: as many days after its end as people review."""

    kind: PeriodKind
    from_on: date
    closes_on: date | None = None


class DisputeDetails(BaseModel, frozen=True):
    """What a person says against a line; `proposed` is the amount that would be right, as billed; None: none at all."""

    entry_seq: int
    reason: str
    proposed: Money | None = None


class LineChange(BaseModel, frozen=True):
    """The amount that shall stand instead of a line, in the currency it was billed in."""

    entry_seq: int
    money: Money


class ChangeDetails(BaseModel, frozen=True):
    """Resolved, changed: the lines with their new amounts, the disputed one first, and the answer to the person."""

    answer: str
    changes: tuple[LineChange, ...]
