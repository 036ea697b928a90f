"""A conversation with an IMAP server: what is unread in one folder, message by message; knows no database."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, unquote, urlsplit

from flask_babel import gettext as _
from msgspec import Struct

from app.core.incoming import MOST_BYTES
from app.core.lines import one_line

_TIMEOUT_SECONDS = 20
_NEARBY = frozenset({"localhost", "127.0.0.1", "::1"})
_NOT_SO = "RAPPORT_INBOX_URL must look like imaps://user:password@host/folder, in plain characters or as %XX"


class InboxUnreachable(Exception):
    """The mailbox cannot be read now; the words hold no password."""


class Fetched(Struct, frozen=True):
    """The beginning of a message, and how large all of it is."""

    raw: bytes
    n_bytes: int


def check_address(url: str) -> None:
    """ValueError for an address nobody can read a mailbox at; empty means that there is none."""
    if url:
        _parts_of(url)


def _parts_of(url: str) -> SplitResult:
    # Neither the words of an error nor anything else ever repeats the address: it holds the password.
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"imap", "imaps"} and parts.hostname and parts.username and parts.port != 0
    except ValueError:
        raise ValueError(_NOT_SO) from None
    if not is_good:
        raise ValueError(_NOT_SO)
    said = "".join(map(unquote, (parts.username or "", parts.password or "", parts.path)))
    if not (said.isascii() and said.isprintable()):
        raise ValueError(_NOT_SO)
    return parts


class Mailbox:
    """One folder, opened; reading a message leaves it unread until `mark_read`."""

    def __init__(self, imap: imaplib.IMAP4) -> None:
        self._imap = imap

    def unread(self, most: int) -> list[str]:
        """The numbers of unread messages, the oldest first, at most so many."""
        found = self._ask("SEARCH", "UNSEEN")
        line = found[0] if found and isinstance(found[0], bytes) else b""
        return [number.decode("ascii") for number in line.split() if number.isdigit()][:most]

    def fetch(self, uid: str) -> Fetched | None:
        """One message, its first MiB; None when it is gone."""
        for part in self._ask("FETCH", uid, f"(RFC822.SIZE BODY.PEEK[]<0.{MOST_BYTES}>)"):
            if isinstance(part, tuple) and len(part) == 2:
                return Fetched(bytes(part[1])[:MOST_BYTES], _size_in(part[0], len(part[1])))
        return None

    def mark_read(self, uid: str, *, is_flagged: bool = False) -> None:
        """It is dealt with; `is_flagged` lets a person find it in the mailbox."""
        self._ask("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Flagged)" if is_flagged else r"(\Seen)")

    def _ask(self, command: str, *words: str) -> list[object]:
        with _troubles():
            status, found = self._imap.uid(command, *words)
            if status != "OK":
                raise imaplib.IMAP4.error(
                    _("%(command)s was answered with %(status)s", command=command, status=status)
                )
            return list(found)


def _size_in(line: bytes, least: int) -> int:
    words = line.split()
    at = words.index(b"RFC822.SIZE") + 1 if b"RFC822.SIZE" in words else len(words)
    return int(words[at]) if at < len(words) and words[at].isdigit() else least


@contextmanager
def mailbox(url: str) -> Iterator[Mailbox]:
    """The folder of an address, closed at the end; InboxUnreachable when the server does not play along."""
    parts = _parts_of(url)
    with _troubles():
        imap = _connect(parts)
    try:
        with _troubles():
            imap.login(_quoted(unquote(parts.username or "")), unquote(parts.password or ""))
            status, _data = imap.select(_quoted(unquote(parts.path.lstrip("/")) or "INBOX"))
            if status != "OK":
                raise imaplib.IMAP4.error(_("There is no such folder."))
        yield Mailbox(imap)
    finally:
        _leave(imap)


def _connect(parts: SplitResult) -> imaplib.IMAP4:
    """An encrypted connection; a password goes in the clear to this very machine only."""
    host, tls = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "imaps":
        return imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=tls, timeout=_TIMEOUT_SECONDS)
    imap = imaplib.IMAP4(host, parts.port or 143, timeout=_TIMEOUT_SECONDS)
    if host not in _NEARBY:
        try:
            imap.starttls(tls)
        except (imaplib.IMAP4.error, OSError):
            imap.shutdown()
            raise
    return imap


def _leave(imap: imaplib.IMAP4) -> None:
    try:
        imap.logout()
    except (imaplib.IMAP4.error, OSError, EOFError):
        imap.shutdown()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _troubles() -> Iterator[None]:
    """Whatever goes wrong on the way is one kind of trouble."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError, EOFError, ValueError) as trouble:
        words = trouble.args[0] if trouble.args else ""
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(trouble)
        raise InboxUnreachable(one_line(said)[:300] or type(trouble).__name__) from None
