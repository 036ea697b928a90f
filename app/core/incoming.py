"""Messages of others as bytes: what they say, however they are written. Nothing in them can make reading fail."""

import codecs
import hashlib
import html
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice

from msgspec import Struct

from app.core.lines import one_line
from app.core.mail import BadAddress, clean_address

#: More of a message is not looked at: headers and words come first, attachments after them. The standard library
#: takes seconds over a header of this size and minutes over one of a MiB.
MOST_BYTES = 256 * 1024
_MOST_TEXT = 10_000
_MOST_PARTS = 200
_MOST_ADDRESSES = 100
_MOST_CALENDARS = 5
_MOST_REFERENCES = 50
_MOST_HEADER = 20_000
#: What the standard library raises over broken messages, beside what it says it raises.
_BROKEN = (
    MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, OverflowError,
)  # fmt: skip
_ID = re.compile(r"<[^<>\s]{1,900}>")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY = re.compile(r"\b([45])\d\d\b")
_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^>]{0,200}>")
#: Stops at the next bracket, so that no text takes longer than its length.
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,5000}>")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: Codecs that are no way to write a mail, or that take for ever over long texts.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
#: Where servers say to which address they delivered; a blind copy stands nowhere else.
_ENVELOPE = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")


class Report(Struct, frozen=True, kw_only=True):
    """What a mail server says about the delivery of one of our mails (RFC 3464)."""

    #: The Message-ID of our mail; empty when the report does not say.
    message_id: str
    action: str
    #: Such as 5.1.1; empty when the report does not say.
    status: str
    reason: str

    @property
    def is_failure(self) -> bool:
        """The server has given up; otherwise it still tries, or it delivered."""
        return self.action == "failed"

    @property
    def is_permanent(self) -> bool:
        """It would fail again."""
        return self.is_failure and self.status.startswith("5")


class Incoming(Struct, frozen=True, kw_only=True):
    """What a message of others says. Addresses are in lower case; `references` begins with what it answers.

    `recipients` are addresses somebody can have; `envelope` is every address it may have been delivered to, unchecked.
    """

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    envelope: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    references: tuple[str, ...]
    text: str
    n_attachments: int
    #: Out of office, newsletters, notifications: no person wrote this now.
    is_automatic: bool
    report: Report | None
    #: The parts that are calendars, each once: answers to invitations, and invitations of others.
    calendars: tuple[str, ...] = ()


def read(raw: bytes) -> Incoming:
    """Read any bytes as a message; what cannot be read is left out."""
    raw = raw[:MOST_BYTES]
    try:
        message = message_from_bytes(raw)
        leaves = list(islice(_leaves(message), _MOST_PARTS))
    except _BROKEN:
        message, leaves = BytesHeaderParser().parsebytes(raw), []
    senders = _addresses(message, "From")
    references = _references(message)
    return Incoming(
        message_id=_first_id(message, "Message-ID") or f"<{hashlib.sha256(raw).hexdigest()}@without-id>",
        # Several writers are nobody in particular.
        sender=senders[0][1] if len(senders) == 1 else "", sender_name=senders[0][0] if len(senders) == 1 else "",
        recipients=tuple(dict.fromkeys(address for _, address in _addresses(message, "To", "Cc", "Bcc"))),
        envelope=_plain_addresses(message, *_ENVELOPE, "To", "Cc", "Bcc"),
        subject=_header(message, "Subject")[:320], sent_at=_sent_at(message), references=references,
        text=_text(leaves), n_attachments=sum(map(_is_attachment, leaves)), is_automatic=_is_automatic(message),
        report=_report(leaves, references), calendars=_calendars(leaves),
    )  # fmt: skip


# -- headers ---------------------------------------------------------------------------------------


def _raw_header(message: Message, name: str) -> str:
    try:
        return str(message.get(name) or "")[:_MOST_HEADER]
    except _BROKEN:
        return ""


def _header(message: Message, name: str) -> str:
    return _decoded(_raw_header(message, name))


def _decoded(value: str) -> str:
    """A header as words: encoded words decoded, on one line."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, *_BROKEN):
        return one_line(value)
    words = [part if isinstance(part, str) else _in_charset(part, charset) for part, charset in parts]
    return one_line("".join(words))


def _in_charset(data: bytes, charset: str | None) -> str:
    """Bytes as text in the charset they name, or as UTF-8 as far as that goes."""
    try:
        codec = codecs.lookup(charset or "utf-8")
        if codec._is_text_encoding and codec.name not in _NO_CHARSETS:
            return data.decode(codec.name, "replace")
    except _BROKEN:
        pass
    return data.decode("utf-8", "replace")


def _addresses(message: Message, *names: str) -> list[tuple[str, str]]:
    """Names and addresses in headers; the addresses are read before anything is decoded, so words cannot become one."""
    found = []
    for name in names:
        try:
            values = [str(value)[:_MOST_HEADER] for value in (message.get_all(name) or [])[:20]]
            pairs = getaddresses(values)
        except _BROKEN:
            continue
        for said, address in pairs[:_MOST_ADDRESSES]:
            try:
                found.append((_decoded(said)[:320], clean_address(address).lower()))
            except BadAddress:
                continue
    return found[:_MOST_ADDRESSES]


def _plain_addresses(message: Message, *names: str) -> tuple[str, ...]:
    """Addresses just as they are written, for comparing with one of ours, which may be of this machine only."""
    found = []
    for name in names:
        try:
            pairs = getaddresses([str(value)[:_MOST_HEADER] for value in (message.get_all(name) or [])[:20]])
        except _BROKEN:
            continue
        found += [one_line(address).lower()[:320] for _, address in pairs[:_MOST_ADDRESSES] if "@" in address]
    return tuple(dict.fromkeys(found))


def _first_id(message: Message, name: str) -> str:
    found = _ID.search(_raw_header(message, name))
    return _short(found[0]) if found else ""


def _short(message_id: str) -> str:
    """A Message-ID that fits into a column; a longer one keeps its identity."""
    if len(message_id) <= 250:
        return one_line(message_id)
    return f"<{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()}@long-id>"


def _references(message: Message) -> tuple[str, ...]:
    """What it answers, the nearest first."""
    nearest = _ID.findall(_raw_header(message, "In-Reply-To"))
    # The end of a long header is the near past.
    earlier = _ID.findall(str(message.get("References") or "")[-_MOST_HEADER:])
    return tuple(dict.fromkeys(_short(one) for one in [*nearest, *reversed(earlier)]))[:_MOST_REFERENCES]


def _sent_at(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_raw_header(message, "Date"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except _BROKEN:
        return None


def _is_automatic(message: Message) -> bool:
    submitted = _header(message, "Auto-Submitted").lower().partition(";")[0].strip()
    precedence = _header(message, "Precedence").lower()
    is_answered_by_machine = any(_raw_header(message, name) for name in ("X-Autoreply", "X-Autorespond"))
    return (
        submitted not in {"", "no"} or precedence in {"bulk", "junk", "auto_reply"} or is_answered_by_machine
    )


# -- parts -----------------------------------------------------------------------------------------


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; mail inside mail is one part."""
    stack = [message]
    while stack:
        part = stack.pop()
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() != "message":
            stack.extend(reversed([one for one in payload if isinstance(one, Message)]))
        else:
            yield part


def _is_attachment(part: Message) -> bool:
    try:
        if part.get_content_disposition() == "attachment" or part.get_filename():
            return True
        return part.get_content_maintype() != "text"
    except _BROKEN:
        return True


def _text(leaves: list[Message]) -> str:
    """The words of a message, plain; HTML counts where there is nothing plain."""
    for kind in ("text/plain", "text/html"):
        for part in leaves:
            if part.get_content_type() != kind or _is_attachment(part):
                continue
            words = _content(part)
            words = _plain(words) if kind == "text/html" else words
            if words.strip():
                return _cut(words)
    return ""


def _content(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
        charset = part.get_content_charset()
    except _BROKEN:
        return ""
    return _in_charset(data, charset) if isinstance(data, bytes) else ""


def _calendars(leaves: list[Message]) -> tuple[str, ...]:
    """The text/calendar parts; one whose charset is not what it says is read as UTF-8."""
    found = []
    for part in leaves:
        if part.get_content_type() != "text/calendar":
            continue
        words = _content(part)
        if "BEGIN:VCALENDAR" not in words.upper():
            data = part.get_payload(decode=True)
            words = _in_charset(data, "utf-8") if isinstance(data, bytes) else words
        found.append(words)
    return tuple(dict.fromkeys(found[:_MOST_CALENDARS]))


def _plain(markup: str) -> str:
    """HTML as its words, nothing of scripts and styles.

    By hand, because nothing is shown as HTML afterwards: parsers that build a tree take minutes over hostile nesting
    (measured: nh3 nine minutes for a MiB of opened <div>, html.parser forty seconds for 256 KiB of "<br").
    """
    for begin, end in (
        ("<!--", "-->"),
        ("<title", "</title"),
        ("<style", "</style"),
        ("<script", "</script"),
    ):
        markup = _without(markup, begin, end)
    bare = _TAG.sub("", _BREAKS.sub("\n", markup))
    with suppress(ValueError):  # a number of thousands of digits
        bare = html.unescape(bare)
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _without(markup: str, begin: str, end: str) -> str:
    """The text less everything between two marks; what is never closed goes to the end."""
    lower, kept, at = markup.lower(), [], 0
    if len(lower) != len(
        markup
    ):  # a letter that changes its length: such text hides nothing worth the trouble
        return markup
    while (start := lower.find(begin, at)) >= 0:
        kept.append(markup[at:start])
        stop = lower.find(end, start)
        if stop < 0:
            return "".join(kept)
        at = lower.find(">", stop) + 1 or len(markup)
    return "".join([*kept, markup[at:]])


def _cut(text: str) -> str:
    plain = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return plain if len(plain) <= _MOST_TEXT else plain[: _MOST_TEXT - 2].rstrip() + " …"


# -- reports about delivery ------------------------------------------------------------------------


def _report(leaves: list[Message], references: tuple[str, ...]) -> Report | None:
    """The report a message carries, the worst of several recipients; None when it carries none."""
    part = next((one for one in leaves if one.get_content_type() == "message/delivery-status"), None)
    blocks = part.get_payload() if part is not None else None
    if not isinstance(blocks, list):
        return None
    found = [
        _of_recipient(block) for block in blocks[:20] if isinstance(block, Message) and block.get("Action")
    ]
    if not found:
        return None
    action, status, reason = max(found, key=lambda one: (one[0] == "failed", one[1]))
    original = _original_id(leaves) or (references[0] if references else "")
    return Report(message_id=original, action=action, status=status, reason=reason)


def _of_recipient(block: Message) -> tuple[str, str, str]:
    """Action, status and reason of one recipient."""
    action = _header(block, "Action").lower().partition(" ")[0][:20]
    said = _header(block, "Diagnostic-Code")
    reason = (said.partition(";")[2].strip() or said)[:500]
    status = _STATUS.search(_header(block, "Status")) or _STATUS.search(reason)
    if status is not None:
        return action, status[0], reason
    reply = _REPLY.search(reason)
    return action, f"{reply[1]}.0.0" if reply else "", reason


def _original_id(leaves: list[Message]) -> str:
    """The Message-ID of the mail a report is about; it brings the mail, or its headers."""
    for part in leaves:
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                return _first_id(inner[0], "Message-ID")
        if part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            words = _content(part).encode("utf-8", "replace")
            return _first_id(BytesHeaderParser().parsebytes(words), "Message-ID")
    return ""
