"""Calendar parts of letters: a room above says which calendar item a letter is about, and with which method (RFC 6047)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.core import outbox
from app.core.ics import Method
from app.core.models import OutboxMail
from app.outreach.models import Letter


class CalendarPart(NamedTuple):
    """The bytes of `ics.render_request` and the method they are of."""

    content: bytes
    method: Method


class OwnWords(NamedTuple):
    """A letter that no text is kept for, and what it changes in a calendar: one object for each thing (RFC 5546).

    The first is the mail's invitation, the others go along as files, for mail programs take one invitation from a mail.
    """

    subject: str
    text: str
    parts: Sequence[CalendarPart] = ()


#: (letter, address it goes to) -> the part as it is now; None for a letter that is about no calendar item.
Maker = Callable[[Letter, str], CalendarPart | None]

_makers: dict[str, Maker] = {}


def tell_calendar_part(source_kind: str, maker: Maker) -> None:
    """Let a room above make the calendar parts of letters about its records; a room that registers again is replaced."""
    _makers[source_kind] = maker


def part_for(letter: Letter, address: str) -> CalendarPart | None:
    """The calendar part of a letter to an address, as the record is now."""
    maker = _makers.get(letter.source_kind)
    return maker(letter, address) if maker is not None else None


def bring_up_to_date(letter: Letter, mail: OutboxMail) -> None:
    """Give a mail that is about to leave the item of this moment: time, place, SEQUENCE and reader may have changed."""
    if letter.source_kind in _makers:
        part = part_for(letter, mail.recipient)
        outbox.give_calendar(mail, *(part or (None,)))
