"""Shapes of the book."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.api.layer import Body, Id, Page, PageQuery, Shape
from app.api.shapes import AMOUNTS, Amount, Day, MoneyBody, MoneyShape
from app.core.money import Money
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Entry, EntryKind, Form, Leg, ReportLine, Unit
from app.ledger.operations_entries import Posting
from app.ledger.queries import Look
from app.people.details import LineText, Text


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
        subject = entry.subject
        person = subject.person if subject else None
        return cls.read(
            entry,
            person_id=(person.merged_into_id or person.id) if person else None,
            original=MoneyShape.of(entry.original),
            received=MoneyShape.of(entry.reporting),
            declined=MoneyShape.of(Money(entry.declined_minor, entry.reporting_currency)),
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


class NewEntry(Body):
    """One piece of value to write into the book; it stays for good, and is taken back by an entry of its own (L1)."""

    person_id: Id
    program_id: Id
    event_id: Id | None = None
    category: Category
    form: Form
    basis: Basis
    value_on: Day
    money: MoneyBody | None = None
    unit: Unit = Unit.ITEM
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    place: LineText = ""
    provider: LineText = ""
    external_ref: Annotated[
        LineText | None, Field(description="The same reference twice adds nothing (L11).")
    ] = None
    context: Annotated[Text, Field(max_length=2000)] = ""
    reason: Annotated[Text, Field(max_length=2000)] = ""
    priced_on: Day | None = None
    declined: bool = False
    late_reason: LineText = ""
    travel_class: Annotated[LineText, Field(max_length=40)] = ""
    tax: Annotated[LineText, Field(max_length=40)] = ""
    intermediary: LineText = ""
    on_behalf: LineText = ""
    due_on: Day | None = None
    grace_days: Annotated[int, Field(ge=0, le=365)] = 0

    def details(self, person_id: int) -> EntryDetails:
        """The same, as the operation takes it; what only people can say is asked for, as on the screen."""
        plain = self.model_dump(exclude={"person_id", "money", "external_ref"})
        money = self.money.money if self.money else None
        return EntryDetails(
            **plain, person_id=person_id, money=money, external_ref=self.external_ref or None, is_by_hand=True
        )  # fmt: skip


class PostingShape(EntryShape):
    """An entry, and what writing it led to."""

    was_known: bool
    warnings: list[str]
    n_breaches: int
    n_obligations: int

    @classmethod
    def of_posting(cls, posting: Posting) -> "PostingShape":
        return cls(
            **dict(EntryShape.of(posting.entry)), was_known=posting.was_known, warnings=list(posting.warnings),
            n_breaches=len(posting.breaches), n_obligations=len(posting.obligations),
        )  # fmt: skip


class NewReversal(Body):
    """Why an entry is taken back: a code, and words where it is another reason."""

    reason: Literal[
        "wrong_amount",
        "wrong_person",
        "wrong_category",
        "wrong_date",
        "entered_twice",
        "not_given",
        "returned",
        "other",
    ]
    words: Annotated[Text, Field(max_length=2000)] = ""
