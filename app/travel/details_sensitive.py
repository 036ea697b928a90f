"""What operations on identity papers and letters take: frozen, checked; what is left empty stays as it is kept."""

import re
from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AfterValidator, Field

from app.core.checked import Checked
from app.people.details import CountryCode, LineText, NeededLine
from app.travel.models_sensitive import IdentityPurpose


def _number(text: str) -> str:
    """ "p 12-34 a" as "P1234A"; letters and digits only, as in the machine-readable zone (ICAO 9303)."""
    plain = re.sub(r"[\s\-]", "", text).upper()
    if plain and not re.fullmatch(r"[A-Z0-9]{4,20}", plain):
        raise ValueError(_("A passport number is 4 to 20 letters and digits, as printed on the passport."))
    return plain


PassportNumber = Annotated[str, Field(max_length=40), AfterValidator(_number)]


class IdentityDetails(Checked):
    """What papers say, for what it was given and until when it is needed. None: what is kept stays."""

    name_in_passport: LineText | None = None
    passport_number: PassportNumber | None = None
    issuing_country: CountryCode | None = None
    nationality: CountryCode | None = None
    expires_on: date | None = None
    born_on: date | None = None
    address: Annotated[str, Field(max_length=1000)] | None = None
    other_numbers: Annotated[str, Field(max_length=1000)] | None = None
    purpose: IdentityPurpose
    delete_after_on: date
    source: NeededLine


class VisaLetterDetails(Checked):
    """Whom a letter is addressed to, and how long we keep it."""

    addressed_to: NeededLine
    delete_after_on: date
