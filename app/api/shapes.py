"""What shapes of several rooms are made of: money, users, countries, words to look for."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema, model_validator

from app.accounts.models import User
from app.api.shape import Body, Needs, Shape
from app.core.i18n import country_codes
from app.core.money import Money
from app.people.details import CountryCode, LineText, NeededText, Text

SearchText = Annotated[
    LineText,
    WithJsonSchema({"type": "string", "maxLength": 320, "pattern": "^[^\u0000-\u001f\u007f-\u009f]*$"}),
]
Country = Annotated[CountryCode, WithJsonSchema({"type": "string", "enum": sorted(country_codes())})]
Amount = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+([.][0-9]+)?$"})]

#: Amounts of money and what follows from them.
AMOUNTS = Needs("amounts:read")


#: A day of the years that are entered anywhere.
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]


class MoneyShape(Shape):
    """An exact amount in major units."""

    amount: Amount
    currency: str

    @classmethod
    def of(cls, money: Money) -> "MoneyShape":
        return cls(amount=f"{money.amount:f}", currency=money.currency)


class UserShape(Shape):
    """A user by name."""

    id: int
    name: str

    @classmethod
    def of(cls, user: User | None) -> "UserShape | None":
        return cls(id=user.id, name=user.name) if user is not None else None


#: The letters of a currency; whether there is such a one, the details of the room say.
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["GBP"])]


class MoneyBody(Body):
    """An exact amount in major units, as text, beside its currency."""

    amount: Annotated[str, Field(pattern=r"^[0-9]{1,13}([.][0-9]{1,4})?$", examples=["1234.50"])]
    currency: CurrencyCode

    @model_validator(mode="after")
    def _is_exact(self) -> "MoneyBody":
        _ = self.money  # ValueError for a currency that is none, and for more decimals than it has
        return self

    @property
    def money(self) -> Money:
        """The same, as the operations take it."""
        return Money.of(Decimal(self.amount), self.currency)


class ReasonBody(Body):
    """Why."""

    reason: NeededText


class OptionalReasonBody(Body):
    """Why, where it has to be said."""

    reason: Text = ""


class NoBody(Body):
    """Nothing has to be said: `{}`."""
