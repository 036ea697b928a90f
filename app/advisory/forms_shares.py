"""Forms of affiliate shares: typed words in, details of the operations out."""

from collections.abc import Sequence

from wtforms import SelectMultipleField
from wtforms.validators import DataRequired

from app.advisory.details_shares import (
    MAX_SALES,
    PayoutDetails,
    ShareContractDetails,
    ShareDetails,
    StatementDetails,
)
from app.advisory.forms import TaxedForm, offer, per_cent
from app.advisory.models_shares import ShareStatement, StatementEvery
from app.core.forms import (
    BaseForm,
    Given,
    amount,
    choice,
    currency,
    day,
    line,
    money_of,
    prose,
    row_number,
    whole,
)
from app.core.i18n import colon, money_in_words
from app.core.i18n import day as day_of
from app.core.money import Money
from app.people.models import Person
from app.programs.models import Program


class ShareForm(BaseForm):
    """An affiliate share that is wanted; what somebody reaches has no field, nor has what they write (A2)."""

    person_id = choice("Person", [])
    program_id = choice("Program", [])
    covers = line("What is sold", description="The product or service whose sales count.")
    link = line(
        "Link or code", description="How a sale is known to be theirs; no other running share has it."
    )
    why = prose(
        "Why", description="What a share does that a fee does not. Neither reach nor coverage is a reason."
    )
    percent = per_cent("Per cent of net sales", description="More than 0, at most 100. Or the next field.")
    per_sale = amount(
        "Or an amount for each sale",
        required=False,
        description="The same for every sale, whatever it is worth.",
    )
    currency = currency(default="GBP")
    every = choice("Counted every", [(one.value, one.value.capitalize()) for one in StatementEvery])
    from_on = day("First day", description="The first on which sales count.")
    to_on = day("Last day", required=False, description="Left empty: until it is ended.")

    def offer(self, people: Sequence[Person], programs: Sequence[Program]) -> "ShareForm":
        """Fill the choices."""
        offer(self.person_id, [(person.id, person.name) for person in people])
        offer(self.program_id, [(program.id, program.name) for program in programs])
        return self

    def details(self) -> ShareDetails:
        return ShareDetails(
            person_id=int(self.person_id.data), program_id=int(self.program_id.data), covers=self.covers.data,
            link=self.link.data, why=self.why.data, percent=self.percent.data, per_sale=money_of(self, "per_sale"),
            currency=self.currency.data, every=self.every.data, from_on=self.from_on.data, to_on=self.to_on.data,
        )  # fmt: skip


class ShareContractForm(BaseForm):
    """The signed contract of an affiliate share (A5)."""

    reference = line("Contract number")
    party = line("With whom", description="The party that will be paid: the person, or their company.")
    signed_on = day("Signed on")

    def details(self) -> ShareContractDetails:
        return ShareContractDetails(
            reference=self.reference.data, party=self.party.data, signed_on=self.signed_on.data
        )


class StatementForm(BaseForm):
    """What was sold in some days; the commission is computed, never typed (A3)."""

    currency = Given()
    from_on = day("First day")
    to_on = day("Last day")
    n_sales = whole("Sales", most=MAX_SALES, description="How many, after returns.")
    net_sales = amount("Net sales", description="What they are worth, after returns and without tax.")
    evidence = line("Sales report", description="Where these figures stand.")

    def details(self) -> StatementDetails:
        return StatementDetails(
            from_on=self.from_on.data, to_on=self.to_on.data, n_sales=self.n_sales.data,
            net_sales=money_of(self, "net_sales") or Money(0, self.currency.data), evidence=self.evidence.data,
        )  # fmt: skip


def _number(value: object) -> int:
    """The number of a statement; what cannot be one is none that is due, which the rule says."""
    return row_number(str(value)) or 0


class PayoutForm(TaxedForm):
    """A transfer for statements; its amount is their sum, never typed (A5)."""

    statement_ids = SelectMultipleField(
        "Statements", [DataRequired("Choose at least one statement.")], coerce=_number, validate_choice=False,
        description="Corrections that are open are always taken in.",
    )  # fmt: skip
    paid_on = day("Paid on")
    payee = line("Paid to", description="The party of the contract.")
    reference = line("Payment reference")

    def offer(self, statements: Sequence[ShareStatement]) -> "PayoutForm":
        """Offer what is due, all of it chosen at first."""
        self.statement_ids.choices = [(one.id, words_of_statement(one)) for one in statements]
        if not self.is_submitted():
            self.statement_ids.data = [one.id for one in statements]
        return self

    def details(self) -> PayoutDetails:
        return PayoutDetails(
            paid_on=self.paid_on.data, payee=self.payee.data, reference=self.reference.data,
            statement_ids=tuple(self.statement_ids.data), taxes=self.taxes(),
        )  # fmt: skip


def words_of_statement(statement: ShareStatement) -> str:
    """For example "1 Jan 2027 to 31 Jan 2027: 93.00 GBP"."""
    return f"{day_of(statement.from_on)} – {day_of(statement.to_on)}{colon()}{money_in_words(statement.commission)}"


class EndShareForm(BaseForm):
    """The end, with a reason and the last day on which sales count."""

    last_on = day("Last day", required=False, description="The last day on which sales count.")
    reason = prose("Reason", description="At least ten characters; it stays with the record.")
