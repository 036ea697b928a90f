"""Fields that forms about events and shows share: classes of people, and a zone said as people say it."""

from typing import Any

from wtforms import SelectChoice, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from app.core.forms import BaseForm, words_of
from app.core.zone_choice import NotOneZone, zone_meant
from app.events.models import Audience


def audience_choice(label: str, description: str = "") -> Any:
    """Classes of people, any number of them."""
    return SelectMultipleField(
        label,
        choices=[SelectChoice(value, words) for value, words in words_of(Audience)],
        coerce=str,
        description=description,
    )


def zone_of_place(label: str = "Time zone", *, country_field: str = "country", **kwargs: Any) -> Any:
    """A zone by its name, by a city, or by the country alone where it has only one; stands before the times it is for."""

    def meant(form: BaseForm, field: Any) -> None:
        try:
            field.data = zone_meant(str(field.data or "")[:64], str(form[country_field].data or ""))
        except NotOneZone as error:
            raise ValidationError(str(error)) from None

    return StringField(label, [meant], **kwargs)
