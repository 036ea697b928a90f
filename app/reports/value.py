"""The shapes of the value report: frozen figures, the same for page, PDF, spreadsheet, JSON and API (O6)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from app.core.money import Money
from app.ledger.models import Category, Leg, ReportLine, Unit
from app.ledger.per_diem import Rate
from app.ledger.queries import SignedHead
from app.ledger.queries_general import General
from app.reports.on_demand import OnDemand

#: More than this is not read in a drawing; the tables have everybody.
N_DRAWN = 16


class Note(Struct, frozen=True):
    """One paragraph of the methodology note."""

    title: str
    text: str


class LineFigure(Struct, frozen=True):
    """One line of the report over all people; the legs stand apart."""

    line: ReportLine
    non_cash: Money
    cash: Money
    n: int


class CategoryFigure(Struct, frozen=True):
    """One category on one leg over all people: pieces received, offers declined."""

    category: Category
    leg: Leg
    n: int
    received: Money
    n_declined: int
    declined: Money


class PersonFigure(Struct, frozen=True):
    """What one person received; `lines` are the non-cash amounts by line, `cash_lines` those of the cash leg.

    `person_id` is None for people who were erased; they share one row.
    """

    person_id: int | None
    name: str
    country: str
    lines: Mapping[ReportLine, Money]
    cash_lines: Mapping[ReportLine, Money]
    non_cash: Money
    cash: Money
    n: int
    units: Mapping[Unit, int]
    declined: Money
    n_declined: int


class Rank(NamedTuple):
    """What puts a person in their place: minor units received on each leg; `has_any` when anything stands for them at all."""

    person_id: int | None
    non_cash: int
    cash: int
    n: int
    has_any: bool


class People(OnDemand[Rank, PersonFigure]):
    """Everybody of a report, most value first; the figures of those who are looked at are read then, and only once."""

    def __init__(
        self, ranks: Sequence[Rank], read: Callable[[Sequence[Rank]], Mapping[int | None, PersonFigure]]
    ) -> None:
        super().__init__(ranks, self.figures)
        self.ranks = ranks
        self._read = read
        self._known: dict[int | None, PersonFigure] = {}

    def figures(self, ranks: Sequence[Rank]) -> list[PersonFigure]:
        """The figures of some, in the order given."""
        left = [one for one in ranks if one.person_id not in self._known]
        if left:
            self._known |= self._read(left)
        return [self._known[one.person_id] for one in ranks]


class Minutes(Struct, frozen=True):
    """Executive minutes: what each person had, most first, and the names of the first of them."""

    each: Sequence[int]
    shown: Sequence[tuple[str, int]]


class NativeFigure(Struct, frozen=True):
    """A nature or form as the books it was imported from name it."""

    name: str
    n: int
    received: Money


class YearFigure(Struct, frozen=True):
    """One calendar year of value dates; the legs stand apart."""

    year: int
    n: int
    non_cash: Money
    cash: Money


class StayFigure(Struct, frozen=True):
    """A stay against what a government pays for a night there: `paid` and `usual` are of one night, `ratio` is "1.64" (L10).

    `person_id` is None for people who were erased.
    """

    seq: int
    person_id: int | None
    name: str
    on: date
    n_nights: int
    rate: Rate
    paid: Money
    usual: Money
    ratio: str


class ValueReport(Struct, frozen=True):
    """Everything of value in a program as the book stood at `as_of`; amounts are in `currency`.

    `n` counts pieces of value received (what was taken back is taken off), `n_lines` the lines of the book behind
    them, `n_people` those who received anything. `asked_as_of` is None when the report is of now.
    """

    program_id: int
    program: str
    currency: str
    as_of: datetime
    asked_as_of: datetime | None
    n: int
    n_people: int
    n_lines: int
    last_seq: int
    non_cash: Money
    cash: Money
    declined: Money
    n_declined: int
    units: Mapping[Unit, int]
    lines: Sequence[LineFigure]
    categories: Sequence[CategoryFigure]
    people: People
    years: Sequence[YearFigure]
    native_forms: Sequence[NativeFigure]
    native_natures: Sequence[NativeFigure]
    methodology: Sequence[Note]
    checkpoint: SignedHead
    minutes: Minutes = Minutes((), ())
    #: The dearest stays, the highest ratio first.
    stays: Sequence[StayFigure] = ()
    #: What was open to everybody at large events: in none of the figures above (c8).
    general: General | None = None

    @property
    def is_empty(self) -> bool:
        return not self.people

    @property
    def is_imported(self) -> bool:
        """Whether it holds books that name natures and forms of their own."""
        return bool(self.native_forms or self.native_natures)

    def used_lines(self, leg: Leg = Leg.NON_CASH) -> list[ReportLine]:
        """The lines that hold any amount on a leg, in the order of the report."""
        amounts = {
            figure.line: figure.non_cash if leg is Leg.NON_CASH else figure.cash for figure in self.lines
        }
        return [line for line in ReportLine if amounts.get(line)]

    def line(self, line: ReportLine) -> LineFigure:
        """One line; zeros when nothing stands on it."""
        nothing = Money(0, self.currency)
        return next(
            (figure for figure in self.lines if figure.line is line), LineFigure(line, nothing, nothing, 0)
        )

    def top_share(self, n: int = 3) -> Fraction | None:
        """The share of the `n` people with most non-cash value in all of it; None without any."""
        if self.non_cash.minor <= 0:
            return None
        most = sorted((rank.non_cash for rank in self.people.ranks), reverse=True)[:n]
        return Fraction(sum(most), self.non_cash.minor)
