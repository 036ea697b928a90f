"""The shapes of a quarter for its reviewer: frozen figures, the same for page, PDF, spreadsheet and JSON (J9.3, O6)."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

from msgspec import Struct

from app.core.money import Money
from app.disclosures.queries_remedies import LabelFigures
from app.ledger.queries import SignedHead
from app.outreach.queries_stops import CollisionCount
from app.periods.queries_disputes import DisputeCount
from app.programs.queries_spans import Span
from app.reports.value import Note

#: The share of so many people is shown.
N_TOP = 3


class Share(Struct, frozen=True):
    """What one person received in these days; people who were erased have no number and share one row."""

    person_id: int | None
    name: str
    country: str
    #: How many people stand behind the row: one, but for those who were erased.
    n_people: int
    n: int
    non_cash: Money
    cash: Money
    n_declined: int
    declined: Money


class Invited(Struct, frozen=True):
    """Somebody who was invited to an event of these days; `reasons` are why they count among those who said no."""

    person_id: int
    name: str
    event: str
    reasons: tuple[str, ...]
    #: The later event they were invited to; none when they were not.
    again: str | None

    @property
    def is_decliner(self) -> bool:
        return bool(self.reasons)


class Again(Struct, frozen=True):
    """How many of a group were invited again."""

    n_people: int
    n_again: int


class QuarterReport(Struct, frozen=True):
    """Everything a reviewer signs of some days of a program, as known at `as_of`; amounts are in `currency`."""

    program_id: int
    program: str
    name: str
    currency: str
    from_on: date
    to_on: date
    as_of: datetime
    asked_as_of: datetime | None
    non_cash: Money
    cash: Money
    n: int
    n_people: int
    #: The most received first.
    people: Sequence[Share]
    declined: Money
    n_declined: int
    disputes: DisputeCount
    labels: LabelFigures
    stops: CollisionCount
    n_goals: int
    n_goals_after: int
    decliners: Again
    others: Again
    #: Both groups are large enough to be compared (O2).
    is_telling: bool
    methodology: Sequence[Note]
    checkpoint: SignedHead

    @property
    def span(self) -> Span:
        """What the rows behind the figures are narrowed to."""
        return Span(self.program_id, self.from_on, self.to_on, self.asked_as_of)

    @property
    def is_empty(self) -> bool:
        return not (
            self.n or self.n_declined or self.labels.n_links or self.stops.n_stopped or self.disputes.n_opened
        )

    @property
    def top(self) -> Sequence[Share]:
        """Those with most non-cash value."""
        return [one for one in self.people if one.person_id is not None and one.non_cash.minor > 0][:N_TOP]

    @property
    def top_share(self) -> Fraction | None:
        """Their share in all of it; None without any."""
        if self.non_cash.minor <= 0:
            return None
        return Fraction(sum(one.non_cash.minor for one in self.top), self.non_cash.minor)
