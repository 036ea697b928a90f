"""Decisions about tokens of scripts: how long they may last, what they may do, what is said when one opens nothing."""

from collections.abc import Collection
from datetime import date, timedelta

from flask_babel import gettext as _

from app.accounts.models import ApiToken, TokenScope
from app.core.errors import DomainError
from app.core.i18n import day_in_full

#: How long a token lasts when nobody says, and how long one may last at most.
USUAL = timedelta(days=90)
LONGEST = timedelta(days=365)
#: So long before the end its owner is told.
WARNED_BEFORE = timedelta(days=7)


class TokenRefused(DomainError):
    """A token nobody can make."""


class NoToken(DomainError):
    """A request to the interface that carries no token that opens anything."""

    status = 401


class AskedTooOften(DomainError):
    """A token that asks more often than one may."""

    status = 429

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.retry_after = seconds


def check_last_day(ends_on: date, today: date) -> None:
    """Refuse a last day that is over or too far away. Raises TokenRefused."""
    if ends_on < today:
        raise TokenRefused(
            _("This day is over already. Choose a last day that is still to come."), field="ends_on"
        )
    if ends_on > today + LONGEST:
        raise TokenRefused(
            _(
                "A token lasts a year at most. Choose %(today)s or an earlier day.",
                today=day_in_full(today + LONGEST),
            ),
            field="ends_on",
        )


def check_rights(scope: TokenScope, rights: Collection[str], own: Collection[str]) -> None:
    """Refuse a token for nothing, and one that asks for more than its owner may. Raises TokenRefused."""
    if scope != TokenScope.CHOSEN:
        return
    if not rights:
        raise TokenRefused(_("Choose at least one part, or the token could do nothing."), field="rooms")
    if not set(own).issuperset(rights):
        raise TokenRefused(
            _("A token cannot do more than you may. Choose among your own rights."), field="rooms"
        )


def is_over(token: ApiToken, today: date) -> bool:
    """Whether the last day of a token has passed; `today` is that of its owner."""
    return token.ends_on < today


def why_not(token: ApiToken | None, today: date) -> str:
    """Why this token opens nothing, for whoever runs the script; empty when it does."""
    if token is None:
        return str(
            _(
                "This token is not known. Make one on your account page and send it as “Authorization: Bearer …”."
            )
        )
    if token.revoked_at is not None or not token.user.is_active:
        return str(_("This token was revoked. Make another one on your account page."))
    if is_over(token, today):
        return str(
            _(
                "This token ended after %(ends_on)s. Make another one on your account page.",
                ends_on=day_in_full(token.ends_on),
            )
        )
    return ""
