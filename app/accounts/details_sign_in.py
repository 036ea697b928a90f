"""How people sign in: what an administrator decides about it."""

from datetime import date

from pydantic import BaseModel

from app.accounts.models import Role


class SignInRules(BaseModel, frozen=True):
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
