"""Calling an address on the web that a user typed: https only, no machine of ours or our network, with bounds on everything."""

import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Timer
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import certifi
import urllib3
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_REDIRECTS: Final = 3
_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS = 5.0, 10.0, 30.0
#: Sending is over sooner: whoever takes something says so at once, and thinks afterwards.
_POST_SECONDS = 15.0
_SLOW: Final = _l("The server did not answer in time.")
_BLOCK = 64 * 1024
_LONGEST = 2000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGENT = "Rapport calendar reader"

Resolve = Callable[[str, int], list[str]]
IsAllowed = Callable[[str], bool]


class BadAddress(ValueError):
    """An address that is not read, whoever asks; the words are for the person at the screen and repeat no secret."""


class FetchFailed(Exception):
    """It could not be read this time; the words are for the person at the screen and hold no address."""


class Fetched(Struct, frozen=True):
    """What came; `content` is None when nothing has changed since (304)."""

    content: bytes | None
    etag: str
    last_modified: str


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def is_public(address: str) -> bool:
    """Whether an IP address is somewhere on the internet, and not this machine, its network or something reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if mapped is not None:
        ip = mapped
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class Door(Struct, frozen=True):
    """How the web is reached; tests have a door of their own to a server of their own."""

    resolve: Resolve = resolved
    is_allowed: IsAllowed = is_public
    ca_file: str = ""
    ports: frozenset[int] = frozenset({443})
    whole_seconds: float = _WHOLE_SECONDS


class Answer(Struct, frozen=True):
    """What a server said to something that was sent to it, as far as we listen."""

    status: int
    #: So many seconds it asks to be left alone; 0 when it does not say.
    retry_after: int = 0


WEB: Final = Door()


class _Use(Struct, frozen=True):
    """What an address is for: the schemes it may have, and what is said of one that is none."""

    schemes: frozenset[str]
    is_none: Any
    begins: Any
    port: Any
    name: Any


_CALENDAR: Final = _Use(
    frozenset({"https", "webcal", "webcals"}), _l("This is not an address of a calendar. Paste it again, without blanks."),
    _l("Give an address that begins with https:// or webcal://."), _l("Only the usual port of https is read."),
    _l("Give the name of a server on the internet, such as calendar.example.org."),
)  # fmt: skip
_RECEIVER: Final = _Use(
    frozenset({"https"}), _l("This is not an address of a server. Paste it again, without blanks."),
    _l("Give an address that begins with https://."), _l("Only the usual port of https is called."),
    _l("Give the name of a server on the internet, such as hooks.example.org."),
)  # fmt: skip
_USUAL: Final = frozenset({443})


def checked_address(text: str, ports: frozenset[int] = _USUAL) -> str:
    """The address of a calendar as it is kept: https (also for webcal), a host with a name, no password. BadAddress."""
    return _checked(text, ports, _CALENDAR)


def checked_receiver(text: str, ports: frozenset[int] = _USUAL) -> str:
    """The address of a server that is sent something, as it is kept: https, a host with a name, no password. BadAddress."""
    return _checked(text, ports, _RECEIVER)


def _checked(text: str, ports: frozenset[int], use: _Use) -> str:
    text = text.strip()
    if len(text) > _LONGEST or not text.isprintable() or " " in text:
        raise BadAddress(str(use.is_none))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", 443 if parts.port is None else parts.port
    except ValueError:
        raise BadAddress(str(use.is_none)) from None
    if parts.scheme.lower() not in use.schemes:
        raise BadAddress(str(use.begins))
    if "@" in parts.netloc:
        raise BadAddress(_("An address with a user name or a password in it is not kept."))
    if port not in ports:
        raise BadAddress(str(use.port))
    if "." not in host.strip(".") or not _is_name(host):
        raise BadAddress(str(use.name))
    return urlunsplit(("https", parts.netloc, parts.path or "/", parts.query, ""))


def host_of(url: str) -> str:
    """The server of an address that was checked: as much of it as may be shown."""
    return urlsplit(url).hostname or ""


def _is_name(host: str) -> bool:
    """Not an IP address, in whatever way it is written."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    last = host.rstrip(".").rpartition(".")[2]
    return ":" not in host and not last.isdigit() and not last.lower().startswith("0x")


def fetch(url: str, *, etag: str = "", last_modified: str = "", door: Door = WEB) -> Fetched:
    """Read an address; FetchFailed in plain words, whatever went wrong. Each step of a redirect is checked anew."""
    until = time.monotonic() + door.whole_seconds
    headers = {
        "User-Agent": _AGENT,
        "Accept": "text/calendar, */*;q=0.1",
        "Accept-Encoding": "gzip, identity",
    }
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    try:
        for _step in range(MOST_REDIRECTS + 1):
            url = checked_address(url, door.ports)
            found = _ask(url, headers, until, door)
            if isinstance(found, Fetched):
                return found
            url = urljoin(url, found)
    except BadAddress as error:
        raise FetchFailed(
            _("The server sends us to an address that is not read. %(error)s", error=error)
        ) from None
    except UnicodeError:
        raise FetchFailed(_("The server sends us to an address that is none.")) from None
    raise FetchFailed(_("The server sends us from one address to the next without end."))


def post(url: str, body: bytes, headers: Mapping[str, str], *, door: Door = WEB) -> Answer:
    """Send bytes to an address; what it answers is not read beyond its head, and leads nowhere. FetchFailed in plain words."""
    until = time.monotonic() + min(door.whole_seconds, _POST_SECONDS)
    try:
        url = checked_receiver(url, door.ports)
    except BadAddress as error:
        raise FetchFailed(str(error)) from None
    with _called("POST", url, headers, until, door, body) as answer:
        asked = answer.headers.get("Retry-After", "").strip()
        is_number = asked.isascii() and asked.isdecimal() and len(asked) < 7
        return Answer(answer.status, int(asked) if is_number else 0)


def _ask(url: str, headers: dict[str, str], until: float, door: Door) -> Fetched | str:
    """One question to one server; where to ask instead, or what came."""
    with _called("GET", url, headers, until, door) as answer:
        return _understood(answer, until)


@contextlib.contextmanager
def _called(
    method: str, url: str, headers: Mapping[str, str], until: float, door: Door, body: bytes | None = None
) -> Iterator[urllib3.BaseHTTPResponse]:
    """The head of what a server answers, with the rest to be read inside; FetchFailed in plain words."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").encode("idna").decode(), parts.port or 443
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    # The very address that was checked is the one that is called: a name may mean another machine a moment later.
    pool = _Pool(
        _address_of(host, port, door), port, ca_certs=door.ca_file or certifi.where(), cert_reqs="CERT_REQUIRED",
        assert_hostname=host, server_hostname=host, timeout=Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        until=until,
    )  # fmt: skip
    name = host if port == 443 else f"{host}:{port}"
    try:
        answer = pool.urlopen(
            method, path, body, headers={**headers, "Host": name}, redirect=False, retries=False, preload_content=False
        )  # fmt: skip
        try:
            if time.monotonic() >= until:  # a head that was cut off in the middle looks like a whole one
                raise FetchFailed(str(_SLOW))
            yield answer
        finally:
            answer.close()
    except (HTTPError, OSError) as trouble:
        raise FetchFailed(str(_SLOW) if time.monotonic() >= until else _words(trouble)) from None
    finally:
        pool.close()


class _Connection(HTTPSConnection):
    """A connection that is cut off when its time is over: a server that says a letter every few seconds never ends by itself."""

    def __init__(self, *args: Any, until: float, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._until = until
        self._knife: tuple[Timer, socket.socket] | None = None

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        line = made.dup()  # TLS takes the first one over
        timer = Timer(max(0.0, self._until - time.monotonic()), _cut_off, [line])
        timer.daemon = True
        timer.start()
        self._knife = (timer, line)
        return made

    def close(self) -> None:
        super().close()
        if self._knife is not None:
            timer, line = self._knife
            self._knife = None
            timer.cancel()
            line.close()


def _cut_off(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed at this very moment
        line.shutdown(socket.SHUT_RDWR)


class _Pool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Connection


def _address_of(host: str, port: int, door: Door) -> str:
    try:
        found = door.resolve(host, port)
    except (OSError, UnicodeError):
        raise FetchFailed(_("There is no server called %(host)s.", host=host)) from None
    if not found or not all(door.is_allowed(address) for address in found):
        raise FetchFailed(_("This address leads into a private network, so it is not called."))
    return found[0]


def _understood(answer: urllib3.BaseHTTPResponse, until: float) -> Fetched | str:
    if answer.status in _REDIRECTS:
        target = answer.headers.get("Location", "")
        if not target:
            raise FetchFailed(_("The server sends us elsewhere without saying where."))
        return target
    etag, last_modified = (answer.headers.get(name, "")[:300] for name in ("ETag", "Last-Modified"))
    if answer.status == 304:
        return Fetched(None, etag, last_modified)
    if answer.status in {401, 403, 404, 410}:
        raise FetchFailed(
            _(
                "The calendar is not there any more, or no longer open to us (the server said %(status)s).",
                status=answer.status,
            )
        )
    if answer.status != 200:
        raise FetchFailed(
            _("The server could not give the calendar now (it said %(status)s).", status=answer.status)
        )
    blocks, n_bytes = [], 0
    while block := answer.read1(_BLOCK, decode_content=True):
        n_bytes += len(block)
        if n_bytes > MOST_BYTES:
            raise FetchFailed(
                _("The calendar is larger than %(most_bytes)s MB.", most_bytes=MOST_BYTES // 1024 // 1024)
            )
        if time.monotonic() > until:
            raise FetchFailed(_("The server took too long."))
        blocks.append(block)
    return Fetched(b"".join(blocks), etag, last_modified)


def _words(trouble: Exception) -> str:
    """What went wrong, without the address in it."""
    if isinstance(trouble, urllib3.exceptions.SSLError):
        return str(_("The server does not prove who it is (its certificate is not valid for this name)."))
    if isinstance(trouble, (urllib3.exceptions.TimeoutError, TimeoutError)):
        return str(_SLOW)
    return str(_("The server cannot be reached."))
