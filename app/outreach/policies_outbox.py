"""Decisions about letters in the outbox: what stays behind, and what to do about it (G5)."""

from datetime import datetime

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.i18n import day
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.models_outbox import Bounce
from app.outreach.policies import ContactFacts, NotOpen, wish_against


class LetterGone(NotOpen):
    """A letter that was sent or discarded before, perhaps by somebody else a moment ago."""


class LetterOnHold(NotOpen):
    """A letter that somebody holds back."""


def is_stopped_by_opt_out(kind: TouchKind, now: datetime) -> bool:
    """Whether an opt-out stops letters of this kind: exactly those offer the opt-out in a header of their own (RFC 8058)."""
    return (
        wish_against(ContactFacts(is_opted_out=True), kind=kind, channel=TouchChannel.MAIL, now=now)
        is not None
    )


#: The letter that nobody gets who has not agreed to it (P4).
NEWS = "news"


class NewsUnwanted(DomainError):
    """P4: news to somebody who did not agree to any, or took that back."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "%(name)s has not agreed to news, so nobody can send them any. Ask them first, or discard the letter.",
                name=name,
            )
        )


class AddressIsDead(DomainError):
    """A letter to an address that mail came back from."""


def dead_words(name: str, bounce: Bounce) -> str:
    """What to do about an address that takes no mail."""
    return str(
        _(
            "%(address)s takes no mail: “%(reason)s” (%(day)s). Ask %(name)s for another address and write it into their "
            "record; or, if you know that this one works again, say so on their Outreach tab.",
            address=bounce.address,
            reason=bounce.reason,
            day=day(bounce.at.date()),
            name=name,
        )
    )
