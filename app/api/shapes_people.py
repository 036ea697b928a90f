"""Shapes of people and of what stands on their record."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, WithJsonSchema

from app.api.layer import Id, Needs, Page, PageQuery, Query, Record, Shape, patch_of
from app.api.shapes import Country, SearchText, UserShape
from app.people.details import LanguageTag, OrganisationDetails, PersonDetails, ZoneName
from app.people.models import Affiliation, OrganisationKind
from app.people.queries_listing import ORDERS as PEOPLE_ORDERS
from app.people.queries_listing import PersonRow


class PersonShape(Record):
    """An outside expert, as the list and the record show them."""

    id: int
    version: int
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
        return cls.read(person, kind=person.kind.name if person.kind else None, owner=UserShape.of(row.owner))


class PeopleShape(Page[PersonShape]):
    """A page of people."""

    #: Exact up to 10,000.
    total: int
    is_total_exact: bool


class PeopleQuery(PageQuery):
    """What the list of people is narrowed to."""

    q: SearchText = ""
    country: Country | None = None
    owner_id: Id | None = None
    order: Literal[*sorted(PEOPLE_ORDERS)] = "name"  # type: ignore[valid-type]


class NewPersonQuery(Query):
    """Whether somebody has looked for the person first."""

    is_checked: bool = False


class NewPerson(PersonDetails):
    """A person to add. `is_checked=true` in the address says that a look-alike is somebody else."""

    home_country: Country | None = None
    languages: tuple[
        Annotated[LanguageTag, WithJsonSchema({"type": "string", "examples": ["en", "ar", "zh-Hans"]})], ...
    ] = ()
    zone: Annotated[ZoneName, WithJsonSchema({"type": "string", "examples": ["Europe/London"]})] = "UTC"


EditPerson = patch_of(
    NewPerson,
    "EditPerson",
    "What changes of a person; a field that is not sent stays. Owner and official status have steps of their own.",
    without={"owner_id", "official_status", "official_reason"},
)


class ChangeShape(Shape):
    """One change of a record: who, when, what of it; names of fields, never their values."""

    at: AwareDatetime
    by: UserShape | None
    action: str
    fields: list[str]


class ChangesShape(Shape):
    """The last changes of a record, the latest first."""

    items: list[ChangeShape]


class HistoryQuery(Query):
    """How far back."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


# -- organisations -------------------------------------------------------------------------------------------


class OrganisationShape(Record):
    """A company or an agency, with what its people may accept (P2)."""

    id: int
    version: int
    name: str
    kind: OrganisationKind
    country: str | None
    is_state_body: bool
    is_gift_allowed: bool
    is_vendor_travel_allowed: bool
    is_invoice_to_employer_only: bool
    max_class: str
    rule_text: str
    rule_url: str


class OrganisationsQuery(PageQuery):
    """What organisations are narrowed to."""

    kind: OrganisationKind | None = None


class NewOrganisation(OrganisationDetails):
    """An organisation to add."""

    country: Country | None = None
    max_class: Annotated[str, Field(max_length=40)] = ""


EditOrganisation = patch_of(
    NewOrganisation, "EditOrganisation", "What changes of an organisation; a field that is not sent stays."
)


class AffiliationShape(Shape):
    """Somebody who works or worked there."""

    id: int
    person_id: int
    person_name: str
    role: str
    from_on: date
    to_on: date | None
    is_employment: bool
    is_consent_given: bool

    @classmethod
    def of(cls, row: Affiliation) -> "AffiliationShape":
        return cls.read(row, person_name=row.person.name)
