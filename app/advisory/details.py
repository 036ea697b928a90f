"""What the operations of this room take: frozen, checked, the same for screens and the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from flask_babel import gettext as _
from pydantic import Field, field_validator

from app.core.checked import Checked
from app.core.money import MAX_MINOR, Money, digits_of
from app.ledger.models import Category
from app.people.details import CountryCode, LineText, NeededLine, NeededText, Text

#: What may be paid for. An honorarium has no deliverable, so it is not among them.
FEE_CATEGORIES = (
    Category.ADVISORY_FEE,
    Category.SPEAKING_FEE,
    Category.WORKSHOP_FEE,
    Category.CONTENT_FEE,
    Category.RESEARCH_FEE,
)

#: Hours or days, to the hundredth.
Units = Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]


class NeedDetails(Checked):
    """Why advice is wanted, before anybody is named (A1).

    `criteria` say how people will be chosen: neither reach nor coverage is one (A2). `decision` is what the advice
    serves, and by when.
    """

    program_id: int
    goal_id: int | None = None
    title: NeededLine
    question: NeededText
    deliverable: NeededText
    decision: NeededText
    why_outside: NeededText
    criteria: NeededText
    n_people: Annotated[int, Field(ge=1, le=100)] = 1
    #: False is a briefing (the company informs the expert), which is never paid.
    is_from_expert_to_company: bool = True


class BandDetails(Checked):
    """The most that is paid per hour or day of one tier and activity, in minor units of the card's currency."""

    tier: Annotated[NeededLine, Field(max_length=8)]
    activity: Category
    per: Literal["hour", "day"]
    maximum_minor: Annotated[int, Field(gt=0, le=MAX_MINOR)]
    country: CountryCode | None = None  # none: any
    #: How much of the rate is paid for preparation and for travel time.
    n_preparation_percent: Annotated[int, Field(ge=0, le=100)] = 100
    n_travel_percent: Annotated[int, Field(ge=0, le=100)] = 50

    @field_validator("activity")
    @classmethod
    def _is_paid_work(cls, value: Category) -> Category:
        if value not in FEE_CATEGORIES:
            raise ValueError(_("Choose a kind of paid work."))
        return value


class RateCardDetails(Checked):
    """A version of a rate card; one of the same name is replaced from `effective_from_on` on."""

    name: NeededLine
    currency: str
    effective_from_on: date
    effective_to_on: date | None = None
    bands: Annotated[tuple[BandDetails, ...], Field(min_length=1, max_length=200)]

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        try:
            digits_of(value)
        except ValueError:
            raise ValueError(_("This is not a currency code. Use three letters, for example GBP.")) from None
        return value


class EffortDetails(Checked):
    """Time in the unit of the band (hours or days): work, preparation, travel (A3)."""

    work: Annotated[Units, Field(gt=0)]
    preparation: Units = Decimal(0)
    travel: Units = Decimal(0)


class AlternativeDetails(Checked):
    """Somebody else who was considered, by name or as a person of ours, and why they were not chosen (A2)."""

    why_not: NeededText
    name: LineText = ""
    person_id: int | None = None
    evidence: Text = ""


class ProposalDetails(Checked):
    """One person for one need: the time it takes, the fee (the computed maximum unless given), the day, the others."""

    band_id: int
    effort: EffortDetails
    service_on: date
    why_this_person: NeededText
    alternatives: tuple[AlternativeDetails, ...] = ()
    fee: Money | None = None


class ContractDetails(Checked):
    """The signed contract: its reference, with whom, on which day, and what it allows in expenses."""

    reference: NeededLine
    party: NeededLine
    signed_on: date
    expenses_limit: Money | None = None


class DeliveryDetails(Checked):
    """What was delivered, on which day, in how many hours or days, and the evidence in words.

    Without words a file of what was delivered is the evidence (A5).
    """

    delivered_on: date
    units: Annotated[Units, Field(gt=0)]
    evidence: Text = ""


class TaxDetails(Checked):
    """One tax of a payment: its kind, a rate in per cent or the amount or both, and the paper it stands on.

    A rate alone is computed on the fee and rounded half up to the minor unit; both together must agree.
    """

    kind: Literal["vat", "withholding"]
    rate: Decimal | None = None
    amount: Money | None = None
    reference: LineText = ""


class PaymentDetails(Checked):
    """What is paid to whom: the fee (that of the contract unless given) and, apart from it, expenses on receipts.

    The fee is without value-added tax and before any tax is withheld; `taxes` say what is added and kept back.
    """

    paid_on: date
    payee: NeededLine
    reference: NeededLine
    fee: Money | None = None
    expenses: Money | None = None
    expenses_reference: LineText = ""
    taxes: tuple[TaxDetails, ...] = ()


class AdviceDetails(Checked):
    """A question, what was advised, what was decided, and when the person was told (G9)."""

    question: NeededText
    advice: NeededText
    decision: Text = ""
    is_adopted: bool | None = None
    told_on: date | None = None
