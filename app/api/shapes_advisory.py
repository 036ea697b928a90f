"""Shapes of paid work."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.advisory.details import ContractDetails, DeliveryDetails, PaymentDetails
from app.advisory.models import Engagement, EngagementState
from app.advisory.policies_tax import Settled
from app.api.layer import Body, Id, PageQuery, Record
from app.api.shapes import AMOUNTS, Day, MoneyBody, MoneyShape, UserShape
from app.api.shapes_taxes import NewTaxes, TaxShape
from app.ledger.models import Category
from app.people.details import LineText, NeededLine, Text


class EngagementShape(Record):
    """Paid work of one person for one need (A5)."""

    id: int
    version: int
    need_id: int
    need: str
    program_id: int
    person_id: int
    person_name: str
    state: EngagementState
    category: Category
    why_this_person: str
    fee: Annotated[MoneyShape | None, AMOUNTS] = None
    calculation: Annotated[dict[str, Any], AMOUNTS] = Field(default_factory=dict)
    service_on: date
    cleared_by: UserShape | None
    cleared_at: AwareDatetime | None
    contract_reference: str
    contract_party: str
    contracted_on: date | None
    #: The most the contract allows in expenses; null where it allows none.
    expenses_limit: Annotated[MoneyShape | None, AMOUNTS] = None
    delivered_on: date | None
    paid_on: date | None
    payment_reference: str
    #: Without value-added tax and before anything is withheld; null before it is paid.
    paid_fee: Annotated[MoneyShape | None, AMOUNTS] = None
    taxes: Annotated[list[TaxShape], AMOUNTS] = Field(default_factory=list)
    #: The fee, and value-added tax on top, without what was withheld; expenses apart.
    transferred: Annotated[MoneyShape | None, AMOUNTS] = None
    entry_seq: int | None
    expenses_entry_seq: int | None
    ended_reason: str

    @classmethod
    def of(cls, row: Engagement, settled: Settled | None) -> "EngagementShape":
        limit = MoneyShape.of(row.expenses_limit) if row.expenses_limit is not None else None
        paid = {
            "paid_fee": MoneyShape.of(settled.fee) if settled else None,
            "taxes": [TaxShape.of(tax) for tax in settled.taxes] if settled else [],
            "transferred": MoneyShape.of(settled.transferred) if settled else None,
        }
        return cls.read(
            row, need=row.need.title, program_id=row.need.program_id, person_name=row.person.name, fee=MoneyShape.of(row.fee),
            cleared_by=UserShape.of(row.cleared_by), expenses_limit=limit, **paid,
        )  # fmt: skip


class EngagementsQuery(PageQuery):
    """At which step, of which program."""

    state: EngagementState | None = None
    program_id: Id | None = None


class NewContract(Body):
    """The signed contract."""

    reference: NeededLine
    party: NeededLine
    signed_on: Day
    expenses_limit: MoneyBody | None = None

    def details(self) -> ContractDetails:
        """The same, as the operation takes it."""
        limit = self.expenses_limit.money if self.expenses_limit else None
        return ContractDetails(**self.model_dump(exclude={"expenses_limit"}), expenses_limit=limit)


class NewDelivery(DeliveryDetails):
    """What was delivered, when and in how much time."""

    delivered_on: Day


class NewPayment(Body):
    """A payment that was made: the fee (that of the contract unless given), taxes and expenses apart; fee and expenses
    become two entries of the cash leg.
    """

    paid_on: Day
    payee: NeededLine
    reference: NeededLine
    fee: MoneyBody | None = None
    expenses: MoneyBody | None = None
    expenses_reference: LineText = ""
    taxes: NewTaxes = ()

    def details(self) -> PaymentDetails:
        """The same, as the operation takes it."""
        plain = self.model_dump(exclude={"fee", "expenses", "taxes"})
        fee = self.fee.money if self.fee else None
        expenses = self.expenses.money if self.expenses else None
        taxes = tuple(tax.details() for tax in self.taxes)
        return PaymentDetails(**plain, fee=fee, expenses=expenses, taxes=taxes)


class Clearing(Body):
    """A reviewer's words, where anything is listed (A4)."""

    reason: Text = ""
