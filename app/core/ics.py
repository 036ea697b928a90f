"""Calendar items out: subscribed feeds, single downloads and invitation mails as exact RFC 5545 bytes.

Three promises that other programs break and calendar apps punish: the same items give the same bytes, one bad
item never costs the reader the rest of the feed, and every parser reads the same instants. Rule C1.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from app.core.vtimezone import (
    ZonedTime,
    Zones,
    add_zone,
    is_utc,
    time_problems,
    utc_text,
    vtimezone,
    zoned_line,
)

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
PRODID: Final = "-//Rapport//Rapport Calendar//EN"

# An empty feed carries a zone only to be valid; a year of its own choice would change the bytes every January.
_EMPTY_FEED_YEAR = 2026
_MAX_SEQUENCE = 2**31 - 1

_FOLD_AT = 75
# What readers see as one character: a flag, or a letter or emoji with its accents, skin tone and joined parts.
_CLUSTER = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|.(?:\u200d.|[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0903"
    "\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff])*",
    re.DOTALL,
)
_MAILTO_SAFE = "@!$'*+"
_URI_SAFE = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"<>\\^`{|}')
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

T = TypeVar("T")


class Status(StrEnum):
    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class BusyStatus(StrEnum):
    """Values of X-MICROSOFT-CDO-BUSYSTATUS; OOF is "out of office"."""

    FREE = "FREE"
    TENTATIVE = "TENTATIVE"
    BUSY = "BUSY"
    OOF = "OOF"


class Method(StrEnum):
    """The iTIP methods we send (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class InvalidItem(ValueError):
    """The item cannot be written as a calendar event; `reasons` are sentences for the person who can mend it."""

    def __init__(self, uid: str, reasons: tuple[str, ...]) -> None:
        self.uid, self.reasons = uid, reasons
        super().__init__(" ".join(reasons))


class CalendarItem(Struct, frozen=True, kw_only=True):
    """One event as a calendar shows it; construction raises InvalidItem with all reasons at once.

    Both ends are a ZonedTime each, with a zone of its own (a flight), or both are dates and `ends` is the first
    day after the item (RFC 5545, 3.6.1). Ends must follow starts as instants: a landing may be earlier than
    take-off on the wall. Parts of a second are dropped. `revised_at` is the last change of this revision, never
    the time of export; `sequence` rises with every change of time, place or status. `geo` is latitude and
    longitude in degrees. Links are http or https.
    """

    uid: str
    revised_at: datetime
    starts: ZonedTime | date
    ends: ZonedTime | date
    summary: str
    sequence: int = 0
    description: str = ""
    location: str = ""
    status: Status = Status.CONFIRMED
    transparent: bool = False
    busy_status: BusyStatus | None = None
    url: str | None = None
    conference_url: str | None = None
    categories: tuple[str, ...] = ()
    geo: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if reasons := tuple(_problems(self)):
            raise InvalidItem(self.uid, reasons)


class Party(Struct, frozen=True):
    """Organizer or attendee, by bare ASCII addresses; `sent_by`: whose mailbox writes for them. Raises ValueError."""

    address: str
    name: str = ""
    sent_by: str = ""

    def __post_init__(self) -> None:
        # Gmail shows no buttons for "mailto:Name <x@y>"; a line break would forge a property.
        for address in (self.address, self.sent_by or self.address):
            if not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", address, re.ASCII):
                raise ValueError(f"“{address}” is not a plain mail address.")


class Wording(Struct, frozen=True):
    """The words that we add to people's texts, in the language of the reader."""

    cancelled: str = "Cancelled: "
    join: str = "Join: "


class Skipped(NamedTuple):
    """An item left out of a feed, and why."""

    uid: str
    reason: str


@dataclass(frozen=True)
class Feed:
    """A rendered feed and what had to be left out of it."""

    content: bytes
    skipped: tuple[Skipped, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content in hexadecimal: the opaque part of the ETag, as Werkzeug's `set_etag` wants it."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def etag(self) -> str:
        """The strong ETag as it stands in the header, quotes included (RFC 9110, 8.8.3)."""
        return f'"{self.digest}"'


def build_items(build: Callable[[T], CalendarItem], sources: Iterable[T]) -> list[CalendarItem | InvalidItem]:
    """`build` applied to each source; what it refuses comes back as the InvalidItem, for render_feed to report."""
    items: list[CalendarItem | InvalidItem] = []
    for source in sources:
        try:
            items.append(build(source))
        except InvalidItem as problem:
            items.append(problem)
    return items


def render_feed(
    items: Iterable[CalendarItem | InvalidItem],
    *,
    name: str,
    description: str | None = None,
    refresh: timedelta = timedelta(hours=1),
    default_zone: str = "UTC",
    wording: Wording = Wording(),
) -> Feed:
    """A feed for subscription: no METHOD, no people, no UID of its own (vdirsyncer would store it as one item).

    Order of the input does not matter. Of several items with one UID the latest revision stays. `default_zone` fills
    a feed without items, which would be invalid without any component. Raises UnknownZone for `default_zone`.
    """
    given = list(items)
    skipped = [Skipped(item.uid, str(item)) for item in given if isinstance(item, InvalidItem)]
    latest: dict[str, CalendarItem] = {}
    for item in given:
        if isinstance(item, InvalidItem):
            continue
        rival = latest.get(item.uid)
        if rival is not None:
            skipped.append(Skipped(item.uid, "Another item has the same UID and is at least as new."))
        if rival is None or _revision(item) > _revision(rival):
            latest[item.uid] = item
    zones: Zones = {}
    components: list[str] = []
    for _, item in sorted(latest.items()):
        components += _event(item, wording, zones, item.revised_at)
    if not components:
        add_zone(zones, default_zone, _EMPTY_FEED_YEAR)
    title, interval = _text(name), _duration(refresh)
    header = [f"NAME:{title}", f"X-WR-CALNAME:{title}"]
    if description:
        header += [f"DESCRIPTION:{_text(description)}", f"X-WR-CALDESC:{_text(description)}"]
    header += [f"REFRESH-INTERVAL;VALUE=DURATION:{interval}", f"X-PUBLISHED-TTL:{interval}"]
    return Feed(_calendar(header, zones, components), tuple(sorted(skipped)))


def render_item(item: CalendarItem, *, wording: Wording = Wording()) -> bytes:
    """One item as a file to download: the event of the feed, without METHOD, so that any calendar imports it."""
    zones: Zones = {}
    event = _event(item, wording, zones, item.revised_at)  # fills zones, so before _calendar
    return _calendar([], zones, event)


def render_request(
    item: CalendarItem,
    *,
    organizer: Party,
    attendee: Party,
    made_at: datetime,
    method: Method = Method.REQUEST,
    wording: Wording = Wording(),
    is_question: bool = True,
) -> bytes:
    """An invitation, its update or its cancellation for one person (RFC 5546, 3.2.2 and 3.2.5).

    The only attendee is the reader: guests do not learn of each other. `made_at` is when the mail was made; for CANCEL the
    caller has raised `item.sequence`. `is_question`: False for what is booked and not asked, which stands as accepted.
    Raises ValueError for a REQUEST of a cancelled item, which RFC 5546 does not know, and for a `made_at` not in UTC.
    """
    if not is_utc(made_at):
        raise ValueError("The time of the message must be in UTC.")
    if method == Method.REQUEST and item.status == Status.CANCELLED:
        raise ValueError("A cancelled item is sent as CANCEL, not as REQUEST.")
    asked = ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE" if is_question else ";PARTSTAT=ACCEPTED;RSVP=FALSE"
    role = f"CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT{asked if method == Method.REQUEST else ''}"
    zones: Zones = {}
    sent = replace(item, status=Status.CANCELLED) if method == Method.CANCEL else item
    people = (f"ORGANIZER{_address(organizer)}", f"ATTENDEE;{role}{_address(attendee)}")
    return _calendar([f"METHOD:{method}"], zones, _event(sent, wording, zones, made_at, *people))


def attach_calendar(message: EmailMessage, content: bytes, method: Method) -> None:
    """Add render_request's bytes to a mail that has its text already, as RFC 6047 and Gmail want them.

    The calendar becomes the last alternative of the body, not an attachment, which would show no buttons. Raises
    ValueError when the message has no text yet, has attachments already, or `method` is not the one of `content`.
    """
    if message.get_payload() is None:
        raise ValueError("The message needs its text before the calendar part.")
    if f"\r\nMETHOD:{method}\r\n".encode() not in content:
        raise ValueError(f"The calendar is not a {method}.")
    params = {"method": str(method), "charset": "UTF-8"}
    message.add_alternative(content, maintype="text", subtype="calendar", params=params, cte="base64")


def fold(line: str) -> str:
    """A content line in physical lines of at most 75 octets, joined by CRLF and a space (RFC 5545, 3.1).

    Never breaks a UTF-8 sequence, and breaks what readers see as one character (letter and accents, joined
    emoji, flag) only where that is longer than a line.
    """
    if line.isascii():
        if len(line) <= _FOLD_AT:
            return line
        rest = range(_FOLD_AT, len(line), _FOLD_AT - 1)
        return "\r\n ".join([line[:_FOLD_AT], *(line[start : start + _FOLD_AT - 1] for start in rest)])
    lines, current, room = [], "", _FOLD_AT
    for cluster in _CLUSTER.findall(line):
        for part in (cluster,) if len(cluster.encode()) < _FOLD_AT else cluster:
            size = len(part.encode())
            if size > room:
                lines.append(current)
                current, room = "", _FOLD_AT - 1
            current += part
            room -= size
    return "\r\n ".join([*lines, current])


def _calendar(header: Iterable[str], zones: Zones, components: Iterable[str]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "CALSCALE:GREGORIAN", *header]
    for zone in sorted(zones):
        lines += vtimezone(zone, *zones[zone])
    return "".join([fold(line) + "\r\n" for line in (*lines, *components, "END:VCALENDAR")]).encode()


def _event(item: CalendarItem, wording: Wording, zones: Zones, made_at: datetime, *people: str) -> list[str]:
    """Unfolded lines of the VEVENT; zones it needs are added to `zones`."""
    cancelled = item.status == Status.CANCELLED
    link, description = item.conference_url, item.description
    if link and link not in description:
        # Nextcloud, Thunderbird, Outlook and Apple ignore CONFERENCE, so people find the link in the text.
        description = f"{description}\n\n{wording.join}{link}".strip()
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(item.uid)}",
        f"DTSTAMP:{utc_text(made_at)}",
        f"LAST-MODIFIED:{utc_text(item.revised_at)}",
        f"SEQUENCE:{item.sequence}",
        zoned_line("DTSTART", item.starts, zones),
        zoned_line("DTEND", item.ends, zones),
        f"SUMMARY:{_text(wording.cancelled if cancelled else '')}{_text(item.summary)}",
        f"STATUS:{item.status.upper()}",
        f"TRANSP:{'TRANSPARENT' if cancelled or item.transparent else 'OPAQUE'}",
        *people,
    ]
    if description:
        lines.append(f"DESCRIPTION:{_text(description)}")
    if location := item.location or link:
        lines.append(f"LOCATION:{_text(location)}")
    if item.geo:
        lines.append(f"GEO:{item.geo[0]:.6f};{item.geo[1]:.6f}")
    if url := item.url or link:
        lines.append(f"URL:{_uri(url)}")
    if link:
        lines.append(
            f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL={_quoted(wording.join.strip(' :'))}:{_uri(link)}"
        )
    if item.categories:
        lines.append(f"CATEGORIES:{','.join(map(_text, item.categories))}")
    if item.busy_status:
        lines.append(f"X-MICROSOFT-CDO-BUSYSTATUS:{BusyStatus.FREE if cancelled else item.busy_status}")
    if not isinstance(item.starts, ZonedTime):
        lines.append("X-MICROSOFT-CDO-ALLDAYEVENT:TRUE")
    return [*lines, "END:VEVENT"]


def _duration(span: timedelta) -> str:
    """An RFC 5545 duration in the largest unit that fits; the grammar forbids hours followed by seconds."""
    seconds = int(span.total_seconds())
    if seconds <= 0:
        raise ValueError("The refresh interval must be positive.")
    size, unit = next(one for one in ((3600, "H"), (60, "M"), (1, "S")) if seconds % one[0] == 0)
    return f"PT{seconds // size}{unit}"


def _clean(text: str) -> str:
    """Text that every parser reads: line ends as LF, no control characters, no half surrogate pairs."""
    if not _UNCLEAN.search(text):
        return text
    text = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return re.sub("[\x00-\x09\x0b-\x1f\x7f-\x9f]", "", text)


def _text(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    clean = _clean(text)
    return clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _quoted(text: str) -> str:
    """A quoted parameter value. Few readers undo the ^ escapes of RFC 6868, so quotes and line ends are replaced."""
    return '"' + _clean(text).replace('"', "'").replace("\n", " ").replace("^", " ") + '"'


def _address(party: Party) -> str:
    """Parameters and value of a CAL-ADDRESS; reserved characters of the address as RFC 6068 asks."""
    name = f";CN={_quoted(party.name)}" if party.name.strip() else ""
    sent_by = f';SENT-BY="mailto:{quote(party.sent_by, safe=_MAILTO_SAFE)}"' if party.sent_by else ""
    return f"{name}{sent_by}:mailto:{quote(party.address, safe=_MAILTO_SAFE)}"


def _uri(link: str) -> str:
    """The link with what RFC 3986 forbids percent-encoded, everything else as it was."""
    return quote(link, safe=_URI_SAFE)


def _problems(item: CalendarItem) -> Iterator[str]:
    if not item.uid or len(item.uid) > 255 or _clean(item.uid) != item.uid or "\n" in item.uid:
        yield "The UID is empty, too long or has control characters."
    if not is_utc(item.revised_at):
        yield "The time of the last change is not in UTC."
    if not 0 <= item.sequence <= _MAX_SEQUENCE:
        yield "The sequence number is out of range."
    if not _clean(item.summary).strip():
        yield "The title is empty."
    yield from time_problems(item.starts, item.ends)
    for link in (item.url, item.conference_url):
        if link is not None and not _is_web_link(link):
            yield f"“{_clean(link)}” is not a web link."
    if item.geo is not None and not (abs(item.geo[0]) <= 90 and abs(item.geo[1]) <= 180):
        yield "The coordinates are not a place on Earth."


def _is_web_link(link: str) -> bool:
    if re.search("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]", link):
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _revision(item: CalendarItem) -> tuple[int, datetime, str]:
    """Sorts revisions of one item; the last part only makes a tie independent of the order of the input."""
    return item.sequence, item.revised_at, repr(item)
