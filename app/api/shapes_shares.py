"""Shapes of affiliate shares, of their statements and their payouts."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.advisory.details_shares import MAX_SALES, PayoutDetails, ShareDetails, StatementDetails
from app.advisory.models_shares import (
    AffiliateShare,
    RateKind,
    SharePayout,
    ShareState,
    ShareStatement,
    StatementEvery,
)
from app.advisory.policies_tax import Settled
from app.api.layer import Body, Id, PageQuery, Record, Shape
from app.api.shapes import AMOUNTS, CurrencyCode, Day, MoneyBody, MoneyShape, UserShape
from app.api.shapes_taxes import NewTaxes, TaxShape
from app.core.money import Money
from app.people.details import NeededLine, NeededText


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
    contract_party: str
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


class NewShareContract(Body):
    """The signed contract of an affiliate share."""

    reference: NeededLine
    party: NeededLine
    signed_on: Day


class ShareEnd(Body):
    """Why it ends, and the last day on which sales count."""

    reason: NeededText
    last_on: Day | None = None


class NewShare(Body):
    """An affiliate share that is wanted: `percent` of net sales or `per_sale`, one of the two (A2)."""

    person_id: Id
    program_id: Id
    covers: NeededLine
    link: NeededLine
    why: NeededText
    percent: Annotated[str, Field(pattern=r"^[0-9]{1,3}([.][0-9]{1,2})?$", examples=["7.5"])] | None = None
    per_sale: MoneyBody | None = None
    currency: CurrencyCode
    every: StatementEvery = StatementEvery.MONTH
    from_on: Day
    to_on: Day | None = None

    def details(self) -> ShareDetails:
        """The same, as the operation takes it."""
        percent = None if self.percent is None else Decimal(self.percent)
        per_sale = self.per_sale.money if self.per_sale else None
        plain = self.model_dump(exclude={"percent", "per_sale"})
        return ShareDetails(**plain, percent=percent, per_sale=per_sale)


# -- statements and payouts --------------------------------------------------------------------------


class StatementShape(Shape):
    """What was sold in some days and what that earns; never edited, a wrong one is taken back by a line of its own (L1)."""

    id: int
    share_id: int
    from_on: date
    to_on: date
    n_sales: int
    net_sales: Annotated[MoneyShape | None, AMOUNTS] = None
    commission: Annotated[MoneyShape | None, AMOUNTS] = None
    calculation: Annotated[dict[str, Any], AMOUNTS] = Field(default_factory=dict)
    evidence: str
    #: The statement this line takes back, and why.
    reverses_id: int | None
    reason: str
    is_taken_back: bool
    payout_id: int | None
    by: UserShape
    made_at: AwareDatetime

    @classmethod
    def of(cls, row: ShareStatement, *, is_taken_back: bool) -> "StatementShape":
        return cls.read(
            row, net_sales=MoneyShape.of(row.net_sales), commission=MoneyShape.of(row.commission), by=UserShape.of(row.by),
            is_taken_back=is_taken_back,
        )  # fmt: skip


class NewStatement(Body):
    """What was sold in some days, after returns and without tax; the commission is computed, never sent (A3)."""

    from_on: Day
    to_on: Day
    n_sales: Annotated[int, Field(ge=0, le=MAX_SALES)]
    net_sales: MoneyBody
    evidence: Annotated[NeededLine, Field(description="Where these figures stand: the sales report.")]

    def details(self) -> StatementDetails:
        """The same, as the operation takes it."""
        plain = self.model_dump(exclude={"net_sales"})
        return StatementDetails(**plain, net_sales=self.net_sales.money)


class PayoutShape(Shape):
    """One transfer for statements that were due, taxes apart, and the one entry of the book it became."""

    id: int
    share_id: int
    paid_on: date
    payee: str
    reference: str
    #: The commission of its statements, without value-added tax and before anything is withheld.
    amount: Annotated[MoneyShape | None, AMOUNTS] = None
    taxes: Annotated[list[TaxShape], AMOUNTS] = Field(default_factory=list)
    transferred: Annotated[MoneyShape | None, AMOUNTS] = None
    statement_ids: list[int]
    entry_seq: int | None
    by: UserShape
    made_at: AwareDatetime

    @classmethod
    def of(cls, row: SharePayout, settled: Settled, statement_ids: list[int]) -> "PayoutShape":
        return cls.read(
            row, amount=MoneyShape.of(row.amount), taxes=[TaxShape.of(tax) for tax in settled.taxes],
            transferred=MoneyShape.of(settled.transferred), statement_ids=statement_ids, by=UserShape.of(row.by),
        )  # fmt: skip


class NewPayout(Body):
    """A transfer for some statements; its amount is their sum, never sent, and open corrections are always taken in (A5)."""

    paid_on: Day
    payee: NeededLine
    reference: NeededLine
    statement_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=500)]
    taxes: NewTaxes = ()

    def details(self) -> PayoutDetails:
        """The same, as the operation takes it."""
        plain = self.model_dump(exclude={"taxes"})
        return PayoutDetails(**plain, taxes=tuple(tax.details() for tax in self.taxes))
