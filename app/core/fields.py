"""Kinds of field that say more of themselves than those of the library."""

from typing import Any

from wtforms import StringField


class AmountField(StringField):  # type: ignore[misc]
    """Digits that mean money in the currency of another field."""

    def __init__(self, label: str, validators: Any, currency_field: str, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.currency_field = currency_field
