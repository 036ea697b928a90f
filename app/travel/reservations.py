"""Bookings as airlines, railways and hotels send them: what a file or a pasted text holds, read with bounds.

Only what a trip needs is taken: ways, times, places, class, price, booking code. Tickets, bar codes, seats, cards and
addresses of the traveller are never read, so they cannot be kept.
"""

import email
import email.policy
import html
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from flask_babel import gettext as _
from msgspec import Struct, field

from app.core.checked import Checked
from app.core.errors import DomainError
from app.core.ics_clocks import clean
from app.travel.details import LegDetails, StayDetails, TransferDetails

MOST_BYTES: Final = 1024 * 1024
MOST_BOOKINGS: Final = 40
#: So many nodes of JSON-LD are looked at; a confirmation has some dozens.
_MOST_NODES = 4_000
_MOST_BLOCKS = 40
#: How a JSON-LD block begins that stands free in a text.
_BEGIN = re.compile(r'[\[{]\s*(?:\{\s*)?"@(?:context|type|graph)"')


class ReadingRefused(DomainError):
    """Nothing can be read out of a file or a text."""


class Booking(Checked):
    """One booking as it was understood: the part of a trip it would become, whose it is, and what was assumed."""

    title: str
    part: LegDetails | StayDetails | TransferDetails
    traveller: str = ""
    reference: str = ""
    is_cancelled: bool = False
    remarks: tuple[str, ...] = ()


class Left(Struct, frozen=True):
    """A booking that cannot be taken, and why."""

    title: str
    reason: str


class Bookings(Struct):
    """What a file or a text holds."""

    found: list[Booking] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def add(self, booking: Booking) -> None:
        """Note a booking; the same said twice is one."""
        if booking not in self.found:
            self.found.append(booking)

    def leave(self, title: str, reason: str) -> None:
        """Note why something is not taken."""
        if len(self.left) < MOST_BOOKINGS:
            self.left.append(Left(clean(title)[:120] or "A booking", reason))


Node = dict[str, Any]


def taken(data: bytes) -> str:
    """The words of a file, or of what was pasted; ReadingRefused when they are too many."""
    if len(data) > MOST_BYTES:
        raise ReadingRefused(
            _(
                "This is larger than %(most_bytes)s MB, and a confirmation is not. Take the part with the"
                " booking.",
                most_bytes=MOST_BYTES // 1024 // 1024,
            )
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def nodes_in(text: str) -> Iterator[Node]:
    """Every reservation of schema.org in a text: JSON-LD alone, in a list, in a web page or in the source of a mail."""
    n_left = _MOST_NODES
    for block in _blocks(text):
        for node in _walk(block):
            n_left -= 1
            if n_left < 0:
                raise ReadingRefused(_("This holds far more than bookings. Take the part with the booking."))
            if kind_of(node).endswith("Reservation"):
                yield node


def kind_of(node: Node) -> str:
    """The type of a node without its address: "FlightReservation"."""
    said = node.get("@type")
    said = said[0] if isinstance(said, list) and said else said
    return said.rstrip("/").rsplit("/", 1)[-1][:60] if isinstance(said, str) else ""


def json_in(text: str) -> Any:
    """JSON with its numbers as text, because amounts are never floats; ValueError for what is none, or nests too deep."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, strict=False)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _walk(block: Any) -> Iterator[Node]:
    """The nodes of a block, outer ones first; JSON cannot refer to itself, so this ends."""
    waiting = deque([block])
    for _step in range(_MOST_NODES * 10):
        if not waiting:
            return
        value = waiting.popleft()
        if isinstance(value, dict):
            yield value
            if not kind_of(value).endswith("Reservation"):
                waiting.extend(value.values())
            else:
                waiting.append(value.get("subReservation"))
        elif isinstance(value, list):
            waiting.extend(value[:_MOST_NODES])


# -- finding JSON in a text ----------------------------------------------------------------------------


def _blocks(text: str) -> Iterator[Any]:
    whole = text.strip()
    if whole[:1] in {"{", "["}:
        try:
            yield json_in(whole)
            return
        except ValueError as error:
            if _BEGIN.search(whole) is None:
                raise ReadingRefused(
                    _("This is no JSON that can be read: %(error)s.", error=clean(str(error))[:120])
                ) from None
    n_blocks = 0
    for page in _pages(whole):
        for block in [*_scripts(page), *_free(page)]:
            n_blocks += 1
            if n_blocks > _MOST_BLOCKS:
                return
            yield block


def _pages(text: str) -> list[str]:
    """The text itself, or the readable parts of a mail whose source was pasted."""
    head = text[:20_000]
    if not re.match(r"(?i)[a-z][a-z0-9-]{0,60}:", head) or not re.search(
        r"(?im)^(content-type|mime-version):", head
    ):
        return [text]
    if text.count("\n--") > _MOST_BLOCKS * 5:  # the parser takes a minute over so many parts
        return [text]
    message = email.message_from_string(text, policy=email.policy.default)
    found: list[str] = []
    for part in message.walk():
        if part.get_content_maintype() != "text" or len(found) >= _MOST_BLOCKS:
            continue
        try:
            found.append(str(part.get_content()))
        except (LookupError, ValueError, KeyError):
            continue
    return found or [text]


def _scripts(page: str) -> Iterator[Any]:
    """The JSON-LD scripts of a web page.

    By searching for their marks alone, as mail is read (`core/incoming.py`): parsers that build a tree take minutes over
    hostile nesting.
    """
    lower, at = page.lower(), 0
    if len(lower) != len(page):  # a letter that changes its length
        lower = page
    while (start := lower.find("<script", at)) >= 0:
        opened = lower.find(">", start)
        closed = lower.find("</script", opened)
        if opened < 0 or closed < 0:
            return
        if "ld+json" in lower[start:opened]:
            words = page[opened + 1 : closed].strip().removeprefix("<![CDATA[").removesuffix("]]>")
            yield from _parsed(words)
        at = closed + 1


def _free(page: str) -> Iterator[Any]:
    """JSON-LD that stands in a text without a script around it."""
    if "<script" in page.lower():
        return
    if "&quot;@" in page:
        page = html.unescape(page)
    decoder, at = json.JSONDecoder(parse_float=str, parse_int=str, strict=False), 0
    for _attempt in range(_MOST_BLOCKS):
        begun = _BEGIN.search(page, at)
        if begun is None:
            return
        try:
            value, at = decoder.raw_decode(page, begun.start())
            yield value
        except (ValueError, RecursionError):
            at = begun.end()


def _parsed(words: str) -> Iterator[Any]:
    try:
        yield json_in(words)
    except ValueError:
        return


# -- values of a node ----------------------------------------------------------------------------------


def word(node: Any, *path: str) -> str:
    """The words at the end of a path, on one line; the first of several; empty when there are none."""
    for name in path:
        node = _first(node)
        node = node.get(name) if isinstance(node, dict) else None
    node = _first(node)
    if isinstance(node, dict):
        node = node.get("@value") or node.get("name")
    return clean(html.unescape(node)) if isinstance(node, str) else ""


def inner(node: Any, *path: str) -> Node:
    """The node at the end of a path; an empty one when there is none."""
    for name in path:
        node = _first(node)
        node = node.get(name) if isinstance(node, dict) else None
    node = _first(node)
    return node if isinstance(node, dict) else {}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
