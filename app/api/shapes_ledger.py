"""Shapes of the book."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.api.layer import Id, Page, PageQuery, Shape
from app.api.shapes import AMOUNTS, Amount, MoneyShape
from app.core.money import Money
from app.ledger.models import Basis, Category, Entry, EntryKind, Form, Leg, ReportLine, Unit
from app.ledger.queries import Look


class EntryShape(Shape):
    """One line of the book. Words (context, place, provider) stay sealed in it; the page of the entry opens them."""

    seq: int
    kind: EntryKind
    person_id: int | None
    program_id: int | None
    event_id: int | None
    category: Category | None
    form: Form | None
    leg: Leg | None
    line: ReportLine | None
    basis: Basis | None
    value_on: date | None
    unit: Unit
    quantity: int
    original: Annotated[MoneyShape | None, AMOUNTS] = None
    received: Annotated[MoneyShape | None, AMOUNTS] = None
    declined: Annotated[MoneyShape | None, AMOUNTS] = None
    rate: Annotated[Amount | None, AMOUNTS] = None
    rate_on: Annotated[date | None, AMOUNTS] = None
    rate_source: Annotated[str | None, AMOUNTS] = None
    is_declined: bool
    native_nature: str
    native_form: str
    rule: str
    reverses: int | None
    source_kind: str
    source_part: str
    source_id: int | None
    provider_ref: str
    hash: str
    at: AwareDatetime

    @classmethod
    def of(cls, entry: Entry) -> "EntryShape":
        plain = (
            "seq", "kind", "program_id", "event_id", "category", "form", "leg", "line", "basis", "value_on", "unit",
            "quantity", "rate", "rate_on", "rate_source", "is_declined", "native_nature", "native_form", "rule", "reverses",
            "source_kind", "source_part", "source_id", "provider_ref", "hash", "at",
        )  # fmt: skip
        subject = entry.subject
        person = subject.person if subject else None
        return cls(
            person_id=(person.merged_into_id or person.id) if person else None,
            original=MoneyShape.of(entry.original),
            received=MoneyShape.of(entry.reporting),
            declined=MoneyShape.of(Money(entry.declined_minor, entry.reporting_currency)),
            **{name: getattr(entry, name) for name in plain},
        )


class EntriesShape(Page[EntryShape]):
    """A page of entries."""

    #: Exact up to 10,000.
    total: int
    is_total_exact: bool


class EntriesQuery(PageQuery):
    """What the entries are narrowed to: the same parts every figure of value opens its rows by."""

    program_id: Id | None = None
    event_id: Id | None = None
    person_id: Id | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    category: Category | None = None
    line: ReportLine | None = None
    leg: Leg | None = None
    unit: Unit | None = None
    form: Form | None = None
    is_declined: bool | None = None
    from_on: date | None = None
    to_on: date | None = None
    as_of: AwareDatetime | None = None
    order: Literal["seq", "-seq", "on", "-on", "value", "-value"] = "-seq"
    #: What to look at once more: possible duplicates, or zero amounts.
    look: Look | None = None
