"""What the operations of this room take: checked, frozen facts."""

import enum
from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, model_validator

from app.accounts.models import Role, Theme
from app.core.checked import Checked
from app.core.i18n import LANGUAGES
from app.core.mail import BadAddress, clean_address
from app.core.vtimezone import zone_names


def _address(text: str) -> str:
    try:
        return clean_address(text).lower()
    except BadAddress as error:
        raise ValueError(error.message) from None


def _zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError(_("This is not a time zone. Use a name such as Europe/London."))
    return name


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(_("Rapport does not speak this language yet."))
    return code


Name = Annotated[str, Field(min_length=1, max_length=320)]
ZoneName = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]


class UserDetails(Checked):
    """A login: who it is, what they may do and where they sit. The department is made when it is new."""

    email: Annotated[str, Field(max_length=320), AfterValidator(_address)]
    name: Name
    role: Role
    department: Name
    #: The agency (id of an organisation) whose people a partner may see; partners only.
    organisation_id: int | None = None
    locale: Language = "en"
    zone: ZoneName = "Europe/London"

    @model_validator(mode="after")
    def _agency_fits_role(self) -> "UserDetails":
        if (self.role == Role.PARTNER) != (self.organisation_id is not None):
            raise ValueError(_("A partner belongs to an agency, and nobody else does."))
        return self


class ProfileDetails(Checked):
    """What everybody may change about themselves."""

    name: Name
    locale: Language
    zone: ZoneName
    theme: Theme


class DelegationDetails(Checked):
    """For these days, both included, somebody may approve in one's name (R2)."""

    delegate_id: int
    from_on: date
    to_on: date

    @model_validator(mode="after")
    def _days_in_order(self) -> "DelegationDetails":
        if self.to_on < self.from_on:
            raise ValueError(_("The last day comes before the first one."))
        return self


class AbsenceDetails(Checked):
    """On these days, both included, somebody is away."""

    from_on: date
    to_on: date

    @model_validator(mode="after")
    def _days_in_order(self) -> "AbsenceDetails":
        if self.to_on < self.from_on:
            raise ValueError(_("The last day comes before the first one."))
        return self


class TaxRule(enum.StrEnum):
    """Which amounts staff enter where an invoice charges value-added tax; reports say so (c43)."""

    AS_INVOICED = "as_invoiced"
    INCLUDED = "included"
    FEES_WITHOUT = "fees_without"


class ReportingDetails(Checked):
    """How reports of this installation are made."""

    #: New programs start with it; the currency of a program with entries never changes.
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    #: Cells about fewer people are not shown (P7).
    n_group_minimum: Annotated[int, Field(ge=5, le=100)]
    #: How long people have to confirm or dispute their lines before a period closes (L13).
    n_review_days: Annotated[int, Field(ge=1, le=365)]
    tax: TaxRule = TaxRule.AS_INVOICED
