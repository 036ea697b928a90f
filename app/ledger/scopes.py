"""What figures of the book are grouped by and narrowed to, and what one of them is."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from app.core.money import Money
from app.ledger.looks import Look, Near
from app.ledger.models import Category, Form, Leg, ReportLine, Unit


class By(StrEnum):
    """What totals may be grouped by."""

    PROGRAM = "program"
    EVENT = "event"
    SUBJECT = "subject"  # row number in ledger_subject; stays when the person is erased
    PERSON = "person"  # the surviving record after merges; None when erased
    YEAR = "year"
    MONTH = "month"  # its first day; the rollup knows years only
    CATEGORY = "category"
    LINE = "line"
    LEG = "leg"
    UNIT = "unit"
    FORM = "form"
    NATIVE_NATURE = "native_nature"
    NATIVE_FORM = "native_form"
    PROVIDER = "provider"  # who gave it; the rollup does not know


class Scope(Struct, frozen=True):
    """What figures and their rows are narrowed to; the same for both, so every number opens its rows.

    `as_of` answers as the book stood at that instant (L14); it and value dates are read from the entries, all else
    from the rollup that is kept with them. What single people have by leg in whole months, years or ever is in summaries.
    """

    program_id: int | None = None
    #: Any of these programs.
    program_ids: tuple[int, ...] | None = None
    event_id: int | None = None
    person_id: int | None = None
    subject_id: int | None = None
    year: int | None = None
    category: Category | None = None
    line: ReportLine | None = None
    leg: Leg | None = None
    unit: Unit | None = None
    form: Form | None = None
    native_nature: str | None = None
    native_form: str | None = None
    is_declined: bool | None = None
    from_on: date | None = None
    to_on: date | None = None
    as_of: datetime | None = None
    look: Look | None = None
    near: Near | None = None
    provider: str | None = None
    is_erased: bool | None = None
    #: Any of these people; for the rows of a page.
    person_ids: tuple[int, ...] | None = None

    @property
    def is_read_from_entries(self) -> bool:
        apart = (self.as_of, self.from_on, self.to_on, self.is_declined, self.look, self.near, self.provider)
        return any(value is not None for value in apart)

    def active(self) -> dict[str, Any]:
        """The parts that narrow, by name."""
        pairs = ((part.name, getattr(self, part.name)) for part in fields(self))
        return {name: value for name, value in pairs if value is not None}


class Total(Struct, frozen=True):
    """One figure: its keys, and what stands in the book under them, reversals taken off.

    `n` counts pieces of value received, `n_declined` offers refused; amounts are minor units of `currency`.
    """

    keys: dict[str, Any]
    currency: str
    n: int
    quantity: int
    reporting_minor: int
    declined_minor: int
    n_declined: int

    def __getitem__(self, name: str) -> Any:
        return self.keys[name]

    @property
    def received(self) -> Money:
        return Money(self.reporting_minor, self.currency)

    @property
    def declined(self) -> Money:
        return Money(self.declined_minor, self.currency)
