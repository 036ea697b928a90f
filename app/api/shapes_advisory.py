"""Shapes of paid work and of affiliate shares."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.advisory.details import ContractDetails, DeliveryDetails, PaymentDetails
from app.advisory.models import Engagement, EngagementState
from app.advisory.models_shares import AffiliateShare, RateKind, ShareState, StatementEvery
from app.api.layer import Id, PageQuery, Record
from app.api.shapes import AMOUNTS, Day, MoneyBody, MoneyShape, UserShape
from app.core.money import Money
from app.ledger.models import Category
from app.people.details import LineText, NeededLine, NeededText, Text


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
    contracted_on: date | None
    delivered_on: date | None
    paid_on: date | None
    entry_seq: int | None
    expenses_entry_seq: int | None
    ended_reason: str

    @classmethod
    def of(cls, row: Engagement) -> "EngagementShape":
        return cls.read(
            row, need=row.need.title, program_id=row.need.program_id, person_name=row.person.name, fee=MoneyShape.of(row.fee),
            cleared_by=UserShape.of(row.cleared_by),
        )  # fmt: skip


class EngagementsQuery(PageQuery):
    """At which step, of which program."""

    state: EngagementState | None = None
    program_id: Id | None = None


class NewContract(BaseModel):
    """The signed contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: NeededLine
    party: NeededLine
    signed_on: Day
    expenses_limit: MoneyBody | None = None

    def details(self) -> ContractDetails:
        """The same, as the operation takes it."""
        limit = self.expenses_limit.money if self.expenses_limit else None
        return ContractDetails(**self.model_dump(exclude={"expenses_limit"}), expenses_limit=limit)


class NewDelivery(DeliveryDetails, frozen=True):
    """What was delivered, when and in how much time."""

    delivered_on: Day


class NewPayment(BaseModel):
    """A payment that was made; fee and expenses become two entries of the cash leg. Taxes are entered on the screen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paid_on: Day
    payee: NeededLine
    reference: NeededLine
    fee: MoneyBody | None = None
    expenses: MoneyBody | None = None
    expenses_reference: LineText = ""

    def details(self) -> PaymentDetails:
        """The same, as the operation takes it."""
        plain = self.model_dump(exclude={"fee", "expenses"})
        fee = self.fee.money if self.fee else None
        expenses = self.expenses.money if self.expenses else None
        return PaymentDetails(**plain, fee=fee, expenses=expenses)


class ShareShape(Record):
    """An affiliate share: sales by a person's link earn them something."""

    id: int
    version: int
    person_id: int
    person_name: str
    program_id: int
    state: ShareState
    covers: str
    link: str
    why: str
    rate_kind: RateKind
    percent: Annotated[str, AMOUNTS] = ""
    per_sale: Annotated[MoneyShape | None, AMOUNTS] = None
    currency: str
    every: StatementEvery
    from_on: date
    to_on: date | None
    approved_by: UserShape | None
    approved_at: AwareDatetime | None
    contract_reference: str
    contracted_on: date | None
    ended_on: date | None
    ended_reason: str

    @classmethod
    def of(cls, row: AffiliateShare) -> "ShareShape":
        per_sale = (
            None if row.per_sale_minor is None else MoneyShape.of(Money(row.per_sale_minor, row.currency))
        )
        return cls.read(
            row, person_name=row.person.name, per_sale=per_sale, approved_by=UserShape.of(row.approved_by)
        )


class SharesQuery(PageQuery):
    """At which step."""

    state: ShareState | None = None


class NewShareContract(BaseModel):
    """The signed contract of an affiliate share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: NeededLine
    party: NeededLine
    signed_on: Day


class ShareEnd(BaseModel):
    """Why it ends, and the last day on which sales count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: NeededText
    last_on: Day | None = None


class Clearing(BaseModel):
    """A reviewer's words, where anything is listed (A4)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Text = ""
