"""Forms of offers: planning one, saying that it was given or declined."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectChoice

from app.core import clock
from app.core.forms import BaseForm, amount, choice, currency, day, line, prose
from app.core.i18n import words
from app.core.money import Money
from app.ledger.details_offers import GivenDetails, OfferDetails
from app.ledger.models_offers import PlannedOffer
from app.ledger.policies_offers import OFFER_BASES, OFFER_FORMS, OFFERABLE
from app.people.models import Person
from app.programs.models import Program

_BASES = [(basis.value, words(basis.value)) for basis in OFFER_BASES]


class OfferForm(BaseForm):
    """Something of value that is meant for one person."""

    person_id = choice("Person", [])
    program_id = choice("Program", [])
    category = choice("What it is", [(one.value, words(one.value)) for one in OFFERABLE])
    expected_on = day("Meant for", default=clock.today)
    amount = amount("Worth")
    currency = currency(default="GBP")
    basis = choice("How the amount was found", _BASES)
    form = choice("How it is given", [(one.value, words(one.value)) for one in OFFER_FORMS])
    provider = line("Provider", required=False)
    context = prose("In words", required=False, longest=2000, description="What it is and on which occasion.")
    reason = prose(
        "Why all the same", required=False, longest=4000,
        description="Needed where a limit or a rule stands against it: compliance reads it and decides.",
    )  # fmt: skip

    def offer(self, people: Sequence[Person], programs: Sequence[Program]) -> "OfferForm":
        """Fill the choices."""
        named = [(row.id, row.name) for row in people]
        paying = [(row.id, f"{row.name} ({row.currency})") for row in programs]
        for field, rows in ((self.person_id, named), (self.program_id, paying)):
            field.choices = [SelectChoice("", "—"), *(SelectChoice(str(id), name) for id, name in rows)]
        return self

    def details(self) -> OfferDetails:
        worth = Money.parse(self.amount.data, self.currency.data)
        return OfferDetails(
            person_id=int(self.person_id.data), program_id=int(self.program_id.data), category=self.category.data,
            form=self.form.data, basis=self.basis.data, expected_on=self.expected_on.data, money=worth,
            provider=self.provider.data or "", context=self.context.data or "", reason=self.reason.data or "",
        )  # fmt: skip


class GivenForm(BaseForm):
    """An offer that was given."""

    value_on = day("Given on", default=clock.today)
    amount = amount("What it was worth")
    currency = currency()
    basis = choice("How the amount was found", _BASES)
    external_ref = line("Reference", required=False, description="Number of the receipt or invoice.")

    def details(self) -> GivenDetails:
        worth = Money.parse(self.amount.data, self.currency.data)
        return GivenDetails(
            value_on=self.value_on.data, money=worth, basis=self.basis.data,
            external_ref=self.external_ref.data or "",
        )  # fmt: skip


class DeclineForm(BaseForm):
    """An offer the person would not have."""

    reason = prose(
        "What they said",
        longest=2000,
        description="At least 10 characters; sealed with the line in the book.",
    )


def typed_given(offer: PlannedOffer) -> dict[str, Any]:
    """The offer as it was planned, to begin with."""
    return {
        "amount": str(offer.cost.amount), "currency": offer.cost.currency, "basis": offer.basis.value, "value_on": clock.today(),
    }  # fmt: skip
