"""The shape of the value report, an allow-list like all others."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime

from app.api.layer import Needs, Query, Shape
from app.api.shapes import Amount
from app.ledger.models import Category, Leg, ReportLine

#: Amounts of money and what follows from them.
_AMOUNTS = Needs("amounts:read")


class ProgramName(Shape):
    """A program by name."""

    id: int
    name: str


class DeclinedShape(Shape):
    """Offers that were refused (L5)."""

    n: int
    amount: Annotated[Amount | None, _AMOUNTS] = None


class LineShape(Shape):
    """One line of the report; the legs stand apart."""

    line: ReportLine
    n: int
    non_cash: Annotated[Amount | None, _AMOUNTS] = None
    cash: Annotated[Amount | None, _AMOUNTS] = None


class CategoryShape(Shape):
    """One category on one leg."""

    category: Category
    leg: Leg
    n: int
    n_declined: int
    received: Annotated[Amount | None, _AMOUNTS] = None
    declined: Annotated[Amount | None, _AMOUNTS] = None


class YearShape(Shape):
    """One calendar year of value dates."""

    year: int
    n: int
    non_cash: Annotated[Amount | None, _AMOUNTS] = None
    cash: Annotated[Amount | None, _AMOUNTS] = None


class NativeShape(Shape):
    """A nature or form as the imported books name it."""

    name: str
    n: int
    received: Annotated[Amount | None, _AMOUNTS] = None


class PersonFigureShape(Shape):
    """What one person received; access is counted in units, never priced (L4)."""

    person_id: int | None
    name: str
    country: str
    n: int
    non_cash: Annotated[Amount | None, _AMOUNTS] = None
    cash: Annotated[Amount | None, _AMOUNTS] = None
    lines: Annotated[dict[str, Amount] | None, _AMOUNTS] = None
    cash_lines: Annotated[dict[str, Amount] | None, _AMOUNTS] = None
    units: dict[str, int]
    declined: DeclinedShape


class StayShape(Shape):
    """A stay against what a government pays for a night there that month (L10); amounts are of one night, in `currency`."""

    entry: int
    person_id: int | None
    name: str
    on: date
    nights: int
    place: str
    table: str
    currency: str
    paid: Annotated[Amount | None, _AMOUNTS] = None
    usual: Annotated[Amount | None, _AMOUNTS] = None
    ratio: Annotated[str | None, _AMOUNTS] = None


class NoteShape(Shape):
    """One paragraph of the methodology note."""

    title: str
    text: str


class BookShape(Shape):
    """Where the book stood, and its signed head."""

    last_seq: int
    checkpoint: str


class ValueReportShape(Shape):
    """The value report of a program, the same figures as page, PDF and spreadsheet (O6)."""

    report: Literal["value"]
    program: ProgramName
    currency: str
    as_of: AwareDatetime
    n: int
    n_people: int
    n_lines: int
    non_cash: Annotated[Amount | None, _AMOUNTS] = None
    cash: Annotated[Amount | None, _AMOUNTS] = None
    declined: DeclinedShape
    units: dict[str, int]
    lines: list[LineShape]
    categories: list[CategoryShape]
    years: list[YearShape]
    native_forms: list[NativeShape]
    native_natures: list[NativeShape]
    stays: list[StayShape]
    people: list[PersonFigureShape]
    methodology: list[NoteShape]
    ledger: BookShape


class ValueReportQuery(Query):
    """As of when (L14)."""

    as_of: AwareDatetime | None = None
