"""What operations of periods take: frozen values, built by forms."""

from datetime import date

from app.core.checked import Checked
from app.core.money import Money
from app.periods.models import PeriodKind


class PeriodDetails(Checked):
    """A quarter or a year from its first day; `closes_on` default: as many days after its end as people review."""

    kind: PeriodKind
    from_on: date
    closes_on: date | None = None


class DisputeDetails(Checked):
    """What a person says against a line; `proposed` is the amount that would be right, as billed; None: none at all."""

    entry_seq: int
    reason: str
    proposed: Money | None = None


class LineChange(Checked):
    """The amount that shall stand instead of a line, in the currency it was billed in."""

    entry_seq: int
    money: Money


class ChangeDetails(Checked):
    """Resolved, changed: the lines with their new amounts, the disputed one first, and the answer to the person."""

    answer: str
    changes: tuple[LineChange, ...]
