"""How people hear of their lines: the room that owns their door, above this one, registers the way."""

import enum
from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.people.models import Person


class Occasion(enum.StrEnum):
    """Why somebody is written to."""

    REVIEW = "review"
    ANSWERED = "answered"
    CORRECTED = "corrected"
    LOAN_DUE = "loan_due"
    LOAN_OVERDUE = "loan_overdue"


class Message(Struct, frozen=True):
    """What a person is told: the period, until when they may answer, and words of ours about one line."""

    occasion: Occasion
    period: str = ""
    until_on: date | None = None
    answer: str = ""


#: Writes to a person; gives why it could not, in words, or an empty text.
Teller = Callable[[Person, Message, User | None], str]

_tellers: list[Teller] = []


def tell_with(tell: Teller) -> None:
    """Let the room above write to people."""
    _tellers[:] = [tell]


def tell(person: Person, message: Message, *, by: User | None) -> str:
    """Write to a person; gives why it could not, or an empty text."""
    for teller in _tellers:
        return teller(person, message, by)
    return str(_("this installation has no pages for people"))
