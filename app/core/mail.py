"""Mail as bytes and as a conversation with an SMTP server; knows no database."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import cast
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import DomainError
from app.core.ics import Method, attach_calendar
from app.core.lines import one_line

#: 7bit: every server on the way may be old, and the stored bytes are the sent bytes.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)
_TIMEOUT_SECONDS = 30
_METHOD = re.compile(rb"\r\nMETHOD:([A-Z]{1,20})\r\n")
_UNPRINTABLE_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class BadAddress(DomainError):
    """A mail address nobody can receive mail at."""


class MailRefused(Exception):
    """The server refuses this one message for good; trying again would not help."""


class MailDelayed(Exception):
    """The message did not get through this time. `is_server_down`: nor would any other."""

    def __init__(self, reason: str, *, is_server_down: bool) -> None:
        super().__init__(reason)
        self.is_server_down = is_server_down


class Attachment(Struct, frozen=True):
    """A file that goes with a message; `name` is ASCII, `media_type` without parameters.

    Of a calendar with a METHOD the type says it too, so that readers know it for a message and no file (RFC 6047).
    """

    name: str
    media_type: str
    content: bytes


class Letter(Struct, frozen=True, kw_only=True):
    """What a message is made from; `calendar` is the output of `ics.render_request`."""

    message_id: str
    written_at: datetime
    sender: str
    recipient: str
    subject: str
    text: str
    html: str | None = None
    language: str = "en"
    sender_name: str = ""
    reply_to: str = ""
    #: Made by a machine without a person behind it: other machines must not answer (RFC 3834).
    is_automatic: bool = False
    calendar: bytes | None = None
    calendar_method: str = "REQUEST"
    #: Where one POST, without anything else, ends such letters for the recipient (RFC 8058).
    unsubscribe_url: str = ""
    attachments: tuple[Attachment, ...] = ()


class Parts(Struct, frozen=True):
    """What a stored message says, read back from its bytes."""

    sender: str
    recipient: str
    subject: str
    date: datetime
    text: str
    html: str
    calendar: bytes | None
    calendar_method: str
    sender_name: str
    reply_to: str
    is_automatic: bool
    unsubscribe_url: str
    attachments: tuple[Attachment, ...]


@lru_cache(maxsize=1024)
def clean_address(address: str) -> str:
    """The address in its one usual form; BadAddress if it is none. Looks nothing up in the network."""
    try:
        checked = validate_email(
            address.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise BadAddress(
            _("“%(address)s” is not a mail address. %(error)s", address=one_line(address)[:80], error=error),
            field="email",
        ) from None
    return str(checked.ascii_email)


def compose(letter: Letter) -> bytes:
    """The final RFC 5322 message: text, optionally HTML, optionally a calendar invitation (RFC 6047).

    Nothing in a letter can add a header: line ends in single-line fields become spaces. Beside a calendar part the words
    also stand as HTML: Outlook and Gmail look for the invitation among all three forms.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(one_line(letter.sender_name), addr_spec=letter.sender)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = letter.message_id
    if letter.reply_to:
        message["Reply-To"] = Address(one_line(letter.sender_name), addr_spec=letter.reply_to)
    if letter.is_automatic:
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(letter.text))
    markup = _markup(letter) if letter.html is None and letter.calendar is not None else letter.html
    if markup is not None:
        message.add_alternative(_text(markup), subtype="html")
    if letter.calendar is not None:
        attach_calendar(message, letter.calendar, Method(letter.calendar_method))
    for file in letter.attachments:
        kind, _, subtype = file.media_type.partition("/")
        method = _METHOD.search(file.content) if file.media_type == "text/calendar" else None
        params = {"method": method[1].decode(), "charset": "UTF-8"} if method else {}
        message.add_attachment(
            file.content,
            maintype=kind,
            subtype=subtype,
            filename=one_line(file.name),
            cte="base64",
            params=params,
        )
    message["Content-Language"] = one_line(
        letter.language
    )  # last: parts take earlier Content-* fields with them
    return _unsubscribe_lines(letter.unsubscribe_url) + message.as_bytes()


def _markup(letter: Letter) -> str:
    """The words of a letter as plain HTML: its paragraphs and its lines, nothing loaded from anywhere."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", _text(letter.text)) if block.strip()]
    body = "\n".join(f"<p>{escape(block, quote=False)}</p>".replace("\n", "<br>\n") for block in blocks)
    head = f'<html lang="{escape(one_line(letter.language))}">\n<head><meta charset="utf-8"></head>'
    return f'<!DOCTYPE html>\n{head}\n<body dir="auto">\n{body}\n</body>\n</html>\n'


def _unsubscribe_lines(url: str) -> bytes:
    """The header lines of RFC 2369 and RFC 8058, written by hand: the library would break a long address in two.

    One click is promised for https only, as the standard wants it.
    """
    if not url:
        return b""
    if not re.fullmatch(r"https?://[!#-;=?-~]{1,900}", url):
        raise ValueError("the address to unsubscribe at does not fit into a header")
    lines = f"List-Unsubscribe: <{url}>\r\n"
    if url.startswith("https:"):
        lines += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return lines.encode("ascii")


def parts_of(raw: bytes) -> Parts:
    """Read a message that `compose` wrote."""
    message = BytesParser(policy=_POLICY).parsebytes(raw)
    files = list(message.iter_attachments()) if message.is_multipart() else []
    files = [part for part in files if part.get_content_disposition() == "attachment"]
    leaves = {
        part.get_content_type(): part
        for part in message.walk()
        if not part.is_multipart() and part.get_content_disposition() != "attachment"
    }
    sender, calendar, replies = message["From"].addresses[0], leaves.get("text/calendar"), message["Reply-To"]
    return Parts(
        sender=str(message["From"]),
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        date=message["Date"].datetime,
        text=_content(leaves.get("text/plain")),
        html=_content(leaves.get("text/html")),
        calendar=cast(bytes, calendar.get_payload(decode=True)) if calendar else None,
        calendar_method=str(calendar.get_param("method", "REQUEST")) if calendar else "",
        sender_name=sender.display_name,
        reply_to=replies.addresses[0].addr_spec if replies else "",
        is_automatic="Auto-Submitted" in message,
        unsubscribe_url=str(message["List-Unsubscribe"] or "").strip("<> "),
        attachments=tuple(
            Attachment(
                part.get_filename() or "", part.get_content_type(), cast(bytes, part.get_payload(decode=True))
            )
            for part in files
        ),
    )


def _content(part: EmailMessage | None) -> str:
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _text(text: str) -> str:
    """Lines ended by LF, nothing unprintable between them."""
    return _UNPRINTABLE_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


# -- the server ------------------------------------------------------------------------------------


def check_url(url: str) -> None:
    """ValueError for what is not the address of a mail server; it says what one looks like, and not what was given."""
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        is_one = False
    if not is_one:
        raise ValueError("SMTP_URL must look like smtp://user:password@host:587 or smtps://host")


#: What a mail waits for; the words stand on the page of the outbox.
_PLAIN = (
    "The server offers no encryption, so nothing was sent. Use smtps://, or set RAPPORT_SMTP_TLS=offered if mail may be "
    "read on the way."
)


def is_this_machine(host: str) -> bool:
    """Whether a server is reached without any network."""
    return host in {"localhost", "127.0.0.1", "::1"}


class Connection:
    """One SMTP session that carries message after message; opened at the first one."""

    def __init__(self, url: str, *, needs_tls: bool = True) -> None:
        check_url(url)
        self._url = urlsplit(url)
        #: Whether nothing is said to a server out there that offers no encryption.
        self._needs_tls = needs_tls
        self._smtp: smtplib.SMTP | None = None

    def send(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Hand one message over; MailRefused or MailDelayed if the server does not take it."""
        try:
            self._smtp = self._smtp or self._connect()
            self._smtp.sendmail(sender, [recipient], raw)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            self._give_up_session(error)
            code, reason = _answer(error)
            if 500 <= code < 600 and not isinstance(error, smtplib.SMTPSenderRefused):
                raise MailRefused(reason) from None
            raise MailDelayed(reason, is_server_down=isinstance(error, smtplib.SMTPSenderRefused)) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            reason = _answer(error)[1] if isinstance(error, smtplib.SMTPException) else one_line(str(error))
            raise MailDelayed(reason or type(error).__name__, is_server_down=True) from None

    def _connect(self) -> smtplib.SMTP:
        url, tls = self._url, ssl.create_default_context()
        host = url.hostname or ""
        if url.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                host, url.port or 465, timeout=_TIMEOUT_SECONDS, context=tls
            )
        else:
            smtp = smtplib.SMTP(host, url.port or 25, timeout=_TIMEOUT_SECONDS)
        try:
            smtp.ehlo()
            if url.scheme == "smtp" and smtp.has_extn("starttls"):
                smtp.starttls(context=tls)
                smtp.ehlo()
            if not isinstance(smtp.sock, ssl.SSLSocket) and not is_this_machine(host):
                if self._needs_tls:
                    raise smtplib.SMTPException(_PLAIN)
                if url.username:
                    raise smtplib.SMTPException(
                        _("The server offers no encryption, so the password was not sent.")
                    )
            if url.username:
                smtp.login(unquote(url.username), unquote(url.password or ""))
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
        return smtp

    def _give_up_session(self, error: smtplib.SMTPException) -> None:
        # After a refusal the session goes on with RSET, which smtplib has sent; 421 means the server hung up.
        if _answer(error)[0] == 421:
            self.close()

    def close(self) -> None:
        """End the session; a server that is gone already is no error."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()


@contextmanager
def connection(url: str, *, needs_tls: bool = True) -> Iterator[Connection]:
    """A Connection that is closed at the end."""
    server = Connection(url, needs_tls=needs_tls)
    try:
        yield server
    finally:
        server.close()


def _answer(error: smtplib.SMTPException) -> tuple[int, str]:
    """The code and the words of a server's refusal."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return code, _said(code, words)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _said(error.smtp_code, error.smtp_error)
    return 0, one_line(str(error))


def _said(code: int, words: bytes | str) -> str:
    reason = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {one_line(reason)}"[:500]
