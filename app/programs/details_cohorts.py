"""What the operations on audiences and declared facets take: frozen and checked."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import Field, TypeAdapter, ValidationInfo, field_validator

from app.core import regions
from app.core.checked import Checked
from app.people.details import CountryCode, LanguageTag, LineText, NeededLine, NeededText
from app.programs.models_cohorts import WishAbout

_COUNTRY: TypeAdapter[str] = TypeAdapter(CountryCode)
_LANGUAGE: TypeAdapter[str] = TypeAdapter(LanguageTag)


class WishDetails(Checked):
    """One line of the wanted audience; any of `values` counts."""

    about: WishAbout
    values: tuple[str, ...] = Field(min_length=1, max_length=50)
    n_wanted: Annotated[int, Field(ge=1, le=100_000)]
    label: LineText = ""

    @field_validator("values")
    @classmethod
    def _values_fit(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        about = info.data.get("about")
        found = tuple(dict.fromkeys(_checked(about, value.strip()) for value in values if value.strip()))
        if not found:
            raise ValueError(_("Say what is wanted."))
        return found


def _checked(about: WishAbout | None, value: str) -> str:
    if about in {WishAbout.MARKET, WishAbout.AUDIENCE}:
        return value if value in regions.region_codes() else _COUNTRY.validate_python(value)
    if about is WishAbout.LANGUAGE:
        return _LANGUAGE.validate_python(value)
    if len(value) > 320:
        raise ValueError(_("At most 320 characters."))
    return value


class FacetDetails(Checked):
    """A question people may answer about themselves; `choices` in the words of a count ("women", "men")."""

    name: NeededLine
    choices: tuple[NeededLine, ...] = Field(min_length=2, max_length=20)
    purpose: NeededText
    n_keep_days: Annotated[int, Field(ge=1, le=1830)] = 365

    @field_validator("choices")
    @classmethod
    def _each_once(cls, choices: tuple[str, ...]) -> tuple[str, ...]:
        if len({choice.casefold() for choice in choices}) != len(choices):
            raise ValueError(_("Each answer stands once."))
        return choices


class DeclarationDetails(Checked):
    """What a person said of themselves, and where they said it."""

    choice: NeededLine
    statement: NeededLine
    said_on: date | None = None
