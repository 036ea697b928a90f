"""Forms of this room: typed words in, details of the operations out."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from flask_babel import gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DecimalField, Field, SelectChoice
from wtforms.validators import InputRequired, Optional, ValidationError

from app.advisory.details import (
    FEE_CATEGORIES,
    AdviceDetails,
    AlternativeDetails,
    BandDetails,
    ContractDetails,
    DeliveryDetails,
    EffortDetails,
    NeedDetails,
    PaymentDetails,
    ProposalDetails,
    RateCardDetails,
    TaxDetails,
)
from app.advisory.models import Engagement, RateBand
from app.advisory.policies_rates import words_of_band
from app.core.forms import (
    BaseForm,
    Given,
    amount,
    choice,
    country,
    currency,
    day,
    line,
    money_of,
    prose,
    whole,
)
from app.core.i18n import colon, marked, words
from app.core.money import Money
from app.people.models import Person
from app.programs.models import Goal, Program

N_OTHERS = 4
N_BANDS = 8
#: What a file may be, under every field that takes one.
FILES = (
    "PDF, Word, Excel, PNG, JPEG, CSV or plain text, up to 10 MB. It stays; a later one is added beside it."
)


def _units(label: str, *, required: bool = False, default: Decimal | None = None, **kwargs: Any) -> Field:
    """Hours or days, to the hundredth."""
    rule = InputRequired("This is needed.") if required else Optional()
    return DecimalField(label, [rule], places=None, default=default, **kwargs)


def per_cent(label: str, *, required: bool = False, description: str = "") -> Field:
    """A number of per cent; what it may be is the rule's to say."""
    rule = InputRequired("This is needed.") if required else Optional()
    return DecimalField(label, [rule, _is_finite], places=None, description=description)


def _is_finite(_form: object, field: Field) -> None:
    if field.data is not None and not field.data.is_finite():
        raise ValidationError(_("Write a number with digits and a point, for example 7.5."))


def offer(field: Any, rows: Iterable[tuple[int, str]], empty: str = "—") -> None:
    """Fill a choice with numbers and their words, after a line for none."""
    field.choices = [SelectChoice("", empty), *(SelectChoice(str(id), words) for id, words in rows)]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


class NeedForm(BaseForm):
    """Why advice is wanted; there is no field for a name (A1)."""

    program_id = choice("Program", [])
    goal_id = choice("Goal it serves", [], required=False)
    title = line("Title", description="What is wanted, in a few words: “Private 5G workshop, one day”.")
    question = prose("The question", description="What do we want to learn, and do not know?")
    deliverable = prose("Deliverable", description="What will lie on the table afterwards?")
    decision = prose("The decision it serves", description="Which decision, by whom, by when?")
    why_outside = prose("Why outside", description="Why can nobody in the house answer it?")
    criteria = prose(
        "How people are chosen",
        description="What they must know or have done. Neither reach nor coverage counts.",
    )
    n_people = whole("People needed", least=1, most=100, default=1)
    direction = choice(
        "Knowledge flows",
        [("expert", "From the expert to us: advice"), ("company", "From us to the expert: a briefing")],
        default="expert",
    )
    is_confirmed = BooleanField(
        "The fee depends on the work alone", [InputRequired("Confirm this before you file the need.")],
        description="No publication, no favourable word and no next invitation is asked for in return.",
    )  # fmt: skip

    def offer(self, programs: Sequence[Program], goals: Sequence[Goal]) -> "NeedForm":
        """Fill the choices."""
        offer(self.program_id, [(program.id, program.name) for program in programs])
        offer(self.goal_id, [(goal.id, f"{goal.program.name}: {goal.statement[:80]}") for goal in goals])
        return self

    def details(self) -> NeedDetails:
        return NeedDetails(
            program_id=int(self.program_id.data), goal_id=_number(self.goal_id.data), title=self.title.data,
            question=self.question.data, deliverable=self.deliverable.data, decision=self.decision.data,
            why_outside=self.why_outside.data, criteria=self.criteria.data, n_people=self.n_people.data,
            is_from_expert_to_company=self.direction.data == "expert",
        )  # fmt: skip


class ProposalForm(BaseForm):
    """One person for a need, with the time it takes and the others who were considered (A2, A3)."""

    person_id = choice("Person", [])
    why_this_person = prose("Why this person", description="By the criteria of the need.")
    band_id = choice("Band of the rate card", [])
    work = _units("Work", required=True, description="In the unit of the band: hours or days.")
    preparation = _units("Preparation")
    travel = _units("Travel time")
    currency = currency(default="GBP")
    fee = amount("Fee", required=False, description="Left empty, it is the most the rate card allows.")
    service_on = day("Day of the service")

    def offer(self, people: Sequence[Person], bands: Sequence[RateBand]) -> "ProposalForm":
        """Fill the choices; the currency of the fee is that of the card."""
        rows = [(person.id, person.name) for person in people]
        offer(self.person_id, rows)
        offer(self.band_id, [(band.id, words_of_band(band)) for band in bands])
        for place in range(1, N_OTHERS + 1):
            offer(self[f"other_{place}_person"], rows, _("Somebody else, by name"))
        if bands and not self.is_submitted():
            self.currency.data = bands[0].card.currency
        return self

    def refuse(self, message: str, *, field: str | None = None) -> None:
        """Refusals about the alternatives land at the first of them."""
        super().refuse(message, field="other_1_name" if field == "alternatives" else field)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever was considered has a reason beside them (A2)."""
        is_good: bool = super().validate(extra_validators)
        for place in range(1, N_OTHERS + 1):
            person, name, why = (self[f"other_{place}_{part}"] for part in ("person", "name", "why"))
            if (person.data or name.data) and not why.data:
                why.errors = [*why.errors, "Say why they were not chosen."]
                is_good = False
        return is_good

    def details(self) -> ProposalDetails:
        return ProposalDetails(
            band_id=int(self.band_id.data), service_on=self.service_on.data, why_this_person=self.why_this_person.data,
            effort=EffortDetails(
                work=self.work.data, preparation=self.preparation.data or Decimal(0), travel=self.travel.data or Decimal(0)
            ),
            alternatives=tuple(self._others()), fee=money_of(self, "fee"),
        )  # fmt: skip

    def _others(self) -> Iterable[AlternativeDetails]:
        for place in range(1, N_OTHERS + 1):
            person, name, evidence, why = (
                self[f"other_{place}_{part}"].data or "" for part in ("person", "name", "evidence", "why")
            )
            if person or name:
                yield AlternativeDetails(person_id=_number(person), name=name, evidence=evidence, why_not=why)


for _place in range(1, N_OTHERS + 1):
    setattr(ProposalForm, f"other_{_place}_person", choice("One of our people", [], required=False))
    setattr(ProposalForm, f"other_{_place}_name", line("Or by name", required=False))
    setattr(ProposalForm, f"other_{_place}_evidence", line("Evidence", required=False))
    setattr(ProposalForm, f"other_{_place}_why", line("Why not chosen", required=False))


class ReasonForm(BaseForm):
    """A step that says why."""

    reason = prose("Reason", description="At least ten characters; it stays with the record.")


class ClearForm(BaseForm):
    """Letting an engagement through the gate; the reason may only be left out where nothing is listed (A4)."""

    reason = prose(
        "Your reason",
        required=False,
        description="Why this fee is right after what was given. It is stored with the list.",
    )


class ServiceForm(BaseForm):
    """Another day."""

    service_on = day("Day of the service")

    @classmethod
    def about(cls, engagement: Engagement, offered: date | None) -> "ServiceForm":
        """The form with a day that is free."""
        form = cls(data={"service_on": offered, "version": str(engagement.version)})
        form.service_on.object_data = engagement.service_on
        return form


class ContractForm(BaseForm):
    """The signed contract (A5)."""

    reference = line("Contract number")
    party = line("With whom", description="The party that will be paid: the person, or their company.")
    signed_on = day("Signed on")
    currency = Given()
    expenses_limit = amount(
        "Expenses up to", required=False, description="Apart from the fee, on receipts. Left empty: none."
    )
    file = FileField("The contract as a file", description=FILES)

    def details(self) -> ContractDetails:
        return ContractDetails(
            reference=self.reference.data, party=self.party.data, signed_on=self.signed_on.data,
            expenses_limit=money_of(self, "expenses_limit"),
        )  # fmt: skip


class DeliveryForm(BaseForm):
    """What was delivered, with the evidence (A5)."""

    delivered_on = day("Delivered on")
    units = _units(
        "Time worked",
        required=True,
        description="With preparation and travel time, in the unit of the contract.",
    )
    evidence = prose(
        "Evidence", required=False,
        description="What was handed over, where it is kept, who was there. Words or a file below: one of them is needed.",
    )  # fmt: skip
    file = FileField("What was delivered, as a file", description=FILES)

    def details(self) -> DeliveryDetails:
        return DeliveryDetails(
            delivered_on=self.delivered_on.data, units=self.units.data, evidence=self.evidence.data or ""
        )


class FileForm(BaseForm):
    """One more file beside an engagement; none takes the place of another (A5)."""

    part = choice("What it is", [("contract", "The contract"), ("deliverable", "What was delivered")])
    file = FileField("File", [FileRequired("Choose a file.")], description=FILES)
    note = line("Note", required=False, description="What it shows, in a line.")


class TaxedForm(BaseForm):
    """A payment with its taxes apart; either a rate or an amount is enough (A5, c43)."""

    currency = Given()
    vat_rate = per_cent("VAT rate")
    vat_amount = amount("VAT amount", required=False)
    vat_reference = line("Invoice", required=False, description="The invoice that charges it.")
    withholding_rate = per_cent("Withheld rate")
    withholding_amount = amount("Withheld amount", required=False)
    withholding_reference = line(
        "Certificate", required=False, description="What proves that it was withheld."
    )

    def taxes(self) -> tuple[TaxDetails, ...]:
        """Those of which a part was filled in."""
        return tuple(self._taxes())

    def _taxes(self) -> Iterable[TaxDetails]:
        kinds: tuple[Literal["vat"], Literal["withholding"]] = ("vat", "withholding")
        for kind in kinds:
            rate, reference = self[f"{kind}_rate"].data, self[f"{kind}_reference"].data or ""
            stated = money_of(self, f"{kind}_amount")
            if rate is not None or stated is not None or reference:
                yield TaxDetails(kind=kind, rate=rate, amount=stated, reference=reference)


class PaymentForm(TaxedForm):
    """The payment: fee, taxes and expenses apart (A5)."""

    paid_on = day("Paid on")
    payee = line("Paid to", description="The party of the contract.")
    reference = line("Payment reference")
    fee = amount(
        "Fee", required=False,
        description="Without VAT, before anything is withheld. Left empty, it is the fee of the contract.",
    )  # fmt: skip
    expenses = amount("Expenses", required=False)
    expenses_reference = line("Receipts", required=False, description="Where they are kept.")

    def details(self) -> PaymentDetails:
        return PaymentDetails(
            paid_on=self.paid_on.data, payee=self.payee.data, reference=self.reference.data, fee=money_of(self, "fee"),
            expenses=money_of(self, "expenses"), expenses_reference=self.expenses_reference.data or "",
            taxes=self.taxes(),
        )  # fmt: skip


class AdviceForm(BaseForm):
    """One recommendation and what became of it (G9)."""

    question = prose("Question")
    advice = prose("Advice")
    decision = prose("What was decided", required=False)
    is_adopted = choice("Adopted", [("yes", "Yes"), ("no", "No")], required=False)
    told_on = day("The person was told on", required=False)

    def details(self) -> AdviceDetails:
        return AdviceDetails(
            question=self.question.data, advice=self.advice.data, decision=self.decision.data or "",
            is_adopted={"yes": True, "no": False}.get(self.is_adopted.data or ""), told_on=self.told_on.data,
        )  # fmt: skip


class CoolingOffForm(BaseForm):
    """How many days lie between hospitality and a fee (A4)."""

    n_days = whole("Cooling-off time in days", least=0, most=730)


class RateCardForm(BaseForm):
    """A version of a rate card; a band is counted when its maximum is filled (A3)."""

    name = line("Name")
    currency = currency(default="GBP")
    effective_from_on = day("Holds from")
    effective_to_on = day("Until", required=False, description="Left empty: until the next version.")

    def refuse(self, message: str, *, field: str | None = None) -> None:
        """Refusals about the bands land at the first of them."""
        super().refuse(message, field="band_1_maximum" if field == "bands" else field)

    def named(self, field: Field) -> str:
        """The bands have the same fields, so each says which band it is of."""
        part, _gap, rest = field.short_name.partition("_")
        band = f"{_('Band %(n)s', n=rest.partition('_')[0])}{colon()}" if part == "band" else ""
        return band + super().named(field)

    def number_seen(self, name: str) -> int | None:
        """The version this one was written over; None for a card of another name, or for a new one."""
        return self.seen_version if name == self.name.object_data else None

    def details(self) -> RateCardDetails:
        return RateCardDetails(
            name=self.name.data, currency=self.currency.data, effective_from_on=self.effective_from_on.data,
            effective_to_on=self.effective_to_on.data, bands=tuple(self._bands()),
        )  # fmt: skip

    def _bands(self) -> Iterable[BandDetails]:
        for place in range(1, N_BANDS + 1):
            if (maximum := money_of(self, f"band_{place}_maximum")) is None:
                continue
            part = {
                name: self[f"band_{place}_{name}"].data
                for name in ("tier", "activity", "per", "country", "preparation", "travel")
            }
            yield BandDetails(
                tier=part["tier"] or str(place), activity=part["activity"], per=part["per"], maximum_minor=maximum.minor,
                country=part["country"] or None, n_preparation_percent=_or(part["preparation"], 100),
                n_travel_percent=_or(part["travel"], 50),
            )  # fmt: skip


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


_ACTIVITIES = [(category.value, words(category)) for category in FEE_CATEGORIES]
for _place in range(1, N_BANDS + 1):
    setattr(RateCardForm, f"band_{_place}_tier", line("Tier", required=False, longest=8))
    setattr(RateCardForm, f"band_{_place}_activity", choice("Activity", _ACTIVITIES))
    setattr(
        RateCardForm, f"band_{_place}_per", choice("Per", [("hour", marked("hour")), ("day", marked("day"))])
    )
    setattr(RateCardForm, f"band_{_place}_maximum", amount("At most", required=False))
    setattr(RateCardForm, f"band_{_place}_country", country("Country", required=False))
    setattr(RateCardForm, f"band_{_place}_preparation", whole("Preparation %", most=100, required=False))
    setattr(RateCardForm, f"band_{_place}_travel", whole("Travel %", most=100, required=False))


def typed_card(card: Any) -> dict[str, Any]:
    """A card's values as its form takes them, to start the next version from."""
    values: dict[str, Any] = {"name": card.name, "currency": card.currency}
    for place, band in enumerate(card.bands[:N_BANDS], start=1):
        values |= {
            f"band_{place}_tier": band.tier, f"band_{place}_activity": band.activity.value, f"band_{place}_per": band.per,
            f"band_{place}_maximum": f"{Money(band.maximum_minor, card.currency).amount:f}",
            f"band_{place}_country": band.country or "", f"band_{place}_preparation": band.n_preparation_percent,
            f"band_{place}_travel": band.n_travel_percent,
        }  # fmt: skip
    return values
