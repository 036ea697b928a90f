"""How people sign in: what an administrator decides about it."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import Field, field_validator

from app.accounts.models import Role
from app.core.checked import Checked


class SignInRules(Checked):
    """The rules of sign-in; their defaults are those of a new installation."""

    #: Who needs a second factor, from that day on (UTC); whoever has none is led to set it up.
    factor_roles: frozenset[Role] = frozenset()
    factor_from_on: date | None = None
    #: Whether somebody the provider knows by a verified address becomes the user with this address.
    matches_email: bool = False
    #: Whether people the provider brought may have a password here too.
    own_passwords: bool = False
    #: Whether a password lets anybody in but administrators, while a provider is connected.
    passwords: bool = True


class GroupDetails(Checked):
    """What a group of the provider means here. Partners belong to an agency, which no group knows."""

    group_name: Annotated[str, Field(min_length=1, max_length=320)]
    role: Role
    department: Annotated[str, Field(min_length=1, max_length=320)]

    @field_validator("role")
    @classmethod
    def _of_the_house(cls, role: Role) -> Role:
        if role == Role.PARTNER:
            raise ValueError(_("A partner belongs to an agency. Add partners by hand."))
        return role
