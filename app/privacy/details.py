"""What the operations of this room take: frozen, checked."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AfterValidator, Field

from app.core.checked import Checked
from app.people.details import NeededLine  # the same idea of printable text as everywhere
from app.privacy.models import RequestChannel, RequestKind


def _needed(text: str) -> str:
    if not text.strip():
        raise ValueError(_("This is needed."))
    return text.strip()


Words = Annotated[str, Field(max_length=10_000)]
NeededWords = Annotated[Words, AfterValidator(_needed)]


class RequestDetails(Checked):
    """A request as it came in."""

    kind: RequestKind
    person_id: int
    received_on: date
    channel: RequestChannel
    handler_id: int
    words: Words = ""
    #: How it is known that it was the person.
    identity: NeededWords


class ErasureDetails(Checked):
    """The second user's yes: what they looked at, and why something open does not stop it."""

    seen: str
    reason: Words = ""


class RuleDetails(Checked):
    """How long a kind of data is kept, from a day on."""

    kind: str
    n_days: Annotated[int, Field(ge=0, le=36_500)]
    is_asked: bool = True
    from_on: date
    reason: NeededLine
