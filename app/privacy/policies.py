"""Rules on requests about one's own data: when an answer is due, who may confirm, what stops an erasure (P8, P9)."""

import calendar
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.i18n import day, words
from app.privacy.models import PrivacyHold, PrivacyRequest, RequestKind, RequestState

#: Entries stay for this many years after the year of the last one (facts-compliance section 5).
LEDGER_YEARS = 6


class RequestRefused(DomainError):
    """A request that cannot be taken as it is."""


class AlreadyAnswered(DomainError):
    """A request that is done, refused or withdrawn."""


class FourEyes(DomainError):
    """P8: whoever wrote the request down cannot confirm it."""


class StillNeeded(DomainError):
    """P8: something is open that needs the person."""


class OnHold(DomainError):
    """Somebody said why nothing of this person may be deleted for now."""


class LooksDifferent(DomainError):
    """What would be erased changed since it was looked at."""


class Open(Struct, frozen=True):
    """Something that still needs the person, in words; nothing may override it if it is a bar."""

    words: str
    is_bar: bool = False


def due_on(received_on: date) -> date:
    """One month after it came in (Art. 12(3) GDPR): the same day of the next month, or its last."""
    year, month = divmod(received_on.year * 12 + received_on.month, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(received_on.day, last))


def check_received(received_on: date, today: date) -> None:
    """Raise RequestRefused for a request of tomorrow."""
    if received_on > today:
        raise RequestRefused(_("This day has not come yet."), field="received_on")


def require_open(request: PrivacyRequest, kind: RequestKind | None = None) -> None:
    """Raise AlreadyAnswered unless the request waits for its answer, RequestRefused if it asks for something else."""
    if request.state is not RequestState.OPEN:
        raise AlreadyAnswered(_("This request is %(state)s already.", state=words(request.state).lower()))
    if kind is not None and request.kind is not kind:
        raise RequestRefused(_("This request asks for something else."))


def require_second(request: PrivacyRequest, by: User) -> None:
    """Raise FourEyes for the one who wrote the request down."""
    if request.made_by_id == by.id:
        raise FourEyes(
            _(
                "You wrote this request down, so somebody else of compliance or administration has to confirm it."
            )
        )


def require_no_hold(holds: Sequence[PrivacyHold]) -> None:
    """Raise OnHold while a hold stands."""
    if holds:
        first = holds[0]
        raise OnHold(
            _(
                "%(by)s put a hold on this person on %(from_at)s: %(reason)s",
                by=first.by.name,
                from_at=day(first.from_at),
                reason=first.reason,
            )
        )


def require_settled(matters: Sequence[Open], reason: str) -> None:
    """Raise StillNeeded while something is open, unless a reason says why it goes on all the same."""
    bars = [one.words for one in matters if one.is_bar]
    if bars:
        raise StillNeeded(_("Not now: %(bars)s.", bars="; ".join(bars)))
    if matters and not reason.strip():
        raise StillNeeded(
            _(
                "Still open: %(matters)s. Settle it first, or say why it is erased all the same.",
                matters="; ".join(one.words for one in matters),
            ),
            field="reason",
        )


def kept_until(last_value_on: date | None) -> date | None:
    """The last day amounts are kept for certain; None when there are none."""
    return None if last_value_on is None else date(last_value_on.year + LEDGER_YEARS, 12, 31)
