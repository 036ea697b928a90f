"""Decisions about people a provider sends: what their groups make of them, and whether they showed two factors there."""

from collections.abc import Collection, Sequence

from flask_babel import gettext as _

from app.accounts.models_oidc import GroupMapping
from app.core.errors import DomainError

#: Ways to prove oneself (RFC 8176) that are a second factor, or say that there was one.
_STRONG = frozenset({"mfa", "mca", "otp", "hwk", "swk", "sc"})
#: Classes that say so, of OpenID itself and of large providers.
_STRONG_CLASSES = frozenset({
    "phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    "https://refeds.org/profile/mfa",
})  # fmt: skip


class NotLetIn(DomainError):
    """Somebody the provider knows and we do not let in."""

    status = 403


class GroupTaken(DomainError):
    """A group that has its line already."""


class NoPasswordHere(DomainError):
    """A password for somebody who signs in through the provider."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This login came through your company's sign-in and has no password here. "
                "An administrator can allow passwords under Settings, Sign-in."
            ),
            field="password",
        )


def is_multi_factor(acr: str, amr: Collection[str]) -> bool:
    """Whether the provider says that two factors were shown."""
    return acr in _STRONG_CLASSES or bool(_STRONG & set(amr))


def mapped(groups: Collection[str], lines: Sequence[GroupMapping]) -> GroupMapping | None:
    """The uppermost line that fits somebody's groups."""
    return next((line for line in lines if line.group_name in groups), None)
