"""Shapes of what a payment is taken apart into: the fee, what was added and kept back, what was transferred (A5)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from app.advisory.details import TaxDetails
from app.advisory.models_tax import TaxKind
from app.advisory.policies_tax import Tax, TaxRefused
from app.api.layer import Body, Shape
from app.api.shapes import MoneyBody, MoneyShape
from app.people.details import LineText


class TaxShape(Shape):
    """One tax of a payment, never a part of what the person was given; `rate` is empty where only the amount was stated."""

    kind: TaxKind
    rate: str
    amount: MoneyShape
    reference: str

    @classmethod
    def of(cls, tax: Tax) -> "TaxShape":
        return cls(kind=tax.kind, rate=tax.rate, amount=MoneyShape.of(tax.amount), reference=tax.reference)


class NewTax(Body):
    """A rate in per cent, or the amount, or both where they agree; and the paper it stands on."""

    kind: Literal["vat", "withholding"]
    rate: Annotated[str, Field(pattern=r"^[0-9]{1,3}([.][0-9]{1,3})?$", examples=["20"])] | None = None
    amount: MoneyBody | None = None
    reference: Annotated[
        LineText, Field(description="The invoice that charges it, the certificate of what was withheld.")
    ] = ""

    def details(self) -> TaxDetails:
        """The same, as the operation takes it."""
        return TaxDetails(
            kind=self.kind, rate=None if self.rate is None else Decimal(self.rate),
            amount=self.amount.money if self.amount else None, reference=self.reference,
        )  # fmt: skip


#: The taxes of one payment: each kind once.
NewTaxes = Annotated[tuple[NewTax, ...], Field(max_length=2)]


@contextmanager
def named_as_sent(taxes: Sequence[NewTax]) -> Iterator[None]:
    """Name what is wrong with a tax by its place in the body, not by the field of the form ("vat_rate")."""
    try:
        yield
    except TaxRefused as refused:
        kind, _, part = (refused.field or "").partition("_")
        place = next((place for place, tax in enumerate(taxes) if tax.kind == kind), None)
        refused.field = "taxes" if place is None else f"taxes.{place}.{part}"
        raise
