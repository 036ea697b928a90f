"""What the operations of affiliate shares take: frozen, checked, the same for every screen."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from app.advisory.details import TaxDetails
from app.advisory.models_shares import StatementEvery
from app.core.checked import Checked
from app.core.money import Money
from app.people.details import NeededLine, NeededText

#: More sales than this in one month are a slip of the finger.
MAX_SALES = 10_000_000


class ShareDetails(Checked):
    """A share that is wanted: `percent` of net sales or `per_sale`, one of the two; `to_on` open if none.

    What somebody reaches is no input, and neither is anything they write.
    """

    person_id: int
    program_id: int
    covers: NeededLine
    link: NeededLine
    why: NeededText
    percent: Decimal | None = None
    per_sale: Money | None = None
    currency: str
    every: StatementEvery = StatementEvery.MONTH
    from_on: date
    to_on: date | None = None


class ShareContractDetails(Checked):
    """The signed contract of a share: its reference, with whom, on which day."""

    reference: NeededLine
    party: NeededLine
    signed_on: date


class StatementDetails(Checked):
    """What was sold in some days: the number of sales, their worth after returns and tax, and where that stands."""

    from_on: date
    to_on: date
    n_sales: Annotated[int, Field(ge=0, le=MAX_SALES)]
    net_sales: Money
    evidence: NeededLine


class PayoutDetails(Checked):
    """A transfer for some statements: the amount is not given, it is what they sum up to."""

    paid_on: date
    payee: NeededLine
    reference: NeededLine
    statement_ids: tuple[int, ...]
    taxes: tuple[TaxDetails, ...] = ()
