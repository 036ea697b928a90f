"""The shapes that go out and come in: allow-lists, so that a new column of a table stays inside until it is named here."""

from datetime import date
from typing import Annotated, Literal

from babel import Locale
from pydantic import AwareDatetime, Field, WithJsonSchema

from app.accounts.models import User
from app.api.layer import MAX_ID, Needs, Query, Shape
from app.core.money import Money
from app.events.models import Event
from app.events.policies import Funnel
from app.ledger.models import Basis, Category, Entry, EntryKind, Form, Leg, ReportLine, Unit
from app.ledger.queries import Look
from app.people.details import CountryCode, LanguageTag, LineText, PersonDetails, ZoneName
from app.people.queries_listing import ORDERS as PEOPLE_ORDERS
from app.people.queries_listing import PersonRow
from app.programs.queries import ProgramRow

Id = Annotated[int, Field(ge=0, le=MAX_ID)]
Page = Annotated[int, Field(ge=1, le=1_000_000)]
SearchText = Annotated[
    LineText,
    WithJsonSchema({"type": "string", "maxLength": 320, "pattern": "^[^\u0000-\u001f\u007f-\u009f]*$"}),
]
_COUNTRIES = sorted(
    str(code) for code in Locale("en").territories if len(str(code)) == 2 and str(code).isalpha()
)
Country = Annotated[CountryCode, WithJsonSchema({"type": "string", "enum": _COUNTRIES})]
Amount = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+([.][0-9]+)?$"})]

#: Amounts of money and what follows from them.
_AMOUNTS = Needs("amounts:read")


class MoneyShape(Shape):
    """An exact amount in major units."""

    amount: Amount
    currency: str

    @classmethod
    def of(cls, money: Money) -> "MoneyShape":
        return cls(amount=f"{money.amount:f}", currency=money.currency)


class UserShape(Shape):
    """A user by name."""

    id: int
    name: str


# -- people ------------------------------------------------------------------------------------------------


class PersonShape(Shape):
    """An outside expert, as the list and the record show them."""

    id: int
    name: str
    sort_name: str
    kind: str | None
    home_country: str | None
    zone: str
    languages: list[str]
    email: str
    phone: str
    known_for: str
    known_among: str
    is_independent: bool
    is_official: bool
    has_equity_or_family_tie: bool
    is_opted_out: bool
    quiet_until_on: date | None
    owner: UserShape | None
    notes: Annotated[str | None, Needs("notes:read")] = None
    changed_at: AwareDatetime

    @classmethod
    def of(cls, row: PersonRow) -> "PersonShape":
        person = row.person
        plain = (
            "id", "name", "sort_name", "home_country", "zone", "languages", "email", "phone", "known_for", "known_among",
            "is_independent", "is_official", "has_equity_or_family_tie", "is_opted_out", "quiet_until_on", "notes", "changed_at",
        )  # fmt: skip
        return cls(
            kind=person.kind.name if person.kind else None,
            owner=UserShape(id=row.owner.id, name=row.owner.name) if row.owner else None,
            **{name: getattr(person, name) for name in plain},
        )


class PeopleShape(Shape):
    """A page of people."""

    items: list[PersonShape]
    #: Exact up to 10,000.
    total: int
    is_total_exact: bool
    #: Send it as `after` for the next page; empty on the last one.
    next: str


class PeopleQuery(Query):
    """What the list of people is narrowed to."""

    q: SearchText = ""
    country: Country | None = None
    owner_id: Id | None = None
    order: Literal[*sorted(PEOPLE_ORDERS)] = "name"  # type: ignore[valid-type]
    #: Where the page begins: `next` of the page before it, in the same order.
    after: Annotated[str, Field(max_length=2000)] = ""


class NewPersonQuery(Query):
    """Whether somebody has looked for the person first."""

    is_checked: bool = False


class NewPerson(PersonDetails, frozen=True):
    """A person to add. `is_checked=true` in the address says that a look-alike is somebody else."""

    home_country: Country | None = None
    languages: tuple[
        Annotated[LanguageTag, WithJsonSchema({"type": "string", "examples": ["en", "ar", "zh-Hans"]})], ...
    ] = ()
    zone: Annotated[ZoneName, WithJsonSchema({"type": "string", "examples": ["Europe/London"]})] = "UTC"


# -- programs and events -----------------------------------------------------------------------------------


class ProgramShape(Shape):
    """An always-on program with its counts."""

    id: int
    name: str
    statement: str
    currency: str
    owner: UserShape | None
    is_books_only: bool
    n_cadence_days: int
    n_goals: int
    n_cohorts: int
    n_enrolled: int

    @classmethod
    def of(cls, row: ProgramRow) -> "ProgramShape":
        program, owner = row.program, row.holder.user
        plain = ("id", "name", "statement", "currency", "is_books_only", "n_cadence_days")
        return cls(
            owner=UserShape(id=owner.id, name=owner.name) if owner else None,
            n_goals=row.n_goals, n_cohorts=row.n_cohorts, n_enrolled=row.n_enrolled,
            **{name: getattr(program, name) for name in plain},
        )  # fmt: skip


class ProgramsShape(Shape):
    """All programs."""

    items: list[ProgramShape]
    total: int


class FunnelShape(Shape):
    """invited = accepted + declined + waiting + silent, always (E1)."""

    invited: int
    accepted: int
    declined: int
    waiting: int
    silent: int


class EventShape(Shape):
    """An event, its times as instants and the zone they were meant in."""

    id: int
    uid: str
    name: str
    program_id: int
    place: str
    city: str
    country: str
    zone: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: int
    is_cancelled: bool
    coordinator: UserShape
    funnel: FunnelShape

    @classmethod
    def of(cls, event: Event, funnel: Funnel, coordinator: User) -> "EventShape":
        plain = (
            "id", "uid", "name", "program_id", "place", "city", "country", "zone", "starts_at", "ends_at", "capacity",
            "is_cancelled",
        )  # fmt: skip
        return cls(
            coordinator=UserShape(id=coordinator.id, name=coordinator.name),
            funnel=FunnelShape.model_validate(funnel, from_attributes=True),
            **{name: getattr(event, name) for name in plain},
        )


class EventsShape(Shape):
    """A page of events."""

    items: list[EventShape]
    total: int
    page: int
    has_next: bool


class EventsQuery(Query):
    """What the list of events is narrowed to."""

    q: SearchText = ""
    program_id: Id | None = None
    when: Literal["", "ahead", "past"] = ""
    page: Page = 1


# -- the ledger --------------------------------------------------------------------------------------------


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
    original: Annotated[MoneyShape | None, _AMOUNTS] = None
    received: Annotated[MoneyShape | None, _AMOUNTS] = None
    declined: Annotated[MoneyShape | None, _AMOUNTS] = None
    rate: Annotated[Amount | None, _AMOUNTS] = None
    rate_on: Annotated[date | None, _AMOUNTS] = None
    rate_source: Annotated[str | None, _AMOUNTS] = None
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


class EntriesShape(Shape):
    """A page of entries."""

    items: list[EntryShape]
    #: Exact up to 10,000.
    total: int
    is_total_exact: bool
    #: Send it as `after` for the next page; empty on the last one.
    next: str


class EntriesQuery(Query):
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
    #: Where the page begins: `next` of the page before it, in the same order.
    after: Annotated[str, Field(max_length=2000)] = ""
